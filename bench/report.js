// Writes docs/benchmarks.md, the summary, and bench/report.md, all cells with their pictures, from what runs have left in
// bench/results: `npm run bench:report`. The package ships the summary alone.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as flat from './flatness.js';
import { plot } from './plot.js';
import { read } from './results.js';
import { SCENARIOS } from './scenarios.js';
import { summary } from './summary.js';
import { describe, short } from './table.js';

const RESULTS = new URL('results/', import.meta.url);
const SUMMARY = new URL('../docs/benchmarks.md', import.meta.url);
const CELLS = new URL('report.md', import.meta.url);
const PICTURES = new URL('pictures/', import.meta.url);
const ALL = { ...SCENARIOS, flatness: flat };

const LIMITS = [
  'bare Map',
  'the key alone',
  'one shared Promise',
  'the function alone',
  'an empty module',
];

const reports = readdirSync(RESULTS)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name.slice(0, -5), read(new URL(name, RESULTS))]);
if (reports.length === 0)
  throw new Error('there is no result: npm run bench -- --json bench/results/%.json');

rmSync(PICTURES, { recursive: true, force: true });
mkdirSync(PICTURES);
const pages = [];
for (const [name, report] of reports) pages.push(await section(name, report));
writeFileSync(SUMMARY, head());
writeFileSync(CELLS, `# All cells\n\n${pages.join('\n')}`);

function head() {
  const [, { versions }] = reports[0];
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Benchmarks

\`npm ci && npm run bench -- --runtime ${reports.map(([name]) => name).join()} --json bench/results/%.json && npm run bench:report\` runs all of it again and writes this page, and all cells with their pictures and the day on which each ran to \`bench/report.md\` in the repository; \`npm run bench -- --quick\` gives an impression in about two minutes.

Each cell of a table is a process of its own, in which all contenders take turns, in random order, after a warm-up. Numbers are medians of the rounds, [lower and upper quarter], and the ratio to the limit: the least that anything can cost which does as much. Before a contender is timed it is held to a model in the same process: an exact LRU must agree with it at every operation, the others must give back the right value or none. Who fails, or would take too long, is named and not timed. Each is used in the quickest way that its documentation shows.

Every contender: ${list.join(', ')}.

## At a glance

Ratios of holdfast's time, or memory, to that of the quickest, or smallest, of those named: from its best cell to its worst. What misses its aim is bold.

${summary(reports)}
`;
}

async function section(file, { runtime, machine, results }) {
  const { processor, cores, memory, system } = machine;
  const parts = [`## ${runtime}\n`, `${processor}, ${cores} cores, ${memory}, ${system}.\n`];
  for (const [scenario, { title, unit, limit }] of Object.entries(ALL)) {
    const cells = results.filter((result) => result.scenario === scenario);
    if (cells.length === 0) continue;
    const points = cells.flatMap((result) => pointsOf(result, limit));
    const picture = `${file}-${scenario}.svg`;
    writeFileSync(
      new URL(picture, PICTURES),
      `${await plot(`${title}; ${runtime}`, limit, points)}\n`,
    );
    parts.push(
      `### ${capital(title)}\n`,
      `${[...new Set(cells.map(dayOf))].join(', ')}.\n`,
      `![${title}](pictures/${picture})\n`,
      standing(cells),
    );
    for (const result of cells) parts.push(table(result, unit, limit));
  }
  return parts.join('\n');
}

function pointsOf({ cell, rows }, limit) {
  const base = rows[limit]?.median;
  if (!base) return [];
  return Object.entries(rows).map(([name, { median }]) => ({
    name: name.replace(/, ttl$/, ''),
    own: isOwn(name),
    ratio: median / base,
    cell: describe(cell),
  }));
}

/** Where this package stands among the others, in one sentence for each cell: losses as plain as wins. */
function standing(cells) {
  const lines = cells.flatMap(({ cell, rows, notes = {} }) => {
    const peers = Object.entries(rows).filter(([name]) => !isOwn(name) && !isLimit(name));
    const own = Object.entries(rows).filter(([name]) => isOwn(name));
    if (peers.length === 0 || own.length === 0) return [];
    const [[best, { median }]] = peers.sort(([, a], [, b]) => a.median - b.median);
    const [[, { median: mine }]] = own.sort(([, a], [, b]) => a.median - b.median);
    const other = notes[best] ? `${best} (${notes[best]})` : best;
    const factor = Math.max(mine / median, median / mine).toFixed(2);
    const words =
      mine < median
        ? `ahead of ${other}, which takes ${factor} times as much`
        : `**behind ${other}, by ${factor} times**`;
    return [`- ${describe(cell)}: holdfast is ${words}`];
  });
  return `${lines.join('\n')}\n`;
}

function table({ cell, rows, notes = {}, failed }, unit, limit) {
  const base = rows[limit]?.median;
  const lines = Object.entries(rows)
    .sort(([, a], [, b]) => a.median - b.median)
    .map(([name, { median, low, high }]) => {
      const range = low === high ? '' : ` [${short(low)}, ${short(high)}]`;
      const ratio = base ? `${(median / base).toFixed(2)} x` : '';
      return `| ${isOwn(name) ? `**${name}**` : name} | ${short(median)}${range} | ${ratio} | ${notes[name] ?? ''} |`;
    });
  const why = Object.entries(failed).map(
    ([name, text]) => `| ${name} | not timed | | ${text.split('\n')[0]} |`,
  );
  return [
    '<details>',
    `<summary>${describe(cell)}</summary>\n`,
    `| contender | ${unit} | to ${limit} | |`,
    '| --- | --- | --- | --- |',
    ...lines,
    ...why,
    '\n</details>\n',
  ].join('\n');
}

function isOwn(name) {
  return name.startsWith('holdfast') || name.startsWith('ResultCache');
}

/** What is there for comparison only, and is no package or function that one would use instead. */
function isLimit(name) {
  return name.startsWith('Map') || LIMITS.includes(name);
}

function dayOf({ date, quick }) {
  return quick ? `${date}, from a quick run: fewer cells and rounds` : date;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
