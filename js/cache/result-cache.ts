import type { Listener, ListenerOptions } from '../events/listeners.ts';
import { makeKey } from '../keys/make-key.ts';
import { Access } from '../platform/access.ts';
import type { CacheEvent } from './cache-event.ts';
import { CacheInternals } from './cache-internals.ts';
import {
  checkCacheOptions,
  checkPutOptions,
  type PutOptions,
  type ResultCacheOptions,
} from './cache-options.ts';
import type { Entries } from './entries.ts';

/** The counters of a cache, since it was made or cleared. */
export interface CacheStats {
  /** Lookups that found a live entry. */
  readonly hits: number;
  /** Lookups that found none. Concurrent calls that share one flight count as one miss. */
  readonly misses: number;
  /** Callers that joined a call in flight instead of starting one. */
  readonly coalesced: number;
  /** `hits / (hits + misses)`, 0 before the first lookup. */
  readonly hitRate: number;
  /** The number of live entries. */
  readonly size: number;
  /** The maximum number of entries. */
  readonly maxSize: number;
  /** Entries that were removed because the cache was full. */
  readonly evictions: number;
  /** Entries that outlived their ttl. */
  readonly expirations: number;
}

/** The events of a cache by type. */
export interface CacheEventMap<V> {
  /** The cache was full, and its least recently used entry was removed. */
  evict: CacheEvent<V>;
  /** An entry outlived its ttl. */
  expire: CacheEvent<V>;
}

/** The internals of a cache, for the wrapper of a function. */
export const cacheAccess = /* @__PURE__ */ new Access<object, CacheInternals>();

/**
 * An exact LRU cache with a time to live. Keys are compared as `Map` compares them. Values, including `undefined` and
 * `null`, are held by reference.
 *
 * @example
 * const cache = new ResultCache<User>({ maxSize: 1000, ttl: '5m' });
 * cache.put('alice', user);
 * cache.get('alice');
 */
export class ResultCache<V = unknown> {
  readonly #internals: CacheInternals<V>;
  /** Also held here, so that {@link get} reads one property less. */
  readonly #entries: Entries<V>;

  /**
   * Makes a key from any arguments: equal for equal arguments of any depth, and never equal for different ones. Plain
   * data counts by its content; functions and class instances count by identity.
   * @throws the error of a getter or proxy among the arguments
   */
  static makeKey(...args: readonly unknown[]): unknown {
    return makeKey(args);
  }

