import { onAbort } from '../events/on-abort.ts';
import { systemClock } from '../time/clock.ts';
import { Cancellation } from './cancellation.ts';

/**
 * A run of the pipeline and the callers who wait for it. It is *attached* while it stands in the cache's list of
 * flights: only then do others join it, and only then is its result stored. Whoever invalidates, clears, stores or
 * refreshes takes it off that list, and whoever waits for it notices nothing.
 */
export class Flight {
  readonly cancellation = new Cancellation();
  /** When it began, in milliseconds. */
  readonly started = systemClock.read();
  /** What the callers share; absent until the function has returned one, or somebody needs it earlier. */
  promise: Promise<unknown> | undefined;
  #resolve: ((result: Promise<unknown>) => void) | undefined;
  /** Who led it is aboard from the start, though it may leave only once there is a promise to leave. */
  #callers = 1;
  #ended = false;
  readonly #key: unknown;
  readonly #flights: Map<unknown, Flight> | undefined;

  /** @param flights where it is to be found by its key; absent for a call that is not cached */
  constructor(key?: unknown, flights?: Map<unknown, Flight>) {
    this.#key = key;
    this.#flights = flights;
    flights?.set(key, this);
  }

  get attached(): boolean {
    return this.#flights?.get(this.#key) === this;
  }

  detach(): void {
    if (this.attached) this.#flights?.delete(this.#key);
  }

  /** True the first time: a flight ends once, with its result or with its last caller's leaving. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    return true;
  }

  /** The shared promise, made before there is a result for a caller who arrives while the function is being called. */
  promiseEarly(): Promise<unknown> {
    this.promise ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
    return this.promise;
  }

  /** The function returned a promise: the one that callers share follows it. */
  settle(result: Promise<unknown>): Promise<unknown> {
    this.#resolve?.(result);
    this.promise ??= result;
    return this.promise;
  }

  /** The function returned or threw at once: of interest only to callers who came before that. */
  settleEarly(result: () => Promise<unknown>): void {
    this.#resolve?.(result());
  }

  /** One more caller waits for it. */
  board(): void {
    this.#callers++;
  }

  /** A caller who is aboard stays to the end. */
  stay(promise: Promise<unknown>): Promise<unknown> {
    this.#callers = Infinity;
    return promise;
  }

  /**
   * A caller who is aboard leaves at once when `signal` aborts; the last one to leave calls the flight off.
   * @param calledOff runs then, with the reason
   */
  waitUnless(
    signal: AbortSignal,
    promise: Promise<unknown>,
    calledOff: (reason: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        this.#callers--;
        if (this.#callers > 0 || !this.end()) return;
        this.detach();
        this.cancellation.abort(signal.reason);
        calledOff(signal.reason);
      };
      // A listener of this call's own events may have aborted it already.
      if (signal.aborted) leave();
      const forget = signal.aborted ? undefined : onAbort(signal, leave);
      promise.then(
        (value) => {
          forget?.();
          resolve(value);
        },
        (error) => {
          forget?.();
          reject(error);
        },
      );
    });
  }
}
