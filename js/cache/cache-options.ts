import { MAX_ENTRIES } from '../core/layout.ts';
import type { Duration } from '../options/duration.ts';
import { wrongKind, wrongValue } from '../options/messages.ts';
import { OptionReader } from '../options/option-reader.ts';
import { isObject, readProperty } from '../platform/property.ts';
import { Clock, systemClock } from '../time/clock.ts';
import type { TimeSource } from '../time/time-source.ts';
import {
  type AdviceOption,
  type EntryMakers,
  type EvictionPolicy,
  evictionAccess,
  type MakeEntries,
} from './eviction-policy.ts';
import { checkTags } from './tags.ts';

/** The options of a `ResultCache` with values of type `V`. */
export interface ResultCacheOptions<V = unknown> {
  /**
   * The maximum number of entries, from 1 to 8,388,608. A full cache evicts the least recently used entry.
   * Default: 256; with `maxWeight` 8,388,608.
   */
  readonly maxSize?: number | undefined;
  /** The lifetime of an entry, in seconds or as a string such as `'5m'`. 0: forever. Default: 300 seconds. */
  readonly ttl?: Duration | undefined;
  /**
   * The part of each lifetime, from 0 to below 1, by which it is shortened at most: by a random part, so that entries
   * that were stored together do not expire together. Not of the `ttl` of a `put`, and not of 0. Default: 0.
   */
  readonly ttlJitter?: number | undefined;
  /**
   * How long after its ttl a result is still returned while it is refreshed in the background, in seconds or as a string.
   * Only functions return stale results; `get` does not. Default: 0.
   */
  readonly staleWhileRevalidate?: Duration | undefined;
  /**
   * How long after its ttl a result is still returned if the function fails, in seconds or as a string. Only functions
   * return stale results; `get` does not. Default: 0.
   */
  readonly staleIfError?: Duration | undefined;
  /**
   * The maximum total weight of the entries, an integer >= 1. A cache above it evicts the least recently used entries; a
   * heavier value is not stored. Requires `weigh`, except for a function with `http`. Default: no limit.
   */
  readonly maxWeight?: number | undefined;
  /**
   * Returns the weight of a value, an integer >= 0; asked once, when the value is stored. Default: 0; for a function with
   * `http` the number of bytes of the body.
   */
  readonly weigh?: ((value: V, key: unknown) => number) | undefined;
  /**
   * Which entry a full cache evicts. `'lru'`: the least recently used one, exactly. `adaptive` of `holdfast/adaptive`: by
   * frequency and recency of use, in proportions that follow the hit ratio. Default: `'lru'`.
   */
  readonly policy?: 'lru' | EvictionPolicy | undefined;
  /**
   * Samples the requests, for `missRatioCurve()` and `advice()`: `advice` of `holdfast/adaptive`. A hit costs up to a tenth
   * more, a put into a full cache 0.1 to 0.2 µs more. The samples take at most 10 KB. With `policy: adaptive` it is always
   * on. Default: off.
   */
  readonly advice?: AdviceOption | false | undefined;
  /**
   * A source of time in milliseconds, which is read on every use of the cache. Default: a monotonic clock that follows
   * fake timers.
   */
  readonly clock?: TimeSource | undefined;
}

/** The options of one `put`. */
export interface PutOptions {
  /** The lifetime of this entry, in seconds or as a string such as `'5m'`. 0: forever. Default: the cache's `ttl`. */
  readonly ttl?: Duration | undefined;
  /** Tags of this entry, by which `invalidateTag` finds it: strings that are not empty. Default: none. */
  readonly tags?: readonly string[] | undefined;
}

/** Returns the weight of a value, unchecked. */
export type Weigh = (value: never, key: unknown) => unknown;

/** The fields of {@link ResultCacheOptions}, each followed by its names in other libraries. */
export const CACHE_FIELDS = [
  'maxSize max maxItems maxEntries limit',
  'ttl ms maxAge stdTTL',
  'clock',
  'ttlJitter jitter',
  'staleWhileRevalidate swr allowStale',
  'staleIfError grace gracePeriod fallbackToCache',
  'maxWeight maxTotalSize',
  'weigh sizeCalculation',
  'policy evictionPolicy',
  'advice',
];

/** {@link ResultCacheOptions} after the check, with defaults. */
export class CacheSettings {
  readonly maxSize: number;
  readonly ttlMs: number;
  readonly ttlJitter: number;
  /** The two windows, in milliseconds. */
  readonly whileRevalidateMs: number;
  readonly ifErrorMs: number;
  readonly maxWeight: number;
  readonly weigh: Weigh | undefined;
  readonly clock: Clock;
  readonly policy: 'lru' | 'adaptive';
  /** Absent for exact LRU without advice. */
  readonly makeEntries: MakeEntries | undefined;

