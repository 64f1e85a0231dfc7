import { onAbort, reasonOf } from '../events/on-abort.ts';
import { collected, Weak } from '../weak.ts';

/** Where one reader gets its bytes from. */
export interface BodySource {
  /** The next bytes, the reader's own to change; `undefined` at the end. An error breaks the body off. */
  next(): Promise<Uint8Array | undefined>;
  /** The reader wants no more. */
  cancel(reason: unknown): void;
}

/** What comes from a stream, as a source. */
export function sourceOf(reader: ReadableStreamDefaultReader<Uint8Array>): BodySource {
  return {
    next: async () => (await reader.read()).value,
    cancel: (reason) => void reader.cancel(reason).catch(() => {}),
  };
}

type Controller = ReadableStreamDefaultController | ReadableByteStreamController;

/** Takes back what waits for signals when a stream is gone that nobody has read to its end. */
const unread = /* @__PURE__ */ collected<() => void>((forget) => forget());

/**
 * A stream of what a source gives, asked for as it is read.
 * @param signals break the body off when one of them aborts, with its reason
 */
export function bodyStream(
  source: BodySource,
  signals: readonly AbortSignal[] = [],
): ReadableStream<Uint8Array> {
  let finish = () => {};
  const underlying = {
    start(controller: Controller) {
      if (signals.length > 0) finish = breakOffOn(signals, controller, source);
    },
    async pull(controller: Controller) {
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

/** Heeds the signals, which may live for long, without keeping the stream alive; returns what ends that. */
function breakOffOn(
  signals: readonly AbortSignal[],
  controller: Controller,
  source: BodySource,
): () => void {
  const stream = new Weak(controller);
  const forget: (() => void)[] = [];
  const finish = () => {
    for (const take of forget) take();
  };
  for (const signal of signals) {
    const breakOff = () => {
      finish();
      const reason = reasonOf(signal);
      stream.deref()?.error(reason);
      source.cancel(reason);
    };
    if (signal.aborted) breakOff();
    else forget.push(onAbort(signal, breakOff));
  }
  unread.register(controller, finish);
  return finish;
}
