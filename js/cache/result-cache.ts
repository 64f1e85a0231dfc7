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
import type { CacheAdvice, MissRatioCurve } from './estimates.ts';
import { checkTags, TAG } from './tags.ts';

/** The counters of a cache, since it was made or cleared. */
export interface CacheStats {
  /** Lookups that found a fresh entry, or a stale one within `staleWhileRevalidate`. */
  readonly hits: number;
  /** Lookups that found none. Concurrent calls that share one flight count as one miss. */
  readonly misses: number;
  /** Callers that joined a call in flight instead of starting one. */
  readonly coalesced: number;
  /** `hits / (hits + misses)`, 0 before the first lookup. */
  readonly hitRate: number;
  /** The number of entries, stale ones included. */
  readonly size: number;
  /** The maximum number of entries. */
  readonly maxSize: number;
  /** The total weight of the entries; 0 without `weigh`. */
  readonly weight: number;
  /** The maximum total weight; `Number.MAX_SAFE_INTEGER` without a limit. */
  readonly maxWeight: number;
  /** The policy of eviction. */
  readonly policy: 'lru' | 'adaptive';
  /** Entries that were removed because the cache was full. */
  readonly evictions: number;
  /** Entries that were removed after their ttl and, if there are any, the windows for stale results. */
  readonly expirations: number;
  /** Calls of functions that were answered with a stale result. */
  readonly stale: number;
  /** Refreshes that ran in the background. */
  readonly refreshes: number;
  /** Refreshes in the background that failed. */
  readonly refreshErrors: number;
  /** Stored responses that a server confirmed with a 304; see `httpCache`. */
  readonly revalidated: number;
}

/** An entry as {@link ResultCache.info} describes it. */
export interface EntryInfo<V> {
  /** The value. */
  readonly value: V;
  /** Seconds until the ttl is over; below 0 for a stale entry, `Infinity` for one that never expires. */
  readonly ttl: number;
  /** Whether the ttl is over. Only functions return a stale value. */
  readonly stale: boolean;
  /** The weight; 0 without `weigh`. */
  readonly weight: number;
  /** The tags. */
  readonly tags: readonly string[];
}

