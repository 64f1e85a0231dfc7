import { type Listener, type ListenerOptions, Listeners } from '../events/listeners.ts';
import { makeKey } from '../keys/make-key.ts';
import type { Clock } from '../time/clock.ts';
import { CacheEvent } from './cache-event.ts';
import {
  type CacheSettings,
  checkCacheOptions,
  checkMaxSize,
  checkPutOptions,
  type PutOptions,
  type ResultCacheOptions,
} from './cache-options.ts';
import { Entries, StoredKind } from './entries.ts';
import { Flights } from './flights.ts';
import { type Sweepable, Sweeper } from './sweeper.ts';

/** What a cache has counted since it was made or cleared. */
export interface CacheStats {
  /** Lookups that found a live entry. */
  readonly hits: number;
  /** Lookups that did not; a stampede counts once. */
  readonly misses: number;
  /** Callers who joined a call under way instead of starting one. */
  readonly coalesced: number;
  /** `hits / (hits + misses)`, 0 before the first lookup. */
  readonly hitRate: number;
  /** Live entries. */
  readonly size: number;
  /** The most entries it holds. */
  readonly maxSize: number;
  /** Entries that had to go because the cache was full. */
  readonly evictions: number;
  /** Entries whose time was up. */
  readonly expirations: number;
}

/** The events of a cache by type. */
export interface CacheEventMap<V> {
  /** The cache was full, and the least recently used entry went. */
  evict: CacheEvent<V>;
  /** The time of an entry was up. */
  expire: CacheEvent<V>;
}

/** What the wrapper may do with a cache, and users may not. */
export interface CacheAccess {
  /** Where to look up: it counts a hit and makes the entry the most recent; when there is none, it counts nothing. */
  entries(cache: ResultCache): Entries<unknown>;
  /** Finds out whether the entry that was found is alive, where that could not be told at once. */
  hitSlowly(cache: ResultCache, key: unknown): boolean;
  /** `put`, without ending the call under way for the key. */
  store(cache: ResultCache, key: unknown, value: unknown, shape: StoredKind): void;
  countMiss(cache: ResultCache): void;
  /** The calls under way, by key. */
  flights(cache: ResultCache): Flights<{ readonly key: unknown }>;
  /** All keys of entries and of calls under way, in no order. */
  keys(cache: ResultCache): () => Iterable<unknown>;
}

/** Filled in by the class below, whose private parts it reaches. */
export let cacheAccess: CacheAccess;

/**
 * An exact LRU cache with a time to live. Keys are compared as `Map` compares; values, `undefined` and `null` included,
 * are held by reference.
 *
 * @example
 * const cache = new ResultCache<User>({ maxSize: 1000, ttl: '5m' });
 * cache.put('alice', user);
 * cache.get('alice');
 */
export class ResultCache<V = unknown> {
  readonly #entries: Entries<V>;
  readonly #clock: Clock;
  readonly #ttl: number;
  /** The ticks that were no hits. */
  #writes = 0;
  #misses = 0;
  #evictions = 0;
  #expirations = 0;
  /** Whether any entry may expire. */
  #mortal = false;
  readonly #sweepable: Sweepable = { sweep: () => this.#sweep() };
  readonly #sweeper: Sweeper;
  readonly #flights = new Flights<{ readonly key: unknown }>();
  readonly #listeners = new Listeners<CacheEvent<V>>();

