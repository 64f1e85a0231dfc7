// What docs/benchmarks.md compares, and the ratios.

/** Exact LRU caches without a ttl. tiny-lru has rows of its own: with integer keys it reads an array instead of a Map. */
const EXACT_LRUS = ['mnemonist LRUMap', 'lru-cache', 'lru.min'];
const withTtl = ({ ttl }) => ttl;
const withoutTtl = ({ ttl }) => !ttl;
const withTtlAndSize = (size) => (cell) => cell.ttl && cell.size === size;
const withCall = (call) => (cell) => cell.call === call && cell.function !== 'sync';
const withWhat = (what) => (cell) => cell.what === what;
const withPlainKey = (cell) =>
  cell.function === 'async' && ['one number', 'one string'].includes(cell.call);

/**
 * A comparison divides the time or memory of holdfast by that of the best peer, in each cell that `applies`. `target`
 * is the largest acceptable ratio; comparisons without one are shown for information.
 */
const compare = (what, scenario, applies, peers, target) => ({
  what,
  scenario,
  applies: applies ?? (() => true),
  peers,
  target,
});

export const COMPARISONS = {
  hits: [
    compare('1,000 entries, ttl', 'get', withTtlAndSize(1_000), ['Map of records'], 1.3),
    compare('100,000 entries, ttl', 'get', withTtlAndSize(100_000), ['Map of records'], 1.5),
    compare('1,000,000 entries, ttl', 'get', withTtlAndSize(1_000_000), ['Map of records'], 1.5),
    compare('all sizes, ttl', 'get', withTtl, ['lru-cache', 'quick-lru', 'tiny-lru'], 1),
    compare('all sizes, no ttl', 'get', withoutTtl, EXACT_LRUS, 1.1),
    compare('all sizes, no ttl', 'get', withoutTtl, ['tiny-lru']),
    compare('growth from 1,000 to 1,000,000 entries', 'growth', undefined, ['bare Map']),
  ],
  puts: [
    compare('put, ttl', 'churn', withTtl, ['lru-cache'], 1),
    compare('put, ttl', 'churn', withTtl, ['tiny-lru'], 1),
    compare('put, no ttl', 'churn', withoutTtl, EXACT_LRUS),
    compare('put, no ttl', 'churn', withoutTtl, ['tiny-lru']),
    compare('get, put on a miss, ttl', 'mixed', withTtl, ['lru-cache', 'tiny-lru'], 1),
    compare('get, put on a miss, no ttl', 'mixed', withoutTtl, EXACT_LRUS),
    compare('get, put on a miss, no ttl', 'mixed', withoutTtl, ['tiny-lru']),
  ],
  wrapped: [
    compare('awaited hit, one number or string', 'wrapped', withPlainKey, ['Map.get'], 1.15),
    compare('awaited hit, one number or string', 'wrapped', withPlainKey, ['lru-cache.fetch'], 1),
    compare(
      'awaited hit, one number or string',
      'wrapped',
      withPlainKey,
      ['p-memoize', 'async-cache-dedupe'],
      1 / 3,
    ),
    compare('awaited hit, small object', 'wrapped', withCall('a small object'), [
      'lru-cache.fetch',
    ]),
    compare('awaited hit, nested object', 'wrapped', withCall('a nested object'), [
      'lru-cache.fetch',
    ]),
    compare('key, small object', 'make-key', withCall('a small object'), ['JSON.stringify'], 1),
    compare('key, nested object', 'make-key', withCall('a nested object'), ['JSON.stringify']),
  ],
  stampede: [
    compare('caller in a stampede', 'stampede', undefined, ['one shared Promise'], 1.5),
    compare('caller in a stampede', 'stampede', undefined, ['lru-cache.fetch']),
    compare('caller in a stampede', 'stampede', undefined, ['async-cache-dedupe']),
  ],
  pipeline: [
    compare('call through all patterns', 'pipeline', undefined, ['cockatiel'], 1),
    compare('call through all patterns', 'pipeline', undefined, ['opossum']),
    compare('call through all patterns', 'pipeline', undefined, ['effect']),
  ],
  tier: [
    compare(
      'hit in the first tier',
      'tier',
      withWhat('hit in the first tier'),
      ['holdfast without a tier'],
      1.05,
    ),
    compare(
      'hit in the second tier',
      'tier',
      withWhat('hit in the second tier'),
      ['GET and JSON.parse'],
      1.25,
    ),
    // At least 0.8 of the reads in the same time.
    compare(
      '100 hits at a time',
      'tier',
      withWhat('hits in the second tier, 100 at a time'),
      ['GET and JSON.parse'],
      1.25,
    ),
    compare(
      'runs for a cold key',
      'tier',
      withWhat('a cold key in 8 processes with 20 callers each'),
      ['one run'],
      1,
    ),
    compare(
      'its slowest caller',
      'tier',
      withWhat('the slowest of these callers'),
      ['the function alone'],
      1.25,
    ),
    // 20 ms for the timer.
    compare(
      'first call, frozen server',
      'tier',
      withWhat('the first call after the server froze'),
      ['timeout'],
      1.08,
    ),
    compare(
      'later calls, 1 ms each',
      'tier',
      withWhat('later calls of a function that takes 1 ms'),
      ['holdfast without a tier'],
      1.2,
    ),
    compare(
      'later calls, no time each',
      'tier',
      withWhat('later calls of a function that takes no time'),
      ['holdfast without a tier'],
      1.2,
    ),
  ],
  memory: [
    compare('entry, ttl', 'memory', withTtl, ['lru-cache'], 1.4),
    compare('entry, no ttl', 'memory', withoutTtl, ['lru-cache']),
    compare('entry, ttl', 'memory', withTtl, ['bare Map']),
  ],
};

