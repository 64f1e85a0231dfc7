import { noMemory } from '../core/core-memory.ts';
import { wrongKind } from '../options/messages.ts';
import type { Clock } from '../time/clock.ts';
import type { RemovalReason } from './cache-event.ts';
import { type CacheSettings, checkMaxSize, type Weigh } from './cache-options.ts';
import { Departures } from './departures.ts';
import { Entries, StoredKind } from './entries.ts';
import type { Fenced, Flights } from './flights.ts';
import { type Sweepable, Sweeper } from './sweeper.ts';
import { Tags } from './tags.ts';

/** A function that has a name in a cache. It may be wrapped several times. */
export interface NamedFunction {
  readonly fn: unknown;
  /** The groups of its keys, which its wrappers share; absent until the first one is made. */
  keyIndex: object | undefined;
}

/**
 * Everything behind the public methods of a `ResultCache`: which entry is stored, expires or is evicted, and the
 * counters. The wrapper of a function uses this too.
 */
export class CacheInternals<V = unknown> implements Sweepable {
  readonly entries: Entries<V>;
  readonly settings: CacheSettings;
  /** The calls in flight, by key. They are not entries. Absent until a function is wrapped with this cache. */
  flights: Flights<Fenced> | undefined;
  /** Absent until an entry has tags. */
  tags: Tags | undefined;
  readonly departures = new Departures<V>();
  /** The functions that have a name in this cache, by name. Their keys begin with it. */
  readonly functions = new Map<string, NamedFunction>();
  /** By slot: the time until which a stale entry is not refreshed, as the last run failed. */
  readonly pausedUntil = new Map<number, number>();
  missCount = 0;
  counts = noCounts();
  /** The number of ticks that are no hits. Each put takes a tick of the entries. */
  otherTicks = 0;
  /** Whether any entry was ever put with a ttl. */
  #canExpire = false;
  readonly #clock: Clock;
  readonly #sweeper: Sweeper;

  constructor(settings: CacheSettings) {
    const { maxSize, clock, whileRevalidateMs, ifErrorMs } = settings;
    this.settings = settings;
    this.#clock = clock;
    const staleMs = Math.max(whileRevalidateMs, ifErrorMs);
    this.entries =
      settings.makeEntries?.(maxSize, clock, staleMs) ?? new Entries(maxSize, clock, staleMs);
    this.#sweeper = new Sweeper(this, clock);
  }

