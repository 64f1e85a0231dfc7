import { wrongKind } from '../options/check.ts';

/**
 * Where the bytes of a trace are: a `Blob` or `File`, a stream of bytes such as `response.body` or `process.stdin`, or the
 * bytes.
 */
export type TraceSource =
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Uint8Array<ArrayBuffer>;

/** @throws TypeError for anything but a source */
export function openSource(source: unknown): Blob | ReadableStream {
  if (source instanceof Blob) return source;
  if (source instanceof ReadableStream) {
    if (source.locked) throw new TypeError('source is a stream that is locked or was read');
    return source;
  }
  if (source instanceof Uint8Array) return new Blob([source as Uint8Array<ArrayBuffer>]);
  const iterate = (source as AsyncIterable<Uint8Array> | null | undefined)?.[Symbol.asyncIterator];
  if (typeof iterate === 'function') return streamOf(iterate.call(source));
  throw wrongKind('source', 'a Blob, a stream of bytes or a Uint8Array', source);
}

function streamOf(iterator: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        // A copy: some streams reuse the memory. The method of a Buffer of Node would not copy.
        else controller.enqueue(value instanceof Uint8Array ? new Uint8Array(value) : value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
