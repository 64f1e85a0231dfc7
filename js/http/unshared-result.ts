import { isObject } from '../platform/property.ts';
import { type Abortable, bodyStream, sourceOf } from './body-stream.ts';
import type { FetchRequest } from './fetch-request.ts';
import { bodyOf, canRespond, cookiesIn, headOf, respond } from './response.ts';
import { isResponse } from './result-kind.ts';

/** A result that cannot be shared: the first caller gets it, every other caller makes its own call. */
export class UnsharedResult {
  #result: unknown;
  /** Whether a request gets it; absent if every request of the flight does. */
  isFor: ((request: FetchRequest) => boolean) | undefined;

  constructor(result: unknown) {
    this.#result = result;
  }

  /** Unlike `instanceof`, this asks no Proxy of the user. */
  static is(value: unknown): value is UnsharedResult {
    return isObject(value) && #result in value;
  }

  /**
   * The result, once; afterwards `undefined`. Only the leader gets a response with cookies.
   * @param madeRequest whether the caller's own call gave the result
   */
  take(
    signals: readonly AbortSignal[],
    request: Abortable | undefined,
    madeRequest: boolean,
  ): unknown {
    if (!madeRequest && hasCookies(this.#result)) return undefined;
    const result = withSignals(this.#result, signals, request);
    this.#result = undefined;
    return result;
  }
}

function hasCookies(result: unknown): boolean {
  try {
    return isResponse(result) && cookiesIn(result.headers).length > 0;
  } catch {
    return true;
  }
}

/**
 * The result. The body of a response fails when one of the signals aborts, like that of a plain `fetch`.
 * @param request aborted together with the body
 */
export function withSignals(
  result: unknown,
  signals: readonly AbortSignal[],
  request?: Abortable,
): unknown {
  if (signals.length === 0 || !isResponse(result)) return result;
  try {
    const body = bodyOf(result);
    if (!body || !canRespond(result)) return result;
    const head = headOf(result);
    return respond(head, bodyStream(sourceOf(body, request), signals), signals, true);
  } catch {
    return result;
  }
}
