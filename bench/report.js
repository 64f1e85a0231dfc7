// Writes docs/benchmarks.md and its charts from the committed medians in bench/results: `npm run bench:report`. If
// bench/out has full results of a run, it first updates the medians from them and writes bench/out/report.md.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { allCells } from './all-cells.js';
import { isOwn, withoutSuffix } from './comparisons.js';
import { growthOfHits } from './growth.js';
import { readMedians, runtimeOf, writeMedians } from './medians.js';
import { CHARTS, page } from './page.js';
import { plotCells, plotRanges } from './plot.js';
import { mergeResults, readResults } from './results.js';
import { spread } from './rounds.js';
import { SCENARIOS } from './scenarios.js';

const OUT = new URL('out/', import.meta.url);
const PAGE = new URL('../docs/benchmarks.md', import.meta.url);
const PAGE_CHARTS = new URL('../docs/benchmarks/', import.meta.url);
/** The order on the page. */
const RUNTIMES = ['node', 'node24', 'deno', 'bun'];

const full = fullReports();
if (Object.keys(full).length > 0) {
  await writeAllCells();
  writeMedians(inOrder(merged(readMedians())), Object.keys(SCENARIOS));
}
// Read back, so that the page is the same with and without the full results.
const reports = readMedians();
if (Object.keys(reports).length === 0) {
  throw new Error('no results; first run: npm run bench -- --json bench/out/%.json');
}
for (const report of Object.values(reports)) report.results.push(...growthOfHits(report.results));
writeFileSync(PAGE, page(reports));
emptyFolder(PAGE_CHARTS);
for (const scenario of CHARTS) {
  const { title, baseline } = SCENARIOS[scenario];
  const svg = await plotRanges(title, baseline, rangesOf(scenario, baseline));
  writeFileSync(new URL(`${scenario}.svg`, PAGE_CHARTS), `${svg}\n`);
}

function fullReports() {
  if (!existsSync(OUT)) return {};
  const files = readdirSync(OUT).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(
    files.map((file) => [file.slice(0, -'.json'.length), readResults(new URL(file, OUT))]),
  );
}

async function writeAllCells() {
  const charts = new URL('charts/', OUT);
  emptyFolder(charts);
  const addChart = async (file, title, baseline, results) => {
    const points = results.flatMap((result) => pointsOf(result, baseline));
    writeFileSync(new URL(file, charts), `${await plotCells(title, baseline, points)}\n`);
  };
  const sections = [];
  for (const [name, report] of Object.entries(full)) {
    sections.push(await allCells(name, report, addChart));
  }
  writeFileSync(new URL('report.md', OUT), `# All cells\n\n${sections.join('\n')}`);
}

function merged(medians) {
  const all = { ...medians };
  for (const [name, report] of Object.entries(full)) {
    all[name] = mergeResults(medians[name] ?? { results: [] }, report);
  }
  return all;
}

function inOrder(reports) {
  const rank = (name) => RUNTIMES.indexOf(runtimeOf(name));
  return Object.fromEntries(Object.entries(reports).sort(([a], [b]) => rank(a) - rank(b)));
}

function pointsOf({ rows }, baseline) {
  const base = rows[baseline]?.median;
  if (!base) return [];
  return Object.entries(rows).map(([name, { median }]) => ({
    name: withoutSuffix(name),
    own: isOwn(name),
    ratio: median / base,
  }));
}

/** For each contender and runtime the lowest, the median and the highest ratio to the baseline. */
function rangesOf(scenario, baseline) {
  return Object.values(reports).flatMap(({ runtime, results }) => {
    const found = results.filter((result) => result.scenario === scenario);
    const byName = new Map();
    for (const { name, ratio } of found.flatMap((result) => pointsOf(result, baseline))) {
      byName.set(name, [...(byName.get(name) ?? []), ratio]);
    }
    return [...byName].map(([name, ratios]) => {
      const { median } = spread(ratios);
      return {
        name,
        runtime,
        lowest: Math.min(...ratios),
        median,
        highest: Math.max(...ratios),
      };
    });
  });
}

function emptyFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}
