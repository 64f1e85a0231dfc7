/**
 * What is aimed at, each a ratio of this package's time or memory to another's in one process.
 * - where: the cells that it is for
 * - own: the name of the row, without `, ttl`
 * - others: those that it is held to; the least of them counts
 * - aim: the most that it may be; absent where others are only shown
 */
const AIMS = [
  ...[
    [1_000, 1.3],
    [100_000, 1.5],
    [1_000_000, 1.5],
  ].map(([size, aim]) => ({
    what: `a hit among ${size.toLocaleString('en')} entries, with a ttl`,
    scenario: 'get',
    where: ({ cell }) => cell.ttl && cell.size === size,
    others: ['Map of records'],
    aim,
  })),
  {
    what: 'a hit, with a ttl',
    scenario: 'get',
    where: ({ cell }) => cell.ttl,
    others: ['lru-cache', 'quick-lru', 'tiny-lru'],
    aim: 1,
  },
  ...without('get', 'a hit', 1.1),
  {
    what: 'get, and put on a miss, with a ttl',
    scenario: 'mixed',
    where: ({ cell }) => cell.ttl,
    others: ['lru-cache', 'tiny-lru'],
    aim: 1,
  },
  ...without('mixed', 'get, and put on a miss'),
  ...['lru-cache', 'tiny-lru'].map((name) => ({
    what: 'a put that evicts, with a ttl',
    scenario: 'churn',
    where: ({ cell }) => cell.ttl,
    others: [name],
    aim: 1,
  })),
  ...without('churn', 'a put that evicts'),
  ...[
    [['Map.get'], 1.15],
    [['lru-cache.fetch'], 1],
    [['p-memoize', 'async-cache-dedupe'], 1 / 3],
  ].map(([others, aim]) => ({
    what: 'an awaited hit of a wrapped function, one number or string',
    scenario: 'wrapped',
    where: ({ cell }) =>
      cell.function === 'async' && ['one number', 'one string'].includes(cell.call),
    others,
    aim,
  })),
  ...[
    ['a small object', 1],
    ['a nested object', undefined],
  ].map(([call, aim]) => ({
    what: `a key for ${call}`,
    scenario: 'make-key',
    where: ({ cell }) => cell.call === call,
    own: 'ResultCache.makeKey',
    others: ['JSON.stringify'],
    aim,
  })),
  ...[
    ['cockatiel', 1],
    ['opossum', undefined],
  ].map(([name, aim]) => ({
    what: 'a call through all patterns',
    scenario: 'pipeline',
    where: () => true,
    others: [name],
    aim,
  })),
  ...[
    ['one shared Promise', 1.5],
    ['async-cache-dedupe', undefined],
  ].map(([name, aim]) => ({
    what: 'a caller more in a stampede',
    scenario: 'stampede',
    where: () => true,
    others: [name],
    aim,
  })),
  {
    what: 'the memory of an entry, with a ttl',
    scenario: 'memory',
    where: ({ cell }) => cell.ttl,
    others: ['lru-cache'],
    aim: 1.4,
  },
  {
    what: 'how much longer a hit takes among the most entries than among the fewest',
    scenario: 'flatness',
    where: () => true,
    others: ['bare Map'],
  },
];

/** Without a ttl, beside the exact LRUs; and beside one to which integers are the places of an array. */
function without(scenario, what, aim) {
  const rest = { what: `${what}, without a ttl`, scenario, where: ({ cell }) => !cell.ttl };
  return [
    { ...rest, others: ['mnemonist LRUMap', 'lru-cache', 'lru.min'], aim },
    { ...rest, others: ['tiny-lru'] },
  ];
}

/** A table of all ratios, from the best cell of each runtime to the worst; those beyond what is aimed at in bold. */
export function summary(reports) {
  const names = reports.map(([, { runtime }]) => runtime);
  const lines = AIMS.map((row) => {
    const aim = row.aim === undefined ? '' : `${round(row.aim)}`;
    const ranges = reports.map(([, { results }]) => range(row, results));
    return `| ${[row.what, row.others.join(', '), aim, ...ranges].join(' | ')} |`;
  });
  return [
    `| | to the least of | aim | ${names.join(' | ')} |`,
    `| --- | --- | --- |${' --- |'.repeat(names.length)}`,
    ...lines,
  ].join('\n');
}

function range({ scenario, where, own = 'holdfast', others, aim }, results) {
  const found = results.filter((result) => result.scenario === scenario && where(result));
  const ratios = [];
  let untimed = 0;
  for (const { rows } of found) {
    const of = (name) => (rows[`${name}, ttl`] ?? rows[name])?.median;
    const known = others.map(of).filter((median) => median !== undefined);
    if (of(own) === undefined) untimed++;
    else if (known.length > 0) ratios.push(of(own) / Math.min(...known));
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