  static {
    cacheAccess = {
      entries: (cache) => cache.#entries,
      hitSlowly: (cache, key) => cache.#hitSlowly() || cache.#hitAgain(key),
      store: (cache, key, value, shape) => {
        const ttl = cache.#ttl;
        cache.#store(key, value, ttl, shape, cache.#timeToStore(ttl));
      },
      countMiss: (cache) => {
        cache.#misses++;
      },
      flights: (cache) => cache.#flights,
      keys: (cache) => () => [...cache.#entries.index.keys(), ...cache.#flights.keys()],
    };
  }

  /**
   * A key for any arguments: equal for equal ones, whatever their depth, and never equal for different ones. Plain
   * data counts by its content; functions, class instances and the like by identity.
   */
  static makeKey(...args: readonly unknown[]): unknown {
    return makeKey(args);
  }

  /**
   * @throws TypeError for an option of a wrong kind or of an unknown name
   * @throws RangeError for a wrong value
   */
  constructor(options?: ResultCacheOptions) {
    const { maxSize, ttl, clock }: CacheSettings = checkCacheOptions(options);
    this.#ttl = ttl;
    this.#clock = clock;
    this.#entries = new Entries(maxSize, this.#clock);
    this.#sweeper = new Sweeper(this.#sweepable, this.#clock);
  }

  /** The value, or `undefined`. Counts a hit or a miss; a hit makes the entry the most recent and not younger. */
  get(key: unknown): V | undefined {
    const entries = this.#entries;
    const value = entries.hit(key);
    if (value !== undefined || entries.slot > 0) return value as V;
    if (entries.slot < 0 && this.#hitSlowly()) return entries.valueAt(entries.slot);
    this.#misses++;
    return undefined;
  }

  /**
   * Stores a value as the most recent entry, for the cache's `ttl` or its own. A full cache lets an expired entry go
   * for it, else the least recent one.
   * @throws TypeError, RangeError for wrong options
   * @throws RangeError when there is no memory for the first entry; without memory for more, entries are evicted
   */
  put(key: unknown, value: V, options?: PutOptions): this {
    return this.#put(key, value, checkPutOptions(options));
  }

  /**
   * The same as {@link put}; a number in the place of the options, as Keyv passes one, is ignored.
   * @throws TypeError, RangeError for wrong options
   */
  set(key: unknown, value: V, options?: PutOptions | number): this {
    return this.#put(key, value, checkPutOptions(typeof options === 'number' ? {} : options));
  }

  /** Whether there is a live entry. Counts nothing, moves nothing. */
  has(key: unknown): boolean {
    return this.#entries.find(key) !== 0;
  }

  /** The value, or `undefined`. Counts nothing, moves nothing. */
  peek(key: unknown): V | undefined {
    const slot = this.#entries.find(key);
    return slot === 0 ? undefined : this.#entries.valueAt(slot);
  }

  /**
   * Removes an entry; `true` when a live one went. A call under way for the key still answers its own callers, and
   * what it brings is not stored.
   */
  invalidate(key: unknown): boolean {
    const slot = this.#entries.find(key);
    this.#flights.delete(key);
    if (slot === 0) return false;
    this.#entries.remove(slot);
    this.#entries.forget(slot);
    return true;
  }

  /** The same as {@link invalidate}. */
  delete(key: unknown): boolean {
    return this.invalidate(key);
  }

  /** Removes all entries and sets the counters to zero. What calls under way bring is not stored. */
  clear(): void {
    this.#assertUsable();
    this.#writes = 0;
    this.#misses = 0;
    this.#evictions = 0;
    this.#expirations = 0;
    this.#flights.clear();
    this.#sweeper.stop();
    this.#entries.clear();
  }

  /** How many live entries there are. */
  get size(): number {
    this.#sweep();
    // A listener may have disposed of it.
    this.#assertUsable();
    return this.#entries.index.size;
  }

  /** The counters, at this moment. */
  get stats(): CacheStats {
    const { size } = this;
    const hits = this.#entries.ticks - this.#writes;
    const misses = this.#misses;
    return Object.freeze({
      hits,
      misses,
      coalesced: this.#flights.joined,
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      size,
      maxSize: this.#entries.maxSize,
      evictions: this.#evictions,
      expirations: this.#expirations,
    });
  }

  /**
   * Changes `maxSize`, and evicts down to it, expired entries first, then the least recent.
   * @throws TypeError, RangeError for anything but an integer from 1 to 8,388,608
   */
  resize(maxSize: number): void {
    this.#assertUsable();
    const entries = this.#entries;
    const size = checkMaxSize(maxSize);
    const now = this.#clock.read();
    this.#assertUsable();
    entries.maxSize = entries.limit = size;
    const left = this.#expire(now);
    while (entries.index.size > entries.maxSize) {
      const slot = entries.take();
      entries.remove(slot);
      left.push(this.#evicted(slot));
      entries.forget(slot);
    }
    for (const event of left) this.#dispatch(event);
  }

  /** The keys of the live entries, from the least to the most recent. */
  keys(): Generator<unknown, undefined, undefined> {
    return this.#each((key) => key);
  }

  /** The values of the live entries, from the least to the most recent. */
  values(): Generator<V, undefined, undefined> {
    return this.#each((_key, value) => value);
  }

  /**
   * The live entries, from the least to the most recent, in the order in which they stood at the start: entries may be
   * used, stored and removed on the way. Counts nothing, moves nothing.
   */
  entries(): Generator<[unknown, V], undefined, undefined> {
    return this.#each((key, value) => [key, value]);
  }

  /** The same as {@link entries}. */
  [Symbol.iterator](): Generator<[unknown, V], undefined, undefined> {
    return this.entries();
  }

  /** Calls back for each live entry, from the least to the most recent. */
  forEach(
    callback: (value: V, key: unknown, cache: ResultCache<V>) => void,
    thisArg?: unknown,
  ): void {
    for (const [key, value] of this.entries()) callback.call(thisArg, value, key, this);
  }

  /**
   * Listens for `evict` (the cache was full) or `expire`; takes `once` and `signal` as everywhere.
   * @throws TypeError for a listener that is none, or a type that no event has
   */
  addEventListener<T extends keyof CacheEventMap<V>>(
    type: T,
    listener: Listener<CacheEventMap<V>[T]> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#assertUsable();
    this.#listeners.add(type, listener as Listener<CacheEvent<V>> | null, options);
  }

  /** Takes back what `addEventListener` added, with the same `capture`. */
  removeEventListener<T extends keyof CacheEventMap<V>>(
    type: T,
    listener: Listener<CacheEventMap<V>[T]> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#listeners.remove(type, listener as Listener<CacheEvent<V>> | null, options);
  }

  /**
   * Gives the memory back at once, not when the garbage collector finds the cache. To use it afterwards is an Error.
   */
  [Symbol.dispose](): void {
    if (this.#entries.index === disposed) return;
    this.clear();
    this.#entries.free();
    this.#entries.index = disposed;
  }

  /** What remains of a hit that could not be served at once. */
  #hitSlowly(): boolean {
    const entries = this.#entries;
    if (entries.hitSlowly()) return true;
    const { slot } = entries;
    if (slot === 0) return false;
    entries.remove(slot);
    this.#dispatch(this.#expired(slot));
    return false;
  }

  /** Whether there is an entry after all: a listener of the one that has expired may have put it. */
  #hitAgain(key: unknown): boolean {
    const entries = this.#entries;
    entries.hit(key);
    return entries.slot > 0 || (entries.slot < 0 && entries.hitSlowly());
  }

  #put(key: unknown, value: V, ttl = this.#ttl): this {
    const now = this.#timeToStore(ttl);
    this.#flights.delete(key);
    this.#store(key, value, ttl, StoredKind.UNKNOWN, now);
    return this;
  }

  /** Read before anything is looked up: a clock of a user's may use the cache. */
  #timeToStore(ttl: number): number {
    if (ttl !== 0) this.#mortal = true;
    // Where nothing can expire, the time is of no interest, but for what a trap may have ended long ago.
    return this.#mortal ? this.#clock.read() : 1;
  }

