import { endLost, watchRequest } from '#leader-liveness';
import { optionsOf } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { type ErrorFilter, errorFilter, isNoAbort } from '../../options/error-filter.ts';
import { Weak, whenCollected } from '../../platform/weak.ts';
import { breakerAccess, type Permit } from '../../tier/breaker-seam.ts';
import { systemClock } from '../../time/clock.ts';
import { OutcomeWindow } from './outcome-window.ts';

/** Stops calling a function that keeps failing, and tries again after a while. */
export interface CircuitBreakerOptions {
  /** Consecutive failures that open the breaker, an integer >= 1. Ignored with a window. Default 5. */
  readonly failureThreshold?: number | undefined;
  /** The time that the breaker stays open before it lets probes through, in seconds. Default 30. */
  readonly recoveryTimeout?: Duration | undefined;
  /** Probes that a half-open breaker lets through, all of which must succeed to close it; >= 1. Default 2. */
  readonly successThreshold?: number | undefined;
  /**
   * The errors that count as failures. Other errors count as successes, except an `AbortError`, which is ignored.
   * Default: all errors except an `AbortError`.
   */
  readonly errorTypes?: ErrorFilter | undefined;
  /** The errors that are ignored: neither failures nor successes. Default: none. */
  readonly ignoreOn?: ErrorFilter | undefined;
  /** Rates over this many last calls open the breaker, not consecutive failures; at most 1,000,000. Default 0: off. */
  readonly slidingWindowSize?: number | undefined;
  /** The fraction of failures in the window that opens the breaker, above 0 and up to 1. Default 0.5. */
  readonly failureRateThreshold?: number | undefined;
  /** Calls that the window must hold before its rates count; at most its size. Default: its size. */
  readonly minimumCalls?: number | undefined;
  /** A call that takes this long, in seconds, is slow. Default 0: off. */
  readonly slowCallDuration?: Duration | undefined;
  /** The fraction of slow calls in the window that opens the breaker, above 0 and up to 1. Default 1. */
  readonly slowCallRateThreshold?: number | undefined;
}

/** `closed` lets all calls through, `open` none, `half-open` a few probes. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** A snapshot of the calls that a breaker has recorded since it last closed. */
export interface CircuitMetrics {
  /** The state; `half-open` as soon as the next call would be let through as a probe. */
  readonly state: CircuitState;
  /** Recorded calls: those in the window; without a window, all. */
  readonly calls: number;
  /** Recorded calls that failed. */
  readonly failures: number;
  /** Recorded calls that took `slowCallDuration` or longer. */
  readonly slowCalls: number;
  /** `failures / calls`; 0 without calls. */
  readonly failureRate: number;
  /** `slowCalls / calls`; 0 without calls. */
  readonly slowCallRate: number;
  /** Failures since the last success. */
  readonly consecutiveFailures: number;
}

/** Reports a change of state, or a refused call and its key. */
export type Report = (
  state: CircuitState,
  error: unknown,
  key?: unknown,
  refused?: boolean,
) => void;

/** The names of the fields of {@link CircuitBreakerOptions}. */
export const BREAKER_FIELDS: readonly string[] = [
  'failureThreshold',
  'recoveryTimeout resetTimeout halfOpenAfter',
  'successThreshold',
  'errorTypes',
  'ignoreOn',
  'slidingWindowSize',
  'failureRateThreshold errorThresholdPercentage',
  'minimumCalls volumeThreshold',
  'slowCallDuration',
  'slowCallRateThreshold',
];

/**
 * A circuit breaker. Pass one to several functions to share it.
 *
 * States and rates are those of Michael Nygard, "Release It!", and of the count-based window of resilience4j.
 */
export class CircuitBreaker {
  readonly #failureThreshold: number;
  readonly #recoveryTimeoutMs: number;
  readonly #successThreshold: number;
  readonly #failureRateThreshold: number;
  readonly #minimumCalls: number;
  readonly #slowCallDurationMs: number;
  readonly #slowCallRateThreshold: number;
  readonly #hasWindow: boolean;
  readonly #window: OutcomeWindow;
  readonly #observers = new Set<Pick<WeakRef<Report>, 'deref'>>();

  #state: CircuitState = 'closed';
  /** The time at which an open breaker lets a probe through, in milliseconds; `Infinity` after `forceOpen()`. */
  #openUntil = 0;
  #consecutiveFailures = 0;
  #lastFailure: unknown;
  #probes = 0;
  #probeSuccesses = 0;
  /** Counts the changes of state: the outcome of a call that started before the last change is ignored. */
  #generation = 0;

