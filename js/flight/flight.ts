import { onAbort } from '../events/on-abort.ts';
import { systemClock } from '../time/clock.ts';
import { Cancellation } from './cancellation.ts';
import { SharedPromise } from './shared-promise.ts';

/**
 * A run of the pipeline and the callers who wait for it. It is *attached* while it stands in the cache's list of
 * flights: only then do others join it, and only then is its result stored. Whoever invalidates, clears, stores or
 * refreshes takes it off that list, and whoever waits for it notices nothing.
 */
export class Flight {
  readonly cancellation = new Cancellation();
  /** When it began, in milliseconds. */
  readonly started = systemClock.read();
  /** Its result; absent until the function has returned a promise, or somebody needs it earlier. */
  promise: Promise<unknown> | undefined;
  /** What callers get who stay to the end, once there is one. */
  handed: Promise<unknown> | undefined;
  #resolve: ((result: Promise<unknown>) => void) | undefined;
  /** Who led it is aboard from the start, though it may leave only once there is a promise to leave. */
  #callers = 1;
  #ended = false;
  readonly #key: unknown;
  readonly #flights: Map<unknown, Flight> | undefined;
  /** All callers get the same result: none is expected that they would need copies of. */
  readonly plain: boolean;

  /** @param flights where it is to be found by its key; absent for a call that is not cached */
  constructor(plain = true, key?: unknown, flights?: Map<unknown, Flight>) {
    this.plain = plain;
    this.#key = key;
    this.#flights = flights;
    flights?.set(key, this);
  }

  /** Whether others may have joined it. */
  get shared(): boolean {
    return this.#flights !== undefined;
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

  /** Nobody leads it any more: it is over for all who have not got its result. */
  abandon(reason: unknown): void {
    if (!this.end()) return;
    this.detach();
    try {
      this.cancellation.abort(reason);
    } catch {
      // What belongs to the leader's request is out of reach for another one, and gone anyway.
    }
  }

  /** The promise of the result, made before there is one for a caller who arrives while the function is being called. */
  promiseEarly(): Promise<unknown> {
    this.promise ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
    return this.promise;
  }

  /** The function returned a promise: one that was made before follows it. */
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

  /**
   * A caller who is aboard stays to the end, and gets the promise that all those share.
   * @param receive makes what each of them gets of the result
   */
  stay(promise: Promise<unknown>, receive: (result: unknown) => unknown): Promise<unknown> {
    this.#callers = Infinity;
    this.handed ??= this.plain ? promise : new SharedPromise(promise, receive);
    return this.handed;
  }

  /**
   * A caller who is aboard leaves at once when one of the signals aborts; the last one to leave calls the flight off.
   * @param receive makes what the caller gets of the result
   * @param calledOff runs when the flight is, with the reason
   */
  waitUnless(
    signals: readonly AbortSignal[],
    promise: Promise<unknown>,
    receive: (result: unknown) => unknown,
    calledOff: (reason: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let aboard = true;
      const forget: (() => void)[] = [];
      const part = () => {
        aboard = false;
        for (const take of forget) take();
      };
      const leave = (reason: unknown) => {
        part();
        reject(reason);
        this.#callers--;
        if (this.#callers > 0 || !this.end()) return;
        this.detach();
        this.cancellation.abort(reason);
        calledOff(reason);
      };
      for (const signal of signals) {
        // A listener of this call's own events may have aborted it already.
        if (aboard && signal.aborted) leave(signal.reason);
        if (aboard) forget.push(onAbort(signal, () => leave(signal.reason)));
      }
      promise.then(
        (result) => {
          if (!aboard) return;
          part();
          try {
            resolve(receive(result));
          } catch (error) {
            reject(error);
          }
        },
        (error) => {
          part();
          reject(error);
        },
      );
    });
  }
}
