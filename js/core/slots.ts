import { takeBackLeases } from '../time/lease.ts';
import { collected } from '../weak.ts';
import { type Core, core, replaceCore } from './core.ts';

/** Where a record has its numbers; behind them are the core's own. */
export enum Field {
  /** Milliseconds; `-Infinity` when the slot is free. */
  DEADLINE = 0,
  /**
   * The tick of the last use; half a tick more than that when there was none since the entry was put, or the slot
   * offered.
   */
  STAMP = 1,
  /** How many numbers a record has. */
  COUNT = 4,
}

/** Where the record before those of entries keeps its numbers. */
enum Header {
  /** How many of the offered slots are used. */
  USED = 0,
  /** How many are offered. */
  OFFERED = 1,
}

/** The most slots that are offered at a time. Their records are in front of all others. */
const MOST_OFFERED = 64;
/** Where the very first record keeps a time before which nothing expires. */
const DUE = 1;
/** Where the next one keeps how many records there are, those in front included. */
const CAPACITY = Field.COUNT + 1;
/** What the stamp of an entry that was not used yet has beyond its tick. */
export const UNUSED = 0.5;

/** The first slot that an entry may have. */
export const FIRST_SLOT = 1;

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
 * sides know, its deadline and its stamp. A hit writes the stamp through {@link Slots.view} and calls nothing. Nor does
 * a put that needs a slot, as long as there are some that the core has offered; whatever needs a decision is a call.
 *
 * A trap in the core cannot happen by what is known; should one happen all the same, the records are moved into a
 * fresh instance and the call is made again.
 */
export class Slots {
  /**
   * The records: slot `s` has its number `field` at `Field.COUNT * s + field`. Another cache's growth may detach it, or
   * fill it with NaN, and then every comparison with what it holds is false: see {@link Slots.header}.
   */
  view: Float64Array = new Float64Array();
  /** The slot of each key. */
  index = new Map<unknown, number>();
  /** Counts every use of an entry; the last value is the stamp of the most recent one. */
  tick = 0;
  /** The most entries. */
  maxSize: number;
  /** The records in front of the others, where the core offers slots. */
  #offers: Float64Array = new Float64Array();
  /** How many slots to ask for: twice as many when all were used, one when some were not. */
  #want = 1;
  /** Nothing expires before, as far as is known since the core was last asked. */
  #due = 0;
  #core: Core = core();
  #handle = 0;
  #address = 0;
  #length = 0;
  readonly #held: Held = { core: this.#core, handle: 0 };

  constructor(maxSize: number) {
    this.maxSize = maxSize;
    try {
      this.#handle = this.#core.create();
      this.#attach();
    } catch {
      this.#rebuild();
    }
    dropped.register(this, this.#held, this);
  }

  /**
   * The records, certain to be attached. The view's length is asked for first: code that has once read beyond the end
   * of an array boxes all numbers that it reads from then on.
   */
  header(): Float64Array {
    const { view } = this;
    if (view.length === 0 || !((view[Header.USED] as number) >= 0)) this.#revive();
    return this.view;
  }

  /** Makes the view usable again after the memory has moved. */
  #revive(): void {
    try {
      this.#attach();
    } catch {
      this.#rebuild();
    }
  }

  /** Whether an entry has to go before another one comes. */
  get isFull(): boolean {
    return this.index.size >= this.maxSize;
  }

  /** Whether an entry may have expired, as far as is known here: the core knows for sure. */
  mayExpire(now: number): boolean {
    return now > this.#due;
  }

  /** The next slot; if the cache is full, that of the least recent entry. */
  take(): number {
    return this.#takeOffered() || this.#takeNext();
  }

  /** The next of the slots that are offered, 0 when there is none. A victim that was used since then stays. */
  #takeOffered(): number {
    const view = this.header();
    const { isFull } = this;
    // As integers: a `Map` would keep an object for any other number.
    const offered = (view[Header.OFFERED] as number) | 0;
    for (let used = (view[Header.USED] as number) | 0; used < offered; ) {
      const slot = (this.#offers[Field.COUNT * used] as number) | 0;
      used++;
      view[Header.USED] = used;
      const stamp = view[Field.COUNT * slot + Field.STAMP] as number;
      if (!isFull || Math.floor(stamp) < stamp) return slot;
    }
    return 0;
  }

