import { optionsOf } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { type ErrorFilter, errorFilter, isNoAbort } from '../../options/error-filter.ts';
import { Weak, whenCollected } from '../../platform/weak.ts';
import { systemClock } from '../../time/clock.ts';
import { OutcomeWindow } from './outcome-window.ts';

/** Stops calling what keeps failing, and tries again after a while. */
export interface CircuitBreakerOptions {
  /** Failures in a row that open it. Default 5. Of no use with a window. */
  readonly failureThreshold?: number | undefined;
  /** How long it stays open before it lets probes in. Default 30 seconds. */
  readonly recoveryTimeout?: Duration | undefined;
  /** Probes that it lets in when half-open, all of which must succeed to close it. Default 2. */
  readonly successThreshold?: number | undefined;
  /** The errors that count as failures; others count as successes, an `AbortError` as neither. Default: all others. */
  readonly errorTypes?: ErrorFilter | undefined;
  /** The errors that count as neither. Default: none. */
  readonly ignoreOn?: ErrorFilter | undefined;
  /** Judges by the rates among this many last calls, in place of failures in a row. Default 0: off. */
  readonly slidingWindowSize?: number | undefined;
  /** The share of failures in the window that opens it, above 0 to 1. Default 0.5. */
  readonly failureRateThreshold?: number | undefined;
  /** Calls that must be in the window before it is judged. Default: the window's size. */
  readonly minimumCalls?: number | undefined;
  /** From this long on a call is slow. Default 0: none is. */
  readonly slowCallDuration?: Duration | undefined;
  /** The share of slow calls in the window that opens it, above 0 to 1. Default 1. */
  readonly slowCallRateThreshold?: number | undefined;
}

/** `closed` lets all calls in, `open` none, `half-open` a few probes. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** What a breaker has seen since it last closed. */
export interface CircuitMetrics {
  /** Its state; `half-open` as soon as a probe would be let in. */
  readonly state: CircuitState;
  /** Calls that are judged: those in the window, or, without one, all. */
  readonly calls: number;
  /** Those of them that failed. */
  readonly failures: number;
  /** Those of them that took `slowCallDuration` or longer. */
  readonly slowCalls: number;
  /** `failures / calls`, 0 when there are none. */
  readonly failureRate: number;
  /** `slowCalls / calls`, 0 when there are none. */
  readonly slowCallRate: number;
  /** Failures since the last success. */
  readonly consecutiveFailures: number;
}

/** A change of state, or a refused call, as the functions that share a breaker learn of it. */
export type CircuitObserver = (state: CircuitState, error: unknown) => void;

/**
 * Leave to make one call, by which its outcome is told: once, and of no account if the state has changed meanwhile.
 * @param failed `undefined` for a call that came to nothing: neither a success nor a failure
 */
export type Permit = (failed: boolean | undefined, milliseconds?: number, error?: unknown) => void;

/** The names of the fields of {@link CircuitBreakerOptions}. */
export const BREAKER_FIELDS: readonly string[] = [
  'failureThreshold',
  'recoveryTimeout resetTimeout',
  'successThreshold',
  'errorTypes',
  'ignoreOn',
  'slidingWindowSize',
  'failureRateThreshold',
  'minimumCalls',
  'slowCallDuration',
  'slowCallRateThreshold',
];

/** What the wrapper may do with a breaker, and users may not. */
export interface BreakerAccess {
  /** Leave to make a call, or `undefined`. */
  acquire(): Permit | undefined;
  /**
   * Whether a call that ended in this error failed, as `errorTypes` and `ignoreOn` have it; `undefined` for neither.
   */
  isFailure(error: unknown): boolean | undefined;
  /** Milliseconds until it lets a probe in, `undefined` where that is not known. */
  retryAfter(): number | undefined;
  /** The error of the last failure, if there was one. */
  lastFailure(): unknown;
  /** Milliseconds from which on a call is slow, `Infinity` for never. */
  readonly slowFrom: number;
  observe(observer: CircuitObserver): void;
}

/** Filled in by each breaker; not by a static block, for whose sake bundlers would keep a class that nobody uses. */
const accesses = new WeakMap<CircuitBreaker, BreakerAccess>();

export function breakerAccess(breaker: CircuitBreaker): BreakerAccess {
  return accesses.get(breaker) as BreakerAccess;
}

/**
 * A circuit breaker: give one to several functions to have them share it.
 * States and rates as in Michael Nygard, "Release It!", and resilience4j's count-based window.
 */
export class CircuitBreaker {
  readonly #failureThreshold: number;
  readonly #recoveryTimeout: number;
  readonly #successThreshold: number;
  readonly #failureRateThreshold: number;
  readonly #minimumCalls: number;
  readonly #slowCallDuration: number;
  readonly #slowCallRateThreshold: number;
  readonly #hasWindow: boolean;
  readonly #window: OutcomeWindow;
  readonly #observers = new Set<Pick<WeakRef<CircuitObserver>, 'deref'>>();

