import { Header, Outcome, Slots } from '../core/slots.ts';
import { type Listener, type ListenerOptions, Listeners } from '../events/listeners.ts';
import { makeKey } from '../keys/make-key.ts';
import { Clock, systemClock } from '../time/clock.ts';
import { CacheEvent } from './cache-event.ts';
import {
  type CacheSettings,
  checkCacheOptions,
  checkMaxSize,
  checkPutOptions,
  type PutOptions,
  type ResultCacheOptions,
} from './cache-options.ts';
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

/** How a stored result came, so that a hit gives it back the same way; the last two are responses, to be copied. */
export enum Shape {
  UNKNOWN = 0,
  VALUE = 1,
  PROMISE = 2,
  RESPONSE = 3,
  RESPONSE_PROMISE = 4,
}

/** What the wrapper may do with a cache, and users may not. */
export interface CacheAccess {
  /** Looks up, counts a hit and makes the entry the most recent; 0 when there is none, and then counts nothing. */
  hit(cache: ResultCache, key: unknown): number;
  valueAt(cache: ResultCache, slot: number): unknown;
  shapeAt(cache: ResultCache, slot: number): Shape;
  /** `put`, without ending the call under way for the key. */
  store(cache: ResultCache, key: unknown, value: unknown, shape: Shape): void;
  countMiss(cache: ResultCache): void;
  countCoalesced(cache: ResultCache): void;
  /** The calls under way, by key. */
  flights(cache: ResultCache): Map<unknown, unknown>;
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
  // A key's slot is where its metadata stands in wasm memory, and its value and itself in these arrays.
  #index = new Map<unknown, number>();
  #keys: unknown[] = [];
  #values: (V | undefined)[] = [];
  #shapes: Shape[] = [];
  readonly #slots: Slots;
  readonly #clock: Clock;
  readonly #ttl: number;
  #maxSize: number;
  readonly #sweepable: Sweepable = { sweep: () => this.#sweep() };
  readonly #sweeper: Sweeper;
  readonly #flights = new Map<unknown, unknown>();
  readonly #listeners = new Listeners<CacheEvent<V>>();

