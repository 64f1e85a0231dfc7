import { collected } from '../weak.ts';
import { type Core, core, replaceCore } from './core.ts';

/** What {@link Slots.insert} and {@link Slots.trim} did, in the two low bits of their answer; the slot is in the rest. */
export enum Outcome {
  /** The slot was free. */
  FRESH = 0,
  /** The slot's entry was the least recent and had to go. */
  EVICTED = 1,
  /** The slot's entry had expired. */
  EXPIRED = 2,
}

/** Where a record has its numbers; behind them are the core's own. */
export enum Field {
  /** Milliseconds; `-Infinity` when the slot is free. */
  DEADLINE = 0,
  STAMP = 1,
  /** How many numbers a record has. */
  COUNT = 4,
}

/** Where the records before those of entries keep their numbers. */
export enum Header {
  /** Counts every use of an entry; the last value is the stamp of the most recent one. */
  TICK = 0,
  /** The ticks that were no hits. */
  WRITES = 1,
  MISSES = 4,
  EVICTIONS = 5,
  EXPIRATIONS = 8,
  /** The tick up to which a cached time may serve; JavaScript's alone. */
  LEASE = 9,
}

/** The first slot that an entry may have. */
export const FIRST_SLOT = 3;

const FAILED = 0;
/** The first moment of all: the least number above zero. */
const LONG_AGO = 5e-324;

/** The most entries that a cache may have: what a `Map` holds. */
export const LARGEST = 2 ** 24 - 1;

/** Gives a cache's memory back when the cache was dropped without `[Symbol.dispose]()`. */
const dropped = /* @__PURE__ */ collected<Held>(({ core, handle }) => {
  try {
    core.free(handle);
  } catch {
    // A trap: that memory is lost, and nobody is left to miss anything else.
  }
});

interface Held {
  core: Core;
  handle: number;
}

/**
 * The metadata of one cache's entries, which lives in wasm memory: for each slot a record with two floats that both
 * sides know, its deadline and its stamp. A hit reads the one and writes the other through {@link Slots.view} and calls
 * nothing; whatever needs a decision is a call.
 *
 * A trap in the core cannot happen by what is known; should one happen all the same, the records are moved into a
 * fresh instance and the call is made again.
 */
export class Slots {
  /**
   * The records: slot `s` has its number `field` at `Field.COUNT * s + field`. Another cache's growth may detach it, or
   * fill it with NaN, and then every comparison with what it holds is false: see {@link Slots.revive}.
   */
  view: Float64Array = new Float64Array();
  /** The slot of each key. */
  index = new Map<unknown, number>();
  #core: Core = core();
  #handle = 0;
  #address = 0;
  #length = 0;
  readonly #held: Held = { core: this.#core, handle: 0 };
  /** The most entries. */
  maxSize: number;

