import { LARGEST } from '../core/slots.ts';
import { checkDuration, Options, wrongKind } from '../options/check.ts';
import type { Duration } from '../options/duration.ts';
import type { TimeSource } from '../time/clock.ts';

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
  readonly clock: TimeSource | undefined;
}

/** The fields of {@link ResultCacheOptions}. */
export const CACHE_FIELDS = ['maxSize', 'ttl', 'clock'];

/** Reads the fields that a cache itself needs. */
export function readCacheSettings(options: Options): CacheSettings {
  const maxSize = options.integer('maxSize', 256, 1, LARGEST);
  const ttl = options.duration('ttl', 300);
  const clock = options.read('clock');
  if (clock !== undefined && !isTimeSource(clock)) {
    throw wrongKind(options.path('clock'), 'an object with now(), in milliseconds', clock);
  }
  return { maxSize, ttl, clock };
}

/** The settings of `new ResultCache(given)`. */
export function checkCacheOptions(given: unknown): CacheSettings {
  return readCacheSettings(new Options(given, 'cache', CACHE_FIELDS));
}

/** The ttl of one `put` in milliseconds, `undefined` where the cache's own is meant. */
export function checkPutOptions(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object') {
    throw wrongKind("put's options", "an object such as { ttl: '5m' }", given);
  }
  const ttl = new Options(given, 'put', ['ttl']).read('ttl');
  return ttl === undefined ? undefined : checkDuration('put.ttl', ttl, 'zero');
}

/** The `maxSize` of `resize`. */
export function checkMaxSize(maxSize: unknown): number {
  if (maxSize === undefined) throw wrongKind('cache.maxSize', 'an integer >= 1', maxSize);
  return new Options({ maxSize }, 'cache', CACHE_FIELDS).integer('maxSize', 1, 1, LARGEST);
}

function isTimeSource(value: unknown): value is TimeSource {
  return typeof (value as TimeSource | null | undefined)?.now === 'function';
}
