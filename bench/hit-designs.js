// Two ways for a hit to leave its mark without a call into wasm, and what each costs: `npm run bench:designs`.
//   stamp:  the entry's record gets the next number; an eviction finds the smallest
//   replay: the entry's slot is written to a buffer; when that is full, a linked list is put in order
// Both check the deadline, against a time that is cached. The rest of a cache is left out.
import { race, zipf } from './rounds.js';

const OPERATIONS = 32_768;
const BUFFER = 1_024;

class Base {
  index = new Map();
  values = [];
  now = 0;
  set(key, value) {
    const slot = this.index.size + 1;
    this.index.set(key, slot);
    this.values[slot] = value;
    this.insert(slot);
  }
}

class Stamp extends Base {
  constructor(size) {
    super();
    this.records = new Float64Array(
      new WebAssembly.Memory({ initial: pages(16 * (size + 1)) }).buffer,
    );
  }
  insert(slot) {
    this.records[2 * slot] = Infinity;
  }
  get(key) {
    const slot = this.index.get(key);
    const { records } = this;
    if (!(records[2 * slot] >= this.now)) return undefined;
    const tick = records[0] + 1;
    records[0] = tick;
    records[2 * slot + 1] = tick;
    return this.values[slot];
  }
}

class Replay extends Base {
  constructor(size) {
    super();
    const memory = new WebAssembly.Memory({ initial: pages(16 * (size + 1) + 4 * BUFFER) });
    this.deadlines = new Float64Array(memory.buffer, 0, size + 1);
    this.links = new Int32Array(memory.buffer, 8 * (size + 1), 2 * (size + 1));
    this.buffer = new Int32Array(memory.buffer, 16 * (size + 1), BUFFER);
    this.length = 0;
  }
  insert(slot) {
    this.deadlines[slot] = Infinity;
    this.link(slot);
  }
  get(key) {
    const slot = this.index.get(key);
    if (!(this.deadlines[slot] >= this.now)) return undefined;
    this.buffer[this.length++] = slot;
    if (this.length === BUFFER) this.replay();
    return this.values[slot];
  }
  replay() {
    const { links, buffer } = this;
    for (let i = 0; i < BUFFER; i++) {
      const slot = buffer[i];
      const before = links[2 * slot];
      const after = links[2 * slot + 1];
      links[2 * before + 1] = after;
      links[2 * after] = before;
      this.link(slot);
    }
    this.length = 0;
  }
  /** Puts a slot at the end of a circle that slot 0 closes. */
  link(slot) {
    const { links } = this;
    const last = links[0];
    links[2 * slot] = last;
    links[2 * slot + 1] = 0;
    links[2 * last + 1] = slot;
    links[0] = slot;
  }
}

function pages(bytes) {
  return Math.ceil(bytes / 65_536) + 1;
}

for (const size of [1_000, 100_000, 1_000_000]) {
  const keys = Array.from({ length: size }, (_, i) => i);
  const trace = zipf(keys, OPERATIONS);
  const contenders = {};
  for (const [name, Design] of Object.entries({ stamp: Stamp, replay: Replay })) {
    const cache = new Design(size);
    for (const key of keys) cache.set(key, { key });
    const loop = new Function(
      'cache',
      'keys',
      'return () => { let n = 0; for (let i = 0; i < keys.length; i++) if (cache.get(keys[i])) n++; return n; };',
    );
    contenders[name] = loop(cache, trace);
  }
  const results = await race(contenders, OPERATIONS);
  const line = [...results].map(([name, { median }]) => `${name} ${median.toFixed(1)}`).join(', ');
  console.log(`${size} entries, integer keys, Zipf 0.99: ${line} ns a hit`);
}
