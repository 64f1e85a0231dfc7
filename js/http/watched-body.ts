import { type Abortable, bodyStream, sourceOf } from './body-stream.ts';
import { bodyOf, canRespond, headOf, respond } from './response.ts';
import { isResponse } from './result-kind.ts';

/**
 * A result as it was or, of a response with a body to read, one with the same body that is watched.
 * @param call aborted where the body is cancelled
 * @param ended runs when the body ended, failed, was cancelled or was collected; at once when there is none to read
 */
export function watchBody(result: unknown, call: Abortable, ended: () => void): unknown {
  try {
    const body = isResponse(result) && canRespond(result) && bodyOf(result);
    if (body) {
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
      return respond(headOf(result), stream, [], true);
    }
  } catch {
    // What cannot be inspected is given back as it is.
  }
  ended();
  return result;
}
