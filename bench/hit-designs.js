// Times the parts of a hit, and other designs of some parts: `npm run bench:designs`. The figures are in docs/hits.md.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ResultCache } from 'holdfast';
import { shuffled, timeContenders, zipf } from './rounds.js';

/** Each turn continues where the last one ended, so that the processor's caches hold what they would after a long run. */
const OPERATIONS = 32_768;
const KEYS = 32 * OPERATIONS;
/** Hits between two updates of the linked list. */
const BUFFERED_HITS = 1_024;
/** Hits between two readings of the clock. */
const BURST_HITS = 960;
/** Each process lays out memory differently, which changes the times: the result is the median of the processes. */
const PROCESSES = 7;
// Held here because `performance` is an accessor of the global object.
const clock = performance;
const performanceNow = clock.now;
const dateNow = Date.now;

/** An array of numbers in WebAssembly memory. */
function wasmNumbers(length) {
  const pages = Math.ceil((8 * length) / 65_536) + 1;
  return new Float64Array(new WebAssembly.Memory({ initial: pages }).buffer);
}

/** The baseline: the least work for a cache that keeps anything next to a value. */
class Records {
  index = new Map();
  set(key, value) {
    this.index.set(key, { value });
  }
  get(key) {
    return this.index.get(key).value;
  }
}

/** The Map holds a slot number; an array holds the value. */
class Slots {
  index = new Map();
  cells = [];
  set(key, value) {
    this.index.set(key, this.index.size);
    this.cells.push(value, 0);
  }
  get(key) {
    const slot = this.index.get(key);
    return slot === undefined ? undefined : this.cells[slot << 1];
  }
}

/** Adds the order of use: each hit stores the next number next to the value. */
class UseStamps extends Slots {
  tick = 0;
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    const { cells } = this;
    cells[(slot << 1) | 1] = ++this.tick;
    return cells[slot << 1];
  }
}

/** Adds expiry: all entries are known to be fresh, or else the deadline in a record of 32 bytes is read. */
class Expiry extends UseStamps {
  time = 500;
  areAllFresh = true;
  constructor(size) {
    super();
    this.records = wasmNumbers(4 * size + 4);
  }
  set(key, value) {
    this.records[4 * this.index.size] = 1_000;
    super.set(key, value);
  }
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    if (!this.areAllFresh && this.records[slot << 2] < this.time) return undefined;
    const { cells } = this;
    cells[(slot << 1) | 1] = ++this.tick;
    return cells[slot << 1];
  }
}

/** Adds a cached clock reading, valid for a number of hits and while no test has replaced the clocks. */
class CachedClock extends Expiry {
  validUntil = 0;
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    const tick = this.tick + 1;
    if (tick > this.validUntil) this.validUntil = tick + BURST_HITS;
    if (!this.areAllFresh && this.records[slot << 2] < this.time) return undefined;
    if (clock.now !== performanceNow || Date.now !== dateNow) return undefined;
    this.tick = tick;
    const { cells } = this;
    cells[(slot << 1) | 1] = tick;
    return cells[slot << 1];
  }
}

/**
 * Adds a call that reads the clock when the cached reading is no longer valid. The code is repeated because shared code
 * would share V8's type feedback.
 */
class ClockRefresh extends Expiry {
  validUntil = 0;
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    const tick = this.tick + 1;
    if (tick > this.validUntil) this.refresh();
    if (!this.areAllFresh && this.records[slot << 2] < this.time) return undefined;
    if (clock.now !== performanceNow || Date.now !== dateNow) return undefined;
    this.tick = tick;
    const { cells } = this;
    cells[(slot << 1) | 1] = tick;
    return cells[slot << 1];
  }
  refresh() {
    if (clock.now() < 0) throw new Error('the clock is negative');
    this.validUntil = this.tick + BURST_HITS;
  }
}

/** A hit while some entry may have expired: it reads the deadline. The code is repeated for the same reason. */
class Deadlines extends Expiry {
  areAllFresh = false;
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    if (!this.areAllFresh && this.records[slot << 2] < this.time) return undefined;
    const { cells } = this;
    cells[(slot << 1) | 1] = ++this.tick;
    return cells[slot << 1];
  }
}

/** Another design: every hit reads the entry's lifetime, a small integer in a separate array. */
class Lifetimes extends UseStamps {
  time = 500;
  lifetimes = [];
  set(key, value) {
    super.set(key, value);
    this.lifetimes.push(1_000);
  }
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined || this.lifetimes[slot] < this.time) return undefined;
    const { cells } = this;
    cells[(slot << 1) | 1] = ++this.tick;
    return cells[slot << 1];
  }
}

/** Another design: the use stamp is in the record, where the core sees it without a call. */
class StampInRecord extends Slots {
  tick = 0;
  constructor(size) {
    super();
    this.records = wasmNumbers(4 * size + 4);
  }
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    this.records[(slot << 2) | 1] = ++this.tick;
    return this.cells[slot << 1];
  }
}

