import type { Cancellation } from '../../flight/cancellation.ts';
import { optionsOf } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { systemClock } from '../../time/clock.ts';
import { WaitingLine } from '../waiting-line.ts';

/** Lets so many calls through in a while, and no more. */
export interface RateLimiterOptions {
  /** Tokens that the bucket holds: calls that may come at once. Default 10. */
  readonly maxCalls?: number | undefined;
  /** How long an empty bucket takes to fill, evenly. Default 1 second. */
  readonly period?: Duration | undefined;
  /** How long a call may wait for its token. Default 0: it is refused at once. */
  readonly maxWait?: Duration | undefined;
}

/** How much a limiter has left. */
export interface RateLimiterMetrics {
  /** Tokens that the bucket holds. */
  readonly maxCalls: number;
  /** Calls that it would let through at once. */
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

/** Time is kept in fractions whose sums are not exact: a token this close to being there, in milliseconds, is there. */
const TOLERANCE = 1e-3;

/** What the wrapper may do with a limiter, and users may not. */
export interface LimiterAccess {
  /**
   * Takes a token: at once (`undefined`), or after a wait. A number says that it would come too late, and in how many
   * milliseconds.
   */
  take(cancellation: Cancellation): Promise<boolean> | number | undefined;
}

/** Filled in by each one; not by a static block, for whose sake bundlers would keep a class that nobody uses. */
const accesses = new WeakMap<RateLimiter, LimiterAccess>();

export function limiterAccess(limiter: RateLimiter): LimiterAccess {
  return accesses.get(limiter) as LimiterAccess;
}

/**
 * A token bucket: give one to several functions to have them share it. One number holds its state, the time at which it
 * will be full (the virtual scheduling of ITU-T I.371, Annex A); one timer at most serves all who wait.
 */
export class RateLimiter {
  readonly #maxCalls: number;
  readonly #period: number;
  readonly #interval: number;
  readonly #maxWait: number;
  readonly #line = new WaitingLine(
    () => this.#untilToken(1),
    () => this.#admit(),
  );
  #fullAt = -Infinity;

  /** @throws TypeError, RangeError */
  constructor(given?: RateLimiterOptions) {
    const options = optionsOf(given, LIMITER_FIELDS);
    this.#maxCalls = options.integer('maxCalls', 10, 1);
    this.#period = options.duration('period', 1_000, 'above zero');
    this.#maxWait = options.duration('maxWait', 0);
    this.#interval = this.#period / this.#maxCalls;
    accesses.set(this, { take: (cancellation) => this.#take(cancellation) });
  }

  /** How much it has left, at this moment. */
  get metrics(): RateLimiterMetrics {
    const missing = Math.max(this.#fullAt - systemClock.read(), 0);
    return Object.freeze({
      maxCalls: this.#maxCalls,
      available: Math.max(Math.floor((this.#period - missing + TOLERANCE) / this.#interval), 0),
      waiting: this.#line.length,
    });
  }

  #take(cancellation: Cancellation): Promise<boolean> | number | undefined {
    const wait = this.#untilToken(this.#line.length + 1);
    if (wait === 0) {
      this.#spend();
      return undefined;
    }
    if (wait > this.#maxWait) return wait;
    return this.#line.wait(cancellation, () => this.#spend(), systemClock.read() + this.#maxWait);
  }

  /** Milliseconds until there are so many tokens, not rounded down to nothing. */
  #untilToken(count: number): number {
    const now = systemClock.read();
    const at = Math.max(this.#fullAt, now) + count * this.#interval - this.#period;
    return at - now < TOLERANCE ? 0 : at - now;
  }

  #spend(): void {
    this.#fullAt = Math.max(this.#fullAt, systemClock.read()) + this.#interval;
  }

  #admit(): void {
    // The first is due by the timer, not by the clock: timers may be early by a fraction, and a test may fake them
    // alone.
    do this.#line.admit();
    while (this.#line.length > 0 && this.#untilToken(1) === 0);
  }
}
