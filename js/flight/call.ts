import type { CheckedPut } from '../cache/cache-options.ts';
import type { BodyWatch, FetchRequest } from '../http/results.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import type { Cancellation } from './cancellation.ts';
import type { Flight } from './flight.ts';

/** The rules by which retry and hedge decide what is a failure, and whether it may be tried again. */
export interface RetryRules {
  /** The methods whose requests may be sent more than once. */
  readonly methods: ReadonlySet<string>;
  /** Whether an error ends the call. */
  isFinal(error: unknown): boolean;
  /** Whether a result is a failure. */
  rejects(call: Call, result: unknown): boolean;
}

/** A call's slot in a bulkhead, which it may release and take again. */
export interface Slot {
  /**
   * Takes the slot, after a wait if necessary. `false` if there is none within `maxWait`.
   * @param patient waits without a limit
   */
  take(patient: boolean): Promise<boolean> | boolean;
  /** Releases the slot, if the call holds it, to the call that has waited longest. */
  release(): void;
}

/** The outcome of a call that returned a value. */
export enum Outcome {
  /** The value is a success. */
  PLAIN = 0,
  /** The value is returned, but counts as a failure. */
  FAILED = 1,
}

/** Something that waits, such as a timer or a place in a queue. It keeps the process alive or not. */
export type Wait = Pick<Timer, 'ref' | 'unref'>;

/** One run of a wrapped function with all its attempts, as the patterns see it. */
export class Call {
  readonly thisArg: unknown;
  readonly args: readonly unknown[];
  /** The cache key; `undefined` without a cache. */
  readonly key: unknown;
  /** The request of `fetch`; `undefined` for other functions. */
  readonly request: FetchRequest | undefined;
  /** The current attempt, from 1. */
  attempt = 1;
  /** Whether the function has been called. */
  hasRun = false;
  /** Whether the function has last returned a value, not a Promise. */
  isSync = false;
  outcome: Outcome = Outcome.PLAIN;
  /** False for a value that `fn` did not return, and for a result that retry rejects. */
  storable = true;
  /** Aborts the signal that the function got in the run that gave the result. */
  cancellation: Cancellation | undefined;
  /** The error that another result replaced. */
  error: unknown;
  /** Whether the synchronous part of the call is over. */
  waited = false;
  /** Compares the key with the key that the arguments have now. Absent if they cannot change. */
  verifyKey: (() => void) | undefined;
  /** Whether its arguments changed while it waited, so that they have another key. */
  keyChanged = false;
  /** The rules of retry; `undefined` without retry. */
  rules: RetryRules | undefined;
  /** `undefined` without a bulkhead. */
  slot: Slot | undefined;
  /** The number of its flight, in events. */
  flight = 0;
  /** The flight that it leads; absent for a call that neither joins a flight nor is joined. */
  leads: Flight | undefined;
  /** Whether no caller waits for it: its timers do not keep the process alive. */
  isBackground = false;
  /** The ttl and tags of that result; `undefined` for those of the function. */
  own: CheckedPut | undefined;
  /** Returns what callers get instead of a failure, `undefined` for the failure. Absent without a stale result. */
  standIn: ((failure: unknown) => unknown) | undefined;

  /** What waits for this call now, and keeps the process alive or not; recorded if that may change. */
  #waits: Set<Wait> | undefined;

  constructor(thisArg: unknown, args: readonly unknown[], key?: unknown, request?: FetchRequest) {
    this.thisArg = thisArg;
    this.args = args;
    this.key = key;
    this.request = request;
  }

  /** Starts a timer, which does not keep the process alive if the call is in the background. */
  startTimer(callback: () => void, milliseconds: number): Timer {
    // Only a call with a stale result goes to the background.
    if (!(this.isBackground || this.standIn)) return startTimer(callback, milliseconds);
    let timer: Timer | undefined;
    let isOver = false;
    // A fake timer may run synchronously.
    const run = () => {
      isOver = true;
      if (timer) this.forget(timer);
      callback();
    };
    timer = startTimer(run, milliseconds, this.isBackground);
    const { clear, ref, unref } = timer;
    if (!isOver) this.record(timer);
    return {
      ref,
      unref,
      clear: () => {
        if (timer) this.forget(timer);
        clear();
      },
    };
  }

  /** Records something that waits for this call. */
  record(wait: Wait): void {
    this.#waits ??= new Set();
    this.#waits.add(wait);
  }

  /** Reverses {@link record}. */
  forget(wait: Wait): void {
    this.#waits?.delete(wait);
  }

  /** A caller waits from now on: its timers keep the process alive. */
  keepAlive(): void {
    this.isBackground = false;
    for (const wait of this.#waits ?? []) wait.ref();
  }

  /** No caller waits any more: its timers do not keep the process alive. */
  goToBackground(): void {
    this.isBackground = true;
    for (const wait of this.#waits ?? []) wait.unref();
  }

  /** A copy of the call, to make it again. Its arguments may have changed since. */
  again(): Call {
    const call = new Call(this.thisArg, this.args, this.key, this.request);
    call.waited = true;
    return call;
  }
}

/**
 * Starts to limit the time of the body of a shared response.
 * @param started the start of its call, in milliseconds
 */
export type BodyLimit = (call: Call, started: number, fail: (error: unknown) => void) => BodyWatch;
