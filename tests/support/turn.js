const { setImmediate } = globalThis;

/** Lets everything run that waits for no timer: all microtasks, and what they queue. */
export function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}
