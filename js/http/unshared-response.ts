import { type Abortable, bodyStream, sourceOf } from './body-stream.ts';
import { bodyOf, canRespond, headOf, respond } from './response.ts';
import { isResponse } from './result-kind.ts';

/** A result that is not shared: its caller gets it, and each waiter makes a call of its own. */
export class UnsharedResponse {
  #result: unknown;

  constructor(result: unknown) {
    this.#result = result;
  }

  take(signals: readonly AbortSignal[], request?: Abortable): unknown {
    const result = abortable(this.#result, signals, request);
    this.#result = undefined;
    return result;
  }
}

/** The result; if it is a response, its body breaks off when one of the signals aborts, as that of a plain `fetch`. */
export function abortable(
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
