// The committed results: for each scenario a table of medians, and one file with the setups. `npm run bench:report`
// makes docs/benchmarks.md of them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const FOLDER = new URL('results/', import.meta.url);
const SETUPS = new URL('setups.json', FOLDER);
/** More digits than any figure on the page shows. */
const DIGITS = 6;
const NOT_TIMED = 'not timed: ';

/** The reports by the names of their runtimes, in the order of setups.json. */
export function readMedians() {
  if (!existsSync(SETUPS)) return {};
  const setups = JSON.parse(readFileSync(SETUPS, 'utf8'));
  const reports = {};
  for (const [name, setup] of Object.entries(setups)) reports[name] = { ...setup, results: [] };
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.tsv'))) {
    const [header, ...lines] = readFileSync(new URL(file, FOLDER), 'utf8')
      .replace(/\n$/, '')
      .split('\n');
    const columns = header.split('\t');
    for (const line of lines) {
      const { name, result } = resultOf(columns, line.split('\t'));
      reports[name].results.push({ scenario: basename(file, '.tsv'), ...result });
    }
  }
  return reports;
}

/** The runtime of a report. That of another machine has the name of its runtime, a hyphen and some word. */
export const runtimeOf = (name) => name.split('-', 1)[0];

/** The columns are those of the cell, then `runtime`, `day` and the contenders. */
function resultOf(columns, fields) {
  const at = columns.indexOf('runtime');
  const cell = {};
  for (let i = 0; i < at; i++) cell[columns[i]] = parsed(fields[i]);
  const [date, quick] = fields[at + 1].split(' ');
  const result = { cell, date, quick: quick === 'quick', rows: {}, failed: {} };
  for (let i = at + 2; i < columns.length; i++) {
    const field = fields[i];
    if (field.startsWith(NOT_TIMED)) result.failed[columns[i]] = field.slice(NOT_TIMED.length);
    else if (field) result.rows[columns[i]] = { median: Number(field) };
  }
  return { name: fields[at], result };
}

function parsed(text) {
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** @param {string[]} scenarios each gets a file */
export function writeMedians(reports, scenarios) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  const setups = Object.entries(reports).map(
    ([name, { results: _, ...setup }]) => `${JSON.stringify(name)}: ${JSON.stringify(setup)}`,
  );
  writeFileSync(SETUPS, `{\n${setups.join(',\n')}\n}\n`);
  for (const scenario of scenarios) {
    const rows = Object.entries(reports).flatMap(([name, { results }]) =>
      results
        .filter((result) => result.scenario === scenario)
        .map((result) => ({ name, ...result })),
    );
    if (rows.length > 0) writeFileSync(new URL(`${scenario}.tsv`, FOLDER), table(rows));
  }
}

function table(rows) {
  const cellColumns = Object.keys(rows[0].cell);
  const contenders = new Set(
    rows.flatMap(({ rows, failed }) => [...Object.keys(rows), ...Object.keys(failed)]),
  );
  const lines = rows.map(({ name, cell, date, quick, rows, failed }) => [
    ...cellColumns.map((column) => cell[column]),
    name,
    quick ? `${date} quick` : date,
    ...[...contenders].map((contender) => {
      if (contender in failed) return NOT_TIMED + failed[contender].split('\n')[0];
      const median = rows[contender]?.median;
      return median === undefined ? '' : Number(median.toPrecision(DIGITS));
    }),
  ]);
  const header = [...cellColumns, 'runtime', 'day', ...contenders];
  return [header, ...lines].map((fields) => `${fields.join('\t')}\n`).join('');
}
