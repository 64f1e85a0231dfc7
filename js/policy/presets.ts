import type { ResultCache } from '../cache/result-cache.ts';
import type { AnyResilienceEvent } from '../events/resilience-event.ts';
import { IDEMPOTENT } from '../http/fetch-request.ts';
import type { Bulkhead, BulkheadOptions } from '../patterns/bulkhead/bulkhead.ts';
import type {
  CircuitBreaker,
  CircuitBreakerOptions,
} from '../patterns/circuit-breaker/circuit-breaker.ts';
import type { FallbackHandler } from '../patterns/fallback/fallback.ts';
import type { RetryOptions } from '../patterns/retry/retry.ts';
import type { TimeoutOptions } from '../patterns/timeout/timeout.ts';
import { readProperty } from '../platform/property.ts';
import type { CacheOptions, Checked, ResilientOptions } from '../wrapper/types.ts';
import { isPlain, policy, readOptions } from './policy.ts';

/** What every preset sets. */
export interface PresetOptions {
  /** How long an attempt has, and the call. */
  readonly timeout: TimeoutOptions;
  /** How many attempts, and the pauses between them. */
  readonly retry: RetryOptions;
  /** What opens the breaker, and for how long. */
  readonly circuitBreaker: CircuitBreakerOptions;
}

/** {@link PresetOptions} with a limit to the calls at a time. */
export interface PooledPresetOptions extends PresetOptions {
  /** How many calls at a time, and how long others wait. */
  readonly bulkhead: BulkheadOptions;
}

/**
 * The options that a preset takes for functions that result in `R`. Not with a value as a fallback, a `key` or a
 * context: these depend on more of a function than its result.
 */
export type OverridesFor<R> = [R] extends [never]
  ? never
  : Omit<ResilientOptions, 'cache' | 'fallback' | 'onEvent' | 'passContext' | 'retry'> & {
      /** A cache, without a `key`. */
      readonly cache?: boolean | Omit<CacheOptions, 'key'> | ResultCache | undefined;
      /** Makes the result that replaces an error. */
      readonly fallback?: FallbackHandler<R> | undefined;
      /** Sees every event, before the listeners do. */
      readonly onEvent?: ((event: AnyResilienceEvent<R>) => void) | undefined;
      /** Tries again, after pauses that grow. */
      readonly retry?: boolean | RetryOptions<R> | undefined;
    };

/** Makes options for {@link resilient} or {@link policy}. */
export interface Preset<P> {
  /** The options of the preset. */
  (): P;
  /**
   * For functions that result in `R`, which `retryOnResult` and `onEvent` then know.
   * @throws TypeError, RangeError
   */
  <R = never>(overrides: OverridesFor<NoInfer<R>>): Overridden<P, OverridesFor<R>>;
  /**
   * @param overrides options that replace those of the preset, or, where both are objects, fields that replace theirs
   * @throws TypeError, RangeError
   */
  <const O extends ResilientOptions>(overrides: (O & Checked<O>) | undefined): Overridden<P, O>;
}

/** A preset's options with what took their place. */
export type Overridden<P, O> = {
  readonly [K in keyof P | keyof O]: K extends keyof O
    ? K extends keyof P
      ? OverriddenGroup<P[K], O[K]>
      : O[K]
    : K extends keyof P
      ? P[K]
      : never;
};

type OverriddenGroup<Own, Given> = Given extends undefined | true
  ? Own
  : Given extends CircuitBreaker | Bulkhead
    ? Given
    : Given extends object
      ? Omit<Own, keyof Given> & Given
      : Given;

/**
 * For calls of HTTP APIs: an attempt has 10 seconds; 3 attempts, with pauses from half a second to 30 seconds; 5 failed
 * calls in a row open the breaker for 30 seconds.
 *
 * @throws TypeError, RangeError
 */
export const httpPolicy: Preset<PresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 10 },
    retry: { maxAttempts: 3, delay: 0.5, backoffFactor: 2, maxDelay: 30, jitter: true },
    circuitBreaker: { failureThreshold: 5, recoveryTimeout: 30, successThreshold: 2 },
  });

/**
 * For queries to a database: an attempt has 30 seconds; 2 attempts, a second apart, so as not to pile up; 3 failed
 * calls in a row open the breaker for a minute; 10 calls at a time, for which others wait 5 seconds.
 *
 * @throws TypeError, RangeError
 */
export const dbPolicy: Preset<PooledPresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 30 },
    retry: { maxAttempts: 2, delay: 1, backoffFactor: 1.5, maxDelay: 10, jitter: true },
    circuitBreaker: { failureThreshold: 3, recoveryTimeout: 60, successThreshold: 1 },
    bulkhead: { maxConcurrent: 10, maxWait: 5 },
  });

/**
 * For messages to a queue, which should get there in the end: an attempt has 15 seconds; 5 attempts, with pauses from 2
 * seconds to a minute; 10 failed calls in a row open the breaker for a minute, and 3 good ones close it.
 *
 * @throws TypeError, RangeError
 */
export const queuePolicy: Preset<PresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 15 },
    retry: { maxAttempts: 5, delay: 2, backoffFactor: 2, maxDelay: 60, jitter: true },
    circuitBreaker: { failureThreshold: 10, recoveryTimeout: 60, successThreshold: 3 },
  });

/**
 * For paths on which slow is worse than failed: a call has 5 seconds and one attempt; 3 failed calls in a row open the
 * breaker for a minute.
 *
 * @throws TypeError, RangeError
 */
export const strictPolicy: Preset<PresetOptions> = (overrides?: unknown) =>
  preset(overrides, {
    timeout: { seconds: 5 },
    retry: { maxAttempts: 1 },
    circuitBreaker: { failureThreshold: 3, recoveryTimeout: 60, successThreshold: 1 },
  });

/**
 * For calls of language models, which take their time and are often told to come back later: an attempt has 2 minutes,
 * the call 5; 4 attempts, with pauses from a second to a minute; 5 failed calls in a row open the breaker for a minute;
 * 10 calls at a time, for which others wait a minute. Around `fetch`, POST is retried too, after the statuses 408, 409,
 * 429 and 5xx.
 *
 * @throws TypeError, RangeError
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
  for (const [name, given] of Object.entries(readOptions(overrides))) {
    const own = readProperty(merged, name);
    const fields = given === true ? {} : given;
    merged[name] = isPlain(own) && isPlain(fields) ? { ...own, ...defined(fields) } : given;
  }
  // Validates the options.
  policy(merged as ResilientOptions);
  return merged as never;
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