/** Another design: the use stamps are in a separate array in the core's memory, eight to a cache line. */
class StampArray extends Slots {
  tick = 0;
  values = [];
  constructor(size) {
    super();
    this.stamps = wasmNumbers(size);
  }
  set(key, value) {
    this.index.set(key, this.index.size);
    this.values.push(value);
  }
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    this.stamps[slot] = ++this.tick;
    return this.values[slot];
  }
}

/** Another design: one object per entry holds everything. */
class Objects {
  index = new Map();
  tick = 0;
  time = 500;
  set(key, value) {
    this.index.set(key, { value, stamp: 0, deadline: 1_000, key, slot: this.index.size });
  }
  get(key) {
    const entry = this.index.get(key);
    if (entry === undefined || entry.deadline < this.time) return undefined;
    entry.stamp = ++this.tick;
    return entry.value;
  }
}

/** Another design: hits fill a buffer of slots; when it is full, they are moved to the end of a linked list. */
class Replay extends Slots {
  buffer = new Int32Array(BUFFERED_HITS);
  length = 0;
  constructor(size) {
    super();
    this.links = new Int32Array(2 * size + 2);
  }
  set(key, value) {
    super.set(key, value);
    this.append(this.index.size);
  }
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    this.buffer[this.length++] = slot + 1;
    if (this.length === BUFFERED_HITS) this.replay();
    return this.cells[slot << 1];
  }
  replay() {
    const { links, buffer } = this;
    for (let i = 0; i < BUFFERED_HITS; i++) {
      const node = buffer[i];
      const before = links[2 * node];
      const after = links[2 * node + 1];
      links[2 * before + 1] = after;
      links[2 * after] = before;
      this.append(node);
    }
    this.length = 0;
  }
  /** Adds a node at the end of the ring, whose sentinel is node 0. */
  append(node) {
    const { links } = this;
    const last = links[0];
    links[2 * node] = last;
    links[2 * node + 1] = 0;
    links[2 * last + 1] = node;
    links[0] = node;
  }
}

const DESIGNS = {
  'bare Map': () => new Map(),
  'Map of records, the baseline': () => new Records(),
  'Map of slots': () => new Slots(),
  '+ order of use': () => new UseStamps(),
  '+ expiry': (size) => new Expiry(size),
  '+ cached clock': (size) => new CachedClock(size),
  '+ clock refresh': (size) => new ClockRefresh(size),
  ResultCache: (maxSize) => new ResultCache({ maxSize, ttl: '5m' }),
  'expiry, while some entry may have expired': (size) => new Deadlines(size),
  'expiry, array of lifetimes': () => new Lifetimes(),
  'order of use, in the records': (size) => new StampInRecord(size),
  'order of use, array of stamps': (size) => new StampArray(size),
  'order of use, buffer and linked list': (size) => new Replay(size),
  'both, one object per entry': () => new Objects(),
};
const SIZES = [1_000, 100_000, 1_000_000];

/** Compiles a loop for each design. The name in its code keeps V8 from sharing type feedback between equal functions. */
function hits(name, cache, keys) {
  const make = new Function(
    'cache',
    'keys',
    `// ${name}
    let place = 0;
    return () => {
      let found = 0;
      if (place === keys.length) place = 0;
      const end = place + ${OPERATIONS};
      for (; place < end; place++) if (cache.get(keys[place]) !== undefined) found++;
      if (found !== ${OPERATIONS}) throw new Error('a hit was missed');
    };`,
  );
  return make(cache, keys);
}

/** Measures all designs in this process; returns their medians in nanoseconds per hit. */
async function measure(size) {
  const keys = Array.from({ length: size }, (_, i) => i);
  const trace = zipf(keys, KEYS);
  const contenders = {};
  for (const name of shuffled(Object.keys(DESIGNS))) {
    const cache = DESIGNS[name](size);
    for (const key of keys) cache.set(key, { key });
    contenders[name] = hits(name, cache, trace);
  }
  const results = await timeContenders(contenders, OPERATIONS, { rounds: 3 });
  return Object.fromEntries([...results].map(([name, { median }]) => [name, median]));
}

const [, , size] = process.argv;
if (size) {
  console.log(JSON.stringify(await measure(Number(size))));
} else {
  const script = fileURLToPath(import.meta.url);
  const rows = Object.fromEntries(Object.keys(DESIGNS).map((name) => [name, []]));
  for (const size of SIZES) {
    const runs = Array.from({ length: PROCESSES }, () =>
      JSON.parse(execFileSync(process.execPath, ['--expose-gc', script, String(size)])),
    );
    for (const [name, row] of Object.entries(rows)) {
      const sorted = runs.map((run) => run[name]).sort((a, b) => a - b);
      row.push(sorted[(PROCESSES - 1) / 2].toFixed(1));
    }
  }
  console.log(`node ${process.version}; ns per hit, integer keys, Zipf 0.99\n`);
  console.log(`| entries | ${SIZES.map((size) => size.toLocaleString('en')).join(' | ')} |`);
  console.log(`| --- | ${SIZES.map(() => '---').join(' | ')} |`);
  for (const [name, row] of Object.entries(rows)) console.log(`| ${name} | ${row.join(' | ')} |`);
}
