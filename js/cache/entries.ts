import type { CoreSource } from '../core/core.ts';
import { FIRST_SLOT, Field } from '../core/layout.ts';
import { RecordsView } from '../core/records-view.ts';
import { type ClockUser, countOperation } from '../time/cached-time.ts';
import type { Clock } from '../time/clock.ts';
import { isTimeGenuine } from '../time/time-source.ts';
import type { Estimates } from './estimates.ts';

/**
 * The way in which a function returned a stored result, as a value or a Promise. A hit returns it in the same way.
 * Responses are copied for each hit.
 */
export enum StoredKind {
  UNKNOWN = 0,
  VALUE = 1,
  PROMISE = 2,
  RESPONSE = 3,
  RESPONSE_PROMISE = 4,
}

/**
 * The entries of one cache: their keys and values in JavaScript, their metadata in records that the core shares.
 *
 * A hit touches as little memory as possible: this object, the `Map`, and one array. It reads the entry's record only
 * while some entry may have expired.
 */
export class Entries<V> extends RecordsView implements ClockUser {
  /**
   * The slot that the last {@link Entries.hit} found. 0: there is no entry. Negative: the slot of an entry that may have
   * expired; {@link Entries.completeHit} decides.
   */
  slot = 0;
  /** The kind of all entries, {@link StoredKind.UNKNOWN} if they differ, `undefined` before the first one. */
  kind: StoredKind | undefined;
  /** The last tick for which the cached time may be used. */
  protected cachedUntilTick = 0;
  /** Whether every entry is fresh at the cached time. */
  protected areAllFresh = false;
  /** The key of each slot. */
  #keys: unknown[] = [];
  /** The kind of each slot's entry, once they differ. */
  #kinds: StoredKind[] | undefined;
  protected readonly clock: Clock;
  /** How long an entry is kept after its ttl, in milliseconds. Deadlines include it. */
  readonly staleMs: number;

  constructor(maxSize: number, clock: Clock, staleMs: number, source?: CoreSource) {
    super(maxSize, source);
    this.clock = clock;
    this.staleMs = staleMs;
  }

  /** Absent without the option `advice`, except with a policy that has it on. */
  get curve(): Estimates | undefined {
    return undefined;
  }

  /**
   * Looks a key up, and makes a fresh entry the most recently used. Returns its value; if that is `undefined`,
   * {@link Entries.slot} says whether there is an entry.
   */
  hit(key: unknown): unknown {
    const slot = this.index.get(key);
    if (slot === undefined) {
      this.slot = 0;
      this.countOperation();
      return undefined;
    }
    const tick = this.tick + 1;
    if (
      tick <= this.cachedUntilTick &&
      (this.areAllFresh || (this.view[slot << 2] as number) >= this.clock.now + this.staleMs) &&
      isTimeGenuine()
    ) {
      this.tick = tick;
      this.slot = slot;
      const { cells } = this;
      // Shifts: V8 would check a product for an overflow.
      const index = slot << 1;
      cells[index | 1] = tick;
      return cells[index];
    }
    this.slot = -slot;
    return undefined;
  }

  /**
   * Completes a {@link Entries.hit} with a negative slot: reads the clock and the entry's deadline. Returns whether the
   * entry is fresh. If not, {@link Entries.slot} is that of the entry, or 0 if the user's clock has removed it.
   */
  completeHit(): boolean {
    let slot = -this.slot;
    const key = this.#keys[slot];
    const now = this.clock.renew(this);
    if (this.clock.injected) slot = this.index.get(key) ?? 0;
    this.slot = slot;
    if (slot === 0 || (this.mayExpire(now + this.staleMs) && !this.isFresh(slot, now)))
      return false;
    this.mark(slot);
    return true;
  }

  extendTime(hits: number): void {
    this.cachedUntilTick = this.tick + hits;
    this.areAllFresh = !this.mayExpire(this.clock.now + this.staleMs);
  }

  invalidateTime(): void {
    this.cachedUntilTick = 0;
  }

  /** Makes an entry the most recently used. */
  use(slot: number): void {
    this.attachedView();
    this.mark(slot);
  }