  /** @throws TypeError, RangeError */
  constructor(reader: OptionReader) {
    const maxWeight = reader.readInteger('maxWeight', 0, 1);
    const isLimited = maxWeight !== 0;
    this.maxWeight = maxWeight || NO_LIMIT;
    this.maxSize = reader.readInteger('maxSize', isLimited ? MAX_ENTRIES : 256, 1, MAX_ENTRIES);
    this.weigh = reader.readTyped('weigh', 'function', 'a function');
    if (isLimited && !this.weigh) {
      throw wrongKind(reader.pathOf('weigh'), 'a function if maxWeight is set', this.weigh);
    }
    this.ttlMs = reader.readDuration('ttl', 300_000);
    this.ttlJitter = reader.readTyped('ttlJitter', 'number', JITTER) ?? 0;
    if (!(this.ttlJitter >= 0 && this.ttlJitter < 1)) {
      throw wrongValue(reader.pathOf('ttlJitter'), JITTER, this.ttlJitter);
    }
    this.whileRevalidateMs = reader.readDuration('staleWhileRevalidate', 0);
    this.ifErrorMs = reader.readDuration('staleIfError', 0);
    const clock = reader.readField('clock');
    if (clock !== undefined && !isTimeSource(clock)) {
      throw wrongKind(reader.pathOf('clock'), 'an object with now(), in milliseconds', clock);
    }
    const makeAdaptive = readMaker(reader, 'policy', 'lru', "'lru', or adaptive");
    const makeSampled = readMaker(reader, 'advice', false, 'false, or advice');
    this.policy = makeAdaptive ? 'adaptive' : 'lru';
    this.makeEntries = makeAdaptive ?? makeSampled;
    this.clock = clock ? new Clock(clock, reader.pathOf('clock')) : systemClock;
  }
}

/**
 * @param none the value for none
 * @throws TypeError for a value that is not one of `holdfast/adaptive` for this option
 */
function readMaker(
  reader: OptionReader,
  name: keyof EntryMakers,
  none: unknown,
  accepted: string,
): MakeEntries | undefined {
  const value = reader.readField(name);
  const make = evictionAccess.partsOf(value as EvictionPolicy)?.[name];
  if (!make && value !== undefined && value !== none) {
    throw wrongKind(reader.pathOf(name), `${accepted} of 'holdfast/adaptive'`, value);
  }
  return make;
}

/**
 * @param options the options, or settings that were checked
 * @throws TypeError, RangeError
 */
export function checkCacheOptions(options: unknown): CacheSettings {
  return options instanceof CacheSettings
    ? options
    : new CacheSettings(new OptionReader(options, '', CACHE_FIELDS));
}

/** The `maxWeight` of a cache without one. Not `Infinity`, so that statistics survive JSON. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

const JITTER = 'a number from 0 to below 1';

/** {@link PutOptions} after the check. */
export interface CheckedPut {
  /** Milliseconds; `undefined` for the ttl of the cache. */
  readonly ttlMs: number | undefined;
  /** `undefined` if there are none. */
  readonly tags: ReadonlySet<string> | undefined;
}

const PUT_FIELDS = ['ttl ms maxAge', 'tags'];

export const NO_OPTIONS: CheckedPut = { ttlMs: undefined, tags: undefined };

/** @throws TypeError, RangeError */
export function checkPutOptions(options: unknown): CheckedPut {
  if (options === undefined) return NO_OPTIONS;
  if (typeof options !== 'object') {
    throw wrongKind("put's options", "an object such as { ttl: '5m' }", options);
  }
  const reader = new OptionReader(options, 'put', PUT_FIELDS);
  const tags = reader.readField('tags');
  return {
    ttlMs: reader.readDuration('ttl', undefined),
    tags: tags === undefined ? tags : checkTags(reader.pathOf('tags'), tags),
  };
}

/**
 * The new `maxSize` of a cache.
 * @throws TypeError, RangeError
 */
export function checkMaxSize(maxSize: unknown): number {
  if (maxSize === undefined) throw wrongKind('maxSize', 'an integer >= 1', maxSize);
  return new OptionReader({ maxSize }, '', CACHE_FIELDS).readInteger('maxSize', 1, 1, MAX_ENTRIES);
}

function isTimeSource(value: unknown): value is TimeSource {
  return isObject(value) && typeof readProperty(value, 'now') === 'function';
}
