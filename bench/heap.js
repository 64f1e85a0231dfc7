import { wasmBytes } from '../tests/support/wasm-instances.js';

const { gc = globalThis.Bun && (() => globalThis.Bun.gc(true)) } = globalThis;

/*
 * Runtimes count memory outside the heap differently: `heapUsed` of Bun includes `external`, and WebAssembly memory
 * twice; Deno counts WebAssembly memory nowhere. A sample allocation of each kind shows what this runtime counts.
 */
const WASM_PAGES = 64;
const SAMPLE_BYTES = WASM_PAGES * 65_536;
let accounting;

function detectAccounting() {
  const heapIncludesExternal = timesCounted(() => new Float64Array(SAMPLE_BYTES / 8), heapUsed) > 0;
  const read = heapIncludesExternal ? heapUsed : () => heapUsed() + process.memoryUsage().external;
  const wasmCount = timesCounted(() => new WebAssembly.Memory({ initial: WASM_PAGES }), read);
  return { read, wasmCount };
}

function heapUsed() {
  return process.memoryUsage().heapUsed;
}

/** How often a reading includes an allocation of `SAMPLE_BYTES`. */
function timesCounted(allocate, read) {
  collect();
  const before = read();
  const sample = allocate();
  const buffer = sample.buffer;
  collect();
  const count = Math.round((read() - before) / SAMPLE_BYTES);
  if (sample.buffer !== buffer || buffer.byteLength !== SAMPLE_BYTES) {
    throw new Error('the sample allocation is gone');
  }
  return count;
}

function collect() {
  // The second collection finds what the first one freed from weak tables.
  gc();
  gc();
}

/** Bytes in use after garbage collection: the heap, typed arrays and WebAssembly memory, each counted once. */
export function bytesInUse() {
  accounting ??= detectAccounting();
  collect();
  return accounting.read() + (1 - accounting.wasmCount) * wasmBytes();
}
