import { CACHE_FIELDS } from '../cache/cache-options.ts';
import type { Flights } from '../cache/flights.ts';
import { cacheAccess, ResultCache } from '../cache/result-cache.ts';
import { Reporter } from '../events/reporter.ts';
import { callKeys, customKeys } from '../flight/call-keys.ts';
import type { StoredResults } from '../flight/deps.ts';
import type { Flight } from '../flight/flight.ts';
import { invocation } from '../flight/invocation.ts';
import { compose } from '../flight/pipeline.ts';
import { ReturnTracker } from '../flight/return-tracker.ts';
import { SingleFlight } from '../flight/single-flight.ts';
import { readFetchRequest } from '../http/fetch-request.ts';
import { GlobalFetch } from '../http/global-fetch.ts';
import { CACHED_METHODS, cachedMethodsOf, statusesOf } from '../http/lists.ts';
import { STORED_STATUSES } from '../http/status.ts';
import { Options, wrongKind } from '../options/check.ts';
import { BULKHEAD_FIELDS, Bulkhead } from '../patterns/bulkhead/bulkhead.ts';
import { bulkheadLayer } from '../patterns/bulkhead/bulkhead-layer.ts';
import {
  BREAKER_FIELDS,
  breakerAccess,
  CircuitBreaker,
} from '../patterns/circuit-breaker/circuit-breaker.ts';
import {
  circuitBreakerLayer,
  circuitObserver,
} from '../patterns/circuit-breaker/circuit-breaker-layer.ts';
import { fallbackLayer } from '../patterns/fallback/fallback.ts';
import { hedgeLayer } from '../patterns/hedge/hedge.ts';
import { responseStatusLayer } from '../patterns/http/response-status.ts';
import { unsafeMethodsLayer } from '../patterns/http/unsafe-methods.ts';
import { LIMITER_FIELDS, RateLimiter } from '../patterns/rate-limiter/rate-limiter.ts';
import { rateLimiterLayer } from '../patterns/rate-limiter/rate-limiter-layer.ts';
import { retryLayer } from '../patterns/retry/retry.ts';
import { timeoutParts } from '../patterns/timeout/timeout.ts';
import type { AnyFunction, CacheOptions, Checked, Resilient, ResilientOptions } from './types.ts';
import { wrap } from './wrap.ts';

/** The fields of {@link ResilientOptions}. */
export const FIELDS: readonly string[] = [
  'name',
  'cache.ttl ttl maxAge',
  'fallback',
  'circuitBreaker',
  'rateLimiter',
  'bulkhead.maxConcurrent concurrency',
  'retry.maxAttempts maxAttempts retries attempts',
  'timeout',
  'hedge',
  'onEvent',
  'passContext',
  'http',
  'sync',
];

/** The fields of {@link CacheOptions}. */
export const CALL_CACHE_FIELDS: readonly string[] = /* @__PURE__ */ CACHE_FIELDS.concat(
  'key',
  'statuses',
  'maxBodySize',
  'methods',
);

/** 8 MiB. */
const MAX_BODY_SIZE = 8_388_608;

/**
 * Wraps a function: the same calls, answered from a cache, joined while one is under way, tried again, given up, or
 * refused, as the options say. Each pattern is off until it is configured.
 *
 * A call passes, in this order: cache, fallback, circuit breaker, total timeout, rate limiter, bulkhead, retry, timeout
 * of the attempt, hedge, the function.
 *
 * @example
 * const get = resilient(fetch, { cache: { ttl: '5m' }, retry: { maxAttempts: 3 }, timeout: '2s' });
 * const response = await get('https://api.example.com/users/42');
 *
 * @throws TypeError for an option of a wrong kind or of an unknown name
 * @throws RangeError for a wrong value
 */
