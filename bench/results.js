import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

/**
 * Saves the results of some scenarios, with all rounds' quartiles and notes. Results of other scenarios in the file
 * stay if they come from the same runtime, machine and versions.
 */
export function saveResults(file, { results, ...setup }) {
  const saved = existsSync(file) ? readResults(file) : { results: [] };
  writeFileSync(file, `${JSON.stringify(mergeResults(saved, { results, ...setup }), null, 2)}\n`);
}

export function readResults(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The new results, with the saved results of other scenarios if these have the same setup. */
export function mergeResults({ results: saved, ...savedSetup }, { results, ...setup }) {
  const replaced = new Set(results.map(({ scenario }) => scenario));
  const kept = isDeepStrictEqual(savedSetup, setup)
    ? saved.filter(({ scenario }) => !replaced.has(scenario))
    : [];
  return { ...setup, results: [...kept, ...results] };
}
