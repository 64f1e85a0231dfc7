import type { ResultCacheOptions } from '../cache/cache-options.ts';
import type { ResultCache } from '../cache/result-cache.ts';
import type { AnyResilienceEvent } from '../events/resilience-event.ts';
import type { Duration } from '../options/duration.ts';
import type { ErrorFilter } from '../options/error-filter.ts';
import type { PatternOptions } from '../patterns/pattern-options.ts';
import type { ResultCallback } from '../patterns/retry/retry.ts';
import type { Tier } from '../tier/tier-class.ts';
import type { AnyFunction } from './any-function.ts';
import type { TakesContext } from './call-context.ts';
import type { HttpCache } from './http-cache-type.ts';

/** The options of the cache of one wrapped function. */
export interface CacheOptions<F extends AnyFunction = AnyFunction>
  extends Omit<ResultCacheOptions<Awaited<ReturnType<F>>>, 'ttl' | 'weigh'> {
  /**
   * The lifetime of a result, in seconds or as a string such as `'5m'`; 0: forever. Or a function that returns it for one
   * result, once, just before that is stored: `false`, 0 or less means that it is not stored, `Infinity` forever.
   * Default: 300 seconds; with `store` the ttl of that cache.
   */
  readonly ttl?:
    | Duration
    | ResultFunction<Awaited<ReturnType<F>>, Parameters<F>, Duration | false>
    | undefined;
  /**
   * Returns the weight of a result, an integer >= 0; asked once, when it is stored. Default: 0; with `http` the number of
   * bytes of the body.
   */
  readonly weigh?: ResultFunction<Awaited<ReturnType<F>>, [key: unknown], number> | undefined;
  /**
   * A cache to share with other functions, instead of a cache of its own. The options of that cache cannot be set here.
   * The keys of each function begin with its `name` if that option is set, else with something unique.
   */
  readonly store?: SharedCache<F> | undefined;
  /** Tags of all results, by which `invalidateTag` finds them, or a function that returns those of one result. */
  readonly tags?:
    | readonly string[]
    | ResultFunction<Awaited<ReturnType<F>>, Parameters<F>, readonly string[]>
    | undefined;
  /**
   * The longest wait for a new result, above 0, where a stale one could replace a failure: callers then get the stale
   * result, and the call goes on in the background. Requires `staleIfError`. Default: callers wait.
   */
  readonly staleIfSlow?: Duration | undefined;
  /**
   * The failures that a stale result may replace: error classes, or a predicate. It gets the error, or the `Response` with
   * a bad status. Default: all.
   */
  readonly staleOn?: ErrorFilter | undefined;
  /**
   * After a failure that a stale result could replace, the time without another call of the function for that key, in
   * seconds or as a string; longer if the error has a longer `retryAfter`. Default: 5 seconds.
   */
  readonly staleBackoff?: Duration | undefined;
  /**
   * Called with a Promise for each refresh in the background: the Promise resolves when the refresh is over. For hosts
   * that stop work after the response, such as Workers: pass their `waitUntil`.
   */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
  /**
   * A second tier for the results, which processes share, such as `redisTier()` of `holdfast/redis`. The function then returns
   * Promises, and so do `invalidate`, `expire`, `put`, `clear`, `invalidateTag` and `expireTag`, which apply to all processes.
   * Requires `name`. Default: none.
   */
  readonly tier?: Tier | undefined;
  /**
   * Part of the keys in the second tier: another one for results of another shape, as processes of two releases may run at a
   * time. Default: none.
   */
  readonly version?: string | number | undefined;
  /**
   * Returns the key of a call, which is compared as `Map` compares keys. It replaces the key of all arguments and
   * `this`. A Promise is refused with a TypeError. Default: {@link ResultCache.makeKey}.
   */
  readonly key?: ((...args: Parameters<F>) => unknown) | undefined;
  /**
   * For a function that resolves to a `Response`: the statuses, 200 to 599, of the responses that are stored.
   * Default: 200, 203, 204, 300, 301, 404, 410.
   */
  readonly statuses?: readonly number[] | undefined;
  /**
   * For a function with the signature of `fetch`: the methods whose responses are stored. The body is part of the key.
   * Default: GET and HEAD.
   */
  readonly methods?: readonly ('GET' | 'HEAD' | 'POST' | 'QUERY')[] | undefined;
  /** The largest body of a `Response` that is stored and shared, in bytes. Default 8,388,608 (8 MiB). */
  readonly maxBodySize?: number | undefined;
}

/**
 * A function that gets a result and further arguments. If the type of the results is unknown, as in the options of a
 * policy, a function of any type of result is accepted.
 */
export type ResultFunction<
  Result,
  Args extends readonly unknown[],
  Returned,
> = unknown extends Result
  ? { call(result: Result, ...args: Args): Returned }['call']
  : (result: Result, ...args: Args) => Returned;

/** A cache that accepts the results of the function. */
type SharedCache<F extends AnyFunction> = ResultCache & {
  readonly put: (key: unknown, value: Accepted<Awaited<ReturnType<F>>>) => unknown;
};

/** The result of a generic function is unknown. */
type Accepted<Result> = unknown extends Result ? never : Result;

/**
 * The options of {@link resilient}. A pattern that is absent or `false` is off; `true` turns it on with its defaults.
 */
export interface ResilientOptions<F extends AnyFunction = AnyFunction>
  extends PatternOptions<Parameters<F>, Awaited<ReturnType<F>>> {
  /** The name of the function in events and errors. Default: its own name. */
  readonly name?: string | undefined;
  /**
   * Stores results: `true` for at most 256 results for 300 seconds, options, a {@link ResultCache} to share, or an
   * `httpCache` of `holdfast/http`. Default: off.
   */
  readonly cache?: boolean | CacheOptions<F> | SharedCache<F> | HttpCache | undefined;
  /** Gets every event, before the listeners. */
  readonly onEvent?:
    | ResultCallback<Awaited<ReturnType<F>>, AnyResilienceEvent<Awaited<ReturnType<F>>>, void>
    | undefined;
  /**
   * Passes a {@link CallContext} to the function after its arguments: as its last parameter, or after the last argument
   * if there are more arguments. No parameter before it may be optional. TypeScript loses the type parameters and
   * overloads of a function with such a parameter. Default false.
   */
  readonly passContext?: (TakesContext<Parameters<F>> extends true ? boolean : false) | undefined;
  /**
   * The function has the signature of `fetch`: its key consists of method, URL, headers, credentials and body, only GET
   * and HEAD are cached, and bad statuses are failures. Default: whether it is the global `fetch`.
   */
  readonly http?: boolean | undefined;
  /**
   * `true` if the function is synchronous: a refused call then throws instead of returning a rejected Promise, from the
   * first call on. A `TypeError` with a pattern that waits. Default: inferred from what the function returns.
   */
  readonly sync?: boolean | undefined;
}

/** The options of `with`. */
export interface WithOptions {
  /**
   * Aborts this caller's calls: they reject at once with `signal.reason`. Other callers of the same flight keep
   * waiting.
   */
  readonly signal?: AbortSignal | undefined;
  /** Calls the function even if a result is stored. A success replaces that result. Default false. */
  readonly refresh?: boolean | undefined;
  /** `this` for the function. Default: the object on which the function is called. */
  readonly thisArg?: unknown;
}
