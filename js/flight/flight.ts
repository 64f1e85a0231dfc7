import type { Fenced, Flights } from '../cache/flights.ts';
import { onAbort, reasonOf } from '../events/on-abort.ts';
import {
  discardBody,
  type FetchRequest,
  type SharedResponse,
  type UnsharedResult,
} from '../http/results.ts';
import type { TierSession } from '../tier/seam.ts';
import { systemClock } from '../time/clock.ts';
import type { Timer } from '../time/timer.ts';
import type { Call } from './call.ts';
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
 * | closed     | one of the tags that its result may have was invalidated | yes | leads a new flight | is stored if it has none of these tags, and no newer flight has started |
 * | superseded | `invalidate`, `expire`, `clear`, `put`, a tag of its own, a refresh, or changed arguments | no | leads a new flight | is not stored |
 * | cancelled  | the last caller has left                    | no  | leads a new flight   | is dropped |
 * | lost       | the leader's stack overflowed, or the body stalls (without a timeout, or its timer was lost); a refresh after 30 s; a second tier is cut off, after `maxStale` | until the next call | leads a new flight | is not stored |
 * | ended      | it has a result or an error                 | no  | finds the stored result, or leads | a value is stored |
 *
 * In Workers a leader can die with its request: see `leader-liveness.workerd.ts`.
 */