  static {
    cacheAccess = {
      hit: (cache, key) => cache.#hit(key),
      valueAt: (cache, slot) => cache.#values[slot],
      shapeAt: (cache, slot) => cache.#shapes[slot] ?? Shape.UNKNOWN,
      store: (cache, key, value, shape) => cache.#store(key, value, cache.#ttl, shape),
      countMiss: (cache) => cache.#count(Header.MISSES),
      countCoalesced: (cache) => cache.#count(Header.COALESCED),
      flights: (cache) => cache.#flights,
      keys: (cache) => () => [...cache.#index.keys(), ...cache.#flights.keys()],
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
    this.#maxSize = maxSize;
    this.#ttl = ttl;
    this.#clock = clock ? new Clock(clock) : systemClock;
    const index = this.#index;
    this.#slots = new Slots(maxSize, () => index.values());
    this.#sweeper = new Sweeper(this.#sweepable, this.#clock);
  }

  /** The value, or `undefined`. Counts a hit or a miss; a hit makes the entry the most recent and not younger. */
  get(key: unknown): V | undefined {
    const slot = this.#hit(key);
    if (slot !== 0) return this.#values[slot];
    this.#count(Header.MISSES);
    return undefined;
  }

  /**
   * Stores a value as the most recent entry, for the cache's `ttl` or its own. A full cache lets an expired entry go
   * for it, else the least recent one.
   * @throws TypeError, RangeError for wrong options
   * @throws RangeError when there is no memory for another entry
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
    return this.#find(key) !== 0;
  }

  /** The value, or `undefined`. Counts nothing, moves nothing. */
  peek(key: unknown): V | undefined {
    const slot = this.#find(key);
    return slot === 0 ? undefined : this.#values[slot];
  }

  /**
   * Removes an entry; `true` when a live one went. A call under way for the key still answers its own callers, and
   * what it brings is not stored.
   */
  invalidate(key: unknown): boolean {
    const slot = this.#find(key);
    this.#flights.delete(key);
    if (slot === 0) return false;
    this.#slots.remove(slot, false);
    this.#forget(slot, Outcome.FRESH);
    return true;
  }

  /** The same as {@link invalidate}. */
  delete(key: unknown): boolean {
    return this.invalidate(key);
  }

  /** Removes all entries and sets the counters to zero. What calls under way bring is not stored. */
  clear(): void {
    this.#assertUsable();
    this.#index.clear();
    this.#keys = [];
    this.#values = [];
    this.#shapes = [];
    this.#flights.clear();
    this.#sweeper.stop();
    this.#slots.clear();
  }

  /** How many live entries there are. */
  get size(): number {
    this.#sweep();
    return this.#index.size;
  }

  /** The counters, at this moment. */
  get stats(): CacheStats {
    const { size } = this;
    const view = this.#header();
    const count = (counter: Header) => view[counter] as number;
    const hits = count(Header.TICK) - count(Header.WRITES);
    const misses = count(Header.MISSES);
    return Object.freeze({
      hits,
      misses,
      coalesced: count(Header.COALESCED),
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      size,
      maxSize: this.#maxSize,
      evictions: count(Header.EVICTIONS),
      expirations: count(Header.EXPIRATIONS),
    });
  }

  /**
   * Changes `maxSize`, and evicts down to it, expired entries first, then the least recent.
   * @throws TypeError, RangeError for anything but an integer from 1 to 16,777,215
   */
  resize(maxSize: number): void {
    this.#assertUsable();
    this.#maxSize = checkMaxSize(maxSize);
    this.#slots.resize(this.#maxSize);
    const now = this.#clock.read();
    const left: (CacheEvent<V> | undefined)[] = [];
    for (;;) {
      const answer = this.#slots.trim(now);
      if (answer === 0) break;
      left.push(this.#forget(answer >>> 2, answer & 3));
    }
    for (const event of left) this.#dispatch(event);
  }

  /** The keys of the live entries, from the least to the most recent. */
  *keys(): Generator<unknown, undefined, undefined> {
    for (const [key] of this.entries()) yield key;
  }

  /** The values of the live entries, from the least to the most recent. */
  *values(): Generator<V, undefined, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  /**
   * The live entries, from the least to the most recent, in the order in which they stood at the start: entries may be
   * used, stored and removed on the way. Counts nothing, moves nothing.
   */
  *entries(): Generator<[unknown, V], undefined, undefined> {
    for (const key of this.#keysByRecency()) {
      const slot = this.#find(key);
      if (slot !== 0) yield [key, this.#values[slot] as V];
    }
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
   * @throws TypeError for a listener that is none
   */
  addEventListener<T extends keyof CacheEventMap<V>>(
    type: T,
    listener: Listener<CacheEventMap<V>[T]> | null,
    options?: boolean | ListenerOptions,
  ): void {
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

  /** Gives the memory back at once, not when the garbage collector finds the cache. To use it afterwards is an Error. */
  [Symbol.dispose](): void {
    if (this.#index === disposed) return;
    this.clear();
    this.#slots.free();
    this.#index = disposed;
  }

  #hit(key: unknown): number {
    const slot = this.#index.get(key);
    if (slot === undefined) return 0;
    const { view } = this.#slots;
    if ((view[2 * slot] as number) >= this.#clock.coarse()) {
      const tick = (view[Header.TICK] as number) + 1;
      view[Header.TICK] = tick;
      view[2 * slot + 1] = tick;
      return slot;
    }
    if (this.#slots.revive()) return this.#hit(key);
    this.#slots.remove(slot, true);
    this.#dispatch(this.#forget(slot, Outcome.EXPIRED));
    return 0;
  }

  /** The slot of a live entry, 0 when there is none. */
  #find(key: unknown): number {
    const slot = this.#index.get(key);
    return slot !== undefined && this.#isLive(slot, this.#clock.coarse()) ? slot : 0;
  }

  #isLive(slot: number, now: number): boolean {
    const { view } = this.#slots;
    if ((view[2 * slot] as number) >= now) return true;
    return this.#slots.revive() && this.#isLive(slot, now);
  }

  #put(key: unknown, value: V, ttl = this.#ttl): this {
    this.#flights.delete(key);
    this.#store(key, value, ttl, Shape.UNKNOWN);
    return this;
  }

  #store(key: unknown, value: V, ttl: number, shape: Shape): void {
    const present = this.#index.get(key);
    const now = this.#clock.read();
    const deadline = ttl === 0 ? Infinity : now + ttl;
    let own: CacheEvent<V> | undefined;
    let other: CacheEvent<V> | undefined;
    let slot: number;
    if (present !== undefined && this.#isLive(present, now)) {
      slot = present;
      this.#slots.replace(slot, deadline);
    } else {
      if (present !== undefined) {
        this.#slots.remove(present, true);
        own = this.#forget(present, Outcome.EXPIRED);
      }
      const answer = this.#slots.insert(now, deadline);
      slot = answer >>> 2;
      if ((answer & 3) !== Outcome.FRESH) other = this.#forget(slot, answer & 3);
      this.#index.set(key, slot);
      this.#keys[slot] = key === 0 ? 0 : key; // `Map` makes 0 of -0, too.
    }
    this.#values[slot] = value;
    this.#shapes[slot] = shape;
    if (ttl !== 0) this.#sweeper.expect(deadline);
    this.#dispatch(own);
    this.#dispatch(other);
  }

  /** Lets go of the key and value of a slot that the core has freed; returns the event to dispatch, if anybody listens. */
  #forget(slot: number, outcome: number): CacheEvent<V> | undefined {
    const key = this.#keys[slot];
    const type = outcome === Outcome.EVICTED ? 'evict' : 'expire';
    const event =
      outcome !== Outcome.FRESH && this.#listeners.has(type)
        ? new CacheEvent(type, key, this.#values[slot] as V)
        : undefined;
    this.#index.delete(key);
    this.#keys[slot] = undefined;
    this.#values[slot] = undefined;
    return event;
  }

  /** Comes last in every operation, when all is in order again: listeners may call back into the cache. */
  #dispatch(event: CacheEvent<V> | undefined): void {
    if (event) this.#listeners.dispatch(event);
  }

  #sweep(): number {
    this.#assertUsable();
    const now = this.#clock.read();
    const left: (CacheEvent<V> | undefined)[] = [];
    for (;;) {
      const slot = this.#slots.expire(now);
      if (slot === 0) break;
      left.push(this.#forget(slot, Outcome.EXPIRED));
    }
    for (const event of left) this.#dispatch(event);
    // What listeners have stored meanwhile is due, too.
    return this.#slots.due();
  }

  #keysByRecency(): unknown[] {
    this.#assertUsable();
    const view = this.#header();
    return [...this.#index]
      .sort(([, a], [, b]) => (view[2 * a + 1] as number) - (view[2 * b + 1] as number))
      .map(([key]) => key);
  }

  #count(counter: number): void {
    const view = this.#header();
    view[counter] = (view[counter] as number) + 1;
  }

  #assertUsable(): void {
    if (this.#index === disposed) throw new Error(DISPOSED);
  }

  /** The records, certain to be attached. */
  #header(): Float64Array {
    if (!((this.#slots.view[Header.TICK] as number) >= 0)) this.#slots.revive();
    return this.#slots.view;
  }
}

const DISPOSED = 'This ResultCache has been disposed of and can no longer be used';

/** Stands in for the index of a disposed cache, so that no living one pays for the check. */
const disposed = new (class extends Map<unknown, number> {
  override get(): never {
    throw new Error(DISPOSED);
  }
})();