export const isOwn = (name) => name.startsWith('holdfast') || name.startsWith('ResultCache');
/** Contenders with and without a ttl are compared under one name. */
export const withoutSuffix = (name) => name.replace(/, ttl$/, '');

const BASELINES = [
  'bare Map',
  'the key alone',
  'one shared Promise',
  'the function alone',
  'an empty module',
  'one run',
  'timeout',
];
/** Baselines are not packages or functions that a program would use instead. */
export const isPeer = (name) =>
  !isOwn(name) && !/^(Map|GET)\b/.test(name) && !BASELINES.includes(name);

const medianOf = (rows, name) => (rows[`${name}, ttl`] ?? rows[name])?.median;
export const ownMedian = (rows) =>
  medianOf(rows, 'holdfast') ?? medianOf(rows, 'ResultCache.makeKey');

/** The ratios of a comparison in one runtime, and the number of cells in which holdfast was not timed. */
export function ratiosOf({ scenario, applies, peers }, results) {
  const ratios = [];
  let untimed = 0;
  const found = results.filter((result) => result.scenario === scenario && applies(result.cell));
  for (const { rows } of found) {
    const own = ownMedian(rows);
    const known = peers.map((name) => medianOf(rows, name)).filter((median) => median > 0);
    if (own === undefined) untimed++;
    else if (known.length > 0) ratios.push(own / Math.min(...known));
  }
  return { ratios, untimed, isQuick: found.some(({ quick }) => quick) };
}

/** The peers that are faster than holdfast in some cells of a scenario, the most frequent ones first. */
export function fasterPeers(scenario, results) {
  const peers = new Map();
  for (const { rows } of results.filter((result) => result.scenario === scenario)) {
    const own = ownMedian(rows);
    if (own === undefined) continue;
    for (const [contender, { median }] of Object.entries(rows).filter(([name]) => isPeer(name))) {
      const name = withoutSuffix(contender);
      const peer = peers.get(name) ?? { name, cells: 0, faster: 0, factor: 1 };
      peer.cells++;
      if (median < own) peer.faster++;
      peer.factor = Math.max(peer.factor, own / median);
      peers.set(name, peer);
    }
  }
  return [...peers.values()].filter(({ faster }) => faster > 0).sort((a, b) => b.faster - a.faster);
}

/** The contenders that were not timed in some cells of a scenario, each with the first reason. */
export function notTimed(scenario, results) {
  const contenders = new Map();
  for (const { failed } of results.filter((result) => result.scenario === scenario)) {
    for (const [contender, reason] of Object.entries(failed)) {
      const name = withoutSuffix(contender);
      const entry = contenders.get(name) ?? { name, cells: 0, reason };
      entry.cells++;
      contenders.set(name, entry);
    }
  }
  return [...contenders.values()];
}
