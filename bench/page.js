// The text of docs/benchmarks.md.
import { noteOf } from './caches.js';
import { COMPARISONS, fasterPeers, notTimed, ratiosOf } from './comparisons.js';
import { runtimeOf } from './medians.js';
import { SCENARIOS } from './scenarios.js';
import { short } from './table.js';

/** The scenarios with a chart on the page. */
export const CHARTS = ['get', 'churn', 'wrapped', 'pipeline'];

const { hits, puts, wrapped, stampede, pipeline, tier, memory } = COMPARISONS;

/** @param {Record<string, { runtime: string, machine: object, versions: object, results: object[] }>} reports */
export function page(reports) {
  const all = Object.values(reports).flatMap(({ results }) => results);
  const names = runtimesOf(reports);

  /** The range of a comparison's ratios in all runtimes. */
  const range = (comparison) => rangeOf(ratiosOf(comparison, all).ratios);

  /** The reports that have results of these scenarios. */
  const reportsOf = (scenarios) =>
    Object.fromEntries(
      Object.entries(reports).filter(([, { results }]) =>
        results.some(({ scenario }) => scenarios.includes(scenario)),
      ),
    );

  const section = (title, scenarios, comparisons, text) =>
    Object.keys(reportsOf(scenarios)).length > 0 &&
    [
      `## ${title}\n`,
      measured(scenarios),
      text,
      ...scenarios.filter((name) => CHARTS.includes(name)).map(chart),
      comparisons && table(comparisons, reportsOf(scenarios)),
      comparisons && losses(scenarios),
    ]
      .filter(Boolean)
      .join('\n');

  /** When and where the figures of a section come from, and the command that repeats them. */
  function measured(scenarios) {
    const days = new Set();
    const reports = reportsOf(scenarios);
    for (const { results } of Object.values(reports)) {
      for (const { scenario, date, quick } of results) {
        if (scenarios.includes(scenario)) days.add(quick ? `${date} (a quick run)` : date);
      }
    }
    const runtimes = columnsOf(reports).join(', ');
    const command = `npm run bench -- --scenario ${scenarios.join()} --runtime ${runtimesOf(reports)}`;
    return `Measured ${[...days].join(', ')} in ${runtimes}: \`${command}\`\n`;
  }

  function losses(scenarios) {
    const lines = scenarios.flatMap((scenario) => {
      const faster = fasterPeers(scenario, all).map(({ name, cells, faster, factor }) => {
        const note = noteOf(name) && ` (${noteOf(name)})`;
        return `${name}${note} in ${faster} of ${cells} cells, by up to ${factor.toFixed(2)} times`;
      });
      const missing = notTimed(scenario, all).map(
        ({ name, cells, reason }) => `${name} in ${cells} cells (${reason})`,
      );
      return [
        faster.length > 0 &&
          `- \`${scenario}\`, ${SCENARIOS[scenario].unit.startsWith('bytes') ? 'smaller' : 'faster'} than holdfast: ${faster.join('; ')}.`,
        missing.length > 0 && `- \`${scenario}\`, not timed: ${missing.join('; ')}.`,
      ];
    });
    const shown = lines.filter(Boolean);
    return shown.length > 0 && `${shown.join('\n')}\n`;
  }

  const [{ versions }] = Object.values(reports);
  const { holdfast, mitata, ...peers } = versions;
  const machines = new Set(
    Object.values(reports).map(({ machine: { processor, cores, memory, system } }) =>
      [processor, `${cores} cores`, memory, system].join(', '),
    ),
  );
  return `# Benchmarks

What holdfast costs, compared with the least work that does the same and with ${Object.keys(peers).length} other packages. Ranges go from the best case to the worst; the sections below have the details, the day, the runtimes and the command of each figure. \`npm run bench:report\` writes this page from the medians in \`bench/results\`.

- A cache hit with a ttl takes ${range({ ...hits[3], peers: ['Map of records'] })} times as long as a \`Map\` lookup that reads one record, and ${range(hits[3])} times as long as the fastest of ${list(hits[3].peers)}. [Why a hit costs what it costs](hits.md) explains the difference.
- A put that evicts takes ${range(puts[0])} times as long as that of lru-cache, with a ttl.
- An awaited hit of a wrapped function takes ${range(wrapped[0])} times as long as \`await Promise.resolve(map.get(key))\`, and ${range(wrapped[1])} times as long as \`fetch\` of lru-cache.
- A call through all patterns takes ${range(pipeline[0])} times as long as with cockatiel, and ${range(pipeline[1])} times as long as with opossum, which has fewer patterns.
- An entry with a ttl takes ${range(memory[0])} times the memory of one in lru-cache.

## How to read the figures

A figure is a ratio: the time or memory of holdfast divided by that of the best package named, from the best cell to the worst. A cell is one combination of parameters, such as the kind of keys and the number of entries. Below 1.00 holdfast is faster or smaller. **Bold** figures miss the target, in as many cells as stated. In a chart, a line goes from the best cell to the worst, and a point marks the median cell.

Each cell runs in a process of its own, in which all contenders take turns in random order after a warm-up; a cell's time is the median of its rounds. Before a cache is timed, it is checked against a model: an exact LRU must agree at every operation, other caches must return the right value or none. Packages that fail the check or take too long are named as not timed. Each package is used in the fastest way that its documentation shows.

All figures come from ${[...machines].join('; ')}. To repeat all of them: \`npm ci && npm run bench -- --runtime ${names} --json bench/out/%.json && npm run bench:report\`. That also writes every cell, with quartiles and charts, to \`bench/out/report.md\`. \`npm run bench -- --quick\` takes about two minutes. \`npm run bench -- --scenario fetch-hit --runtime node,node24\` times a hit of a wrapped \`fetch\` and its \`text()\`, next to a new \`Response\` of the same bytes, undici's cache, and a wrapped function that returns the text.

Versions: holdfast ${holdfast}, ${Object.entries(peers)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}; timed by mitata ${mitata}.

${[
  section(
    'Cache hits',
    ['get'],
    hits,
    `\`cache.get(key)\` of a stored key. The cells differ in the kind of keys, the number of entries, the distribution of requests and the ttl. "Growth" is how much longer a hit takes among 1,000,000 entries than among 1,000, divided by the same figure of a bare \`Map\`.\n`,
  ),
  section(
    'Puts',
    ['churn', 'mixed'],
    puts,
    'holdfast keeps two orders, of use and of expiry, and removes expired entries; lru-cache keeps one and removes an expired entry when it is read. With integer keys tiny-lru reads an array instead of a `Map`.\n',
  ),
  section(
    'Wrapped functions',
    ['wrapped', 'make-key'],
    wrapped,
    `Keys of \`makeKey\` never collide, which costs time when arguments are nested objects. \`JSON.stringify\` gives some different arguments one key, such as a \`Date\` and its text. lru-cache, p-memoize and memoize get their keys from \`JSON.stringify\` here, or the argument itself if it is one primitive value.\n`,
  ),
  section(
    'Stampedes',
    ['stampede'],
    stampede,
    'Many callers ask for one key at the same time, and the function runs once. Once a function has returned a value, each caller has a Promise of its own, so that none shares a stream with another.\n',
  ),
  section(
    'All patterns',
    ['pipeline'],
    pipeline,
    'An uncached call through fallback, circuit breaker, rate limiter, bulkhead, retry and timeout. cockatiel has no rate limiter here, opossum neither retry nor rate limiter, effect neither circuit breaker nor rate limiter. "holdfast, a miss" adds a cache.\n',
  ),
  section(
    'Second tier',
    ['tier'],
    tier,
    `A [second tier](second-tier.md) in a Redis server on the same machine, with node-redis. A hit in the second tier is compared with \`GET\` and \`JSON.parse\` of 200 bytes by the same client, and the first tiers have room for one key. For a cold key, 8 processes with 20 callers each ask at the same time, and the function takes 200 ms. The server is frozen with SIGSTOP; the first call is compared with the option \`timeout\`, later ones with calls of a function without a tier. bentocache and cacheable have their default settings; a call that waits for more than 2 s counts as 2 s.\n`,
  ),
  section(
    'Memory',
    ['memory'],
    memory,
    'Bytes per entry, without its key and its value. [Memory](hits.md#memory) shows what they are used for.\n',
  ),
  section('Start', ['start', 'bundle'], undefined, startTable(reportsOf(['start']))),
]
  .filter(Boolean)
  .join('\n')}`;
}

function runtimesOf(reports) {
  return [...new Set(Object.keys(reports).map(runtimeOf))].join();
}

/** What distinguishes the reports: their runtimes, and their processors if these differ. */
function columnsOf(reports) {
  const all = Object.values(reports).map(({ runtime, machine }) => ({
    runtime,
    processor: machine.processor.replace(/\(R\)| Processor/g, ''),
  }));
  const isOne = new Set(all.map(({ processor }) => processor)).size === 1;
  return all.map(({ runtime, processor }) => (isOne ? runtime : `${runtime} (${processor})`));
}

function chart(scenario) {
  const { title, baseline } = SCENARIOS[scenario];
  return `![${title}, in multiples of ${baseline}](benchmarks/${scenario}.svg)\n`;
}

function table(comparisons, reports) {
  const runtimes = Object.values(reports);
  const lines = comparisons.map((comparison) => {
    const { what, peers, target } = comparison;
    const cells = runtimes.map(({ results }) => figure(ratiosOf(comparison, results), target));
    return `| ${[what, peers.join(', '), target?.toFixed(2) ?? '', ...cells].join(' | ')} |`;
  });
  return [
    `| | compared with | target | ${columnsOf(reports).join(' | ')} |`,
    `| --- | --- | --- |${' --- |'.repeat(runtimes.length)}`,
    ...lines,
    '',
  ].join('\n');
}

function figure({ ratios, untimed, isQuick }, target) {
  const words = [];
  if (ratios.length > 0) {
    const missed = ratios.filter((ratio) => ratio > target).length;
    words.push(missed > 0 ? `**${rangeOf(ratios)}**` : rangeOf(ratios));
    if (missed > 0 && ratios.length > 1) words.push(`misses in ${missed} of ${ratios.length}`);
  }
  if (untimed > 0) words.push(`**not timed in ${untimed}**`);
  if (isQuick) words.push('quick run');
  return words.join(', ');
}

/** The time of an import and the size of a bundle for each package, smallest time in the first runtime first. */
function startTable(reports) {
  const runtimes = Object.values(reports);
  const rowsOf = (scenario) =>
    runtimes.map(({ results }) => results.find((result) => result.scenario === scenario)?.rows);
  const [times, sizes] = [rowsOf('start'), rowsOf('bundle')];
  const names = Object.keys(times[0] ?? {}).sort((a, b) => times[0][a].median - times[0][b].median);
  const lines = names.map((name) => {
    const cells = times.map((rows) => (rows?.[name] ? short(rows[name].median) : ''));
    const known = sizes.map((rows) => rows?.[name]?.median).filter(Boolean);
    return `| ${[name, ...cells, known.length > 0 ? rangeOf(known, 1) : ''].join(' | ')} |`;
  });
  return [
    'Milliseconds for an import in a new process, without the start of the process, and kB of a bundle for Node, minified and gzipped (each runtime has its own gzip). `npm run check:size` prints the sizes of the current build.\n',
    `| ms | ${columnsOf(reports).join(' | ')} | kB |`,
    `| --- |${' --- |'.repeat(runtimes.length + 1)}`,
    ...lines,
    '',
  ].join('\n');
}

function rangeOf(numbers, digits = 2) {
  const [lowest, highest] = [Math.min, Math.max].map((of) => of(...numbers).toFixed(digits));
  return lowest === highest ? lowest : `${lowest} to ${highest}`;
}

function list(names) {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