  /**
   * @throws TypeError for an option of a wrong type or with an unknown name
   * @throws RangeError for a wrong value
   */
  constructor(options?: CircuitBreakerOptions) {
    const reader = optionsOf(options, BREAKER_FIELDS);
    this.#failureThreshold = reader.readInteger('failureThreshold', 5, 1);
    this.#recoveryTimeoutMs = reader.readDuration('recoveryTimeout', 30_000);
    this.#successThreshold = reader.readInteger('successThreshold', 2, 1);
    const errorTypes = errorFilter(reader, 'errorTypes') ?? isNoAbort;
    const isIgnored = errorFilter(reader, 'ignoreOn');
    const size = reader.readInteger('slidingWindowSize', 0, 0, 1_000_000);
    this.#failureRateThreshold = reader.readFraction('failureRateThreshold', 0.5);
    this.#minimumCalls = reader.readInteger('minimumCalls', size, 1, size || undefined);
    this.#slowCallDurationMs = reader.readDuration('slowCallDuration', 0) || Infinity;
    this.#slowCallRateThreshold = reader.readFraction('slowCallRateThreshold', 1);
    this.#hasWindow = size > 0;
    this.#window = new OutcomeWindow(size);
    breakerAccess.grant(this, {
      acquire: () => this.#acquire(),
      isFailure(error) {
        if (isIgnored?.(error)) return undefined;
        return errorTypes(error) || (isNoAbort(error) ? false : undefined);
      },
      isSlow: (milliseconds) => this.#isSlow(milliseconds),
      refusal: () => ({ cause: this.#lastFailure, retryAfter: this.#retryAfter() }),
      observe: (observer) => {
        const observers = this.#observers;
        const reference = new Weak(observer);
        observers.add(reference);
        whenCollected(observer, () => observers.delete(reference));
      },
    });
  }

  /** The state; `half-open` as soon as the next call would be let through as a probe. */
  get state(): CircuitState {
    return this.#state === 'open' && systemClock.read() >= this.#openUntil
      ? 'half-open'
      : this.#state;
  }

  /** A snapshot of the recorded calls. */
  get metrics(): CircuitMetrics {
    const { calls, failures, slowCalls } = this.#window;
    return Object.freeze({
      state: this.state,
      calls,
      failures,
      slowCalls,
      failureRate: failures / calls || 0,
      slowCallRate: slowCalls / calls || 0,
      consecutiveFailures: this.#consecutiveFailures,
    });
  }

  /** Closes the breaker, and forgets the recorded calls. */
  reset(): void {
    this.#changeState('closed');
  }

  /** Opens the breaker until `reset()` or `forceClose()`, without probes. */
  forceOpen(): void {
    this.#openUntil = Infinity;
    this.#changeState('open');
  }

  /** The same as `reset()`. */
  forceClose(): void {
    this.reset();
  }

  #acquire(): Permit | undefined {
    if (this.#state === 'open' && this.state === 'half-open') this.#changeState('half-open');
    if (this.#state === 'open') return undefined;
    let unwatch: (() => void) | undefined;
    if (this.#state === 'half-open') {
      // Frees the probes of requests that have ended.
      endLost(this);
      if (this.#probes + this.#probeSuccesses >= this.#successThreshold) return undefined;
      this.#probes++;
      unwatch = watchRequest(this, () => permit(undefined));
    }
    const generation = this.#generation;
    let isRecorded = false;
    const permit: Permit = (failed, milliseconds = 0, error) => {
      if (isRecorded) return;
      isRecorded = true;
      unwatch?.();
      if (generation !== this.#generation) return;
      if (this.#state === 'half-open') this.#probes--;
      if (failed === undefined) return;
      if (failed) this.#lastFailure = error;
      this.#record(failed, milliseconds);
    };
    return permit;
  }

  #record(failed: boolean, milliseconds: number): void {
    this.#window.add(failed, this.#isSlow(milliseconds));
    this.#consecutiveFailures = failed ? this.#consecutiveFailures + 1 : 0;
    if (this.#state === 'half-open') {
      if (failed) this.#open();
      else if (++this.#probeSuccesses >= this.#successThreshold) this.#changeState('closed');
    } else if (
      this.#hasWindow ? this.#ratesTooHigh() : this.#consecutiveFailures >= this.#failureThreshold
    ) {
      this.#open();
    }
  }

  #ratesTooHigh(): boolean {
    const { calls, failures, slowCalls } = this.#window;
    if (calls < this.#minimumCalls) return false;
    return (
      failures / calls >= this.#failureRateThreshold ||
      slowCalls / calls >= this.#slowCallRateThreshold
    );
  }

  #open(): void {
    this.#openUntil = systemClock.read() + this.#recoveryTimeoutMs;
    this.#changeState('open');
  }

  #changeState(state: CircuitState): void {
    const changed = this.#state !== state;
    this.#state = state;
    this.#generation++;
    this.#probes = 0;
    this.#probeSuccesses = 0;
    if (state === 'closed') {
      this.#window.clear();
      this.#consecutiveFailures = 0;
      this.#lastFailure = undefined;
    }
    if (!changed) return;
    const error = this.#lastFailure;
    for (const reference of this.#observers) reference.deref()?.(state, error);
  }

  #isSlow(milliseconds: number): boolean {
    return milliseconds >= this.#slowCallDurationMs;
  }

  #retryAfter(): number | undefined {
    if (this.#state !== 'open' || this.#openUntil === Infinity) return undefined;
    return Math.max(this.#openUntil - systemClock.read(), 0) / 1_000;
  }
}
