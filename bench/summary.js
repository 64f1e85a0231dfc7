const AWAITED = 'an awaited hit of a wrapped function, one number or string';
const FLATNESS = 'how much longer a hit takes among the most entries than among the fewest';

const all = () => true;
const withTtl = ({ ttl }) => ttl;
const withoutTtl = ({ ttl }) => !ttl;
const among = (entries) => (cell) => cell.ttl && cell.size === entries;
const of = (call) => (cell) => cell.call === call;
const awaited = (cell) =>
  cell.function === 'async' && ['one number', 'one string'].includes(cell.call);

/** The exact LRUs without a ttl, but for tiny-lru, to which integers are the places of an array. */
const EXACT = ['mnemonist LRUMap', 'lru-cache', 'lru.min'];

/**
 * What is aimed at, each a ratio of this package's time or memory to another's in one process: of which scenario and
 * cells; to whom, the least of whom counts; and how much it may be at the most, where others are not only shown.
 */
const AIMS = [
  ['a hit among 1,000 entries, with a ttl', 'get', among(1_000), ['Map of records'], 1.3],
  ['a hit among 100,000 entries, with a ttl', 'get', among(100_000), ['Map of records'], 1.5],
  ['a hit among 1,000,000 entries, with a ttl', 'get', among(1_000_000), ['Map of records'], 1.5],
  ['a hit, with a ttl', 'get', withTtl, ['lru-cache', 'quick-lru', 'tiny-lru'], 1],
  ['a hit, without a ttl', 'get', withoutTtl, EXACT, 1.1],
  ['a hit, without a ttl', 'get', withoutTtl, ['tiny-lru']],
  ['get, and put on a miss, with a ttl', 'mixed', withTtl, ['lru-cache', 'tiny-lru'], 1],
  ['get, and put on a miss, without a ttl', 'mixed', withoutTtl, EXACT],
  ['get, and put on a miss, without a ttl', 'mixed', withoutTtl, ['tiny-lru']],
  ['a put that evicts, with a ttl', 'churn', withTtl, ['lru-cache'], 1],
  ['a put that evicts, with a ttl', 'churn', withTtl, ['tiny-lru'], 1],
  ['a put that evicts, without a ttl', 'churn', withoutTtl, EXACT],
  ['a put that evicts, without a ttl', 'churn', withoutTtl, ['tiny-lru']],
  [AWAITED, 'wrapped', awaited, ['Map.get'], 1.15],
  [AWAITED, 'wrapped', awaited, ['lru-cache.fetch'], 1],
  [AWAITED, 'wrapped', awaited, ['p-memoize', 'async-cache-dedupe'], 1 / 3],
  ['a key for a small object', 'make-key', of('a small object'), ['JSON.stringify'], 1],
  ['a key for a nested object', 'make-key', of('a nested object'), ['JSON.stringify']],
  ['a call through all patterns', 'pipeline', all, ['cockatiel'], 1],
  ['a call through all patterns', 'pipeline', all, ['opossum']],
  ['a caller more in a stampede', 'stampede', all, ['one shared Promise'], 1.5],
  ['a caller more in a stampede', 'stampede', all, ['async-cache-dedupe']],
  ['the memory of an entry, with a ttl', 'memory', withTtl, ['lru-cache'], 1.4],
  [FLATNESS, 'flatness', all, ['bare Map']],
];

/** A table of all ratios, from the best cell of each runtime to the worst; those beyond what is aimed at in bold. */
export function summary(reports) {
  const names = reports.map(([, { runtime }]) => runtime);
  const lines = AIMS.map(([what, scenario, isFor, others, aim]) => {
    const most = aim === undefined ? '' : round(aim);
    const ranges = reports.map(([, { results }]) => {
      const found = results.filter((result) => result.scenario === scenario && isFor(result.cell));
      return range(found, others, aim);
    });
    return `| ${[what, others.join(', '), most, ...ranges].join(' | ')} |`;
  });
  return [
    `| | to the least of | aim | ${names.join(' | ')} |`,
    `| --- | --- | --- |${' --- |'.repeat(names.length)}`,
    ...lines,
  ].join('\n');
}

function range(found, others, aim) {
  const ratios = [];
  let untimed = 0;
  for (const { rows } of found) {
    const medianOf = (name) => (rows[`${name}, ttl`] ?? rows[name])?.median;
    const own = medianOf('holdfast') ?? medianOf('ResultCache.makeKey');
    const known = others.map(medianOf).filter((median) => median !== undefined);
    if (own === undefined) untimed++;
    else if (known.length > 0) ratios.push(own / Math.min(...known));
  }
  if (ratios.length === 0) return '';
  const [best, worst] = [Math.min(...ratios), Math.max(...ratios)];
  const text = best === worst ? round(best) : `${round(best)} to ${round(worst)}`;
  const missed = ratios.filter((ratio) => ratio > aim).length;
  const words = [missed > 0 ? `**${text}**` : text];
  if (missed > 0 && ratios.length > 1) words.push(`missed in ${missed} of ${ratios.length}`);
  if (untimed > 0) words.push(`**not timed in ${untimed}**`);
  if (found.some(({ quick }) => quick)) words.push('quick run');
  return words.join(', ');
}

function round(ratio) {
  return ratio.toFixed(2);
}
