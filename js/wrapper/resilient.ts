import type { NamedFunction } from '../cache/cache-internals.ts';
import { Flights } from '../cache/flights.ts';
import { cacheAccess, type ResultCache } from '../cache/result-cache.ts';
import { Reporter } from '../events/reporter.ts';
import type { Call } from '../flight/call.ts';
import type { SingleFlightDeps, StoredResults } from '../flight/deps.ts';
import type { Flight } from '../flight/flight.ts';
import { invocation } from '../flight/invocation.ts';
import { compose } from '../flight/pipeline.ts';
import { ReturnTracker } from '../flight/return-tracker.ts';
import { SingleFlight } from '../flight/single-flight.ts';
import { readFetchRequest } from '../http/fetch-request.ts';
import { functionIdentity, GlobalFetch } from '../http/global-fetch.ts';
import { SharedResponse } from '../http/results.ts';
import { namesOf, Options, wrongKind } from '../options/check.ts';
import { allPatterns, sharedOptions } from '../patterns/index.ts';
import { readSettings } from '../patterns/pattern.ts';
import type { AnyFunction } from './any-function.ts';
import { CALL_CACHE_FIELDS, readCache } from './cache-option.ts';
import type { Checked } from './checked-options.ts';
import type { ResilientOptions } from './options.ts';
import type { Resilient } from './signature.ts';
import { wrap } from './wrap.ts';

let fields: readonly string[] | undefined;

/** The names of the fields of {@link ResilientOptions}. Derived at the first call, as {@link allPatterns} is. */
export function optionFields(): readonly string[] {
  fields ??= deriveFields();
  return fields;
}

function deriveFields(): string[] {
  const patterns = allPatterns()
    .filter(({ option }) => option !== 'cache')
    .map(({ option, suggestion }) => (suggestion ? `${option}.${suggestion}` : option));
  const others = ['name', 'cache.ttl maxAge', 'onEvent', 'passContext', 'http', 'sync'];
  // A field of the cache at the wrong level.
  const inner = namesOf(CALL_CACHE_FIELDS).map((field) => `cache.${field} ${field}`);
  // An option can turn on two patterns.
  return [...new Set([...others, ...patterns, ...inner])];
}

/**
 * Wraps a function: the wrapped function has the same signature, a cache, and the patterns that are configured. Each
 * pattern is off by default.
 *
 * A call passes, in this order: cache, fallback, circuit breaker, total timeout, rate limiter, bulkhead, retry, timeout
 * of the attempt, hedge, the function.
 *
 * @example
 * const get = resilient(fetch, { cache: { ttl: '5m' }, retry: { maxAttempts: 3 }, timeout: '2s' });
 * const response = await get('https://api.example.com/users/42');
 *
 * @throws TypeError for an option of a wrong type or with an unknown name
 * @throws RangeError for a wrong value
 */
