import { systemClock } from '../time/clock.ts';
import { startTimer, type Timer } from '../time/timer.ts';

interface Pending {
  readonly due: number;
  isDone: boolean;
  fail(error: unknown): void;
}

/** Limits the time of many operations with one timer: all have the same limit, so the oldest ends first. */
export class Deadlines {
  readonly #milliseconds: number;
  /** Called when an operation has timed out, before it fails. */
  readonly #timedOut: (error: Error) => void;
  #queue: Pending[] = [];
  #count = 0;
  #timer: Timer | undefined;

  constructor(milliseconds: number, timedOut: (error: Error) => void) {
    this.#milliseconds = milliseconds;
    this.#timedOut = timedOut;
  }

  /**
   * The result of an operation; rejects if it takes too long. The process stays alive until then.
   * @param started when the operation was started, by the clock
   */
  limit<T>(operation: PromiseLike<T>, started: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = () => {
        if (pending.isDone) return false;
        pending.isDone = true;
        if (--this.#count === 0) this.#stop();
        return true;
      };
      const pending: Pending = {
        due: started + this.#milliseconds,
        isDone: false,
        fail: (error) => {
          if (done()) reject(error);
        },
      };
      this.#count++;
      this.#queue.push(pending);
      this.#timer ??= startTimer(() => this.#expire(), this.#milliseconds);
      operation.then((value) => {
        if (done()) resolve(value);
      }, pending.fail);
    });
  }

  /** Ends all operations that have not settled. */
  failAll(error: unknown): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const pending of queue) pending.fail(error);
  }

  #stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.#queue = [];
  }

  #expire(): void {
    // A blocked event loop may have kept an answer waiting: it is read before the next timer.
    this.#timer = startTimer(() => {
      this.#timer = undefined;
      const now = systemClock.read();
      const queue = this.#queue.filter(({ isDone }) => !isDone);
      this.#queue = queue;
      const [oldest] = queue;
      if (!oldest) return;
      if (oldest.due <= now) {
        const error = new Error(`no answer within ${this.#milliseconds} ms`);
        this.#timedOut(error);
        this.failAll(error);
      } else this.#timer = startTimer(() => this.#expire(), oldest.due - now);
    }, 0);
  }
}