  /** The slot of a fresh entry, 0 if there is none. Changes neither the counters nor the order. */
  findFresh(key: unknown): number {
    let slot = this.index.get(key);
    if (slot === undefined) {
      this.countOperation();
      return 0;
    }
    if (this.countOperation()) {
      if (this.areAllFresh) return slot;
    } else {
      this.clock.renew(this);
      slot = this.index.get(key);
    }
    return slot !== undefined && this.isFresh(slot, this.clock.now) ? slot : 0;
  }

  /**
   * Counts an operation without a hit, so that it uses up the cached time as a hit does. Returns whether the cached time
   * may be used.
   */
  protected countOperation(): boolean {
    if (this.tick < this.cachedUntilTick && isTimeGenuine()) {
      this.cachedUntilTick--;
      return true;
    }
    countOperation();
    return false;
  }

  /** The time after which the entry is no longer fresh, in milliseconds. */
  freshUntil(slot: number): number {
    return this.#deadlineOf(slot) - this.staleMs;
  }

  /** Whether the ttl of the entry is not over. */
  isFresh(slot: number, now: number): boolean {
    return this.#deadlineOf(slot) >= now + this.staleMs;
  }

  /** Whether the entry is neither fresh nor stale any more. */
  isExpired(slot: number, now: number): boolean {
    return this.#deadlineOf(slot) < now;
  }

  #deadlineOf(slot: number): number {
    return this.attachedView()[Field.COUNT * slot + Field.DEADLINE] as number;
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

  /** Fills a slot that the core has reserved. */
  fillSlot(slot: number, key: unknown, value: V, deadline: number, kind: StoredKind): void {
    if (slot >= this.#keys.length) this.#grow(slot);
    this.write(slot, deadline);
    this.index.set(key, slot);
    this.#keys[slot] = key === 0 ? 0 : key; // 0 for -0, as `Map` has it
    this.#assign(slot, value, kind);
  }

  /** Evicts the entry in the slot that `peekVictim` has just returned, and stores another one there. */
  replaceVictim(slot: number, key: unknown, value: V, deadline: number, kind: StoredKind): void {
    const { index } = this;
    const keys = this.#keys;
    // First, and without anything in between: see `peekVictim`.
    index.delete(keys[slot]);
    index.set(key, slot);
    keys[slot] = key === 0 ? 0 : key;
    this.takeVictim(slot, deadline);
    if (this.kind === kind && this.#kinds === undefined) this.cells[2 * slot] = value;
    else this.#assign(slot, value, kind);
  }

  /** Replaces the value and deadline of an entry that has not expired, and makes it the most recently used. */
  replaceEntry(slot: number, value: V, deadline: number, kind: StoredKind): void {
    this.renew(slot, deadline);
    this.#assign(slot, value, kind);
  }

  /** Adds half the length, but no slots beyond `maxSize`: the automatic growth of an array may waste half its size. */
  #grow(slot: number): void {
    const maxLength = Math.max(slot, this.maxSize + FIRST_SLOT) + 1;
    const length = Math.min(slot + (slot >>> 1) + 16, maxLength);
    this.#keys = lengthened(this.#keys, length);
    this.cells = lengthened(this.cells, 2 * length);
  }

  #assign(slot: number, value: V, kind: StoredKind): void {
    this.cells[2 * slot] = value;
    this.kind ??= kind;
    if (this.#kinds === undefined) {
      if (this.kind === kind) return;
      this.#kinds = this.#keys.map(() => this.kind as StoredKind);
      this.kind = StoredKind.UNKNOWN;
    }
    this.#kinds[slot] = kind;
  }

  /** Removes the key of a slot that is filled again next. */
  unlinkKey(slot: number): void {
    this.index.delete(this.#keys[slot]);
  }

  /** Removes the key and value of a slot that the core has freed. */
  forget(slot: number): void {
    this.index.delete(this.#keys[slot]);
    this.#keys[slot] = undefined;
    this.cells[2 * slot] = undefined;
  }

  protected override restartTicks(): void {
    // Otherwise the ticks would be below the end of the cached time again.
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

  /** The keys, from the least to the most recently used. */
  keysByRecency(): unknown[] {
    this.attachedView();
    return [...this.index]
      .sort(([, a], [, b]) => this.stampAt(a) - this.stampAt(b))
      .map(([key]) => key);
  }
}

/** A copy of exactly this length. The spread tells engines that it has no holes. */
function lengthened(array: readonly unknown[], length: number): unknown[] {
  return [...array.concat(new Array<unknown>(length - array.length))];
}