  /** Completes an `Entries.hit` that needs the clock. Returns whether the entry is fresh; removes it if it expired. */
  completeHit(): boolean {
    const { entries } = this;
    if (entries.completeHit()) return true;
    const { slot } = entries;
    if (slot !== 0 && entries.isExpired(slot, this.#clock.now)) {
      this.#drop(slot, 'expire');
      this.departures.dispatch();
    }
    return false;
  }

  /** The slot of an entry that has not expired at the last reading of the clock; 0 if there is none. */
  find(key: unknown): number {
    const slot = this.entries.index.get(key);
    return slot === undefined || this.entries.isExpired(slot, this.#clock.now) ? 0 : slot;
  }

  /** The slot of an entry that has not expired by now; 0 if there is none. */
  findNow(key: unknown): number {
    this.readTime();
    return this.find(key);
  }

  /** The last reading of the clock. */
  get lastTime(): number {
    return this.#clock.now;
  }

  /** Reads the clock; its last reading if it fails. */
  timeIfAny(): number {
    try {
      return this.readTime();
    } catch {
      return this.lastTime;
    }
  }

  /** Reads the clock. @throws an Error for a cache that was disposed of, and the error of the user's clock */
  readTime(): number {
    this.assertUsable();
    const now = this.#clock.read();
    this.assertUsable();
    return now;
  }

  /**
   * Stores a value.
   * @param ttlMs 0: forever
   * @param kind that of a result; a value without one keeps the result of a flight for the key out of the cache
   * @throws TypeError if `weigh` does not return a weight, or its error
   */
  put(
    key: unknown,
    value: V,
    ttlMs = this.ownTtl(),
    kind = StoredKind.UNKNOWN,
    tags?: ReadonlySet<string>,
    weight = this.settings.weigh ? this.weightOf(key, value) : 0,
  ): void {
    const { entries } = this;
    if (ttlMs !== 0) this.#canExpire = true;
    // Read before anything is looked up, as the user's clock may change the cache. Without a ttl, only an entry that was
    // lost in a trap is expired. Its deadline is before 1.
    const now = this.#canExpire ? this.#clock.read() : 1;
    if (kind === StoredKind.UNKNOWN) this.flights?.delete(key);
    const deadline = ttlMs === 0 ? Infinity : now + ttlMs + entries.staleMs;
    const victim = tags || !this.#isPlain() ? 0 : entries.peekVictim(now);
    const slot = entries.index.get(key);
    if (slot === undefined && victim !== 0) {
      entries.replaceVictim(victim, key, value, deadline, kind);
      this.counts.evictions++;
      this.otherTicks++;
      if (ttlMs !== 0) this.#sweeper.expectExpiry(deadline);
    } else this.#store(slot, key, value, now, deadline, kind, tags, weight);
  }

  /** Whether an entry is its key, value, record and kind, and nothing has to be told when it leaves. */
  #isPlain(): boolean {
    return (
      !this.settings.weigh &&
      this.tags === undefined &&
      this.pausedUntil.size === 0 &&
      !this.departures.areObserved
    );
  }

  /** Stores a value. @param slot that of the entry with its key, fresh or not */
  #store(
    slot: number | undefined,
    key: unknown,
    value: V,
    now: number,
    deadline: number,
    kind: StoredKind,
    tags: ReadonlySet<string> | undefined,
    weight: number,
  ): void {
    const { entries } = this;
    const isTooHeavy = weight > this.settings.maxWeight;
    let hasMemory = true;
    if (slot !== undefined && (isTooHeavy || entries.isExpired(slot, now))) {
      this.#drop(slot, 'replace', now);
      slot = undefined;
    }
    if (!isTooHeavy) {
      if (slot !== undefined) {
        if (!Object.is(entries.valueAt(slot), value)) this.#leave(slot, 'replace');
        else this.#release(slot);
        entries.replaceEntry(slot, value, deadline, kind);
      } else {
        slot = this.#takeSlot(now);
        entries.fillSlot(slot, key, value, deadline, kind);
      }
      this.otherTicks++;
      if (tags) this.#tag(slot, tags);
      if (this.settings.weigh) hasMemory = this.#weigh(slot, weight, now);
      if (deadline !== Infinity) this.#sweeper.expectExpiry(deadline);
    }
    this.departures.dispatch();
    if (!hasMemory) throw noMemory();
  }

  /** The ttl of the cache for one entry, shortened at random. */
  ownTtl(): number {
    return this.shortened(this.settings.ttlMs);
  }

  /** A lifetime, shortened at random by `ttlJitter`. */
  shortened(ttlMs: number): number {
    const { ttlJitter } = this.settings;
    return ttlJitter === 0 ? ttlMs : ttlMs * (1 - ttlJitter * Math.random());
  }

  /** @throws TypeError, or the error of `weigh` */
  weightOf(key: unknown, value: V): number {
    const { weigh } = this.settings;
    if (!weigh) return 0;
    const weight = (weigh as Weigh)(value as never, key);
    if (Number.isSafeInteger(weight) && (weight as number) >= 0) return weight as number;
    throw wrongKind('the result of weigh', 'an integer >= 0', weight);
  }

  /**
   * Removes an entry. Returns whether it was fresh.
   * @param keepsFlight the flight of its key stays attached
   */
  invalidate(key: unknown, reason: RemovalReason = 'invalidate', keepsFlight = false): boolean {
    const { entries } = this;
    const wasFresh = entries.findFresh(key) !== 0;
    if (!keepsFlight) this.flights?.delete(key);
    const slot = entries.index.get(key);
    if (slot !== undefined) this.#drop(slot, reason, this.#clock.now);
    this.departures.dispatch();
    return wasFresh;
  }

