import type { Call } from '../../flight/call.ts';
import type { Cancellation } from '../../flight/cancellation.ts';
import { optionsOf } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { Access } from '../../platform/access.ts';
import { systemClock } from '../../time/clock.ts';
import { WaitQueue } from '../wait-queue.ts';

/** Limits the calls in a period. */
export interface RateLimiterOptions {
  /** The capacity of the token bucket: calls that may start at once, an integer >= 1. Default 10. */
  readonly maxCalls?: number | undefined;
  /** The time in which an empty bucket fills, at an even rate, in seconds; above 0. Default 1. */
  readonly period?: Duration | undefined;
  /** The longest time that a call waits for a token, in seconds. Default 0: it is refused at once. */
  readonly maxWait?: Duration | undefined;
}

/** A snapshot of a rate limiter. */
export interface RateLimiterMetrics {
  /** The capacity of the token bucket. */
  readonly maxCalls: number;
  /** Tokens in the bucket. */
  readonly available: number;
  /** Calls that wait for a token. */
  readonly waiting: number;
}

/** The names of the fields of {@link RateLimiterOptions}. */
export const LIMITER_FIELDS: readonly string[] = [
  'maxCalls limit max',
  'period interval',
  'maxWait',
];

/** A wait of fewer milliseconds counts as none: sums of fractions are not exact. */
const TOLERANCE_MS = 1e-3;

/** The private parts of a rate limiter that its layer uses. */
export interface LimiterAccess {
  /**
   * Takes a token: `undefined` if there is one, else a Promise that resolves when there is. A number means that the
   * call is refused, and is the milliseconds until there would be a token.
   * @param call waits for it; in the background, it does not keep the process alive
   */
  take(cancellation: Cancellation, call: Call): Promise<boolean> | number | undefined;
}

export const limiterAccess = /* @__PURE__ */ new Access<RateLimiter, LimiterAccess>();

/**
 * A rate limiter: a token bucket. Pass one to several functions to share it. Waiting calls are served first come, first
 * served.
 */
export class RateLimiter {
  readonly #maxCalls: number;
  readonly #periodMs: number;
  readonly #intervalMs: number;
  readonly #maxWaitMs: number;
  readonly #queue = new WaitQueue(
    () => this.#untilToken(1),
    () => this.#admit(),
  );
  /**
   * The time at which the bucket will be full, in milliseconds: its whole state (virtual scheduling, ITU-T I.371,
   * Annex A).
   */
  #fullAt = -Infinity;

  /**
   * @throws TypeError for an option of a wrong type or with an unknown name
   * @throws RangeError for a wrong value
   */
  constructor(options?: RateLimiterOptions) {
    const reader = optionsOf(options, LIMITER_FIELDS);
    this.#maxCalls = reader.readInteger('maxCalls', 10, 1);
    this.#periodMs = reader.readDuration('period', 1_000, 'above zero');
    this.#maxWaitMs = reader.readDuration('maxWait', 0);
    this.#intervalMs = this.#periodMs / this.#maxCalls;
    limiterAccess.grant(this, { take: (cancellation, call) => this.#take(cancellation, call) });
  }

  /** A snapshot of the bucket and of the queue. */
  get metrics(): RateLimiterMetrics {
    const missing = Math.max(this.#fullAt - systemClock.read(), 0);
    return Object.freeze({
      maxCalls: this.#maxCalls,
      available: Math.max(
        Math.floor((this.#periodMs - missing + TOLERANCE_MS) / this.#intervalMs),
        0,
      ),
      waiting: this.#queue.length,
    });
  }

  #take(cancellation: Cancellation, call: Call): Promise<boolean> | number | undefined {
    this.#queue.recover();
    const wait = this.#untilToken(this.#queue.length + 1);
    if (wait === 0) {
      this.#spend();
      return undefined;
    }
    if (wait > this.#maxWaitMs) return wait;
    return this.#queue.wait(
      cancellation,
      () => this.#spend(),
      systemClock.read() + this.#maxWaitMs,
      call,
    );
  }

  /** Milliseconds until the bucket has this many tokens. */
  #untilToken(count: number): number {
    const now = systemClock.read();
    const at = Math.max(this.#fullAt, now) + count * this.#intervalMs - this.#periodMs;
    return at - now < TOLERANCE_MS ? 0 : at - now;
  }

  #spend(): void {
    this.#fullAt = Math.max(this.#fullAt, systemClock.read()) + this.#intervalMs;
  }

  #admit(): void {
    // The timer admits the first waiter without a check of the clock: a timer may be early by a fraction of a
    // millisecond, and tests may fake the timers but not the clock.
    do this.#queue.admit();
    while (this.#queue.length > 0 && this.#untilToken(1) === 0);
  }
}