/** The events of a cache by type. */
export interface CacheEventMap<V> {
  /** The cache was full, and its least recently used entry was removed. */
  evict: CacheEvent<V, 'evict'>;
  /** The time of an entry was over: its ttl and, if there are any, the windows for stale results. */
  expire: CacheEvent<V, 'expire'>;
  /** An entry left the cache, for any reason: see {@link CacheEvent.reason}. */
  remove: CacheEvent<V, 'remove'>;
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
  constructor(options?: ResultCacheOptions<V>) {
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
   * cache removes an expired entry for it, else the least recently used one. A value heavier than `maxWeight` is not
   * stored; the entry that it would replace is removed.
   * @throws TypeError, RangeError for wrong options
   * @throws TypeError if `weigh` returns anything but an integer >= 0, and the error that `weigh` throws
   * @throws RangeError if there is no memory for the first entry, or for the first weight above 0; later the cache evicts
   * instead
   */
  put(key: unknown, value: V, options?: PutOptions): this {
    this.#put(key, value, options);
    return this;
  }

  /**
   * The same as {@link put}, for libraries that expect a `Map`. A number instead of options, as Keyv passes, is ignored.
   * @throws TypeError, RangeError as {@link put} does
   */
  set(key: unknown, value: V, options?: PutOptions | number): this {
    // Not `this.put`, which a subclass may build on `set`.
    this.#put(key, value, typeof options === 'number' ? undefined : options);
    return this;
  }

  /** Whether there is a fresh entry. Changes neither the counters nor the order. */
  has(key: unknown): boolean {
    return this.#entries.findFresh(key) !== 0;
  }

  /** Returns the value, or `undefined` if there is none. Changes neither the counters nor the order. */
  peek(key: unknown): V | undefined {
    const entries = this.#entries;
    const slot = entries.findFresh(key);
    return slot === 0 ? undefined : entries.valueAt(slot);
  }

  /**
   * Removes an entry. Returns `true` if it was fresh. A call in flight for the key still answers its own callers, but
   * its result is not stored.
   */
  invalidate(key: unknown): boolean {
    return this.#internals.invalidate(key);
  }

  /** The same as {@link invalidate}. */
  delete(key: unknown): boolean {
    return this.invalidate(key);
  }

  /**
   * Ends the ttl of an entry now: functions may still return it as a stale result. Without windows for stale results the
   * entry is removed. Returns `true` if it was fresh. Calls in flight are treated as {@link invalidate} does.
   */
  expire(key: unknown): boolean {
    return this.#internals.expire(key);
  }

  /**
   * Removes all entries that have one of these tags. Returns how many were fresh. Calls in flight whose result may have
   * one of the tags still answer their callers; a result that has one is not stored.
   * @throws TypeError for a tag that is not a string, or empty
   */
  invalidateTag(...tags: readonly string[]): number {
    return this.#internals.endTagged(checkTags(TAG, tags), false);
  }

  /**
   * The same as {@link invalidateTag}, but ends the ttl of the entries as {@link expire} does.
   * @throws TypeError for a tag that is not a string, or empty
   */
  expireTag(...tags: readonly string[]): number {
    return this.#internals.endTagged(checkTags(TAG, tags), true);
  }

  /** Describes an entry, fresh or stale; `undefined` if there is none. Changes neither the counters nor the order. */
  info(key: unknown): EntryInfo<V> | undefined {
    const now = this.#internals.readTime();
    const slot = this.#internals.find(key);
    if (slot === 0) return undefined;
    const entries = this.#entries;
    const freshUntil = entries.freshUntil(slot);
    return Object.freeze({
      value: entries.valueAt(slot),
      ttl: (freshUntil - now) / 1_000,
      stale: !entries.isFresh(slot, now),
      weight: entries.weightAt(slot),
      tags: Object.freeze([...(this.#internals.tags?.of(slot) ?? [])]),
    });
  }

  /** Removes all entries and resets the counters. The results of calls in flight are not stored. */
  clear(): void {
    this.#internals.clear();
  }

  /** The number of entries, fresh or stale. */
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
    const internals = this.#internals;
    const entries = this.#entries;
    const hits = entries.ticks - internals.otherTicks;
    const misses = internals.missCount;
    return Object.freeze({
      hits,
      misses,
      coalesced: internals.flights?.joined ?? 0,
      hitRate: hits / (hits + misses) || 0,
      size,
      maxSize: entries.maxSize,
      weight: entries.totalWeight,
      maxWeight: internals.settings.maxWeight,
      policy: internals.settings.policy,
      ...internals.counts,
    });
  }

  /**
   * The hit ratio, from 0 to 1, that this cache would have with other numbers of entries if it evicted the least recently
   * used one: estimated from samples of about the last million requests. `undefined` before there are 1,000 samples, and
   * without the option `advice`, which `policy: adaptive` includes.
   */
  missRatioCurve(): MissRatioCurve | undefined {
    this.#internals.assertUsable();
    return this.#entries.curve?.missRatioCurve();
  }

  /** The estimates for half and twice as many entries, and what to do. `undefined` whenever {@link missRatioCurve} returns it. */
  advice(): CacheAdvice | undefined {
    this.#internals.assertUsable();
    return this.#entries.curve?.advice();
  }

  /**
   * Changes `maxSize`. Entries beyond it are removed: expired ones first, then the least recently used.
   * @throws TypeError, RangeError for anything but an integer from 1 to 8,388,608
   */
  resize(maxSize: number): void {
    this.#internals.resize(maxSize);
  }

  /** The keys of the fresh entries, from the least to the most recently used. */
  keys(): Generator<unknown, undefined, undefined> {
    return this.#each((key) => key);
  }

  /** The values of the fresh entries, from the least to the most recently used. */
  values(): Generator<V, undefined, undefined> {
    return this.#each((_key, value) => value);
  }

  /**
   * The fresh entries, from the least to the most recently used, in their order at the start: entries may be used,
   * stored and removed during the iteration. Changes neither the counters nor the order.
   */
  entries(): Generator<[unknown, V], undefined, undefined> {
    return this.#each((key, value) => [key, value]);
  }

  /** The same as {@link entries}. */
  [Symbol.iterator](): Generator<[unknown, V], undefined, undefined> {
    return this.entries();
  }

  /** Calls back for each fresh entry, from the least to the most recently used. */
  forEach(
    callback: (value: V, key: unknown, cache: ResultCache<V>) => void,
    thisArg?: unknown,
  ): void {
    for (const [key, value] of this.entries()) callback.call(thisArg, value, key, this);
  }

  /**
   * Listens for `evict`, `expire` or `remove`. Takes the options of `EventTarget`, such as `once` and `signal`.
   * @throws TypeError for a listener or an event type of the wrong type
   */
  addEventListener<T extends keyof CacheEventMap<V>>(
    type: T,
    listener: Listener<CacheEventMap<V>[T]> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#internals.assertUsable();
    this.#internals.departures.listeners.add(
      type,
      listener as Listener<CacheEvent<V>> | null,
      options,
    );
  }

  /** Removes a listener that was added with the same `capture`. */
  removeEventListener<T extends keyof CacheEventMap<V>>(
    type: T,
    listener: Listener<CacheEventMap<V>[T]> | null,
    options?: boolean | ListenerOptions,
  ): void {
    this.#internals.departures.listeners.remove(
      type,
      listener as Listener<CacheEvent<V>> | null,
      options,
    );
  }

  /**
   * Frees the memory at once instead of when the garbage collector finds the cache. A disposed cache throws an Error
   * when it is used; disposing of it again is fine.
   */
  [Symbol.dispose](): void {
    this.#internals.dispose();
  }

  #put(key: unknown, value: V, options: PutOptions | undefined): void {
    // Apart, for engines to compile the usual case into the caller.
    if (options === undefined) this.#internals.put(key, value);
    else this.#putWith(key, value, options);
  }

  #putWith(key: unknown, value: V, options: PutOptions): void {
    const { ttlMs, tags } = checkPutOptions(options);
    this.#internals.put(key, value, ttlMs, undefined, tags);
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
      const slot = entries.findFresh(key);
      if (slot !== 0) yield toItem(key, entries.valueAt(slot));
    }
  }
}
