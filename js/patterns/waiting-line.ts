import type { Cancellation } from '../flight/cancellation.ts';
import { startTimer, type Timer } from '../time/timer.ts';

interface Waiter {
  /** The time at which it stops waiting, in milliseconds; `Infinity` for never. */
  readonly until: number;
  readonly admitted: () => void;
  readonly resolve: (admitted: boolean) => void;
  readonly reject: (error: unknown) => void;
  readonly forget: () => void;
  before: Waiter | undefined;
  after: Waiter | undefined;
}

/**
 * Calls that wait for their turn: first come, first served. A linked list, so that the cost of each call does not
 * depend on the number of calls that wait. One timer serves all of them.
 */
export class WaitingLine {
  length = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  /** The first one with a deadline; deadlines are in the order of the line. It only ever moves towards the end. */
  #timed: Waiter | undefined;
  #timer: Timer | undefined;
  readonly #untilDue: (until: number) => number;
  readonly #due: (until: number) => void;

  /**
   * @param untilDue milliseconds until `due` has to run, given the next deadline
   * @param due gets the deadline that was the next one when its timer was started
   */
  constructor(untilDue: (until: number) => number, due: (until: number) => void) {
    this.#untilDue = untilDue;
    this.#due = due;
  }

  /**
   * Waits at the end of the line; `true` when admitted, `false` when refused. The reason of a cancellation is the error.
   * @param admitted runs at once when its turn comes, before any other code
   */
  wait(cancellation: Cancellation, admitted: () => void, until: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const before = this.#last;
      const forget = cancellation.onAbort((reason) => {
        this.#remove(waiter).reject(reason);
        this.watch();
      });
      const waiter: Waiter = { until, admitted, resolve, reject, forget, before, after: undefined };
      if (before) before.after = waiter;
      else this.#first = waiter;
      this.#last = waiter;
      if (until < Infinity) this.#timed ??= waiter;
      this.length++;
      this.watch();
    });
  }

  /** Admits the first. */
  admit(): void {
    if (!this.#first) return;
    const { admitted, resolve } = this.#remove(this.#first);
    admitted();
    resolve(true);
  }

  /** Refuses the calls whose time is up. */
  refuse(now: number): void {
    while (this.#timed && this.#timed.until <= now) this.#remove(this.#timed).resolve(false);
  }

  /** Keeps a timer while a call with a deadline waits. Without a timer such calls would wait forever, so they fail. */
  watch(): void {
    if (!this.#timed) {
      this.#timer?.clear();
      this.#timer = undefined;
    } else if (!this.#timer) {
      const { until } = this.#timed;
      try {
        const timer = startTimer(
          () => {
            this.#timer = undefined;
            this.#due(until);
            this.watch();
          },
          Math.max(this.#untilDue(until), 0),
        );
        // A test's timer may run at once.
        if (this.#timed) this.#timer = timer;
      } catch (error) {
        while (this.#timed) this.#remove(this.#timed).reject(error);
      }
    }
  }

  #remove(waiter: Waiter): Waiter {
    const { before, after } = waiter;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
    while (this.#timed === waiter || this.#timed?.until === Infinity) {
      this.#timed = this.#timed?.after;
    }
    this.length--;
    waiter.forget();
    return waiter;
  }
}