  #takeNext(): number {
    const view = this.header();
    const used = view[Header.USED] as number;
    const wereAllUsed = used > 0 && used === view[Header.OFFERED];
    this.#want = wereAllUsed ? Math.min(2 * this.#want, MOST_OFFERED) : 1;
    const slot = this.#takeOffer();
    if (slot > 0) return slot;
    // No memory: a fresh instance may have some.
    this.#rebuild();
    const other = this.#takeOffer();
    if (other > 0) return other;
    throw new RangeError('Out of memory for another cache entry');
  }

  #takeOffer(): number {
    this.#attempt((core, handle) => core.offer(handle, this.#want, this.maxSize));
    this.#revive();
    this.#due = this.#offers[DUE] as number;
    return this.#takeOffered();
  }

  /**
   * Writes the numbers of a slot that was taken, with {@link UNUSED}, or of an entry that is {@link Slots.replaced}.
   */
  protected write(slot: number, deadline: number, unused: number): void {
    const { view } = this;
    const place = Field.COUNT * slot;
    this.tick++;
    view[place + Field.DEADLINE] = deadline;
    view[place + Field.STAMP] = this.tick + unused;
    if (deadline < this.#due) this.#due = deadline;
  }

  /** Tells the core that a live entry has another deadline, and is the most recent. */
  protected replaced(slot: number): void {
    this.#attempt((core, handle) => core.replaced(handle, slot));
  }

  remove(slot: number): void {
    this.#attempt((core, handle) => core.remove(handle, slot));
  }

  /** Frees one slot whose entry has expired and returns it, 0 when there is none. */
  expire(now: number): number {
    const slot = this.#attempt((core, handle) => core.expire(handle, now));
    this.header();
    this.#due = this.#offers[DUE] as number;
    return slot;
  }

  /**
   * After {@link Slots.expire}: a time at which, or before which, nothing expires; `Infinity` when nothing ever does.
   */
  get due(): number {
    return this.#due;
  }

  clear(): void {
    this.tick = 0;
    this.#attempt((core, handle) => core.clear(handle));
    this.#revive();
  }

  /** Gives the memory back. */
  free(): void {
    dropped.unregister(this);
    this.#attempt((core, handle) => core.free(handle));
    // The handle may soon be another cache's.
    this.#handle = 0;
    this.#due = Infinity;
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

  #attach(): void {
    const address = this.#core.records(this.#handle);
    const { buffer } = this.#core.memory;
    const size = Field.COUNT * MOST_OFFERED;
    const moved = this.#offers.buffer !== buffer || this.#address !== address;
    if (moved) this.#offers = new Float64Array(buffer, address - 8 * size, size);
    const length = Field.COUNT * (this.#offers[CAPACITY] as number) - size;
    if (!moved && this.#length === length) return;
    this.view = new Float64Array(buffer, address, length);
    this.#address = address;
    this.#length = length;
    this.#held.core = this.#core;
    this.#held.handle = this.#handle;
    // Where the memory has grown, no other cache's view is alive either.
    takeBackLeases();
  }

  /**
   * Moves the live slots into a fresh core, under the numbers that they have. A record that was freed is one that the
   * trapped call has already taken from its entry: that entry is then expired.
   */
  #rebuild(): void {
    const records = new Float64Array(this.#core.memory.buffer, this.#address, this.#length);
    this.#core = replaceCore(this.#core);
    this.#handle = this.#core.create();
    this.#attach();
    const live = new Set(this.index.values());
    let last = 0;
    for (const slot of live) last = Math.max(last, slot);
    for (let slot = FIRST_SLOT; slot <= last; slot++) {
      this.#core.offer(this.#handle, 1, LARGEST);
      this.#attach();
      const { view } = this;
      view[Header.USED] = 1;
      const place = Field.COUNT * slot;
      const deadline = records[place + Field.DEADLINE] as number;
      view[place + Field.DEADLINE] = deadline > 0 ? deadline : LONG_AGO;
      // Whole, as used entries have them: the new core has them in another order.
      view[place + Field.STAMP] = Math.floor(records[place + Field.STAMP] as number);
    }
    for (let slot = FIRST_SLOT; slot <= last; slot++) {
      if (!live.has(slot)) this.#core.remove(this.#handle, slot);
    }
    this.#due = 0;
  }
}