  /**
   * @throws TypeError for an unknown option or a value of the wrong type
   * @throws RangeError for a value out of range
   */
  constructor(options?: ResultCacheOptions) {
    this.#internals = new CacheInternals(checkCacheOptions(options));
    this.#entries = this.#internals.entries;
    cacheAccess.grant(this, this.#internals as object as CacheInternals);
  }

  /**
   * Returns the value, or `undefined` if there is none. Counts a hit or a miss. A hit makes the entry the most recently
   * used; it does not restart its ttl.
   */
  get(key: unknown): V | undefined {
    const entries = this.#entries;
    const value = entries.hit(key);
    if (value !== undefined || entries.slot > 0) return value as V;
    if (entries.slot < 0 && this.#internals.completeHit()) return entries.valueAt(entries.slot);
    this.#internals.missCount++;
    return undefined;
  }

  /**
   * Stores a value as the most recently used entry, for the `ttl` of the options, by default that of the cache. A full
   * cache removes an expired entry for it, else the least recently used one.
   * @throws TypeError, RangeError for wrong options
   * @throws RangeError if there is no memory for the first entry; later the cache evicts instead
   */
  put(key: unknown, value: V, options?: PutOptions): this {
    this.#internals.put(key, value, checkPutOptions(options));
    return this;
  }

  /**
   * The same as {@link put}, for libraries that expect a `Map`. A number instead of options, as Keyv passes, is ignored.
   * @throws TypeError, RangeError as {@link put} does
   */
  set(key: unknown, value: V, options?: PutOptions | number): this {
    // Not `this.put`, which a subclass may build on `set`.
    const putOptions = typeof options === 'number' ? undefined : options;
    this.#internals.put(key, value, checkPutOptions(putOptions));
    return this;
  }

  /** Whether there is a live entry. Changes neither the counters nor the order. */
  has(key: unknown): boolean {
    return this.#entries.findLive(key) !== 0;
  }

  /** Returns the value, or `undefined` if there is none. Changes neither the counters nor the order. */
  peek(key: unknown): V | undefined {
    const entries = this.#entries;
    const slot = entries.findLive(key);
    return slot === 0 ? undefined : entries.valueAt(slot);
  }

  /**
   * Removes an entry. Returns `true` if it was live. A call in flight for the key still answers its own callers, but
   * its result is not stored.
   */
  invalidate(key: unknown): boolean {
    const entries = this.#entries;
    const slot = entries.findLive(key);
    this.#internals.flights?.delete(key);
    if (slot === 0) return false;
    entries.remove(slot);
    entries.forget(slot);
    return true;
  }

  /** The same as {@link invalidate}. */
  delete(key: unknown): boolean {
    return this.invalidate(key);
  }

  /** Removes all entries and resets the counters. The results of calls in flight are not stored. */
  clear(): void {
    this.#internals.clear();
  }

  /** The number of live entries. */
  get size(): number {
    this.#internals.sweep();
    // A listener may have disposed of the cache.
    this.#internals.assertUsable();
    return this.#entries.index.size;
  }

  /** A read-only snapshot of the counters. */
  get stats(): CacheStats {
    // First, as it removes expired entries.
    const { size } = this;
    const { putCount, missCount, evictionCount, expirationCount, flights } = this.#internals;
    const hits = this.#entries.ticks - putCount;
    return Object.freeze({
      hits,
      misses: missCount,
      coalesced: flights?.joined ?? 0,
      hitRate: hits / (hits + missCount) || 0,
      size,
      maxSize: this.#entries.maxSize,
      evictions: evictionCount,
      expirations: expirationCount,
    });
  }

  /**
   * Changes `maxSize`. Entries beyond it are removed: expired ones first, then the least recently used.
   * @throws TypeError, RangeError for anything but an integer from 1 to 8,388,608
   */
  resize(maxSize: number): void {
    this.#internals.resize(maxSize);
  }

  /** The keys of the live entries, from the least to the most recently used. */
  keys(): Generator<unknown, undefined, undefined> {
    return this.#each((key) => key);
  }

  /** The values of the live entries, from the least to the most recently used. */
  values(): Generator<V, undefined, undefined> {
    return this.#each((_key, value) => value);
  }

  /**
   * The live entries, from the least to the most recently used, in their order at the start: entries may be used,
   * stored and removed during the iteration. Changes neither the counters nor the order.
   */
  entries(): Generator<[unknown, V], undefined, undefined> {
    return this.#each((key, value) => [key, value]);
  }

  /** The same as {@link entries}. */
  [Symbol.iterator](): Generator<[unknown, V], undefined, undefined> {
    return this.entries();
  }

  /** Calls back for each live entry, from the least to the most recently used. */
  forEach(
    callback: (value: V, key: unknown, cache: ResultCache<V>) => void,
    thisArg?: unknown,
  ): void {
    for (const [key, value] of this.entries()) callback.call(thisArg, value, key, this);
  }

  /**
   * Listens for `evict` or `expire`. Takes the options of `EventTarget`, such as `once` and `signal`.
   * @throws TypeError for a listener or an event type of the wrong type
   */
  addEventListener<T extends keyof CacheEventMap<V>>(
    type: T,
    listener: Listener<CacheEventMap<V>[T]> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#internals.assertUsable();
    this.#internals.listeners.add(type, listener as Listener<CacheEvent<V>> | null, options);
  }

  /** Removes a listener that was added with the same `capture`. */
  removeEventListener<T extends keyof CacheEventMap<V>>(
    type: T,
    listener: Listener<CacheEventMap<V>[T]> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#internals.listeners.remove(type, listener as Listener<CacheEvent<V>> | null, options);
  }

  /**
   * Frees the memory at once instead of when the garbage collector finds the cache. A disposed cache throws an Error
   * when it is used; disposing of it again is fine.
   */
  [Symbol.dispose](): void {
    this.#internals.dispose();
  }

  /** Throws for a disposed cache now, not only when the generator starts. */
  #each<T>(toItem: (key: unknown, value: V) => T): Generator<T, undefined, undefined> {
    this.#internals.assertUsable();
    return this.#walk(toItem);
  }

  *#walk<T>(toItem: (key: unknown, value: V) => T): Generator<T, undefined, undefined> {
    this.#internals.assertUsable();
    const entries = this.#entries;
    for (const key of entries.keysByRecency()) {
      const slot = entries.findLive(key);
      if (slot !== 0) yield toItem(key, entries.valueAt(slot));
    }
  }
}
