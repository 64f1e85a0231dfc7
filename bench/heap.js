const { gc = globalThis.Bun && (() => globalThis.Bun.gc(true)) } = globalThis;

/**
 * The bytes that are in use, once all that is let go is collected: on the heap, and beside it, where typed arrays and
 * the memory of WebAssembly are (V8 counts both as external).
 */
export function bytesInUse() {
  // The second finds what the first has freed from weak tables.
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
