import type { ResultCache } from '../cache/result-cache.ts';
import type { AnyResilienceEvent } from '../events/resilience-event.ts';
import { IDEMPOTENT } from '../http/fetch-request.ts';
import type { Duration } from '../options/duration.ts';
import type { BulkheadOptions } from '../patterns/bulkhead/bulkhead.ts';
import type { CircuitBreakerOptions } from '../patterns/circuit-breaker/circuit-breaker.ts';
import type { FallbackHandler } from '../patterns/fallback/fallback.ts';
import type { SharedInstances } from '../patterns/pattern-options.ts';
import type { RetryOptions } from '../patterns/retry/retry.ts';
import type { TimeoutOptions } from '../patterns/timeout/timeout.ts';
import { readProperty } from '../platform/property.ts';
import type { Checked } from '../wrapper/checked-options.ts';
import type { CacheOptions, ResilientOptions } from '../wrapper/options.ts';
import { isPlain, policy, readOptions } from './policy.ts';

/** The options of every preset. */
export interface PresetOptions {
  /** The time for an attempt, and for the call. */
  readonly timeout: TimeoutOptions;
  /** The number of attempts, and the pauses between them. */
  readonly retry: RetryOptions;
  /** The failures that open the breaker, and the time that it stays open. */
  readonly circuitBreaker: CircuitBreakerOptions;
}

/** {@link PresetOptions} with a limit of concurrent calls. */
export interface PooledPresetOptions extends PresetOptions {
  /** The limit of concurrent calls, and how long further calls wait. */
  readonly bulkhead: BulkheadOptions;
}

/** The options of a cache for results of type `R`; its functions do not get the arguments of the call. */
type PresetCacheOptions<R> = Omit<CacheOptions, 'key' | 'ttl' | 'tags' | 'weigh' | 'store'> & {
  /** As {@link CacheOptions.ttl}. */
  readonly ttl?: Duration | ((result: R) => Duration | false) | undefined;
  /** As {@link CacheOptions.tags}. */
  readonly tags?: readonly string[] | ((result: R) => readonly string[]) | undefined;
  /** As {@link CacheOptions.weigh}. */
  readonly weigh?: ((value: R) => number) | undefined;
};

/**
 * The options that a preset accepts for functions with results of type `R`. A value as a fallback, `cache.key` and
 * `passContext` are excluded: they depend on more of a function than its result.
 */
export type OverridesFor<R> = [R] extends [never]
  ? never
  : Omit<ResilientOptions, 'cache' | 'fallback' | 'onEvent' | 'passContext' | 'retry'> & {
      /** Stores results: `true`, options without a `key`, or a cache to share. Default: off. */
      readonly cache?: boolean | PresetCacheOptions<R> | ResultCache | undefined;
      /** Returns the result that replaces an error. Default: off. */
      readonly fallback?: FallbackHandler<R> | undefined;
      /** Gets every event, before the listeners. */
      readonly onEvent?: ((event: AnyResilienceEvent<R>) => void) | undefined;
      /** Calls the function again after a failure, with growing pauses. Default: the preset's. */
      readonly retry?: boolean | RetryOptions<R> | undefined;
    };

/** Makes options for {@link resilient} or {@link policy}. */
export interface Preset<P> {
  /** The options of the preset. */
  (): P;
  /**
   * For functions with results of type `R`, the type in `retryOnResult` and `onEvent`.
   * @param overrides options that replace those of the preset; if both are objects, fields that replace its fields
   * @throws TypeError for an option of a wrong type or with an unknown name
   * @throws RangeError for a wrong value
   */
  <R = never>(overrides: OverridesFor<NoInfer<R>>): Overridden<P, OverridesFor<R>>;
  /**
   * @param overrides options that replace those of the preset; if both are objects, fields that replace its fields
   * @throws TypeError for an option of a wrong type or with an unknown name
   * @throws RangeError for a wrong value
   */
  <const O extends ResilientOptions>(overrides: (O & Checked<O>) | undefined): Overridden<P, O>;
}

/** The options of a preset with the overrides. */
export type Overridden<P, O> = {
  readonly [K in keyof P | keyof O]: K extends keyof O
    ? K extends keyof P
      ? OverriddenGroup<P[K], O[K]>
      : O[K]
    : K extends keyof P
      ? P[K]
      : never;
};

