import { FIRST_SLOT, Field } from '../core/layout.ts';
import { RecordsView } from '../core/records-view.ts';
import { type ClockUser, countOperation } from '../time/cached-time.ts';
import type { Clock } from '../time/clock.ts';
import { isTimeGenuine } from '../time/time-source.ts';

/** How a stored result came, so that a hit gives it back the same way; the last two are responses, to be copied. */
export enum StoredKind {
  UNKNOWN = 0,
  VALUE = 1,
  PROMISE = 2,
  RESPONSE = 3,
  RESPONSE_PROMISE = 4,
}

/**
 * The entries of one cache: their keys and values beside their metadata. All that a hit needs is in this one object and
 * in two places beyond it, the `Map` and one array, and in the entry's record only while some entry may be over.
 */
export class Entries<V> extends RecordsView implements ClockUser {
  /**
   * The slot of the last {@link Entries.hit}: 0 when it found no entry, below 0 when {@link Entries.hitSlowly} has to
   * find out whether that is alive.
   */
  slot = 0;
  /** The shape that all have; {@link StoredKind.UNKNOWN} where they differ, or it is. */
  kind: StoredKind | undefined;
  /** The tick up to which a cached time may serve. */
  #cachedUntil = 0;
  /** Whether all entries were alive when the lease was given: then they are while it holds. */
  #areAllLive = false;
  /** The key of each slot. */
  #keys: unknown[] = [];
  /** The shape of each slot's entry, once they differ. */
  #kinds: StoredKind[] | undefined;
  readonly #clock: Clock;

  constructor(maxSize: number, clock: Clock) {
    super(maxSize);
    this.#clock = clock;
  }

  /**
   * The value of a live entry, which becomes the most recent. `undefined` may be nothing: {@link Entries.slot} tells.
   */
  hit(key: unknown): unknown {
    const slot = this.index.get(key);
    if (slot === undefined) {
      this.slot = 0;
      this.#countOperation();
      return undefined;
    }
    const tick = this.tick + 1;
    if (
      tick <= this.#cachedUntil &&
      (this.#areAllLive || (this.view[slot << 2] as number) >= this.#clock.now) &&
      isTimeGenuine()
    ) {
      this.tick = tick;
      this.slot = slot;
      const { cells } = this;
      // Shifted: a product would be looked at for being too large.
      const place = slot << 1;
      cells[place | 1] = tick;
      return cells[place];
    }
    this.slot = -slot;
    return undefined;
  }

  /**
   * Does for the last hit what could not be done at once: reads the clock, and the deadline of the entry. `false` where
   * the entry is over, or, with no {@link Entries.slot}, is gone: a clock of a user's may use the cache.
   */
  hitSlowly(): boolean {
    let slot = -this.slot;
    const key = this.#keys[slot];
    const now = this.#clock.renew(this);
    if (this.#clock.injected) slot = this.index.get(key) ?? 0;
    this.slot = slot;
    if (slot === 0 || (this.mayExpire(now) && !this.isLive(slot, now))) return false;
    this.mark(slot);
    return true;
  }

  extendTime(hits: number): void {
    this.#cachedUntil = this.tick + hits;
    this.#areAllLive = !this.mayExpire(this.#clock.now);
  }

  invalidateTime(): void {
    this.#cachedUntil = 0;
  }

  /** The slot of a live entry, 0 when there is none. Counts nothing, moves nothing. */
  find(key: unknown): number {
    let slot = this.index.get(key);
    if (slot === undefined) {
      this.#countOperation();
      return 0;
    }
    if (this.#countOperation()) {
      // As a hit would find it.
      if (this.#areAllLive) return slot;
    } else {
      this.#clock.renew(this);
      slot = this.index.get(key);
    }
    return slot !== undefined && this.isLive(slot, this.#clock.now) ? slot : 0;
  }

  /** What is no use of an entry is one of the lease, which gets shorter at its other end. `false` if there is none. */
  #countOperation(): boolean {
    if (this.tick < this.#cachedUntil && isTimeGenuine()) {
      this.#cachedUntil--;
      return true;
    }
    countOperation();
    return false;
  }

  isLive(slot: number, now: number): boolean {
    return (this.header()[Field.COUNT * slot + Field.DEADLINE] as number) >= now;
  }

  keyAt(slot: number): unknown {
    return this.#keys[slot];
  }

  valueAt(slot: number): V {
    return this.cells[2 * slot] as V;
  }

  kindAt(slot: number): StoredKind {
    return this.#kinds?.[slot] ?? this.kind ?? StoredKind.UNKNOWN;
  }

  /** Fills a slot that the core has given out. */
  fill(slot: number, key: unknown, value: V, deadline: number, shape: StoredKind): void {
    if (slot >= this.#keys.length) this.#grow(slot);
    this.write(slot, deadline);
    this.index.set(key, slot);
    this.#keys[slot] = key === 0 ? 0 : key; // `Map` makes 0 of -0, too.
    this.#assign(slot, value, shape);
  }

  /** Gives a live entry another value and deadline, and makes it the most recent. */
  replace(slot: number, value: V, deadline: number, shape: StoredKind): void {
    this.renew(slot, deadline);
    this.#assign(slot, value, shape);
  }

  /** By half, and never beyond what can be filled: left to itself an array would take half as much again. */
  #grow(slot: number): void {
    const most = Math.max(slot, this.maxSize + FIRST_SLOT) + 1;
    const length = Math.min(slot + (slot >>> 1) + 16, most);
    this.#keys = lengthened(this.#keys, length);
    this.cells = lengthened(this.cells, 2 * length);
  }

  #assign(slot: number, value: V, shape: StoredKind): void {
    this.cells[2 * slot] = value;
    this.kind ??= shape;
    if (this.#kinds === undefined) {
      if (this.kind === shape) return;
      this.#kinds = this.#keys.map(() => this.kind as StoredKind);
      this.kind = StoredKind.UNKNOWN;
    }
    this.#kinds[slot] = shape;
  }

  /** Lets go of the key of a slot that is filled anew. */
  unlink(slot: number): void {
    this.index.delete(this.#keys[slot]);
  }

  /** Lets go of the key and value of a slot that the core has freed. */
  forget(slot: number): void {
    this.index.delete(this.#keys[slot]);
    this.#keys[slot] = undefined;
    this.cells[2 * slot] = undefined;
  }

  protected override restartTicks(): void {
    // It ends at a tick that would come again.
    this.invalidateTime();
    super.restartTicks();
  }

  override clear(): void {
    this.index.clear();
    this.#keys = [];
    this.#kinds = undefined;
    this.kind = undefined;
    this.invalidateTime();
    super.clear();
  }

  /** The keys, from the least to the most recent. */
  keysByRecency(): unknown[] {
    this.header();
    return [...this.index]
      .sort(([, a], [, b]) => this.stampAt(a) - this.stampAt(b))
      .map(([key]) => key);
  }
}

/** Spread out, so that engines know that it has no holes; of just that length. */
function lengthened(array: readonly unknown[], length: number): unknown[] {
  return [...array.concat(new Array<unknown>(length - array.length))];
}