  /** Makes a fresh entry stale; removes it if stale entries are not kept. Returns whether it was fresh. */
  expire(key: unknown): boolean {
    const { entries } = this;
    if (entries.staleMs === 0) return this.invalidate(key);
    // First: this may call user code, which may change the cache.
    this.flights?.delete(key);
    const slot = entries.findFresh(key);
    const present = entries.index.get(key);
    if (present !== undefined) this.pausedUntil.delete(present);
    if (slot !== 0) this.#endFreshness(slot, this.#clock.now);
    return slot !== 0;
  }

  /**
   * Removes the entries that have one of these tags, or makes them stale. Returns how many were fresh.
   * @param owns which keys are concerned
   */
  endTagged(
    tags: ReadonlySet<string>,
    keepsStale: boolean,
    owns: (key: unknown) => boolean = () => true,
  ): number {
    const { entries } = this;
    const now = this.readTime();
    let count = 0;
    if (tags.size > 0) this.flights?.fence(tags, owns);
    for (const slot of this.tags?.slotsOf(tags) ?? []) {
      if (!owns(entries.keyAt(slot))) continue;
      const isFresh = entries.isFresh(slot, now);
      if (isFresh) count++;
      if (!keepsStale || entries.staleMs === 0) this.#drop(slot, 'invalidate', now);
      else {
        this.pausedUntil.delete(slot);
        if (isFresh) this.#endFreshness(slot, now);
      }
    }
    this.departures.dispatch();
    return count;
  }

  /** Removes the entries and flights of one function. */
  clearOwned(owns: (key: unknown) => boolean): void {
    const { entries } = this;
    const now = this.readTime();
    this.flights?.deleteOwned(owns);
    for (const key of entries.keysByRecency()) {
      if (owns(key)) this.#drop(entries.index.get(key) as number, 'clear', now);
    }
    this.departures.dispatch();
  }

  clear(): void {
    this.#removeAll();
    this.departures.dispatch();
  }

  resize(maxSize: unknown): void {
    this.assertUsable();
    const { entries } = this;
    const size = checkMaxSize(maxSize);
    const now = this.readTime();
    entries.maxSize = entries.limit = size;
    this.#removeExpired(now);
    while (entries.index.size > entries.maxSize) {
      this.#removeEvicted(entries.take());
    }
    this.departures.dispatch();
  }

  sweep(): number {
    this.assertUsable();
    const now = this.#clock.read();
    // The user's clock may have disposed of the cache.
    if (this.isDisposed) return Infinity;
    this.#removeExpired(now);
    this.departures.dispatch();
    // Read last: listeners may have put entries.
    return this.entries.due;
  }

  dispose(): void {
    const { entries } = this;
    this.flights?.clear();
    if (this.isDisposed) return;
    this.#removeAll();
    entries.free();
    entries.index = disposedIndex;
    this.departures.dispatch();
  }

  get isDisposed(): boolean {
    return this.entries.index === disposedIndex;
  }

  assertUsable(): void {
    if (this.isDisposed) throw new Error(DISPOSED);
  }

