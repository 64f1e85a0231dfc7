import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

/**
 * Keeps the results of some scenarios in a file, in the place of what it has of them. What it has of others stays, each
 * result with its day, if it is from the same runtime, machine and versions.
 */
export function keep(file, { results, ...where }) {
  const ran = new Set(results.map(({ scenario }) => scenario));
  const { results: old, ...before } = existsSync(file) ? read(file) : { results: [] };
  const others = isDeepStrictEqual(before, where)
    ? old.filter(({ scenario }) => !ran.has(scenario))
    : [];
  const report = { ...where, results: [...others, ...results] };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

export function read(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
