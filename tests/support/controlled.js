import { deferred } from './deferred.js';

/**
 * An async function whose runs the test settles: `runs[n]` has the `thisArg`, the `args`, `resolve`
 * and `reject` of its nth run.
 */
export function controlled() {
  const runs = [];
  async function load(...args) {
    const run = { thisArg: this, args, ...deferred() };
    runs.push(run);
    return run.promise;
  }
  return Object.assign(load, { runs });
}