type OverriddenGroup<Own, Override> = Override extends undefined | true
  ? Own
  : Override extends SharedInstances[keyof SharedInstances]
    ? Override
    : Override extends object
      ? Omit<Own, keyof Override> & Override
      : Override;

/**
 * For HTTP APIs: 10 seconds for an attempt; 3 attempts, with pauses from 0.5 to 30 seconds; 5 consecutive failed calls
 * open the breaker for 30 seconds.
 *
 * @throws TypeError for an option of a wrong type or with an unknown name
 * @throws RangeError for a wrong value
 */
export const httpPolicy: Preset<PresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 10 },
    retry: { maxAttempts: 3, delay: 0.5, backoffFactor: 2, maxDelay: 30, jitter: true },
    circuitBreaker: { failureThreshold: 5, recoveryTimeout: 30, successThreshold: 2 },
  });

/**
 * For database queries: 30 seconds for an attempt; 2 attempts, at most 1 second apart; 3 consecutive failed calls open
 * the breaker for 60 seconds; 10 concurrent calls, for which further calls wait up to 5 seconds.
 *
 * @throws TypeError for an option of a wrong type or with an unknown name
 * @throws RangeError for a wrong value
 */
export const dbPolicy: Preset<PooledPresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 30 },
    retry: { maxAttempts: 2, delay: 1, backoffFactor: 1.5, maxDelay: 10, jitter: true },
    circuitBreaker: { failureThreshold: 3, recoveryTimeout: 60, successThreshold: 1 },
    bulkhead: { maxConcurrent: 10, maxWait: 5 },
  });

/**
 * For messages to a queue, where a late delivery is better than none: 15 seconds for an attempt; 5 attempts, with
 * pauses from 2 to 60 seconds; 10 consecutive failed calls open the breaker for 60 seconds, and 3 successful ones close
 * it.
 *
 * @throws TypeError for an option of a wrong type or with an unknown name
 * @throws RangeError for a wrong value
 */
export const queuePolicy: Preset<PresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 15 },
    retry: { maxAttempts: 5, delay: 2, backoffFactor: 2, maxDelay: 60, jitter: true },
    circuitBreaker: { failureThreshold: 10, recoveryTimeout: 60, successThreshold: 3 },
  });

/**
 * For calls that should fail rather than be slow: 5 seconds and one attempt; 3 consecutive failed calls open the
 * breaker for 60 seconds.
 *
 * @throws TypeError for an option of a wrong type or with an unknown name
 * @throws RangeError for a wrong value
 */
export const strictPolicy: Preset<PresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 5 },
    retry: { maxAttempts: 1 },
    circuitBreaker: { failureThreshold: 3, recoveryTimeout: 60, successThreshold: 1 },
  });

/**
 * For language models, which are slow and often limit the rate: 120 seconds for an attempt, 300 for the call; 4
 * attempts, with pauses from 1 to 60 seconds; 5 consecutive failed calls open the breaker for 60 seconds; 10 concurrent
 * calls, for which further calls wait up to 60 seconds. With `fetch`, POST is retried as well, after the statuses 408,
 * 409, 429 and 5xx.
 *
 * @throws TypeError for an option of a wrong type or with an unknown name
 * @throws RangeError for a wrong value
 */
export const llmPolicy: Preset<PooledPresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 120, total: 300 },
    retry: {
      maxAttempts: 4,
      delay: 1,
      backoffFactor: 2,
      maxDelay: 60,
      jitter: true,
      methods: [...IDEMPOTENT, 'POST'],
      statuses: [408, 409, 429, ...Array.from({ length: 100 }, (_, index) => 500 + index)],
    },
    circuitBreaker: { failureThreshold: 5, recoveryTimeout: 60, successThreshold: 1 },
    bulkhead: { maxConcurrent: 10, maxWait: 60 },
  });

function preset(overrides: unknown, values: Partial<PooledPresetOptions>): never {
  const merged: Record<string, unknown> = { ...values };
  for (const [name, value] of Object.entries(readOptions(overrides))) {
    const own = readProperty(merged, name);
    const fields = value === true ? {} : value;
    merged[name] = isPlain(own) && isPlain(fields) ? { ...own, ...defined(fields) } : value;
  }
  // Validates the options.
  policy(merged as ResilientOptions);
  return merged as never;
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
