import { type BodySource, sourceOf } from './body-stream.ts';
import { bodyOf } from './response.ts';

/**
 * The rest of a body whose first bytes are known, taken from a second response, which must begin with the same bytes.
 * @param known the first bytes
 * @param request gets the second response; rejects if its head differs
 */
export function resumeBody(known: Uint8Array, request: () => Promise<Response>): BodySource {
  let source: BodySource | undefined;
  let position = 0;
  let cancelled: { reason: unknown } | undefined;
  return {
    async next() {
      if (!source) {
        const body = bodyOf(await request());
        if (!body) throw changed();
        source = sourceOf(body);
        if (cancelled) source.cancel(cancelled.reason);
      }
      for (;;) {
        const value = await source.next();
        if (!value) {
          if (position < known.byteLength) throw changed();
          return undefined;
        }
        const start = position;
        position += value.byteLength;
        const overlap = Math.max(Math.min(value.byteLength, known.byteLength - start), 0);
        for (let at = 0; at < overlap; at++) {
          if (value[at] === known[start + at]) continue;
          const error = changed();
          source.cancel(error);
          throw error;
        }
        if (overlap < value.byteLength) return value.subarray(overlap);
      }
    },
    cancel(reason) {
      cancelled = { reason };
      source?.cancel(reason);
    },
  };
}

/** The error for a second response that differs from the first one. */
export function changed(): TypeError {
  return new TypeError(
    'The body was too large to share, and changed before it was requested again',
  );
}
