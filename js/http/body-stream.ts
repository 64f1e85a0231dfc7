import { onAbort, reasonOf } from '../events/on-abort.ts';
import { collected, Weak } from '../platform/weak.ts';

/** Where one reader gets its bytes from. */
export interface BodySource {
  /** The next bytes, the reader's own to change; `undefined` at the end. An error breaks the body off. */
  next(): Promise<Uint8Array | undefined>;
  /**
   * The reader wants no more.
   * @param collected it did not say so: it was garbage-collected
   */
  cancel(reason?: unknown, collected?: boolean): void;
}

/** A class of Node's streams. */
export interface StreamClass {
  from(body: BodyInit): BodyInit;
}

/** A stream of Node's own kind, as far as it is used here. */
interface NodeStream extends AsyncIterable<Uint8Array> {
  readonly constructor: StreamClass;
  readonly locked?: undefined;
  pipe: unknown;
  on(type: 'error', listener: () => void): this;
  destroy(): void;
}

/** The body of a response: of the platform, or of node-fetch. */
export type AnyBody = ReadableStream<Uint8Array> | NodeStream;

/** A request whose response has a body. */
export interface Abortable {
  abort(reason: unknown): void;
}

/**
 * What comes of a body, as a source. Locks it.
 * @param request aborted with it: node-fetch 2 goes on with a request whose body is destroyed
 */
export function sourceOf(body: AnyBody, request?: Abortable): BodySource {
  if ('pipe' in body) {
    const chunks = body[Symbol.asyncIterator]();
    return {
      async next() {
        const { value } = await chunks.next();
        // Chunks of Node's streams may share their memory, which a stream of bytes takes away.
        return value && new Uint8Array(value);
      },
      cancel(reason) {
        // The abort is an error event of the body, which without a listener would end the process.
        body.on('error', () => {}).destroy();
        request?.abort(reason);
      },
    };
  }
  const reader = body.getReader();
  return {
    async next() {
      const { value } = await reader.read();
      // A stream of bytes takes the memory of its chunks away, which may be anybody's: copied, it is ours.
      return value && new Uint8Array(value);
    },
    cancel: (reason) => void reader.cancel(reason).catch(() => {}),
  };
}

type Controller = ReadableStreamDefaultController | ReadableByteStreamController;

/** Cancels the source of a stream that was garbage-collected before its end. */
const unread = /* @__PURE__ */ collected<readonly [BodySource, (() => void) | undefined]>(
  ([source, finish]) => {
    finish?.();
    source.cancel(undefined, true);
  },
);

/**
 * A stream of what a source gives, asked for as it is read.
 * @param signals break the body off when one of them aborts, with its reason
 */
export function bodyStream(
  source: BodySource,
  signals: readonly AbortSignal[] = [],
): ReadableStream<Uint8Array> {
  // Collected with the stream, whose methods refer to it.
  const held: { finish?: () => void } = {};
  const underlying = {
    start(controller: Controller) {
      if (signals.length > 0) held.finish = breakOffOn(signals, controller, source);
    },
    async pull(controller: Controller) {
      try {
        let bytes: Uint8Array | undefined;
        // Streams of bytes take no empty chunk.
        do bytes = await source.next();
        while (bytes?.byteLength === 0);
        if (bytes) {
          controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
        } else {
          held.finish?.();
          controller.close();
          // Who reads into a buffer of its own waits for an answer even then.
          (controller as ReadableByteStreamController).byobRequest?.respond(0);
        }
      } catch (error) {
        held.finish?.();
        controller.error(error);
      }
    },
    cancel(reason: unknown) {
      held.finish?.();
      source.cancel(reason);
    },
  };
  let stream: ReadableStream<never>;
  try {
    stream = new ReadableStream<never>({ type: 'bytes', ...underlying });
  } catch {
    // No streams of bytes here: readers with buffers of their own are not to be had.
    stream = new ReadableStream<never>(underlying, { highWaterMark: 0 });
  }
  unread.register(held, [source, held.finish]);
  return stream;
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
  return finish;
}