export function resilient<F extends AnyFunction, const O extends ResilientOptions<F>>(
  fn: F,
  options: (O & Checked<O>) | undefined,
): Resilient<F, O>;
/** Wraps a function with no pattern on: it has events, and answers for one caller by `with`. */
export function resilient<F extends AnyFunction>(fn: F): Resilient<F, object>;
export function resilient(fn: AnyFunction, options?: ResilientOptions): unknown {
  if (typeof fn !== 'function') throw wrongKind('fn', 'a function', fn);
  const given = new Options(options, '', FIELDS);
  const name = given.string('name', fn.name || 'anonymous');
  const reporter = new Reporter(name, given.function('onEvent'));
  const passContext = given.boolean('passContext', false);
  const isFetch = (fn as unknown) === globalThis.fetch;
  const http = given.boolean('http', isFetch);
  const sync = given.boolean('sync', false);

  const fallback = fallbackLayer(given.read('fallback'), reporter);
  const circuitBreaker = readShared(CircuitBreaker, given, 'circuitBreaker', BREAKER_FIELDS);
  const rateLimiter = readShared(RateLimiter, given, 'rateLimiter', LIMITER_FIELDS);
  const bulkhead = readShared(Bulkhead, given, 'bulkhead', BULKHEAD_FIELDS);
  const retry = retryLayer(given.group('retry'), reporter);
  const timeout = timeoutParts(given.group('timeout'), reporter);
  const hedge = hedgeLayer(given.group('hedge'));

  const waits = Boolean(
    timeout.total ?? rateLimiter ?? bulkhead ?? retry ?? timeout.attempt ?? hedge,
  );
  const answersLater = waits || http || isAsyncFunction(fn);
  if (sync && answersLater) {
    const kind = http ? 'a function like fetch' : 'an async function';
    throw new TypeError(
      `sync cannot be true ${waits ? 'with a pattern that has to wait' : `for ${kind}`}`,
    );
  }

  // Last, as it takes memory that only an owner gives back.
  const { cache, keys, responses, methods } = readCache(given.group('cache'));
  const returns = new ReturnTracker(answersLater, sync);
  if (http) returns.recordResult(undefined, true);
  const globalFetch = isFetch ? new GlobalFetch(fn) : undefined;
  const readRequest = http
    ? (args: readonly unknown[]) => readFetchRequest(args, methods, isFetch)
    : undefined;
  const pipeline = compose(
    [
      fallback,
      circuitBreaker && circuitBreakerLayer(circuitBreaker, reporter),
      timeout.total,
      rateLimiter && rateLimiterLayer(rateLimiter, reporter),
      bulkhead && bulkheadLayer(bulkhead, reporter),
      retry,
      timeout.attempt,
      http ? responseStatusLayer : undefined,
      hedge,
      http && cache ? unsafeMethodsLayer((url) => flights.invalidateUrl(url)) : undefined,
    ],
    invocation(fn, globalFetch?.call ?? fn, passContext, returns),
  );
  const observer = circuitBreaker && circuitObserver(reporter);
  if (circuitBreaker && observer) breakerAccess(circuitBreaker).observe(observer);

  const flights: SingleFlight = new SingleFlight({
    reporter,
    pipeline,
    keys,
    returns,
    stored: cache && storedResults(cache),
    responses,
    limit: timeout.body,
    readRequest,
    waits: Boolean(rateLimiter ?? bulkhead ?? retry ?? hedge),
  });
  const forwards = !(cache || fallback || circuitBreaker || waits || passContext);
  return wrap({
    fn,
    options,
    flights,
    forwards,
    fresh: answersLater,
    // `fetch` is no method, and takes no object that it happens to be a property of for its own.
    receiver: isFetch ? { thisArg: undefined } : undefined,
    reporter,
    cache,
    circuitBreaker,
    rateLimiter,
    bulkhead,
    globalFetch,
    observer,
  });
}

/** A pattern's own object: a shared one, or a new one with the options given. */
function readShared<T extends object>(
  Part: new (options: object) => T,
  options: Options,
  name: string,
  fields: readonly string[],
): T | undefined {
  const given = options.group(name);
  if (given === undefined || given instanceof Part) return given as T | undefined;
  return new Part(new Options(given, name, fields));
}

function readCache(given: unknown) {
  const responses = { statuses: STORED_STATUSES, maxBodySize: MAX_BODY_SIZE };
  const defaults = { keys: callKeys(false), responses, methods: CACHED_METHODS };
  if (given === undefined) return { ...defaults, cache: undefined };
  if (given instanceof ResultCache) return { ...defaults, cache: given, keys: callKeys(true) };
  if (typeof given !== 'object') {
    throw wrongKind('cache', 'a boolean, options such as { ttl: 60 }, or a ResultCache', given);
  }
  const options = new Options(given, 'cache', CALL_CACHE_FIELDS);
  const key = options.function<(...args: never[]) => unknown>('key');
  return {
    keys: key ? customKeys(key) : callKeys(false),
    responses: {
      statuses: statusesOf(options, STORED_STATUSES),
      maxBodySize: options.integer('maxBodySize', MAX_BODY_SIZE, 0),
    },
    methods: cachedMethodsOf(options),
    cache: new ResultCache(options as object),
  };
}

function storedResults(cache: ResultCache): StoredResults {
  const internals = cacheAccess(cache);
  const { entries, flights } = internals;
  return { cache, internals, entries, flights: flights as Flights<Flight> };
}

function isAsyncFunction(fn: AnyFunction): boolean {
  return Object.prototype.toString.call(fn) === '[object AsyncFunction]';
}