  constructor(maxSize: number) {
    this.maxSize = maxSize;
    try {
      this.#handle = this.#core.create(maxSize);
      this.#attach();
    } catch {
      this.#rebuild();
    }
    dropped.register(this, this.#held, this);
  }

  /** Makes the view usable again after the memory has moved. Returns whether it had. */
  revive(): boolean {
    try {
      return this.#attach();
    } catch {
      this.#rebuild();
      return true;
    }
  }

  /**
   * Whether the view shows the records still. Its length is asked for first: code that has once read beyond the end
   * of an array boxes all numbers that it reads from then on.
   */
  get alive(): boolean {
    return this.view.length > 0 && (this.view[Header.TICK] as number) >= 0;
  }

  /** The records, certain to be attached. */
  header(): Float64Array {
    if (!this.alive) this.revive();
    return this.view;
  }

  /** Takes a slot for a new entry; whose entry had to go for it is in the answer. */
  insert(now: number, deadline: number): number {
    const tick = this.header()[Header.TICK];
    let answer = FAILED;
    try {
      answer = this.#core.insert(this.#handle, now, deadline);
      // Where the records have moved, or the memory, another deadline stands there, or none.
      const place = Field.COUNT * (answer >>> 2) + Field.DEADLINE;
      if (place >= this.view.length || this.view[place] !== deadline) this.#attach();
    } catch {
      answer = FAILED;
    }
    if (answer !== FAILED) return answer;
    // Whatever the core did before it trapped: the rebuilt one knows nothing of it.
    this.#rebuild(tick);
    answer = this.#core.insert(this.#handle, now, deadline);
    if (answer === FAILED) throw new RangeError('Out of memory for another cache entry');
    this.#attach();
    return answer;
  }

  /** Gives a live entry a new deadline and makes it the most recent. */
  replace(slot: number, deadline: number): void {
    let answer = FAILED;
    try {
      answer = this.#core.replace(this.#handle, slot, deadline);
    } catch {
      // A trap: the same as no answer.
    }
    if (answer === FAILED) {
      this.#rebuild();
      this.#core.replace(this.#handle, slot, deadline);
    }
  }

  remove(slot: number, expired: boolean): void {
    this.#attempt((core, handle) => core.remove(handle, slot, Number(expired)));
  }

  /** Frees one slot whose entry has expired and returns it, 0 when there is none. */
  expire(now: number): number {
    return this.#attempt((core, handle) => core.expire(handle, now));
  }

  resize(maxSize: number): void {
    this.maxSize = maxSize;
    this.#attempt((core, handle) => core.resize(handle, maxSize));
  }

  /** Frees one slot if there are more entries than allowed, and answers as `insert` does; 0 when there are not. */
  trim(now: number): number {
    return this.#attempt((core, handle) => core.trim(handle, now));
  }

  /** A time at which, or before which, nothing expires; `Infinity` when nothing ever does. */
  due(): number {
    return this.#attempt((core, handle) => core.due(handle));
  }

  clear(): void {
    this.#attempt((core, handle) => core.clear(handle));
    this.revive();
  }

  /** Gives the memory back. */
  free(): void {
    dropped.unregister(this);
    this.#attempt((core, handle) => core.free(handle));
    // The handle may soon be another cache's.
    this.#handle = 0;
    this.#length = 0;
    this.view = new Float64Array();
  }

  #attempt<T>(call: (core: Core, handle: number) => T): T {
    try {
      return call(this.#core, this.#handle);
    } catch {
      this.#rebuild();
      return call(this.#core, this.#handle);
    }
  }

  #attach(): boolean {
    const address = this.#core.records(this.#handle);
    const length = Field.COUNT * this.#core.capacity(this.#handle);
    const { buffer } = this.#core.memory;
    const moved =
      this.view.buffer !== buffer || this.#address !== address || this.#length !== length;
    if (moved) {
      this.view = new Float64Array(buffer, address, length);
      this.#address = address;
      this.#length = length;
      this.#held.core = this.#core;
      this.#held.handle = this.#handle;
    }
    return moved;
  }

  /**
   * Moves the live slots into a fresh core, under the numbers that they have. A record that was freed, or stamped after
   * `tick`, is one that the trapped call has already taken from its entry: that entry is then expired.
   */
  #rebuild(tick = Infinity): void {
    const records = new Float64Array(this.#core.memory.buffer, this.#address, this.#length);
    this.#core = replaceCore(this.#core);
    this.#handle = this.#core.create(LARGEST);
    const stampOf = (slot: number) => Math.floor(records[Field.COUNT * slot + Field.STAMP] ?? 0);
    const live = new Set(this.index.values());
    let last = FIRST_SLOT - 1;
    for (const slot of live) last = Math.max(last, slot);
    for (let slot = FIRST_SLOT; slot <= last; slot++) {
      const deadline = records[Field.COUNT * slot + Field.DEADLINE] ?? 0;
      const taken = !(deadline > 0) || stampOf(slot) > tick;
      this.#core.insert(this.#handle, 0, taken ? LONG_AGO : deadline);
    }
    for (let slot = FIRST_SLOT; slot <= last; slot++) {
      if (!live.has(slot)) this.#core.remove(this.#handle, slot, 0);
    }
    this.#core.resize(this.#handle, this.maxSize);
    this.#attach();
    const { view } = this;
    for (let slot = 0; slot < FIRST_SLOT; slot++) {
      const place = Field.COUNT * slot;
      view.set(records.subarray(place, place + 2), place);
    }
    // Whole, as used entries have them: the new core has them in another order.
    for (const slot of live) view[Field.COUNT * slot + Field.STAMP] = stampOf(slot);
  }
}
