import type { ResultCacheOptions } from '../cache/cache-options.ts';
import type { StaleRules } from '../flight/stale-results.ts';
import type { FetchRequest } from '../http/results.ts';
import { Options } from '../options/check.ts';
import type { Duration } from '../options/duration.ts';
import { bareCopy } from '../platform/property.ts';
import type { AnyFunction } from '../wrapper/any-function.ts';
import {
  CALL_CACHE_FIELDS,
  type CachedFunction,
  type CheckedCache,
  preparedCaches,
  readCache,
  readOnce,
} from '../wrapper/cache-option.ts';
import type { HttpCache } from '../wrapper/http-cache-type.ts';
import type { CacheOptions } from '../wrapper/options.ts';
import { createExchanges } from './exchanges.ts';
import { createHttpMode } from './http-mode.ts';
import { httpStorageRules } from './http-storage-rules.ts';
import { readSettings } from './settings.ts';
import { isSelected, selectionOf } from './vary.ts';

export type { HttpCache } from '../wrapper/http-cache-type.ts';

/** A function with the signature of `fetch`. */
type FetchLike = AnyFunction & ((...args: never[]) => Promise<Response>);

/** The options of {@link httpCache}. */
export interface HttpCacheOptions
  extends Omit<
      CacheOptions<FetchLike>,
      | 'store'
      | 'tier'
      | 'version'
      | 'ttl'
      | 'staleIfError'
      | 'staleWhileRevalidate'
      | keyof ResponseOptions
    >,
    ResponseOptions {
  /**
   * Whether the cache is for many users, like that of a proxy: then `s-maxage` counts, `private` responses are not stored,
   * and a response to a request with `Authorization` only if it says so. Default false: a private cache.
   */
  readonly shared?: boolean | undefined;
  /**
   * The lifetime of a response that says nothing about it, and whose status is one of `statuses`, in seconds or as a
   * string such as `'5m'`; 0: forever; or a function as in the option `cache.ttl`. Default: none.
   */
  readonly ttl?: CacheOptions<FetchLike>['ttl'];
  /** The longest lifetime that a response may give itself. After it the response is revalidated. Default: no limit. */
  readonly maxTtl?: Duration | undefined;
  /**
   * How long a stale response may replace a failure if it does not say so with `stale-if-error`. `false`: never. Never with
   * `must-revalidate` or `no-cache`. Default `true`: as the response says.
   */
  readonly staleIfError?: Duration | boolean | undefined;
  /**
   * How long a stale response is returned while it is revalidated in the background, if it does not say so with
   * `stale-while-revalidate`. `false`: never. Default `true`: as the response says.
   */
  readonly staleWhileRevalidate?: Duration | boolean | undefined;
  /**
   * The part, from 0 to 1, of the time between `Last-Modified` and `Date` for which a response without a lifetime is fresh;
   * 0: off. Default 0.1.
   */
  readonly heuristic?: number | undefined;
}

/** Options whose types or defaults differ from those of `cache`. */
interface ResponseOptions {
  /** Returns the weight of a response. Default: the bytes of its body. */
  readonly weigh?: ((response: Response, key: unknown) => number) | undefined;
  /** A source of time in milliseconds since 1970. Default: a monotonic clock, and `Date` for the headers of responses. */
  readonly clock?: ResultCacheOptions['clock'];
}

const OWN_FIELDS = ['shared', 'maxTtl', 'heuristic'];
const FIELDS: readonly string[] = /* @__PURE__ */ CALL_CACHE_FIELDS.filter(
  (field) => !/^(store|tier|version)\b/.test(field),
).concat(OWN_FIELDS);

const NO_WINDOWS = { whileRevalidateMs: 0, ifErrorMs: 0 };

/** Stale responses are kept until there is no room for them, at most a year. */
const KEPT_SECONDS = 31_536_000;

/**
 * An HTTP cache (RFC 9111) for `fetch`: what a response says decides how long it is fresh, and a stale one is revalidated
 * with a conditional request. Each function that is wrapped with it gets a cache of its own.
 *
 * @example
 * const get = resilient(fetch, { cache: httpCache({ maxSize: 1000 }), retry: true });
 * const response = await get('https://api.github.com/repos/nodejs/node');
 *
 * @throws TypeError for an option of a wrong type or with an unknown name
 * @throws RangeError for a wrong value
 */
export function httpCache(options?: HttpCacheOptions): HttpCache {
  const fields = readOnce(options, FIELDS);
  const reader = new Options(fields, 'cache', FIELDS);
  const settings = readSettings(reader);
  const { ttl } = fields;
  const others = bareCopy(fields as Record<string, unknown>);
  for (const name of OWN_FIELDS) delete others[name];
  others.staleWhileRevalidate = undefined;
  others.staleIfError = settings.ifErrorMs === false && others.staleIfSlow ? 0 : KEPT_SECONDS;

  const prepare = (cached: CachedFunction): CheckedCache => {
    if (!cached.http) throw new TypeError('cache: httpCache() requires http: true, or fetch');
    const checked = readCache(others, cached);
    const { responses, rules } = checked;
    const ownTtl = typeof ttl === 'function' ? rules.ttl : reader.readDuration('ttl', undefined);
    const ttlStatuses = ownTtl === undefined ? new Set<number>() : responses.statuses;
    const exchanges = createExchanges({ ...settings, ttlStatuses });
    const accepts = (response: Response, request: FetchRequest) =>
      exchanges.record(response, request) !== undefined;
    return {
      ...checked,
      rules: httpStorageRules(ownTtl, rules.tags, exchanges),
      responses: {
        ...responses,
        accepts,
        isFor(response, request, isStorable) {
          const record = isStorable ? exchanges.lastRecord(request) : undefined;
          // A response that may not be stored may be private to its caller.
          const user = !record || record.isPersonal ? ',authorization' : '';
          const selection = selectionOf(response.headers.get('vary') + user, request.headers);
          return (other) => isSelected(selection, other.headers);
        },
      },
      staleRules: (totalMs) => ({
        ...(checked.staleRules(totalMs) as StaleRules),
        windowsOf: (value) => exchanges.recordFor(value) ?? NO_WINDOWS,
      }),
      http: createHttpMode(exchanges),
      hiddenHeader: settings.shared ? 'authorization' : undefined,
    };
  };
  // Checks the options now.
  prepare({ fn: () => {}, name: undefined, http: true });
  // The tag makes another copy of the package refuse it, instead of taking it for options without fields.
  const cache = Object.freeze({ [Symbol.toStringTag]: 'HttpCache' }) as object as HttpCache;
  preparedCaches.grant(cache, prepare);
  return cache;
}
