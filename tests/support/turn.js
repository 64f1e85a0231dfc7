const { setImmediate } = globalThis;

/** Runs all microtasks, those that they queue included. */
export function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
