// What each part of a hit costs, and what other designs would: `npm run bench:designs`, for docs/hits.md.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ResultCache } from 'holdfast';
import { race, shuffled, zipf } from './rounds.js';

/** A turn goes on where the last one was: it finds in the processor's caches what a long life leaves there. */
const OPERATIONS = 32_768;
const KEYS = 32 * OPERATIONS;
const BUFFER = 1_024;
const LEASE = 960;
/**
 * Where the memory of a cache happens to lie makes a difference: so it is made so often, each time in another order.
 */
const PROCESSES = 7;
// Held here, since `performance` is an accessor of the global object.
const clock = performance;
const performanceNow = clock.now;
const dateNow = Date.now;

/** Numbers that Rust could see. */
function numbers(length) {
  const pages = Math.ceil((8 * length) / 65_536) + 1;
  return new Float64Array(new WebAssembly.Memory({ initial: pages }).buffer);
}

/** The least for whatever keeps anything beside a value. */
class Records {
  index = new Map();
  set(key, value) {
    this.index.set(key, { value });
  }
  get(key) {
    return this.index.get(key).value;
  }
}

/** The index gives a number, and an array has the value. */
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

/** And the entry gets the next number, beside the value, which makes the order of use. */
class Marks extends Slots {
  tick = 0;
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    const { cells } = this;
    cells[(slot << 1) | 1] = ++this.tick;
    return cells[slot << 1];
  }
}

/** And it must not be over, which is known of all, or else its deadline is looked at, in a record of 32 bytes. */
class Expiry extends Marks {
  time = 500;
  areAllLive = true;
  constructor(size) {
    super();
    this.records = numbers(4 * size + 4);
  }
  set(key, value) {
    this.records[4 * this.index.size] = 1_000;
    super.set(key, value);
  }
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    if (!this.areAllLive && this.records[slot << 2] < this.time) return undefined;
    const { cells } = this;
    cells[(slot << 1) | 1] = ++this.tick;
    return cells[slot << 1];
  }
}

/** And that must still hold: for so many hits, and while no test has replaced the clocks. */
class Lease extends Expiry {
  lease = 0;
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    const tick = this.tick + 1;
    if (tick > this.lease) this.lease = tick + LEASE;
    if (!this.areAllLive && this.records[slot << 2] < this.time) return undefined;
    if (clock.now !== performanceNow || Date.now !== dateNow) return undefined;
    this.tick = tick;
    const { cells } = this;
    cells[(slot << 1) | 1] = tick;
    return cells[slot << 1];
  }
}

/**
 * And when it does not, the clock is read, by a call. Written out whole: shared code would share what V8 learns of it.
 */
class Renewal extends Expiry {
  lease = 0;
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    const tick = this.tick + 1;
    if (tick > this.lease) this.renew();
    if (!this.areAllLive && this.records[slot << 2] < this.time) return undefined;
    if (clock.now !== performanceNow || Date.now !== dateNow) return undefined;
    this.tick = tick;
    const { cells } = this;
    cells[(slot << 1) | 1] = tick;
    return cells[slot << 1];
  }
  renew() {
    if (clock.now() < 0) throw new Error('there is no such time');
    this.lease = this.tick + LEASE;
  }
}

/** What a hit is while some entry may be over: each deadline is looked at. Written out whole for the same reason. */
class Deadlines extends Expiry {
  areAllLive = false;
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    if (!this.areAllLive && this.records[slot << 2] < this.time) return undefined;
    const { cells } = this;
    cells[(slot << 1) | 1] = ++this.tick;
    return cells[slot << 1];
  }
}

/** Another way: how long each entry lives, as a small integer in an array of its own, is looked at by every hit. */
class Lives extends Marks {
  time = 500;
  lives = [];
  set(key, value) {
    super.set(key, value);
    this.lives.push(1_000);
  }
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined || this.lives[slot] < this.time) return undefined;
    const { cells } = this;
    cells[(slot << 1) | 1] = ++this.tick;
    return cells[slot << 1];
  }
}

/** Another way: the mark in the record, where Rust sees it without being told. */
class StampInRecord extends Slots {
  tick = 0;
  constructor(size) {
    super();
    this.records = numbers(4 * size + 4);
  }
  get(key) {
    const slot = this.index.get(key);
    if (slot === undefined) return undefined;
    this.records[(slot << 2) | 1] = ++this.tick;
    return this.cells[slot << 1];
  }
}

/** Another way: the marks by themselves, where Rust sees them too, eight to a line of the processor's caches. */
class DenseStamps extends Slots {
  tick = 0;
  values = [];
  constructor(size) {
    super();
    this.stamps = numbers(size);
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

/** Another way: an object for each entry has all of it. */
class Objects {
  index = new Map();
  tick = 0;
  time = 500;
  set(key, value) {
    this.index.set(key, { value, mark: 0, until: 1_000, key, slot: this.index.size });
  }
  get(key) {
    const entry = this.index.get(key);
    if (entry === undefined || entry.until < this.time) return undefined;
    entry.mark = ++this.tick;
    return entry.value;
  }
}

/** Another way: slots go to a buffer, and when that is full, a linked list is put in order. */
class Replay extends Slots {
  buffer = new Int32Array(BUFFER);
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
    if (this.length === BUFFER) this.replay();
    return this.cells[slot << 1];
  }
  replay() {
    const { links, buffer } = this;
    for (let i = 0; i < BUFFER; i++) {
      const node = buffer[i];
      const before = links[2 * node];
      const after = links[2 * node + 1];
      links[2 * before + 1] = after;
      links[2 * after] = before;
      this.append(node);
    }
    this.length = 0;
  }
  /** Puts a node at the end of a circle that node 0 closes. */
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
  'Map of records, the limit': () => new Records(),
  'Map of slots': () => new Slots(),
  '+ order of use': () => new Marks(),
  '+ expiry': (size) => new Expiry(size),
  '+ lease of the time': (size) => new Lease(size),
  '+ renewal of the lease': (size) => new Renewal(size),
  ResultCache: (maxSize) => new ResultCache({ maxSize, ttl: '5m' }),
  'expiry, while some entry may be over': (size) => new Deadlines(size),
  'expiry, how long each entry lives': () => new Lives(),
  'order of use, in the records': (size) => new StampInRecord(size),
  'order of use, in numbers by themselves': (size) => new DenseStamps(size),
  'order of use, buffer and linked list': (size) => new Replay(size),
  'both, an object for each entry': () => new Objects(),
};
const SIZES = [1_000, 100_000, 1_000_000];

/** A loop of its own for each: the name is in the code, for V8 gives two functions of one text the same feedback. */
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

/** The medians of one process, by the names of the designs. */
async function measure(size) {
  const keys = Array.from({ length: size }, (_, i) => i);
  const trace = zipf(keys, KEYS);
  const contenders = {};
  for (const name of shuffled(Object.keys(DESIGNS))) {
    const cache = DESIGNS[name](size);
    for (const key of keys) cache.set(key, { key });
    contenders[name] = hits(name, cache, trace);
  }
  const results = await race(contenders, OPERATIONS, { rounds: 3 });
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
  console.log(`node ${process.version}; ns a hit, integer keys, Zipf 0.99\n`);
  console.log(`| entries | ${SIZES.map((size) => size.toLocaleString('en')).join(' | ')} |`);
  console.log(`| --- | ${SIZES.map(() => '---').join(' | ')} |`);
  for (const [name, row] of Object.entries(rows)) console.log(`| ${name} | ${row.join(' | ')} |`);
}
