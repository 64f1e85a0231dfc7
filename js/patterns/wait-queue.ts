import { canLeaderDie, endLost, watchRequest } from '#leader-liveness';
import type { Call, Wait } from '../flight/call.ts';
import type { Cancellation } from '../flight/cancellation.ts';
import { systemClock } from '../time/clock.ts';
import { startTimer, TIMER_GRACE_MS, type Timer } from '../time/timer.ts';

interface Waiter {
  /** The time at which the call is refused, in milliseconds; `Infinity` for never. */
  readonly deadline: number;
  readonly onAdmit: () => void;
  readonly resolve: (admitted: boolean) => void;
  readonly reject: (error: unknown) => void;
  readonly forget: () => void;
  previous: Waiter | undefined;
  next: Waiter | undefined;
}

/**
 * A queue of waiting calls, first come, first served. A linked list, so that a call can leave it in constant time. One
 * timer serves all calls.
 */
export class WaitQueue {
  length = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  /** The first waiter with a deadline. Deadlines are in the order of the queue. */
  #timed: Waiter | undefined;
  #timer: Timer | undefined;
  /** The time after which a timer that has not fired has ended with its request, in milliseconds. */
  #lostAt = Infinity;
  /** Whether no waiter keeps the process alive. */
  #isIdle = false;
  /** A call in the background that waits here, once a caller waits for it. */
  readonly #wait: Wait = {
    ref: () => {
      this.#isIdle = false;
      this.#timer?.ref();
    },
    // Other calls may wait.
    unref: () => {},
  };
  readonly #timeout: (deadline: number) => number;
  readonly #onTimeout: (deadline: number) => void;

  /**
   * @param timeout returns the milliseconds until `onTimeout` must run, for the next deadline
   * @param onTimeout gets the deadline for which the timer was started
   */
  constructor(timeout: (deadline: number) => number, onTimeout: (deadline: number) => void) {
    this.#timeout = timeout;
    this.#onTimeout = onTimeout;
  }

  /**
   * Waits at the end of the queue. Resolves to `true` when admitted and to `false` when refused; rejects with the
   * reason of a cancellation.
   * @param onAdmit runs synchronously when the call is admitted
   * @param call a call in the background does not keep the process alive
   */
  wait(
    cancellation: Cancellation,
    onAdmit: () => void,
    deadline: number,
    call: Call,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const previous = this.#last;
      const forgetAbort = cancellation.onAbort((reason) => {
        this.#remove(waiter).reject(reason);
        this.watch();
      });
      const idle = call.isBackground;
      if (idle) call.record(this.#wait);
      const unwatch = watchRequest(
        this,
        () => this.#remove(waiter),
        () => this.recover(),
      );
      const forget = () => {
        forgetAbort();
        unwatch?.();
        call.forget(this.#wait);
      };
      const waiter: Waiter = {
        deadline,
        onAdmit,
        resolve,
        reject,
        forget,
        previous,
        next: undefined,
      };
      if (previous) previous.next = waiter;
      else this.#first = waiter;
      this.#last = waiter;
      if (deadline < Infinity) this.#timed ??= waiter;
      this.length++;
      if (!idle) this.#wait.ref();
      else if (this.length === 1) this.#isIdle = true;
      this.watch();
    });
  }

  /**
   * Removes the calls whose requests have ended (Workers), ends what else is watched for this queue, and starts the timer
   * again if it ended with its request.
   */
  recover(): void {
    if (!canLeaderDie()) return;
    endLost(this);
    if (systemClock.read() > this.#lostAt) {
      this.#stopTimer();
      this.watch();
    }
  }

  /** Admits the first waiter. */
  admit(): void {
    this.recover();
    if (!this.#first) return;
    const { onAdmit, resolve } = this.#remove(this.#first);
    onAdmit();
    resolve(true);
  }

  /** Refuses the waiters whose deadline has passed. */
  refuse(now: number): void {
    while (this.#timed && this.#timed.deadline <= now) this.#remove(this.#timed).resolve(false);
  }

  /**
   * Keeps a timer while a waiter has a deadline. If no timer can be started, these waiters fail: they would never end.
   */
  watch(): void {
    if (!this.#timed) {
      this.#stopTimer();
    } else if (!this.#timer) {
      const { deadline } = this.#timed;
      try {
        const delay = Math.max(this.#timeout(deadline), 0);
        const timer = startTimer(
          () => {
            this.#timer = undefined;
            this.#onTimeout(deadline);
            this.watch();
          },
          delay,
          this.#isIdle,
        );
        // A fake timer may run synchronously.
        if (this.#timed) this.#timer = timer;
        if (canLeaderDie()) this.#lostAt = systemClock.read() + delay + TIMER_GRACE_MS;
      } catch (error) {
        while (this.#timed) this.#remove(this.#timed).reject(error);
      }
    }
  }

  #stopTimer(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.#lostAt = Infinity;
  }

  #remove(waiter: Waiter): Waiter {
    const { previous, next } = waiter;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    while (this.#timed === waiter || this.#timed?.deadline === Infinity) {
      this.#timed = this.#timed?.next;
    }
    this.length--;
    waiter.forget();
    return waiter;
  }
}
