import { collected } from '../platform/weak.ts';
import { invalidateCachedTime } from '../time/cached-time.ts';
import { type Core, type CoreSource, lruCore } from './core.ts';
import { FIRST_SLOT, Field, Front, Header, MAX_ENTRIES, MAX_RESERVED } from './layout.ts';

/** The least number above zero, as a deadline that has passed. */
const LONG_AGO = 5e-324;

/** The numbers in front of the header. */
const FRONT_LENGTH = Field.COUNT * MAX_RESERVED;

/** Frees a cache's memory when the cache was dropped without `[Symbol.dispose]()`. */
const dropped = /* @__PURE__ */ collected<Held>(({ core, handle }) => {
  try {
    core.free(handle);
  } catch {
    // After a trap the memory is lost. No caller is left to notice.
  }
});

interface Held {
  core: Core;
  handle: number;
}

/**
 * One cache's part of the core's memory: the handle, and views that survive growth of the memory and a trap.
 *
 * No input is known to trap the core. Should it trap, the records move to a fresh instance, and the call is made again.
 */
export class CoreMemory {
  /**
   * The records: slot `s` has its number `field` at `Field.COUNT * s + field`. When another cache grows the memory, this
   * may be detached or filled with NaN, and every comparison with its numbers is false: see {@link CoreMemory.attachedView}.
   */
  view: Float64Array = new Float64Array();
  /** The records of the list heads, in front of the others. */
  protected front: Float64Array = new Float64Array();
  /** The slot of each key. */
  index = new Map<unknown, number>();
  /** No entry expires before this, as far as is known without asking the core; `Infinity` if none ever does. */
  due = 0;
  readonly #source: CoreSource;
  #core: Core;
  #handle = 0;
  #address = 0;
  #length = 0;
  readonly #held: Held;

  constructor(source: CoreSource = lruCore) {
    this.#source = source;
    this.#core = source.get();
    this.#held = { core: this.#core, handle: 0 };
    try {
      this.#handle = this.#core.create();
      this.#attach();
    } catch {
      this.#rebuild();
    }
    dropped.register(this, this.#held, this);
  }

  /**
   * The records, certain to be attached. The length comes first: code that has once read beyond the end of an array boxes
   * every number that it reads from then on.
   */
  attachedView(): Float64Array {
    const { view } = this;
    if (view.length === 0 || !((view[Header.USED] as number) >= 0)) this.revive();
    return this.view;
  }

  /** Makes the views usable again after the memory has moved. */
  protected revive(): void {
    this.callCore(() => this.#attach());
  }

  /** Calls the core, once more after a trap. */
  protected callCore<T>(call: (core: Core, handle: number) => T): T {
    try {
      return call(this.#core, this.#handle);
    } catch {
      this.#rebuild();
      return call(this.#core, this.#handle);
    }
  }

  /**
   * Moves the records to the newest instance, which may have memory where this one has none. Returns `false`, with
   * nothing changed, if there is too little.
   */
  protected moveForMemory(): boolean {
    try {
      this.#rebuild(this.#source.get());
      return true;
    } catch {
      return false;
    }
  }

  /** Frees the memory. */
  free(): void {
    dropped.unregister(this);
    this.callCore((core, handle) => core.free(handle));
    // Another cache may get the handle.
    this.#handle = 0;
    this.due = Infinity;
    this.#length = 0;
    this.view = new Float64Array();
  }

  #attach(): void {
    const address = this.#core.records(this.#handle);
    const { buffer } = this.#core.memory;
    const moved = this.front.buffer !== buffer || this.#address !== address;
    if (moved) this.front = new Float64Array(buffer, address - 8 * FRONT_LENGTH, FRONT_LENGTH);
    const length = Field.COUNT * (this.front[Front.CAPACITY] as number) - FRONT_LENGTH;
    if (!moved && this.#length === length) return;
    this.view = new Float64Array(buffer, address, length);
    this.#address = address;
    this.#length = length;
    this.#held.core = this.#core;
    this.#held.handle = this.#handle;
    // If the memory has grown, the views of all other caches are detached, too.
    invalidateCachedTime();
  }

  /**
   * Moves the records and weights of live slots to another instance, under the same numbers. If the trapped call has
   * already freed the record of an entry, the entry gets a deadline that has passed.
   * @param full the instance that has no memory; absent after a trap
   * @throws RangeError when there is no memory; nothing has changed then
   */
  #rebuild(full?: Core): void {
    const { buffer } = this.#core.memory;
    const records = new Float64Array(buffer, this.#address, this.#length);
    const core = this.#source.replace(full ?? this.#core);
    const handle = core.create();
    const live = new Set(this.index.values());
    // One slot more than the live ones, so that there is room afterwards.
    let last = FIRST_SLOT;
    for (const slot of live) last = Math.max(last, slot + 1);
    // The address is read from the memory: a trapped instance is not called again.
    const weightsAt =
      live.size > 0 &&
      new Float64Array(buffer, this.#address - 8 * (FRONT_LENGTH - Front.WEIGHTS))[0];
    const weights = weightsAt && new Float64Array(buffer, weightsAt);
    const fail = () => {
      core.free(handle);
      throw noMemory();
    };
    for (let slot = FIRST_SLOT; slot <= last; slot++) {
      const start = Field.COUNT * slot;
      core.reserve(handle, 1, MAX_ENTRIES);
      // Each reservation may move the records.
      const view = new Float64Array(core.memory.buffer, core.records(handle));
      if (view[Header.RESERVED] !== 1) fail();
      view[Header.USED] = 1;
      const deadline = records[start + Field.DEADLINE] as number;
      view[start + Field.DEADLINE] = deadline > 0 ? deadline : LONG_AGO;
      // A whole number, as of used entries: slots are not in the order of their use.
      view[start + Field.STAMP] = Math.floor(records[start + Field.STAMP] as number);
      if (weights && !core.set_weight(handle, slot, weights[slot] as number)) fail();
    }
    if (full) this.#core.free(this.#handle);
    this.#core = core;
    this.#handle = handle;
    this.#attach();
    // The last slot is not live: its removal makes the bound of the deadlines that of all entries.
    for (let slot = FIRST_SLOT; slot <= last; slot++) {
      if (live.has(slot)) core.deadline_changed(handle, slot);
      else core.remove(handle, slot);
    }
    this.due = 0;
  }
}

export function noMemory(): RangeError {
  return new RangeError('Out of memory for another cache entry');
}
