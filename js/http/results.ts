import type { Abortable } from './body-stream.ts';
import { discardBody } from './response.ts';
import { kindOf, type ResultKind } from './result-kind.ts';
import type { BodyWatch } from './shared-body.ts';
import { isTooLarge, SharedResponse } from './shared-response.ts';
import { isStorable } from './status.ts';
import { UnsharedResult, withSignals } from './unshared-result.ts';

/*
 * What a caller gets of a result, and what is stored of it. Flights see HTTP only through this file.
 *
 * | result                             | the leader gets | a waiter gets            | stored                       |
 * | ---------------------------------- | --------------- | ------------------------ | ---------------------------- |
 * | a value                            | the value       | the same value           | the value                    |
 * | a `Response`                       | a copy          | a copy                   | a copy, once its body is complete |
 * | a result that can be read only once | the result     | the result of its own call | nothing                    |
 */

export type { FetchRequest } from './fetch-request.ts';
export { type BodyWatch, discardBody, kindOf, type ResultKind, SharedResponse, UnsharedResult };

/** Which responses are stored. */
export interface ResponseRules {
  readonly statuses: ReadonlySet<number>;
  /** Bytes. */
  readonly maxBodySize: number;
}

/** What a response that is shared needs to know of its flight. */
export interface FlightTerms {
  readonly rules: ResponseRules;
  /** The method of the request; `undefined` for functions unlike `fetch`. */
  readonly method: string | undefined;
  /** Aborts the request. */
  readonly request: Abortable | undefined;
  /** Starts to limit the time of the body; `fail` ends it with an error. */
  readonly watch: ((fail: (error: unknown) => void) => BodyWatch) | undefined;
  /** Whether the call allows its result to be stored. */
  readonly storable: boolean;
  /** Whether later callers join the flight, which then stores the response. */
  isAttached(): boolean;
  /** Keeps later callers out; the result is not stored. */
  detach(): void;
  /** Stores a response whose body is complete. */
  store(response: Response): void;
}

/** Shares a response among the callers of a flight; `undefined` where that is impossible, or its body has no end. */
export function shareResponse(response: Response, terms: FlightTerms): SharedResponse | undefined {
  const { statuses, maxBodySize } = terms.rules;
  return SharedResponse.share(response, {
    accepts() {
      if (!(terms.storable && isStorable(response, statuses))) terms.detach();
      return terms.method === 'HEAD' || !isTooLarge(response, maxBodySize);
    },
    maxSize: maxBodySize,
    request: terms.request,
    isWanted: terms.isAttached,
    watch: terms.watch,
    ended(complete) {
      if (complete) terms.store(complete);
      terms.detach();
    },
  });
}

/** A caller who receives a result. */
export interface Receiver {
  readonly signals: readonly AbortSignal[];
  /** Aborts the request that gave the result. */
  readonly request: Abortable | undefined;
  /** Whether this caller's own call ran the function. */
  readonly isLeader: boolean;
  /** Runs the function for this caller alone. */
  runAlone(): Promise<unknown>;
  /** Makes the call again, in case that the body of a shared response times out. */
  readonly restart: (() => Promise<unknown>) | undefined;
}

/** What one caller gets of the result of a flight. */
export function resultFor(result: unknown, receiver: Receiver): unknown {
  const { signals, request } = receiver;
  if (result instanceof SharedResponse) {
    return result.copy(signals, receiver.runAlone, receiver.isLeader, receiver.restart);
  }
  if (result instanceof UnsharedResult) {
    return result.take(signals, request) ?? receiver.runAlone();
  }
  return withSignals(result, signals, request);
}

/** What one caller gets of a stored result. */
export function copyOfStored(stored: unknown, signals: readonly AbortSignal[] = []): unknown {
  return SharedResponse.copyOf(stored, signals);
}
