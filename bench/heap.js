import { wasmBytes } from '../tests/support/wasm-instances.js';

const { gc = globalThis.Bun && (() => globalThis.Bun.gc(true)) } = globalThis;

/*
 * Runtimes count what is not on the heap in ways of their own, so that a little of each kind is made to find out: Bun
 * has all of `external` in `heapUsed` again, and in it the memory of WebAssembly twice; Deno has that nowhere.
 */
const PAGES = 64;
const SIZE = PAGES * 65_536;
let counting;

function howItCounts() {
  const heapHasAll = times(() => new Float64Array(SIZE / 8), heapUsed) > 0;
  const read = heapHasAll ? heapUsed : () => heapUsed() + process.memoryUsage().external;
  return { read, wasm: times(() => new WebAssembly.Memory({ initial: PAGES }), read) };
}

function heapUsed() {
  return process.memoryUsage().heapUsed;
}

/** How many times a reading counts what is made. */
function times(make, read) {
  collect();
  const before = read();
  const made = make();
  const buffer = made.buffer;
  collect();
  const count = Math.round((read() - before) / SIZE);
  if (made.buffer !== buffer || buffer.byteLength !== SIZE) throw new Error('nothing was kept');
  return count;
}

function collect() {
  // The second finds what the first has freed from weak tables.
  gc();
  gc();
}

/**
 * The bytes that are in use, once all that is let go is collected: on the heap, and beside it, where typed arrays and
 * the memory of WebAssembly are.
 */
export function bytesInUse() {
  counting ??= howItCounts();
  collect();
  return counting.read() + (1 - counting.wasm) * wasmBytes();
}
