import { Listeners } from '../events/listeners.ts';
import type { Clock } from '../time/clock.ts';
import { CacheEvent } from './cache-event.ts';
import { type CacheSettings, checkMaxSize } from './cache-options.ts';
import { Entries, StoredKind } from './entries.ts';
import type { Flights } from './flights.ts';
import { type Sweepable, Sweeper } from './sweeper.ts';

/**
 * Everything behind the public methods of a `ResultCache`: which entry is stored, expires or is evicted, and the
 * counters. The wrapper of a function uses this too.
 */
export class CacheInternals<V = unknown> implements Sweepable {
  readonly entries: Entries<V>;
  /** The calls in flight, by key. They are not entries. Absent until a function is wrapped with this cache. */
  flights: Flights<{ readonly key: unknown }> | undefined;
  readonly listeners = new Listeners<CacheEvent<V>>();
  missCount = 0;
  evictionCount = 0;
  expirationCount = 0;
  /** The number of puts. Each takes a tick of the entries; all other ticks are hits. */
  putCount = 0;
  /** Whether any entry was ever put with a ttl. */
  #canExpire = false;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #sweeper: Sweeper;

  constructor({ maxSize, ttlMs, clock }: CacheSettings) {
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.entries = new Entries(maxSize, clock);
    this.#sweeper = new Sweeper(this, clock);
  }

  /** Completes an `Entries.hit` that needs the clock. Returns whether the entry is live; removes it if it expired. */
  completeHit(): boolean {
    const { entries } = this;
    if (entries.completeHit()) return true;
    const { slot } = entries;
    if (slot === 0) return false;
    entries.remove(slot);
    this.#dispatch(this.#expired(slot));
    return false;
  }

  /**
   * Stores a value.
   * @param kind that of a result; a value without one keeps the result of a flight for the key out of the cache
   */
  put(key: unknown, value: V, ttlMs = this.#ttlMs, kind = StoredKind.UNKNOWN): void {
    const { entries } = this;
    if (ttlMs !== 0) this.#canExpire = true;
    // Read before anything is looked up, as the user's clock may change the cache. Without a ttl, only an entry that was
    // lost in a trap is expired. Its deadline is before 1.
    const now = this.#canExpire ? this.#clock.read() : 1;
    if (kind === StoredKind.UNKNOWN) this.flights?.delete(key);
    const present = entries.index.get(key);
    const deadline = ttlMs === 0 ? Infinity : now + ttlMs;
    let own: CacheEvent<V> | undefined;
    let other: CacheEvent<V> | undefined;
    if (present !== undefined && entries.isLive(present, now)) {
      entries.replaceEntry(present, value, deadline, kind);
    } else {
      if (present !== undefined) {
        entries.remove(present);
        own = this.#expired(present);
      }
      if (entries.isFull && entries.mayExpire(now)) {
        const expired = entries.expire(now);
        if (expired !== 0) other = this.#expired(expired);
      }
      const slot = entries.take();
      // Asked again: without memory for more entries, `take` makes the cache full early.
      if (entries.isFull) {
        other = this.#evicted(slot);
        entries.unlinkKey(slot);
      }
      entries.fillSlot(slot, key, value, deadline, kind);
    }
    this.putCount++;
    if (ttlMs !== 0) this.#sweeper.expectExpiry(deadline);
    this.#dispatch(own);
    this.#dispatch(other);
  }

  clear(): void {
    this.assertUsable();
    this.putCount = 0;
    this.missCount = 0;
    this.evictionCount = 0;
    this.expirationCount = 0;
    this.flights?.clear();
    this.#sweeper.stop();
    this.entries.clear();
  }

  resize(maxSize: unknown): void {
    this.assertUsable();
    const { entries } = this;
    const size = checkMaxSize(maxSize);
    const now = this.#clock.read();
    // The user's clock may have disposed of the cache.
    this.assertUsable();
    entries.maxSize = entries.limit = size;
    const events = this.#removeExpired(now);
    while (entries.index.size > entries.maxSize) {
      const slot = entries.take();
      entries.remove(slot);
      events.push(this.#evicted(slot));
      entries.forget(slot);
    }
    for (const event of events) this.#dispatch(event);
  }

  sweep(): number {
    this.assertUsable();
    const now = this.#clock.read();
    // The user's clock may have disposed of the cache.
    if (this.entries.index === disposedIndex) return Infinity;
    for (const event of this.#removeExpired(now)) this.#dispatch(event);
    // Read last: listeners may have put entries.
    return this.entries.due;
  }

  dispose(): void {
    const { entries } = this;
    if (entries.index === disposedIndex) return;
    this.clear();
    entries.free();
    entries.index = disposedIndex;
  }

  assertUsable(): void {
    if (this.entries.index === disposedIndex) throw new Error(DISPOSED);
  }

  /** Counts an expired entry, whose slot the core has freed. Returns its event if there is a listener. */
  #expired(slot: number): CacheEvent<V> | undefined {
    this.expirationCount++;
    const event = this.#eventOf('expire', slot);
    this.entries.forget(slot);
    return event;
  }

  /** Counts an entry that is about to be evicted. Returns its event if there is a listener. */
  #evicted(slot: number): CacheEvent<V> | undefined {
    this.evictionCount++;
    return this.#eventOf('evict', slot);
  }

  #eventOf(type: 'evict' | 'expire', slot: number): CacheEvent<V> | undefined {
    const { entries } = this;
    return this.listeners.has(type)
      ? new CacheEvent(type, entries.keyAt(slot), entries.valueAt(slot))
      : undefined;
  }

  /** Dispatches an event. This comes last in every operation, as listeners may call back into the cache. */
  #dispatch(event: CacheEvent<V> | undefined): void {
    if (event) this.listeners.dispatch(event);
  }

  /** Returns the events to dispatch. */
  #removeExpired(now: number): (CacheEvent<V> | undefined)[] {
    const events: (CacheEvent<V> | undefined)[] = [];
    for (;;) {
      const slot = this.entries.expire(now);
      if (slot === 0) return events;
      events.push(this.#expired(slot));
    }
  }
}

const DISPOSED = 'This ResultCache has been disposed of';

/** Replaces the index of a disposed cache, so that a lookup in a usable one needs no check. */
const disposedIndex = /* @__PURE__ */ new (class extends Map<unknown, number> {
  override get(): never {
    throw new Error(DISPOSED);
  }
})();
