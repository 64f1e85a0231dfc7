import type { Slot } from '../../flight/call.ts';
import type { Cancellation } from '../../flight/cancellation.ts';
import { optionsOf, wrongValue } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { systemClock } from '../../time/clock.ts';
import { WaitingLine } from '../waiting-line.ts';

/** Lets so many calls run at a time, and no more. */
export interface BulkheadOptions {
  /** Calls that may run at a time. Default 10. */
  readonly maxConcurrent?: number | undefined;
  /** How long a call may wait for a slot. Default 0: it is refused at once. */
  readonly maxWait?: Duration | undefined;
  /**
   * For a function that resolves to a `Response`: whether a call holds its slot until the headers are there, or until
   * its body ended, failed, was cancelled or was collected. Default `'headers'`.
   */
  readonly until?: 'headers' | 'body' | undefined;
}

/** How full a bulkhead is. */
export interface BulkheadMetrics {
  /** Calls that may run at a time. */
  readonly maxConcurrent: number;
  /** Calls that hold a slot. */
  readonly active: number;
  /** Calls that wait for one. */
  readonly waiting: number;
}

/** The names of the fields of {@link BulkheadOptions}. */
export const BULKHEAD_FIELDS: readonly string[] = [
  'maxConcurrent concurrency limit max',
  'maxWait',
  'until',
];

/** What the wrapper may do with a bulkhead, and users may not. */
export interface BulkheadAccess {
  /** A place for one call, which holds no slot yet. */
  slotFor(cancellation: Cancellation): Slot;
  /** Whether a slot is held until the end of a response's body. */
  readonly untilBody: boolean;
}

/** Filled in by each one; not by a static block, for whose sake bundlers would keep a class that nobody uses. */
const accesses = new WeakMap<Bulkhead, BulkheadAccess>();

export function bulkheadAccess(bulkhead: Bulkhead): BulkheadAccess {
  return accesses.get(bulkhead) as BulkheadAccess;
}

/**
 * A bulkhead: give one to several functions to have them share its slots. Who waits is served in the order of arrival;
 * one timer at most serves all who wait.
 */
export class Bulkhead {
  readonly #maxConcurrent: number;
  readonly #maxWait: number;
  readonly #line = new WaitingLine(
    (until) => until - systemClock.read(),
    // Not by the clock alone: timers may be early by a fraction, and a test may fake them alone.
    (until) => this.#line.refuse(Math.max(until, systemClock.read())),
  );
  #active = 0;

  /** @throws TypeError, RangeError */
  constructor(given?: BulkheadOptions) {
    const options = optionsOf(given, BULKHEAD_FIELDS);
    this.#maxConcurrent = options.integer('maxConcurrent', 10, 1);
    this.#maxWait = options.duration('maxWait', 0);
    const until = options.string('until', 'headers');
    const untilBody = until === 'body';
    if (!untilBody && until !== 'headers') {
      throw wrongValue(options.path('until'), "'headers' or 'body'", until);
    }
    accesses.set(this, { slotFor: (cancellation) => this.#slotFor(cancellation), untilBody });
  }

  /** How full it is, at this moment. */
  get metrics(): BulkheadMetrics {
    return Object.freeze({
      maxConcurrent: this.#maxConcurrent,
      active: this.#active,
      waiting: this.#line.length,
    });
  }

  #slotFor(cancellation: Cancellation): Slot {
    let held = false;
    const hold = () => {
      held = true;
      this.#active++;
    };
    return {
      take: (patient) => {
        if (this.#active < this.#maxConcurrent) {
          hold();
          return true;
        }
        const maxWait = patient ? Infinity : this.#maxWait;
        return maxWait > 0 && this.#line.wait(cancellation, hold, systemClock.read() + maxWait);
      },
      release: () => {
        if (!held) return;
        held = false;
        this.#active--;
        this.#line.admit();
        this.#line.watch();
      },
    };
  }
}
