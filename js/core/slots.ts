import { collected } from '../platform/weak.ts';
import { invalidateCachedTime } from '../time/clock-users.ts';
import { type Core, core, replaceCore } from './core.ts';

/** Where a record has its numbers; behind them are the core's own. */
export enum Field {
  /** Milliseconds; `-Infinity` when the slot is free. */
  DEADLINE = 0,
  /** The tick of the last use, as far as the core was told; half a tick more than that if the entry was put then. */
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
/** What the stamp of an entry that was put has beyond its tick. */
const UNUSED = 0.5;
/** After so many, ticks begin anew: far more, and they would not be small integers any more in every engine. */
const MOST_TICKS = 2 ** 28;

/** Without memory, this many offers pass before more memory is asked for again, and more in a large cache. */
const RETRY_OFFERS = 1_000;

/** The first slot that an entry may have. */
export const FIRST_SLOT = 1;

/** The first moment of all: the least number above zero. */
const LONG_AGO = 5e-324;

/** The most entries of a cache: half of what V8's `Map` holds, which counts deleted keys until it rehashes. */
export const LARGEST = 2 ** 23;

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
 * sides know, its deadline and its stamp. A hit does not even write those: it leaves a mark beside the value, and the
 * core learns of it when it offers that entry's slot. A put that needs a slot calls nothing either, as long as there
 * are some that the core has offered; whatever needs a decision is a call.
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
  /**
   * Two for each slot, beside each other as a hit needs both: the value of its entry, and the mark of its last use. The
   * mark is the tick of that; there is none when the record's stamp tells it.
   */
  cells: unknown[] = [];
  /** Counts every use of an entry. */
  tick = 0;
  /** The ticks before that was last set to zero. */
  #ticksBefore = 0;
  /** The most entries. */
  maxSize: number;
  /** The same; less while there is no memory for more. */
  limit: number;
  /** The offers before more memory is asked for again. */
  #untilRetry = 0;
  /** The records in front of the others, where the core offers slots. */
  #offers: Float64Array = new Float64Array();
  /** What the core knew of the last victim that it offered: whatever it did not offer was used later. */
  #lastStamp = 0;
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
    this.maxSize = this.limit = maxSize;
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
    return this.index.size >= this.limit;
  }

  /** Whether an entry may have expired, as far as is known here: the core knows for sure. */
  mayExpire(now: number): boolean {
    return now > this.#due;
  }

  /** How often entries were used and put since the cache was made or cleared. */
  get ticks(): number {
    return this.#ticksBefore + this.tick;
  }

  /** What orders the entries by their last use. */
  protected stampAt(slot: number): number {
    const mark = this.cells[2 * slot + 1] as number | undefined;
    return mark === undefined
      ? (this.view[Field.COUNT * slot + Field.STAMP] as number)
      : this.#ticksBefore + mark;
  }

  /** Makes an entry the most recent. */
  protected mark(slot: number): void {
    this.cells[2 * slot + 1] = this.#nextTick();
  }

  #nextTick(): number {
    if (this.tick >= MOST_TICKS) this.restartTicks();
    this.tick++;
    return this.tick;
  }

  /** Begins the ticks anew. Marks that are older count from there, too: they are below zero. */
  protected restartTicks(): void {
    const { cells, tick } = this;
    for (const slot of this.index.values()) {
      const mark = cells[2 * slot + 1] as number | undefined;
      if (mark !== undefined) cells[2 * slot + 1] = mark - tick;
    }
    this.#ticksBefore += tick;
    this.tick = 0;
  }

  /** The next slot; if the cache is full, that of the least recent entry. */
  take(): number {
    for (;;) {
      const slot = this.#takeOffered();
      if (slot > 0) return slot;
      this.#nextOffer();
    }
  }

  /** The next of the slots that are offered, 0 when there is none. */
  #takeOffered(): number {
    const view = this.header();
    const { isFull } = this;
    // As integers: a `Map` would keep an object for any other number.
    const offered = (view[Header.OFFERED] as number) | 0;
    for (let used = (view[Header.USED] as number) | 0; used < offered; ) {
      const slot = (this.#offers[Field.COUNT * used] as number) | 0;
      if (!isFull || this.cells[2 * slot + 1] === undefined) {
        view[Header.USED] = used + 1;
        return slot;
      }
      const stamp = this.stampAt(slot);
      view[Field.COUNT * slot + Field.STAMP] = stamp;
      this.cells[2 * slot + 1] = undefined;
      if (stamp < this.#lastStamp) this.#postpone(slot, stamp, used, offered);
      else {
        used++;
        view[Header.USED] = used;
      }
    }
    return 0;
  }

  /** Puts the first of the victims that are left behind those that were used before it was. */
  #postpone(slot: number, stamp: number, first: number, offered: number): void {
    const { view } = this;
    const offers = this.#offers;
    let place = first;
    for (; place + 1 < offered; place++) {
      const next = offers[Field.COUNT * (place + 1)] as number;
      if ((view[Field.COUNT * next + Field.STAMP] as number) > stamp) break;
      offers[Field.COUNT * place] = next;
    }
    offers[Field.COUNT * place] = slot;
  }

  #nextOffer(): void {
    // All that were offered, or else the offer was taken back.
    const used = this.header()[Header.USED] as number;
    this.#want = used > 0 ? Math.min(2 * this.#want, MOST_OFFERED) : 1;
    const retries = --this.#untilRetry < 0;
    if (retries) this.limit = this.maxSize;
    if (this.#getsOffer()) return;
    let { size } = this.index;
    if (retries) {
      this.#untilRetry = RETRY_OFFERS + (size >> 4);
      try {
        // A fresh instance may have memory.
        this.#rebuild(core());
        size = this.maxSize;
        this.#untilRetry = 0;
      } catch {
        // The entries are where they were.
      }
    }
    // Without memory the cache counts as full, and evicts.
    this.limit = size || 1;
    if (!this.#getsOffer()) throw noMemory();
  }

  /** Asks for an offer; `false` if there is none. */
  #getsOffer(): boolean {
    this.#attempt((core, handle) => core.offer(handle, this.#want, this.limit));
    this.#revive();
    this.#learnDue();
    const { view } = this;
    const offered = view[Header.OFFERED] as number;
    if (offered === 0) return false;
    const last = this.#offers[Field.COUNT * (offered - 1)] as number;
    this.#lastStamp = view[Field.COUNT * last + Field.STAMP] as number;
    return true;
  }

  /** Writes the record of a slot that was taken. */
  protected write(slot: number, deadline: number): void {
    this.#nextTick();
    this.cells[2 * slot + 1] = undefined;
    this.view[Field.COUNT * slot + Field.STAMP] = this.ticks + UNUSED;
    this.#writeDeadline(slot, deadline);
  }

  /** Gives a live entry another deadline, and makes it the most recent. */
  protected renew(slot: number, deadline: number): void {
    this.header();
    this.#writeDeadline(slot, deadline);
    this.mark(slot);
    this.#attempt((core, handle) => core.replaced(handle, slot));
  }

  #writeDeadline(slot: number, deadline: number): void {
    this.view[Field.COUNT * slot + Field.DEADLINE] = deadline;
    if (deadline < this.#due) this.#due = deadline;
  }

  remove(slot: number): void {
    this.#attempt((core, handle) => core.remove(handle, slot));
  }

  /** Frees one slot whose entry has expired and returns it, 0 when there is none. */
  expire(now: number): number {
    const slot = this.#attempt((core, handle) => core.expire(handle, now));
    this.header();
    this.#learnDue();
    return slot;
  }

  /** What the core knows is a lower bound of all deadlines, and so is what was known here. */
  #learnDue(): void {
    this.#due = Math.max(this.#due, this.#offers[DUE] as number);
  }

  /**
   * After {@link Slots.expire}: a time at which, or before which, nothing expires; `Infinity` when nothing ever does.
   */
  get due(): number {
    return this.#due;
  }

  clear(): void {
    this.limit = this.maxSize;
    this.cells = [];
    this.tick = 0;
    this.#ticksBefore = 0;
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
    invalidateCachedTime();
  }

  /**
   * Moves the live slots into a fresh core, under the numbers that they have. A record that was freed is one that the
   * trapped call has already taken from its entry: that entry is then expired.
   * @param full the instance that has no memory; absent after a trap
   * @throws RangeError when there is no memory; nothing has changed then
   */
  #rebuild(full?: Core): void {
    const records = new Float64Array(this.#core.memory.buffer, this.#address, this.#length);
    const core = replaceCore(full ?? this.#core);
    const handle = core.create();
    const live = new Set(this.index.values());
    // One more than there are, so that there is room afterwards.
    let last = FIRST_SLOT;
    for (const slot of live) last = Math.max(last, slot + 1);
    for (let slot = FIRST_SLOT; slot <= last; slot++) {
      const place = Field.COUNT * slot;
      core.offer(handle, 1, LARGEST);
      // Each offer may move the records.
      const view = new Float64Array(core.memory.buffer, core.records(handle));
      if (view[Header.OFFERED] !== 1) {
        core.free(handle);
        throw noMemory();
      }
      view[Header.USED] = 1;
      const deadline = records[place + Field.DEADLINE] as number;
      view[place + Field.DEADLINE] = deadline > 0 ? deadline : LONG_AGO;
      // Whole, as of entries that stay: they come in another order than that of their use.
      view[place + Field.STAMP] = Math.floor(records[place + Field.STAMP] as number);
    }
    if (full) this.#core.free(this.#handle);
    this.#core = core;
    this.#handle = handle;
    this.#attach();
    for (let slot = FIRST_SLOT; slot <= last; slot++) {
      if (live.has(slot)) core.replaced(handle, slot);
      else core.remove(handle, slot);
    }
    // Nothing is offered any more, and the bound of the deadlines is that of all.
    core.remove(handle, 0);
    this.#due = 0;
  }
}

function noMemory(): RangeError {
  return new RangeError('Out of memory for another cache entry');
}
