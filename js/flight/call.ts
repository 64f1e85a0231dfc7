import type { FetchRequest } from '../http/fetch-request.ts';
import type { BodyWatch } from '../http/shared-body.ts';
import type { Cancellation } from './cancellation.ts';

/** What counts as a failure that may be tried again, for retry and for hedge. */
export interface RetryRules {
  /** The methods whose requests may be sent more than once. */
  readonly methods: ReadonlySet<string>;
  /** Whether an error ends the call. */
  isFinal(error: unknown): boolean;
  /** Whether a result is a failure. */
  rejects(call: Call, result: unknown): boolean;
}

/** A call's relation to a bulkhead: it holds a slot or does not, and may come and go. */
export interface Slot {
  /**
   * Takes a slot, after a wait if need be; `false` when there is none in time.
   * @param patient waits as long as it takes
   */
  take(patient: boolean): Promise<boolean> | boolean;
  /** Gives the slot back, if it holds one, to who has waited longest. */
  release(): void;
}

/** How a call ended where that is not plain from its value or error. */
export enum Outcome {
  /** As it looks: a value is a success. */
  PLAIN = 0,
  /** The value is given back, but stands for a failure. */
  FAILED = 1,
}

/** One run of a wrapped function with all its attempts, as the patterns see it. */
export class Call {
  readonly thisArg: unknown;
  readonly args: readonly unknown[];
  /** The cache key; `undefined` without a cache. */
  readonly key: unknown;
  /** What the arguments ask of `fetch`; `undefined` for other functions. */
  readonly request: FetchRequest | undefined;
  /** The attempt under way, from 1. */
  attempt = 1;
  /** Whether the function has been called at all. */
  hasRun = false;
  outcome: Outcome = Outcome.PLAIN;
  /** False for what `fn` did not return, and for what retry still rejects. */
  storable = true;
  /** Of the run that gave the result: aborts the signal that the function got. */
  cancellation: Cancellation | undefined;
  /** What a fallback stands in for. */
  error: unknown;
  /** Whether the call is past its synchronous part: the function runs later than at the call. */
  waited = false;
  /** Compares the key with what the arguments are now; absent where they cannot change. */
  verifyKey: (() => void) | undefined;
  /** Whether its arguments have changed while it waited. */
  keyChanged = false;
  /** The rules of its retry; `undefined` without one. */
  rules: RetryRules | undefined;
  /** Where there is a bulkhead. */
  slot: Slot | undefined;

  constructor(thisArg: unknown, args: readonly unknown[], key?: unknown, request?: FetchRequest) {
    this.thisArg = thisArg;
    this.args = args;
    this.key = key;
    this.request = request;
  }

  /** The same call, to be made once more. */
  again(): Call {
    return new Call(this.thisArg, this.args, this.key, this.request);
  }
}

/**
 * Starts to limit the time of the body of a shared response.
 * @param started when its call began, in milliseconds
 */
export type BodyLimit = (call: Call, started: number, fail: (error: unknown) => void) => BodyWatch;
