import { onAbort } from '../events/on-abort.ts';

/** Where one reader gets its bytes from. */
export interface BodySource {
  /** The next bytes, the reader's own to change; `undefined` at the end. An error breaks the body off. */
  next(): Promise<Uint8Array | undefined>;
  /** The reader wants no more. */
  cancel(reason: unknown): void;
}

/**
 * A stream of what a source gives, asked for as it is read.
 * @param signals break the body off when one of them aborts, with its reason
 */
export function bodyStream(
  source: BodySource,
  signals: readonly AbortSignal[] = [],
): ReadableStream<Uint8Array> {
  let forget: (() => void)[] = [];
  const finish = () => {
    for (const take of forget) take();
    forget = [];
  };
  const underlying = {
    start(controller: ReadableStreamDefaultController | ReadableByteStreamController) {
      for (const signal of signals) {
        const breakOff = () => {
          finish();
          controller.error(signal.reason);
          source.cancel(signal.reason);
        };
        if (signal.aborted) return breakOff();
        forget.push(onAbort(signal, breakOff));
      }
    },
    async pull(controller: ReadableStreamDefaultController | ReadableByteStreamController) {
      try {
        const bytes = await source.next();
        if (bytes) {
          controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
        } else {
          finish();
          controller.close();
          // Who reads into a buffer of its own waits for an answer even then.
          (controller as ReadableByteStreamController).byobRequest?.respond(0);
        }
      } catch (error) {
        finish();
        controller.error(error);
      }
    },
    cancel(reason: unknown) {
      finish();
      source.cancel(reason);
    },
  };
  try {
    return new ReadableStream<never>({ type: 'bytes', ...underlying });
  } catch {
    // No streams of bytes here: readers with buffers of their own are not to be had.
    return new ReadableStream<never>(underlying, { highWaterMark: 0 });
  }
}
