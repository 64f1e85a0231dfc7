import type { Cancellation } from '../flight/cancellation.ts';

interface Waiter {
  /** When it stops waiting, in milliseconds; `Infinity` for never. */
  readonly until: number;
  admit(): void;
  refuse(): void;
}

/** Calls that wait for their turn: first come, first served. */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>();

  get length(): number {
    return this.#waiters.size;
  }

  /**
   * Waits at the end of the line; `true` when admitted, `false` when refused.
   * @param left runs when the call is cancelled, whose reason is then the error
   * @param admitted runs at once when its turn comes, before anybody else's code
   */
  wait(
    cancellation: Cancellation,
    left: () => void,
    admitted: () => void,
    until = Infinity,
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const leave = (settle: () => void) => {
        this.#waiters.delete(waiter);
        forget();
        settle();
      };
      const waiter: Waiter = {
        until,
        admit: () =>
          leave(() => {
            admitted();
            resolve(true);
          }),
        refuse: () => leave(() => resolve(false)),
      };
      this.#waiters.add(waiter);
      const forget = cancellation.onAbort((reason) =>
        leave(() => {
          left();
          reject(reason);
        }),
      );
    });
  }

  /** Admits the first; `false` when nobody waits. */
  admit(): boolean {
    for (const waiter of this.#waiters) {
      waiter.admit();
      return true;
    }
    return false;
  }

  /** Refuses those whose time is up. */
  refuse(now: number): void {
    for (const waiter of this.#waiters) if (waiter.until <= now) waiter.refuse();
  }

  /** When the next of them stops waiting, `Infinity` for never. Those who do stop, stop in the order of the line. */
  get until(): number {
    for (const { until } of this.#waiters) if (until !== Infinity) return until;
    return Infinity;
  }
}
