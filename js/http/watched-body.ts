import { whenCollected } from '../weak.ts';
import { bodyStream, sourceOf } from './body-stream.ts';
import { bodyOf, canRespond, headOf, isResponse, respond } from './response.ts';

/**
 * A result as it was or, of a response with a body to read, one with the same body that is watched.
 * @param ended runs when the body ended, failed, was cancelled or was collected; at once when there is none to read
 */
export function watchBody(result: unknown, ended: () => void): unknown {
  try {
    if (isResponse(result)) {
      const body = bodyOf(result);
      if (body && canRespond(result)) return watched(result, body, ended);
      // The body of node-fetch is a stream of Node's.
      const { once } = (body ?? {}) as { once?: (type: string, listener: () => void) => void };
      if (once && !result.bodyUsed) {
        once.call(body, 'close', ended);
        return result;
      }
    }
  } catch {
    // What cannot be inspected is given back as it is.
  }
  ended();
  return result;
}

function watched(
  response: Response,
  body: ReadableStream<Uint8Array>,
  ended: () => void,
): Response {
  const source = sourceOf(body.getReader());
  const cancel = (reason?: unknown) => {
    ended();
    source.cancel(reason);
  };
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
    cancel,
  });
  // The stream has locked the body, which is then cancelled by nothing else.
  whenCollected(stream, cancel);
  return respond(headOf(response), stream);
}
