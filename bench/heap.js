const { gc = globalThis.Bun && (() => globalThis.Bun.gc(true)) } = globalThis;

/** The instances of WebAssembly there are: what follows is loaded before the first. */
const instances = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    instances.push(this);
  }
};

/*
 * Runtimes count what is not on the heap in ways of their own, so that a little of each kind is made to find out: Bun has
 * all of `external` in `heapUsed` again, and in it the memory of WebAssembly twice; Deno has that nowhere.
 */
const PAGES = 64;
const SIZE = PAGES * 65_536;
const heapCounts = times(() => new Float64Array(SIZE / 8), heap) > 0;
const wasmCounts = times(() => new WebAssembly.Memory({ initial: PAGES }).buffer, counted);

function heap() {
  return process.memoryUsage().heapUsed;
}

function counted() {
  return heap() + (heapCounts ? 0 : process.memoryUsage().external);
}

/** How many times a reading counts what is made. */
function times(make, reading) {
  collect();
  const before = reading();
  const made = make();
  collect();
  const times = Math.round((reading() - before) / SIZE);
  if (made.byteLength !== SIZE && made.length !== SIZE) throw new Error('nothing was kept');
  return times;
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
  collect();
  const wasm = instances.reduce(
    (sum, { exports }) => sum + (exports.memory?.buffer.byteLength ?? 0),
    0,
  );
  return counted() + (1 - wasmCounts) * wasm;
}