export function resilient<F extends AnyFunction, const O extends ResilientOptions<F>>(
  fn: F,
  options: (O & Checked<O>) | undefined,
): Resilient<F, O>;
/** Wraps a function without patterns: it has events, and `with` for the signal of one caller. */
export function resilient<F extends AnyFunction>(fn: F): Resilient<F, object>;
export function resilient(fn: AnyFunction, options?: ResilientOptions): unknown {
  if (typeof fn !== 'function') throw wrongKind('fn', 'a function', fn);
  const reader = new Options(options, '', optionFields());
  const name = reader.readTyped<string>('name', 'string', 'a string');
  const reporter = new Reporter(name ?? (fn.name || 'anonymous'), reader.readFunction('onEvent'));
  const passContext = reader.readBoolean('passContext', false);
  const isFetch = (fn as unknown) === globalThis.fetch;
  const http = reader.readBoolean('http', isFetch);
  const sync = reader.readBoolean('sync', false);
  const cacheOption = reader.readGroup('cache');
  const checkedCache = readCache(cacheOption, { fn, name, http });
  const { rules, responses, methods, keepsStale, http: httpMode } = checkedCache;

  const settings = new Map<string, unknown>([
    ['http', http || undefined],
    ['cache', keepsStale || undefined],
  ]);
  const active = allPatterns().filter((pattern) => {
    const { option } = pattern;
    if (!settings.has(option)) settings.set(option, readSettings(pattern, reader));
    return settings.get(option) !== undefined;
  });
  const invalidateUrl = (url: string) => flights.invalidateUrl(url);
  const context = { reporter, invalidateUrl: cacheOption ? invalidateUrl : undefined };
  const layers = active.map((pattern) => pattern.layer(settings.get(pattern.option), context));
  const limiting = active.find((pattern) => pattern.bodyLimit);

  const waiting = active.find((pattern) => pattern.waits);
  const { tier } = checkedCache;
  const isAsync = waiting !== undefined || http || tier !== undefined || isAsyncFunction(fn);
  if (sync && isAsync) {
    const kind = http ? 'for a function like fetch' : 'for an async function';
    const option = waiting?.option ?? (tier && 'cache.tier');
    throw new TypeError(`sync cannot be true ${option ? `with ${option}, which waits` : kind}`);
  }

  const { cache, keys, named } = checkedCache.open();
  const returns = new ReturnTracker(isAsync, sync);
  if (http) returns.recordResult(undefined, true);
  const globalFetch = isFetch ? new GlobalFetch(fn) : undefined;
  const run = compose(
    [...layers, httpMode?.layer],
    invocation(fn, globalFetch?.call ?? fn, passContext, returns),
  );
  const stored = cache && storedResults(cache, named);
  const bound = tier?.bind({
    fn: functionIdentity(fn),
    name: name as string,
    version: tier.version,
    reporter,
    isCustom: tier.isCustom,
    isScoped: tier.isScoped,
    first: stored?.internals as never,
    tags: rules.tags,
    owns: keys.owns,
    refresh: (call) => flights.refresh(call as Call),
    hasUrl: (url) => flights.hasUrl(url),
    dropUrl: (url) => flights.dropUrl(url),
    bodyOf: SharedResponse.bodyOf,
  });
  const deps: SingleFlightDeps = {
    reporter,
    pipeline: bound
      ? (call, cancellation) => {
          const next = () => run(call, cancellation);
          return call.leads ? bound.run(call, call.leads, next) : next();
        }
      : run,
    keys,
    returns,
    stored,
    responses,
    rules,
    http: httpMode,
    staleRules: checkedCache.staleRules(totalTimeoutOf(settings)),
    limit: limiting?.bodyLimit?.(settings.get(limiting.option), context),
    readRequest: http
      ? (args) => readFetchRequest(args, methods, isFetch, checkedCache.hiddenHeader)
      : undefined,
    waits: tier !== undefined || active.some((pattern) => pattern.delays),
    tier: bound,
  };
  const flights: SingleFlight = new SingleFlight(deps);
  return wrap({
    fn,
    options,
    flights,
    forwards: !(cache || passContext || active.some(({ option }) => option !== 'http')),
    fresh: isAsync,
    // `fetch` ignores the object that it is called on.
    receiver: isFetch ? { thisArg: undefined } : undefined,
    reporter,
    cache,
    shared: Object.fromEntries(sharedOptions().map((option) => [option, settings.get(option)])),
    globalFetch,
  });
}

/** The total timeout in milliseconds, 0 without one. */
function totalTimeoutOf(settings: ReadonlyMap<string, unknown>): number {
  const { total = Infinity } = (settings.get('timeout') ?? {}) as { readonly total?: number };
  return total === Infinity ? 0 : total;
}

function storedResults(cache: ResultCache, named: NamedFunction | undefined): StoredResults {
  const internals = cacheAccess.partsOf(cache);
  internals.flights ??= new Flights();
  const { entries, flights } = internals;
  return { internals, entries, flights: flights as Flights<Flight>, named };
}

function isAsyncFunction(fn: AnyFunction): boolean {
  return Object.prototype.toString.call(fn) === '[object AsyncFunction]';
}
