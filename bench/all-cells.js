// The text of bench/out/report.md: every cell of every runtime, with quartiles.
import { isOwn, isPeer } from './comparisons.js';
import * as growth from './growth.js';
import { SCENARIOS } from './scenarios.js';
import { baseNameOf, baseOf, describe, short } from './table.js';

const ALL = { ...SCENARIOS, growth };

/**
 * @param {string} name of the runtime
 * @param {{ runtime: string, machine: object, results: object[] }} report
 * @param {(file: string, title: string, baseline: string, results: object[]) => Promise<void>} addChart
 */
export async function allCells(name, { runtime, machine, results }, addChart) {
  const { processor, cores, memory, system } = machine;
  const parts = [`## ${runtime}\n`, `${processor}, ${cores} cores, ${memory}, ${system}.\n`];
  const withGrowth = [...results, ...growth.growthOfHits(results)];
  for (const [scenario, { title, unit, baseline }] of Object.entries(ALL)) {
    const cells = withGrowth.filter((result) => result.scenario === scenario);
    if (cells.length === 0) continue;
    parts.push(`### ${title}\n`, `Measured ${[...new Set(cells.map(dayOf))].join(', ')}.\n`);
    if (typeof baseline === 'string') {
      const file = `${name}-${scenario}.svg`;
      await addChart(file, `${title}; ${runtime}`, baseline, cells);
      parts.push(`![${title}](charts/${file})\n`);
    }
    parts.push(ranking(cells));
    for (const result of cells) parts.push(table(result, unit, baseline));
  }
  return parts.join('\n');
}

/** One line for each cell that compares holdfast with the best peer. */
function ranking(cells) {
  const lines = cells.flatMap(({ cell, rows, notes = {} }) => {
    const peers = Object.entries(rows).filter(([name]) => isPeer(name));
    const own = Object.entries(rows).filter(([name]) => isOwn(name));
    if (peers.length === 0 || own.length === 0) return [];
    const [[best, { median: theirs }]] = peers.sort(([, a], [, b]) => a.median - b.median);
    const [[, { median: ours }]] = own.sort(([, a], [, b]) => a.median - b.median);
    const peer = notes[best] ? `${best} (${notes[best]})` : best;
    const factor = Math.max(ours / theirs, theirs / ours).toFixed(2);
    const words =
      ours < theirs
        ? `ahead of ${peer}, which takes ${factor} times as much`
        : `**behind ${peer}, by ${factor} times**`;
    return [`- ${describe(cell)}: holdfast is ${words}`];
  });
  return `${lines.join('\n')}\n`;
}

function table({ cell, rows, notes = {}, failed }, unit, baseline) {
  const base = baseOf(rows, baseline)?.median;
  const lines = Object.entries(rows)
    .sort(([, a], [, b]) => a.median - b.median)
    .map(([name, { median, low, high }]) => {
      const range = low === high ? '' : ` [${short(low)}, ${short(high)}]`;
      const ratio = base ? `${(median / base).toFixed(2)} x` : '';
      return `| ${isOwn(name) ? `**${name}**` : name} | ${short(median)}${range} | ${ratio} | ${notes[name] ?? ''} |`;
    });
  const untimed = Object.entries(failed).map(
    ([name, reason]) => `| ${name} | not timed | | ${reason.split('\n')[0]} |`,
  );
  return [
    '<details>',
    `<summary>${describe(cell)}</summary>\n`,
    `| contender | ${unit} | ${baseline ? `multiples of ${baseNameOf(rows, baseline)}` : ''} | |`,
    '| --- | --- | --- | --- |',
    ...lines,
    ...untimed,
    '\n</details>\n',
  ].join('\n');
}

function dayOf({ date, quick }) {
  return quick ? `${date}, in a quick run with fewer cells and rounds` : date;
}