  #removeAll(): void {
    // First: this may call user code, which may change the cache.
    this.flights?.clear();
    this.assertUsable();
    const { entries, departures } = this;
    if (departures.areObserved) {
      this.#removeExpired(this.readTime());
      for (const key of entries.keysByRecency()) {
        const slot = entries.index.get(key) as number;
        departures.add('clear', key, entries.valueAt(slot));
      }
    }
    this.otherTicks = 0;
    this.missCount = 0;
    this.counts = noCounts();
    this.tags?.clear();
    this.pausedUntil.clear();
    this.#sweeper.stop();
    entries.clear();
  }

  /** Takes the slot for a new entry; in a full cache that of an expired entry, or of the least recently used one. */
  #takeSlot(now: number): number {
    const { entries } = this;
    if (entries.isFull && entries.mayExpire(now)) this.#removeOneExpired(now);
    const slot = entries.take();
    // Asked again: without memory for more entries, `take` makes the cache full early.
    if (entries.isFull) {
      this.#evict(slot);
      entries.unlinkKey(slot);
    }
    return slot;
  }

  #tag(slot: number, tags: ReadonlySet<string>): void {
    this.tags ??= new Tags();
    this.tags.set(slot, tags);
  }

  /**
   * Records the weight of an entry that was just stored, and evicts others until the limit holds. Without memory for the
   * weight, removes the entry and returns `false`.
   */
  #weigh(slot: number, weight: number, now: number): boolean {
    const { entries } = this;
    const { maxWeight } = this.settings;
    if (!entries.setWeight(slot, weight)) {
      this.#removeEvicted(slot);
      return false;
    }
    while (entries.totalWeight > maxWeight) {
      if (entries.mayExpire(now) && this.#removeOneExpired(now)) continue;
      const victim = entries.takeOverweight(maxWeight);
      if (victim === 0) break;
      this.#removeEvicted(victim);
    }
    return true;
  }

  #endFreshness(slot: number, now: number): void {
    const { entries } = this;
    // The largest number that is surely below: at `now` the entry is stale.
    const deadline = (now + entries.staleMs) * (1 - Number.EPSILON);
    entries.setDeadline(slot, deadline);
    entries.invalidateTime();
    this.#canExpire = true;
    this.#sweeper.expectExpiry(deadline);
  }

  /** Removes an entry. @param now if the entry has expired by then, that is the reason */
  #drop(slot: number, reason: RemovalReason, now?: number): void {
    const { entries } = this;
    const hasExpired = now !== undefined && entries.isExpired(slot, now);
    entries.remove(slot);
    if (hasExpired || reason === 'expire') this.#expired(slot);
    else {
      this.#leave(slot, reason);
      entries.forget(slot);
    }
  }

  /** Counts an expired entry, whose slot the core has freed. */
  #expired(slot: number): void {
    this.counts.expirations++;
    this.#leave(slot, 'expire');
    this.entries.forget(slot);
  }

  /** Removes an entry because the cache is full. */
  #removeEvicted(slot: number): void {
    this.entries.remove(slot);
    this.#evict(slot);
    this.entries.forget(slot);
  }

  /** Counts an entry that is about to be evicted. */
  #evict(slot: number): void {
    this.counts.evictions++;
    this.#leave(slot, 'evict');
  }

  /** An entry leaves its slot, which still has its key and value. */
  #leave(slot: number, reason: RemovalReason): void {
    const { entries, departures } = this;
    if (departures.areObserved) departures.add(reason, entries.keyAt(slot), entries.valueAt(slot));
    this.#release(slot);
  }

  /** Forgets what belongs to the entry in a slot, other than its key, value and record. */
  #release(slot: number): void {
    this.tags?.delete(slot);
    if (this.pausedUntil.size > 0) this.pausedUntil.delete(slot);
  }

  #removeOneExpired(now: number): boolean {
    const slot = this.entries.expire(now);
    if (slot !== 0) this.#expired(slot);
    return slot !== 0;
  }

  #removeExpired(now: number): void {
    while (this.#removeOneExpired(now));
  }
}

/** Counters, under their names in the statistics of a cache. */
function noCounts() {
  return { evictions: 0, expirations: 0, stale: 0, refreshes: 0, refreshErrors: 0, revalidated: 0 };
}

const DISPOSED = 'This ResultCache has been disposed of';

/** Replaces the index of a disposed cache, so that a lookup in a usable one needs no check. */
const disposedIndex = /* @__PURE__ */ new (class extends Map<unknown, number> {
  override get(): never {
    throw new Error(DISPOSED);
  }
})();
