import type { Flights } from '../cache/flights.ts';
import { onAbort, reasonOf } from '../events/on-abort.ts';
import type { SharedResponse } from '../http/results.ts';
import { systemClock } from '../time/clock.ts';
import { Cancellation } from './cancellation.ts';
import { SharedPromise } from './shared-promise.ts';

/**
 * One run of the pipeline for a key, and the callers that wait for it. It is attached while the cache lists it.
 *
 * | state      | since                                       | attached | a later call with its key | its result |
 * | ---------- | ------------------------------------------- | -------- | ------------------------- | ---------- |
 * | leading    | its start: the pipeline is on the stack     | yes | joins, or throws if `fn` is synchronous | |
 * | pending    | the pipeline has returned a Promise         | yes | joins                | |
 * | responding | the headers of a response that may be stored have arrived | yes | joins, gets a copy | is stored once the body is complete |
 * | superseded | `invalidate`, `clear`, `put`, a refresh, or changed arguments | no | leads a new flight | is not stored |
 * | cancelled  | the last caller has left                    | no  | leads a new flight   | is dropped |
 * | lost       | the leader's stack overflowed, or the body of a call without a timeout stalls | until the next call | leads a new flight | is not stored |
 * | ended      | it has a result or an error                 | no  | finds the stored result, or leads | a value is stored |
 *
 * In Workers a leader can die with its request: see `leader-liveness.workerd.ts`.
 */
export class Flight {
  readonly key: unknown;
  /** The flights of the cache; absent for a call that is not cached. */
  readonly flights: Flights<Flight> | undefined;
  /** Whether all callers get the same result, and need no copies; `undefined` where that is unknown. */
  readonly plain: boolean | undefined;
  readonly cancellation = new Cancellation();
  /** Milliseconds. */
  readonly started = systemClock.read();
  /** Settles with the result. Absent while the function is on the stack and no caller waits. */
  promise: Promise<unknown> | undefined;
  /** Settles `promise` where that was made before the function returned. */
  resolve: ((result: unknown) => void) | undefined;
  /** The Promise that callers without signals share, once it is known to be the same for all. */
  sharedPromise: Promise<unknown> | undefined;
  /** The response, while its body arrives. */
  response: SharedResponse | undefined;
  /** Whether it replaces a stored result. Other refreshes join it. */
  isRefresh = false;
  /** Whether its leader is still on the stack. */
  isLeading = true;
  /** Whether the function has returned a Promise. */
  #isPending = false;
  #hasEnded = false;
  /**
   * The number of callers that have not left; `Infinity` once a caller without signals waits. The leader counts as a
   * caller, but can leave only once the promise exists.
   */
  #callers = 1;
  #shared: SharedPromise | undefined;

  /**
   * @param flights lists it until it is detached
   * @param isMissing nothing is stored for the key
   */
  constructor(
    plain: boolean | undefined,
    key?: unknown,
    flights?: Flights<Flight>,
    isMissing = false,
  ) {
    this.plain = plain;
    this.key = key;
    this.flights = flights;
    flights?.add(this, isMissing);
  }

  /** The leader overflowed the stack before it settled, so this flight never ends; or its body stalls. */
  get isLost(): boolean {
    return (!this.isLeading && !this.#isPending) || this.response?.isStalled === true;
  }

  /** Whether later calls join it, and its result is stored. */
  get isAttached(): boolean {
    return this.flights?.get(this.key) === this;
  }

  /** Returns whether it was attached. */
  detach(): boolean {
    const { isAttached } = this;
    if (isAttached) {
      this.flights?.delete(this.key);
      this.response?.leave();
    }
    return isAttached;
  }

  /** Returns true the first time: a flight ends once, with its result or when its last caller leaves. */
  end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    return true;
  }

  /** Adds a waiting caller. Returns the Promise that it waits for. */
  addWaiter(): Promise<unknown> {
    this.#callers++;
    this.promise ??= new Promise((resolve) => {
      this.resolve = resolve;
    });
    return this.promise;
  }

  /** Records the Promise that the function returned. */
  settle(result: Promise<unknown>): Promise<unknown> {
    this.#isPending = true;
    this.resolve?.(result);
    this.promise ??= result;
    return this.promise;
  }

  /**
   * The Promise for a caller without signals, which never leaves: a shared one, or its own if the result is a response.
   * @param receive makes what the caller gets of the result
   */
  waitForResult(
    promise: Promise<unknown>,
    receive: (result: unknown) => unknown,
  ): Promise<unknown> {
    this.#callers = Infinity;
    if (this.plain && !this.response) {
      if (this.#isPending) this.sharedPromise = promise;
      return promise;
    }
    if (this.plain === false || this.response) return promise.then(receive);
    if (this.#shared) {
      this.#shared.callers++;
      if (this.#isPending) this.sharedPromise = this.#shared;
    }
    this.#shared ??= new SharedPromise(promise, receive);
    return this.#shared;
  }

  /** Adds a caller that gets `sharedPromise`. */
  addCaller(): void {
    if (this.#shared) this.#shared.callers++;
  }

  /** Records the response. Callers are readers of its body from the moment they join. */
  setResponse(response: SharedResponse): void {
    this.response = response;
    this.sharedPromise = undefined;
    const shared = this.#shared;
    const several = shared !== undefined && shared.callers > 1;
    // Any of them may be the first to await the Promise.
    response.hasLeader = !several;
    const { promise = Promise.resolve() } = this;
    response.keep(several ? shared.allTaken() : (shared?.first ?? promise));
  }

  /**
   * The Promise for a caller that leaves when one of the signals aborts. When the last caller leaves, the flight is
   * cancelled.
   * @param receive makes what the caller gets of the result
   * @param cancelled runs when the flight is cancelled, with the reason
   */
  waitWithSignals(
    signals: readonly AbortSignal[],
    promise: Promise<unknown>,
    receive: (result: unknown) => unknown,
    cancelled: (reason: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let isWaiting = true;
      const unsubscribers: (() => void)[] = [];
      const stopWaiting = () => {
        isWaiting = false;
        for (const unsubscribe of unsubscribers) unsubscribe();
      };
      const leave = (reason: unknown) => {
        stopWaiting();
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
          if (!isWaiting) return;
          stopWaiting();
          try {
            resolve(receive(result));
          } catch (error) {
            reject(error);
          }
        },
        (error) => {
          stopWaiting();
          reject(error);
        },
      );
      // Last, as a foreign signal may throw.
      for (const signal of signals) {
        // A listener of this call's own events may have aborted it already.
        if (isWaiting && signal.aborted) leave(reasonOf(signal));
        if (isWaiting) unsubscribers.push(onAbort(signal, () => leave(reasonOf(signal))));
      }
    });
  }
}
