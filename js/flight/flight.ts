import type { Flights } from '../cache/flights.ts';
import { onAbort, reasonOf } from '../events/on-abort.ts';
import type { SharedResponse } from '../http/shared-response.ts';
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
  /** What callers get who stay to the end, once it is known to be the same for all. */
  sharedPromise: Promise<unknown> | undefined;
  /** What callers get copies of, while its body is on its way. */
  response: SharedResponse | undefined;
  /** Settles the promise, where that was made before there was a result. */
  resolve: ((result: unknown) => void) | undefined;
  /** Whether it replaces what is stored: other such calls join it. */
  isRefresh = false;
  /** Whether who leads it is still on the stack. */
  isLeading = true;
  #settled = false;
  /** Who led it is aboard from the start, though it may leave only once there is a promise to leave. */
  #callers = 1;
  #ended = false;
  readonly key: unknown;
  /** Where others find it to join it; absent for a call that is not cached. */
  readonly flights: Flights<Flight> | undefined;
  /**
   * Whether all callers get the same result: one is expected that they need no copies of. `undefined` where nothing is
   * known.
   */
  readonly plain: boolean | undefined;
  #shared: SharedPromise | undefined;

  /**
   * @param flights where it is to be found by its key
   * @param fresh nothing is stored for the key
   */
  constructor(plain: boolean | undefined, key?: unknown, flights?: Flights<Flight>, fresh = false) {
    this.plain = plain;
    this.key = key;
    this.flights = flights;
    flights?.add(this, fresh);
  }

  /** The leader overflowed the stack before it settled, so that this flight never ends; or its body has stalled. */
  get isLost(): boolean {
    return (!this.isLeading && !this.#settled) || this.response?.body?.isStalled === true;
  }

  get isAttached(): boolean {
    return this.flights?.get(this.key) === this;
  }

  /** Takes it off the list; `false` where it stands there no more. */
  detach(): boolean {
    const attached = this.isAttached;
    if (attached) {
      this.flights?.delete(this.key);
      this.response?.body?.leave();
    }
    return attached;
  }

  /** True the first time: a flight ends once, with its result or with its last caller's leaving. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    return true;
  }

  /**
   * One more caller comes aboard. What that one waits for is made now where the function is only just being called.
   */
  addWaiter(): Promise<unknown> {
    this.#callers++;
    this.promise ??= new Promise((resolve) => {
      this.resolve = resolve;
    });
    return this.promise;
  }

  /** The function returned a promise: one that was made before follows it. */
  settle(result: Promise<unknown>): Promise<unknown> {
    this.#settled = true;
    this.resolve?.(result);
    this.promise ??= result;
    return this.promise;
  }

  /**
   * A caller who is aboard stays to the end, and gets the promise that all those share, or, of a response, one of its
   * own: who has joined is to have a copy whatever the others do, and whenever it is awaited.
   * @param receive makes what the caller gets of the result
   */
  waitForResult(
    promise: Promise<unknown>,
    receive: (result: unknown) => unknown,
  ): Promise<unknown> {
    this.#callers = Infinity;
    if (this.plain && !this.response) {
      if (this.#settled) this.sharedPromise = promise;
      return promise;
    }
    if (this.plain === false || this.response) return promise.then(receive);
    if (this.#shared) {
      this.#shared.callers++;
      if (this.#settled) this.sharedPromise = this.#shared;
    }
    this.#shared ??= new SharedPromise(promise, receive);
    return this.#shared;
  }

  /** Adds a caller to whom `handed` is given as it is. */
  addCaller(): void {
    if (this.#shared) this.#shared.callers++;
  }

  /** A response is there: callers are among the readers of its body from when they join. */
  setResponse(response: SharedResponse): void {
    this.response = response;
    this.sharedPromise = undefined;
    const shared = this.#shared;
    const several = shared !== undefined && shared.callers > 1;
    // Nothing tells which of them awaits first.
    response.hasLeader = !several;
    const { promise = Promise.resolve() } = this;
    response.keep(several ? shared.allTaken() : (shared?.first ?? promise));
  }

  /**
   * A caller who is aboard leaves at once when one of the signals aborts; the last one to leave calls the flight off.
   * @param receive makes what the caller gets of the result
   * @param cancelled runs when the flight is, with the reason
   */
  waitWithSignals(
    signals: readonly AbortSignal[],
    promise: Promise<unknown>,
    receive: (result: unknown) => unknown,
    cancelled: (reason: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      const forget: (() => void)[] = [];
      const part = () => {
        waiting = false;
        for (const take of forget) take();
      };
      const leave = (reason: unknown) => {
        part();
        reject(reason);
        this.#callers--;
        if (this.#callers > 0) return;
        const isFirst = this.end();
        this.detach();
        this.cancellation.abort(reason);
        if (isFirst) cancelled(reason);
      };
      promise.then(
        (result) => {
          if (!waiting) return;
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
      // Last, as a foreign signal may throw.
      for (const signal of signals) {
        // A listener of this call's own events may have aborted it already.
        if (waiting && signal.aborted) leave(reasonOf(signal));
        if (waiting) forget.push(onAbort(signal, () => leave(reasonOf(signal))));
      }
    });
  }
}
