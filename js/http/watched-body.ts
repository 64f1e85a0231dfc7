import { type Abortable, bodyStream, sourceOf } from './body-stream.ts';
import { bodyOf, canRespond, headOf, respond } from './response.ts';
import { isResponse } from './result-kind.ts';

/**
 * Calls back at the end of a response's body. Returns the response to use, or any other result unchanged.
 * @param call aborted when the body is cancelled
 * @param ended called when the body ends, fails, is cancelled or is collected; at once when there is no body
 */
export function watchBody(result: unknown, call: Abortable, ended: () => void): unknown {
  try {
    const body = isResponse(result) && canRespond(result) && bodyOf(result);
    if (body) {
      // First, as it may throw: the body is not locked yet.
      const head = headOf(result);
      const source = sourceOf(body, call);
      const stream = bodyStream({
        async next() {
          let bytes: Uint8Array | undefined;
          try {
            bytes = await source.next();
          } finally {
            if (!bytes) ended();
          }
          return bytes;
        },
        cancel(reason) {
          ended();
          source.cancel(reason);
        },
      });
      return respond(head, stream, [], true);
    }
  } catch {
    // A result that cannot be inspected is returned unchanged.
  }
  ended();
  return result;
}
