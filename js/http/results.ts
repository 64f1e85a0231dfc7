import type { FetchRequest } from './fetch-request.ts';
import { discardBody, type Head, respond } from './response.ts';
import { kindOf, type ResultKind } from './result-kind.ts';
import type { BodyWatch } from './shared-body.ts';
import { isTooLarge, SharedResponse, sharedBy } from './shared-response.ts';
import { isStorable, retryAfter } from './status.ts';
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

export { type CopyInit, withHeaders } from './copy-members.ts';
export type { FetchRequest } from './fetch-request.ts';
export {
  type BodyWatch,
  discardBody,
  type Head,
  isStorable,
  isTooLarge,
  kindOf,
  type ResultKind,
  respond,
  retryAfter,
  SharedResponse,
  sharedBy,
  UnsharedResult,
  withSignals,
};

/** The weight of a stored response: the bytes of its body. Of any other value 0. */
export function bodyWeight(value: unknown): number {
  return SharedResponse.bodyOf(value)?.byteLength ?? 0;
}

/** Which responses are stored. */
export interface ResponseRules {
  readonly statuses: ReadonlySet<number>;
  /** Bytes. */
  readonly maxBodySize: number;
  /** Whether a response is stored; absent where its status, `no-store` and `Vary: *` decide. */
  readonly accepts: ((response: Response, request: FetchRequest) => boolean) | undefined;
  /**
   * Returns a function that tells whether another request gets this response, which came for the first one; absent if
   * every request with its key does.
   * @param isStorable whether the function itself has returned it; `accepts` was called then
   */
  readonly isFor:
    | ((
        response: Response,
        request: FetchRequest,
        isStorable: boolean,
      ) => (other: FetchRequest) => boolean)
    | undefined;
}