  #state: CircuitState = 'closed';
  /** When it lets a probe in; `Infinity` while it is held open by hand. */
  #openUntil = 0;
  #consecutiveFailures = 0;
  #lastFailure: unknown;
  #probes = 0;
  #probeSuccesses = 0;
  /** Counts the changes of state; what began before the last one is not judged. */
  #generation = 0;

  /** @throws TypeError, RangeError */
  constructor(given?: CircuitBreakerOptions) {
    const options = optionsOf(given, BREAKER_FIELDS);
    this.#failureThreshold = options.integer('failureThreshold', 5, 1);
    this.#recoveryTimeout = options.duration('recoveryTimeout', 30_000);
    this.#successThreshold = options.integer('successThreshold', 2, 1);
    const isFailure = errorFilter(options, 'errorTypes') ?? isNoAbort;
    const isIgnored = errorFilter(options, 'ignoreOn');
    const size = options.integer('slidingWindowSize', 0, 0, 1_000_000);
    this.#failureRateThreshold = options.rate('failureRateThreshold', 0.5);
    this.#minimumCalls = options.integer('minimumCalls', size, 1, size || undefined);
    this.#slowCallDuration = options.duration('slowCallDuration', 0);
    this.#slowCallRateThreshold = options.rate('slowCallRateThreshold', 1);
    this.#hasWindow = size > 0;
    this.#window = new OutcomeWindow(size);
    accesses.set(this, {
      acquire: () => this.#acquire(),
      isFailure: (error) =>
        isIgnored?.(error) ? undefined : isFailure(error) || (isNoAbort(error) ? false : undefined),
      retryAfter: () => this.#retryAfter(),
      lastFailure: () => this.#lastFailure,
      slowFrom: this.#slowCallDuration || Infinity,
      observe: (observer) => {
        const observers = this.#observers;
        const reference = new Weak(observer);
        observers.add(reference);
        whenCollected(observer, () => observers.delete(reference));
      },
    });
  }

  /** Read at any time; `half-open` as soon as a probe would be let in. */
  get state(): CircuitState {
    return this.#state === 'open' && systemClock.read() >= this.#openUntil
      ? 'half-open'
      : this.#state;
  }

  /** What it has seen, at this moment. */
  get metrics(): CircuitMetrics {
    const { calls, failures, slowCalls } = this.#window;
    return Object.freeze({
      state: this.state,
      calls,
      failures,
      slowCalls,
      failureRate: calls === 0 ? 0 : failures / calls,
      slowCallRate: calls === 0 ? 0 : slowCalls / calls,
      consecutiveFailures: this.#consecutiveFailures,
    });
  }

  /** Closes it and forgets what it has seen. */
  reset(): void {
    this.#changeState('closed');
  }

  /** Opens it until `reset()` or `forceClose()`: no probe is let in. */
  forceOpen(): void {
    this.#openUntil = Infinity;
    this.#changeState('open');
  }

  /** Closes it, whatever it has seen; from here on it judges anew. */
  forceClose(): void {
    this.reset();
  }

  #acquire(): Permit | undefined {
    if (this.#state === 'open' && this.state === 'half-open') this.#changeState('half-open');
    if (this.#state === 'open') return undefined;
    if (this.#state === 'half-open') {
      if (this.#probes + this.#probeSuccesses >= this.#successThreshold) return undefined;
      this.#probes++;
    }
    const generation = this.#generation;
    let isRecorded = false;
    return (failed, milliseconds = 0, error) => {
      if (isRecorded) return;
      isRecorded = true;
      if (generation !== this.#generation) return;
      if (this.#state === 'half-open') this.#probes--;
      if (failed === undefined) return;
      if (failed) this.#lastFailure = error;
      this.#record(failed, milliseconds);
    };
  }

  #record(failed: boolean, milliseconds: number): void {
    const slow = this.#slowCallDuration > 0 && milliseconds >= this.#slowCallDuration;
    this.#window.add(failed, slow);
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
      (this.#slowCallDuration > 0 && slowCalls / calls >= this.#slowCallRateThreshold)
    );
  }

  #open(): void {
    this.#openUntil = systemClock.read() + this.#recoveryTimeout;
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
    if (changed) this.#notify(state);
  }

  #retryAfter(): number | undefined {
    if (this.#state !== 'open' || this.#openUntil === Infinity) return undefined;
    return Math.max(this.#openUntil - systemClock.read(), 0);
  }

  #notify(state: CircuitState): void {
    const error = this.#lastFailure;
    for (const reference of this.#observers) reference.deref()?.(state, error);
  }
}
