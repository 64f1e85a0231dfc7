import { MAX_ENTRIES } from '../core/layout.ts';
import type { Duration } from '../options/duration.ts';
import { wrongKind } from '../options/messages.ts';
import { OptionReader } from '../options/option-reader.ts';
import { isObject, readProperty } from '../platform/property.ts';
import { Clock, systemClock } from '../time/clock.ts';
import type { TimeSource } from '../time/time-source.ts';

/** The options of a `ResultCache`. */
export interface ResultCacheOptions {
  /**
   * The maximum number of entries, from 1 to 8,388,608. A full cache evicts the least recently used entry.
   * Default: 256.
   */
  readonly maxSize?: number | undefined;
  /** The lifetime of an entry, in seconds or as a string such as `'5m'`. 0: forever. Default: 300 seconds. */
  readonly ttl?: Duration | undefined;
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
}

/** {@link ResultCacheOptions} after the check, with defaults. */
export interface CacheSettings {
  readonly maxSize: number;
  readonly ttlMs: number;
  readonly clock: Clock;
}

/** The fields of {@link ResultCacheOptions}, each followed by its names in other libraries. */
export const CACHE_FIELDS = ['maxSize max maxItems limit', 'ttl ms maxAge stdTTL', 'clock'];

/**
 * @param options the options, or the reader of an object that has further options
 * @throws TypeError, RangeError
 */
export function checkCacheOptions(options: unknown): CacheSettings {
  const reader =
    options instanceof OptionReader ? options : new OptionReader(options, '', CACHE_FIELDS);
  const maxSize = reader.readInteger('maxSize', 256, 1, MAX_ENTRIES);
  const ttlMs = reader.readDuration('ttl', 300_000);
  const clock = reader.readField('clock');
  if (clock !== undefined && !isTimeSource(clock)) {
    throw wrongKind(reader.pathOf('clock'), 'an object with now(), in milliseconds', clock);
  }
  return {
    maxSize,
    ttlMs,
    clock: clock ? new Clock(clock, reader.pathOf('clock')) : systemClock,
  };
}

/**
 * The ttl of one `put` in milliseconds, `undefined` for the cache's own.
 * @throws TypeError, RangeError
 */
export function checkPutOptions(options: unknown): number | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== 'object') {
    throw wrongKind("put's options", "an object such as { ttl: '5m' }", options);
  }
  return new OptionReader(options, 'put', ['ttl ms maxAge']).readDuration('ttl', undefined);
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