export class Flight implements Fenced {
  /** The number in events. */
  readonly id = nextFlightId();
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
  /** What {@link join} gives to more callers, or makes their Promises from; absent while no call may join that way. */
  joinable: Promise<unknown> | undefined;
  /** Makes the result of such a caller; absent if they share the Promise. */
  #receive: ((result: unknown) => unknown) | undefined;
  /** Whether the leader got `promise` itself, which therefore resolves to the leader's own result. */
  leaderHasPromise = false;
  /** A response or a single-use result, from which each caller gets its own; absent for other results. */
  sharedResult: SharedResponse | UnsharedResult | undefined;
  /** The response, while its body arrives. */
  response: SharedResponse | undefined;
  /** Whether it replaces a stored result. Other refreshes join it. */
  isRefresh = false;
  /** Whether it replaces a stale result in the background. No caller that leaves can cancel it. */
  isBackground = false;
  /** Whether it stores a response of the user, whose body is arriving: there was no call. */
  isPut = false;
  /** Whether callers have joined it. */
  isJoined = false;
  /** Whether its callers got a stale result because it takes long. */
  isSlow = false;
  /** Whether callers may get a stale result instead. */
  isGuarded = false;
  /** The call that it runs, if it is guarded. */
  call: Call | undefined;
  /** The stale result that callers get before the flight ends; absent without `staleIfSlow`. */
  early: Promise<unknown> | undefined;
  slowTimer: Timer | undefined;
  /** The stale result that callers get instead of a failure, except those that asked for a refresh. */
  replacement: unknown;
  /** The time from which on a background flight does not count as under way. */
  overdueAt = Infinity;
  /** Called when its result was stored, or never will be. */
  onDone: (() => void) | undefined;
  /** The request of its leader; `undefined` if it has none. */
  request: FetchRequest | undefined;
  /** Its part of the second tier; absent without one. */
  session: TierSession | undefined;
  /** The tags that its result will have, or a function that returns them. */
  tags: ReadonlySet<string> | ((...args: never[]) => unknown) | undefined;
  /** Tags that were invalidated since it began; absent if there are none. */
  fenced: Set<string> | undefined;
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
    if (isAttached) this.flights?.delete(this.key);
    else this.#endParts();
    return isAttached;
  }

  onDetached(): void {
    if (this.isBackground) this.response?.release();
    this.response?.leave();
    this.#endParts();
  }

  #endParts(): void {
    this.onDone?.();
    this.session?.end();
  }

  /** Whether no caller joins it any more, as its result may have an invalidated tag. */
  get isClosed(): boolean {
    return this.fenced !== undefined;
  }

  fence(tags: ReadonlySet<string>): void {
    const own = this.tags;
    if (typeof own === 'function') {
      this.joinable = undefined;
      this.fenced ??= new Set();
      for (const tag of tags) this.fenced.add(tag);
    } else if (own && haveCommon(own, tags)) {
      this.detach();
    }
  }

  /** Returns true the first time: a flight ends once, with its result or when its last caller leaves. */
  end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    this.slowTimer?.clear();
    return true;
  }

  /** Adds a waiting caller. Returns the Promise that it waits for. */
  addWaiter(): Promise<unknown> {
    this.#callers++;
    this.isJoined = true;
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

  /** The Promise for a caller that may get a stale result: instead of a failure, or if the flight takes long. */
  orStale(promise: Promise<unknown>): Promise<unknown> {
    const replaced = promise.then(
      (result) => this.replacement ?? result,
      (error) => this.replacement ?? Promise.reject(error),
    );
    return this.early ? Promise.race([this.early, replaced]) : replaced;
  }

  /**
   * The Promise for a caller without signals, which never leaves: until the function has returned a
   * result, callers share one; after that, each has its own.
   * @param receive makes what the caller gets of the result
   */
  waitForResult(
    promise: Promise<unknown>,
    receive: (result: unknown) => unknown,
  ): Promise<unknown> {
    this.#callers = Infinity;
    if (this.plain === false || this.response) return promise.then(receive);
    // With a second tier, each call asks whether it may join.
    const isOpen = this.isJoined && this.#isPending && !this.isClosed && !this.session;
    if (this.plain) {
      if (!this.isJoined) {
        this.leaderHasPromise = true;
        return promise;
      }
      // Usually a value, which is the same for all.
      const receiveOwn = (result: unknown) => (this.sharedResult ? receive(result) : result);
      if (isOpen) {
        this.joinable = promise;
        this.#receive = receiveOwn;
      }
      return promise.then(receiveOwn);
    }
    if (this.#shared) {
      this.#shared.callers++;
      if (isOpen) this.joinable = this.#shared;
    }
    this.#shared ??= new SharedPromise(promise, receive);
    return this.#shared;
  }

  /** The Promise for one more caller, without signals and with the same arguments as the callers before. */
  join(): Promise<unknown> | undefined {
    if (this.#shared) this.#shared.callers++;
    return this.#receive ? this.joinable?.then(this.#receive) : this.joinable;
  }

  /** Whether it is known which caller is the leader, which gets the cookies. */
  get hasLeader(): boolean {
    // Any of them may be the first to await the Promise.
    return !this.#shared || this.#shared.callers === 1;
  }

  /** Settles once the callers have received the result. Only for a result that has arrived. */
  whenReceived(): Promise<unknown> {
    if (this.#shared) return this.#shared.allTaken();
    const { promise = Promise.resolve() } = this;
    // As late as the callers, which wait for it in the same way.
    return this.isGuarded ? this.orStale(promise) : promise;
  }

  /** Records the response. Callers are readers of its body from the moment they join. */
  setResponse(response: SharedResponse): void {
    this.response = response;
    this.joinable = undefined;
    response.hasLeader = this.hasLeader;
    response.keep(this.whenReceived());
    // In the background, the body arrives without readers.
    if (this.isBackground && this.isAttached) response.keep(undefined);
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
        if (!isWaiting) return;
        stopWaiting();
        reject(reason);
        this.#callers--;
        if (this.#callers > 0 || this.isBackground) return;
        const isFirst = this.end();
        this.detach();
        this.cancellation.abort(reason);
        if (isFirst) cancelled(reason);
      };
      promise.then(
        (result) => {
          if (!isWaiting) {
            // The last one left after the flight had ended.
            if (this.#callers === 0) discardBody(result);
            return;
          }
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
      try {
        for (const signal of signals) {
          // A listener of this call's own events may have aborted it already.
          if (signal.aborted) leave(reasonOf(signal));
          if (isWaiting) unsubscribers.push(onAbort(signal, () => leave(reasonOf(signal))));
        }
      } catch (error) {
        // A mock or polyfill throws.
        leave(error);
      }
    });
  }
}

let flightCount = 0;

/** A number for the events of one flight, or of one call that is not cached. */
export function nextFlightId(): number {
  return ++flightCount;
}

/** Whether two sets of tags have a tag in common. */
export function haveCommon(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  for (const tag of one) if (other.has(tag)) return true;
  return false;
}
