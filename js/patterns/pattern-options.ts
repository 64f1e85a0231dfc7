import type { Duration } from '../options/duration.ts';
import type { Bulkhead, BulkheadOptions } from './bulkhead/bulkhead.ts';
import type { CircuitBreaker, CircuitBreakerOptions } from './circuit-breaker/circuit-breaker.ts';
import type { FallbackHandler, FallbackOptions } from './fallback/fallback.ts';
import type { HedgeOptions } from './hedge/hedge.ts';
import type { RateLimiter, RateLimiterOptions } from './rate-limiter/rate-limiter.ts';
import type { RetryOptions } from './retry/retry.ts';
import type { TimeoutOptions } from './timeout/timeout.ts';

/**
 * The options of the patterns that leave a synchronous function synchronous.
 * `Args`: the parameters of the wrapped function. `Result`: the value that it returns or resolves to.
 */
export interface SyncPatternOptions<Args extends readonly unknown[] = never[]> {
  /**
   * Replaces an error by a value: the value, a function `(error, ...args) => value`, or `{ handler, fallbackOn }`. Here
   * `true` and `false` are values. Default: off.
   *
   * The value is not cached. If its type is not the type of the results, it becomes part of that type; TypeScript then
   * loses the type parameters of a generic function, and all overloads but the last.
   */
  readonly fallback?:
    | FallbackOptions<Primitive | object, Args>
    | FallbackHandler<unknown, Args>
    | Primitive
    | object
    | undefined;
  /** Stops calling a function that keeps failing: options, or a {@link CircuitBreaker} to share. Default: off. */
  readonly circuitBreaker?: boolean | CircuitBreakerOptions | CircuitBreaker | undefined;
}

/** The options of the patterns that wait: with one of them on, a synchronous function returns Promises. */
export interface WaitingPatternOptions<Result = unknown> {
  /** Limits the calls in a period: options, or a {@link RateLimiter} to share. Default: off. */
  readonly rateLimiter?: boolean | RateLimiterOptions | RateLimiter | undefined;
  /** Limits the concurrent calls: options, or a {@link Bulkhead} to share. Default: off. */
  readonly bulkhead?: boolean | BulkheadOptions | Bulkhead | undefined;
  /** Calls the function again after a failure, with growing pauses. Default: off. */
  readonly retry?: boolean | RetryOptions<Result> | undefined;
  /** Limits the time of a call: options, or the duration of one attempt in seconds. Default: off. */
  readonly timeout?: boolean | Duration | TimeoutOptions | undefined;
  /** Calls the function again in parallel when it is slow to answer, and takes the first success. Default: off. */
  readonly hedge?: false | HedgeOptions | undefined;
}

/** The options of all patterns. */
export interface PatternOptions<Args extends readonly unknown[] = never[], Result = unknown>
  extends SyncPatternOptions<Args>,
    WaitingPatternOptions<Result> {}

/** The instances that functions can share, by option. */
export interface SharedInstances {
  /** The circuit breaker; `undefined` without one. */
  readonly circuitBreaker: CircuitBreaker;
  /** The rate limiter; `undefined` without one. */
  readonly rateLimiter: RateLimiter;
  /** The bulkhead; `undefined` without one. */
  readonly bulkhead: Bulkhead;
}

export type Primitive = string | number | bigint | boolean | symbol | null;
