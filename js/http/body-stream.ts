import { onAbort, reasonOf } from '../events/on-abort.ts';
import { collected, Weak } from '../platform/weak.ts';

/** The source of the bytes of one reader. */
export interface BodySource {
  /** The next bytes, which belong to the reader; `undefined` at the end. Rejects when the body fails. */
  next(): Promise<Uint8Array | undefined>;
  /**
   * The reader stops reading. Never throws.
   * @param collected it was garbage-collected before the end
   */
  cancel(reason?: unknown, collected?: boolean): void;
}

/** A class of Node's streams. */
export interface StreamClass {
  from(body: BodyInit): BodyInit;
}

/** The used part of a Node.js stream. */
interface NodeStream extends AsyncIterable<Uint8Array> {
  readonly constructor: StreamClass;
  readonly locked?: undefined;
  pipe: unknown;
  on(type: 'error', listener: () => void): this;
  destroy(): void;
}

/** The body of a response, of the platform or of node-fetch. */
export type AnyBody = ReadableStream<Uint8Array> | NodeStream;

/** Something to abort, such as a request. */
export interface Abortable {
  abort(reason: unknown): void;
}

/**
 * A body as a source. Locks the body.
 * @param request aborted when the source is cancelled: node-fetch 2 continues a request whose body is destroyed
 */
export function sourceOf(body: AnyBody, request?: Abortable): BodySource {
  if ('pipe' in body) {
    const chunks = body[Symbol.asyncIterator]();
    return {
      async next() {
        const { done, value } = await chunks.next();
        return done ? undefined : bytesOf(value);
      },
      cancel(reason) {
        // The abort emits an error event on the body. Without a listener it would end the process.
        safely(() => body.on('error', () => {}).destroy());
        request?.abort(reason);
      },
    };
  }
  const reader = body.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      return done ? undefined : bytesOf(value);
    },
    cancel: (reason) => safely(() => reader.cancel(reason)),
  };
}

/** Ignores an error and a rejection. The bodies of mocks and polyfills may throw, or return no Promise. */
function safely(action: () => unknown): void {
  const run = async () => action();
  run().catch(() => {});
}

/**
 * A copy of the bytes of a chunk: a byte stream detaches the memory of its chunks, which other code may use.
 * @throws TypeError for a value that no platform accepts as a chunk
 */
function bytesOf(chunk: unknown): Uint8Array {
  // Bun and node-fetch accept text, and Bun any view or buffer. Other platforms accept only a Uint8Array.
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk);
  const view = chunk instanceof ArrayBuffer ? new Uint8Array(chunk) : chunk;
  if (!ArrayBuffer.isView(view))
    throw new TypeError(`A chunk of the body must be a Uint8Array, got ${typeof chunk}`);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
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
 * A stream that reads from a source on demand.
 * @param signals the stream fails with the reason of the first one that aborts
 */
export function bodyStream(
  source: BodySource,
  signals: readonly AbortSignal[] = [],
): ReadableStream<Uint8Array> {
  // Collected together with the stream, whose methods refer to it.
  const held: { finish?: () => void } = {};
  const underlying = {
    start(controller: Controller) {
      if (signals.length > 0) held.finish = failOnAbort(signals, controller, source);
    },
    async pull(controller: Controller) {
      try {
        let bytes: Uint8Array | undefined;
        // Byte streams refuse empty chunks.
        do bytes = await source.next();
        while (bytes?.byteLength === 0);
        if (bytes) {
          controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
        } else {
          held.finish?.();
          controller.close();
          // A pending BYOB read needs an answer even at the end.
          (controller as ReadableByteStreamController).byobRequest?.respond(0);
        }
      } catch (error) {
        held.finish?.();
        controller.error(error);
        source.cancel(error);
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
    // This runtime has no byte streams, so there are no BYOB readers.
    stream = new ReadableStream<never>(underlying, { highWaterMark: 0 });
  }
  unread.register(held, [source, held.finish]);
  return stream;
}

/**
 * Fails the stream when a signal aborts. The signals do not keep the stream alive. Returns a function that
 * unsubscribes.
 */
function failOnAbort(
  signals: readonly AbortSignal[],
  controller: Controller,
  source: BodySource,
): () => void {
  const stream = new Weak(controller);
  const unsubscribers: (() => void)[] = [];
  const finish = () => {
    for (const unsubscribe of unsubscribers) unsubscribe();
  };
  for (const signal of signals) {
    const fail = () => {
      finish();
      const reason = reasonOf(signal);
      stream.deref()?.error(reason);
      source.cancel(reason);
    };
    if (signal.aborted) fail();
    else unsubscribers.push(onAbort(signal, fail));
  }
  return finish;
}
