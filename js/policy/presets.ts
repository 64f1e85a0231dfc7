import { IDEMPOTENT } from '../http/fetch-request.ts';
import type { Bulkhead, BulkheadOptions } from '../patterns/bulkhead.ts';
import type { CircuitBreaker, CircuitBreakerOptions } from '../patterns/circuit-breaker.ts';
import type { RetryOptions } from '../patterns/retry.ts';
import type { TimeoutOptions } from '../patterns/timeout.ts';
import type { Checked, ResilientOptions } from '../types.ts';
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

type OverriddenGroup<Own, Given> = Given extends undefined
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
 * @param overrides options in the place of these, or, where both are objects, fields in the place of theirs
 * @returns options for {@link resilient} or {@link policy}
 * @throws TypeError, RangeError
 */
export function httpPolicy<const O extends ResilientOptions = object>(
  overrides?: O & Checked<O>,
): Overridden<PresetOptions, O> {
  return preset(overrides, {
    timeout: { seconds: 10 },
    retry: { maxAttempts: 3, delay: 0.5, backoffFactor: 2, maxDelay: 30, jitter: true },
    circuitBreaker: { failureThreshold: 5, recoveryTimeout: 30, successThreshold: 2 },
  });
}

/**
 * For queries to a database: an attempt has 30 seconds; 2 attempts, a second apart, so as not to pile up; 3 failed
 * calls in a row open the breaker for a minute; 10 calls at a time, for which others wait 5 seconds.
 *
 * @param overrides options in the place of these, or, where both are objects, fields in the place of theirs
 * @returns options for {@link resilient} or {@link policy}
 * @throws TypeError, RangeError
 */
export function dbPolicy<const O extends ResilientOptions = object>(
  overrides?: O & Checked<O>,
): Overridden<PooledPresetOptions, O> {
  return preset(overrides, {
    timeout: { seconds: 30 },
    retry: { maxAttempts: 2, delay: 1, backoffFactor: 1.5, maxDelay: 10, jitter: true },
    circuitBreaker: { failureThreshold: 3, recoveryTimeout: 60, successThreshold: 1 },
    bulkhead: { maxConcurrent: 10, maxWait: 5 },
  });
}

/**
 * For messages to a queue, which should get there in the end: an attempt has 15 seconds; 5 attempts, with pauses from 2
 * seconds to a minute; 10 failed calls in a row open the breaker for a minute, and 3 good ones close it.
 *
 * @param overrides options in the place of these, or, where both are objects, fields in the place of theirs
 * @returns options for {@link resilient} or {@link policy}
 * @throws TypeError, RangeError
 */
export function queuePolicy<const O extends ResilientOptions = object>(
  overrides?: O & Checked<O>,
): Overridden<PresetOptions, O> {
  return preset(overrides, {
    timeout: { seconds: 15 },
    retry: { maxAttempts: 5, delay: 2, backoffFactor: 2, maxDelay: 60, jitter: true },
    circuitBreaker: { failureThreshold: 10, recoveryTimeout: 60, successThreshold: 3 },
  });
}

/**
 * For paths on which slow is worse than failed: a call has 5 seconds and one attempt; 3 failed calls in a row open the
 * breaker for a minute.
 *
 * @param overrides options in the place of these, or, where both are objects, fields in the place of theirs
 * @returns options for {@link resilient} or {@link policy}
 * @throws TypeError, RangeError
 */
export function strictPolicy<const O extends ResilientOptions = object>(
  overrides?: O & Checked<O>,
): Overridden<PresetOptions, O> {
  return preset(overrides, {
    timeout: { seconds: 5 },
    retry: { maxAttempts: 1 },
    circuitBreaker: { failureThreshold: 3, recoveryTimeout: 60, successThreshold: 1 },
  });
}

/**
 * For calls of language models, which take their time and are often told to come back later: an attempt has 2 minutes,
 * the call 5; 4 attempts, with pauses from a second to a minute; 5 failed calls in a row open the breaker for a minute;
 * 10 calls at a time, for which others wait a minute. Around `fetch`, POST is retried too, after the statuses 408, 409,
 * 429 and 5xx.
 *
 * @param overrides options in the place of these, or, where both are objects, fields in the place of theirs
 * @returns options for {@link resilient} or {@link policy}
 * @throws TypeError, RangeError
 */
export function llmPolicy<const O extends ResilientOptions = object>(
  overrides?: O & Checked<O>,
): Overridden<PooledPresetOptions, O> {
  return preset(overrides, {
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
}

function preset<P extends PresetOptions, O>(overrides: O | undefined, values: P): Overridden<P, O> {
  const merged: Record<string, unknown> = { ...(values as object) };
  for (const [name, given] of Object.entries(readOptions(overrides))) {
    const own = merged[name];
    merged[name] = isPlain(own) && isPlain(given) ? { ...own, ...defined(given) } : given;
  }
  // Made for nothing, so that wrong options are refused here.
  policy(merged as ResilientOptions);
  return merged as unknown as Overridden<P, O>;
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