  #store(key: unknown, value: V, ttl: number, shape: StoredKind, now: number): void {
    const entries = this.#entries;
    const present = entries.index.get(key);
    const deadline = ttl === 0 ? Infinity : now + ttl;
    let own: CacheEvent<V> | undefined;
    let other: CacheEvent<V> | undefined;
    if (present !== undefined && entries.isLive(present, now)) {
      entries.replace(present, value, deadline, shape);
    } else {
      if (present !== undefined) {
        entries.remove(present);
        own = this.#expired(present);
      }
      if (entries.isFull && entries.mayExpire(now)) {
        const over = entries.expire(now);
        if (over !== 0) other = this.#expired(over);
      }
      const slot = entries.take();
      // Asked after that: without memory the cache is full earlier.
      if (entries.isFull) {
        other = this.#evicted(slot);
        entries.unlink(slot);
      }
      entries.fill(slot, key, value, deadline, shape);
    }
    this.#writes++;
    if (ttl !== 0) this.#sweeper.expect(deadline);
    this.#dispatch(own);
    this.#dispatch(other);
  }

  /** The core has freed the slot of an entry whose time is up. Returns the event to dispatch, if anybody listens. */
  #expired(slot: number): CacheEvent<V> | undefined {
    this.#expirations++;
    const event = this.#eventOf('expire', slot);
    this.#entries.forget(slot);
    return event;
  }

  /** The entry in a slot has to go. Returns the event to dispatch, if anybody listens. */
  #evicted(slot: number): CacheEvent<V> | undefined {
    this.#evictions++;
    return this.#eventOf('evict', slot);
  }

  #eventOf(type: 'evict' | 'expire', slot: number): CacheEvent<V> | undefined {
    const entries = this.#entries;
    return this.#listeners.has(type)
      ? new CacheEvent(type, entries.keyAt(slot), entries.valueAt(slot))
      : undefined;
  }

  /** Comes last in every operation, when all is in order again: listeners may call back into the cache. */
  #dispatch(event: CacheEvent<V> | undefined): void {
    if (event) this.#listeners.dispatch(event);
  }

  #sweep(): number {
    this.#assertUsable();
    const now = this.#clock.read();
    // A clock of a user's may have disposed of it.
    if (this.#entries.index === disposed) return Infinity;
    for (const event of this.#expire(now)) this.#dispatch(event);
    // What listeners have stored meanwhile is due, too.
    return this.#entries.due;
  }

  /** Removes all entries whose time is up. Returns the events to dispatch. */
  #expire(now: number): (CacheEvent<V> | undefined)[] {
    const left: (CacheEvent<V> | undefined)[] = [];
    for (;;) {
      const slot = this.#entries.expire(now);
      if (slot === 0) return left;
      left.push(this.#expired(slot));
    }
  }

  #each<T>(give: (key: unknown, value: V) => T): Generator<T, undefined, undefined> {
    this.#assertUsable();
    return this.#walk(give);
  }

  *#walk<T>(give: (key: unknown, value: V) => T): Generator<T, undefined, undefined> {
    this.#assertUsable();
    for (const key of this.#entries.keysByRecency()) {
      const slot = this.#entries.find(key);
      if (slot !== 0) yield give(key, this.#entries.valueAt(slot));
    }
  }

  #assertUsable(): void {
    if (this.#entries.index === disposed) throw new Error(DISPOSED);
  }
}

const DISPOSED = 'This ResultCache has been disposed of';

/** Stands in for the index of a disposed cache, so that no living one pays for the check. */
const disposed = new (class extends Map<unknown, number> {
  override get(): never {
    throw new Error(DISPOSED);
  }
})();
