import { MAX_ENTRIES } from '../core/layout.ts';
import type { Duration } from '../options/duration.ts';
import { wrongKind } from '../options/messages.ts';
import { millisecondsOf, OptionReader } from '../options/option-reader.ts';
import { readProperty } from '../platform/property.ts';
import { Clock, systemClock } from '../time/clock.ts';
import type { TimeSource } from '../time/time-source.ts';

/** The options of a `ResultCache`. */
export interface ResultCacheOptions {
  /** The most entries it holds, 1 to 8,388,608; the least recently used goes. Default 256. */
  readonly maxSize?: number | undefined;
  /** How long an entry lives. 0 is for ever. Default 300 seconds. */
  readonly ttl?: Duration | undefined;
  /** Where time comes from, read at every use. Default: a monotonic clock that fake timers reach. */
  readonly clock?: TimeSource | undefined;
}

/** The options of one `put`. */
export interface PutOptions {
  /** How long this entry lives, in place of the cache's `ttl`. 0 is for ever. */
  readonly ttl?: Duration | undefined;
}

/** Checked {@link ResultCacheOptions}; the ttl in milliseconds. */
export interface CacheSettings {
  readonly maxSize: number;
  readonly ttl: number;
  readonly clock: Clock;
}

/** The fields of {@link ResultCacheOptions}. */
export const CACHE_FIELDS = ['maxSize max maxItems limit', 'ttl ms maxAge stdTTL', 'clock'];

/** The settings of `new ResultCache(given)`. */
export function checkCacheOptions(given: unknown): CacheSettings {
  const options = given instanceof OptionReader ? given : new OptionReader(given, '', CACHE_FIELDS);
  const maxSize = options.integer('maxSize', 256, 1, MAX_ENTRIES);
  const ttl = options.read('ttl');
  const clock = options.read('clock');
  if (clock !== undefined && !isTimeSource(clock)) {
    throw wrongKind(options.path('clock'), 'an object with now(), in milliseconds', clock);
  }
  return {
    maxSize,
    ttl: ttl === undefined ? 300_000 : millisecondsOf(options.path('ttl'), ttl, 'zero'),
    clock: clock ? new Clock(clock, options.path('clock')) : systemClock,
  };
}

/** The ttl of one `put` in milliseconds, `undefined` where the cache's own is meant. */
export function checkPutOptions(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object') {
    throw wrongKind("put's options", "an object such as { ttl: '5m' }", given);
  }
  const ttl = new OptionReader(given, 'put', ['ttl ms maxAge']).read('ttl');
  return ttl === undefined ? undefined : millisecondsOf('put.ttl', ttl, 'zero');
}

/** The `maxSize` of `resize`. */
export function checkMaxSize(maxSize: unknown): number {
  if (maxSize === undefined) throw wrongKind('maxSize', 'an integer >= 1', maxSize);
  return new OptionReader({ maxSize }, '', CACHE_FIELDS).integer('maxSize', 1, 1, MAX_ENTRIES);
}

function isTimeSource(value: unknown): value is TimeSource {
  const isObject = typeof value === 'object' || typeof value === 'function';
  return isObject && value !== null && typeof readProperty(value, 'now') === 'function';
}
