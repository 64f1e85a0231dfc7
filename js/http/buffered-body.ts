import { isObject } from '../platform/property.ts';

/**
 * How responses get a buffered body: `bytes`, as every platform takes them; `stream`, one that holds no bytes until it is
 * read; a symbol, under which undici 6 keeps its internal state of a response. Streams and readers of Node.js are slow
 * (`npm run bench -- --scenario fetch-hit`).
 */
export type BodyStyle = 'bytes' | 'stream' | symbol;

/** undici 6's internal state of a response. A type alias, as the build shortens the property names of interfaces. */
type UndiciState = { body: object };

/**
 * A buffered body of one response. Its readers get the bytes without its stream, as long as nothing else has read or
 * locked the stream. With undici 6, this object replaces undici's internal body, and opens the stream at first use.
 */
export class BufferedBody {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Makes responses, where this body is undici's. */
  readonly #Class: typeof Response | undefined;
  #stream: ReadableStream | undefined;
  #isRead = false;

  constructor(bytes: Uint8Array<ArrayBuffer>, Class?: typeof Response) {
    this.#bytes = bytes;
    this.#Class = Class;
  }

  get stream(): ReadableStream | undefined {
    if (!this.#stream && this.#Class) {
      this.#stream = new this.#Class(this.#bytes).body as ReadableStream;
      if (this.#isRead) consume(this.#stream);
    }
    return this.#stream;
  }

  /** A clone of the response divides the stream in two. */
  set stream(stream: ReadableStream | undefined) {
    this.#stream = stream;
  }

  get source(): Uint8Array {
    return this.#bytes.slice();
  }

  get length(): number {
    return this.#bytes.byteLength;
  }

  /**
   * The bytes, which the caller must not change; `undefined` if the body has been read, or is locked. It has been read
   * from then on.
   * @param base the prototype of the class of the response
   */
  read(response: Response, base: Response): Uint8Array<ArrayBuffer> | undefined {
    if (this.#isRead) return undefined;
    if (this.#stream || !this.#Class) {
      const stream = Reflect.get(base, 'body', response) as ReadableStream;
      if (stream.locked || Reflect.get(base, 'bodyUsed', response)) return undefined;
      consume(stream);
    }
    this.#isRead = true;
    return this.#bytes;
  }

  /** The body of a clone of its response. */
  clone(): BufferedBody {
    return new BufferedBody(this.#bytes);
  }
}

/** Leaves a stream as a reader of the whole body does: locked, disturbed and closed. */
function consume(stream: ReadableStream): void {
  void stream.getReader().cancel();
}

/**
 * How responses of a class get a buffered body.
 * @param isOfNode the class is Node's own, in which a body of bytes is slow
 */
export function bodyStyleOf(Class: typeof Response, isOfNode: boolean): BodyStyle {
  if (!isOfNode && givesByteStreams()) return 'bytes';
  let stream: ReadableStream;
  try {
    stream = streamOf(new Uint8Array(1));
  } catch {
    // WebKit has no byte streams.
    return 'bytes';
  }
  const bare = new Class(null);
  for (const key of isOfNode ? Object.getOwnPropertySymbols(bare) : []) {
    const state: unknown = bare[key as never];
    if (!isObject(state)) continue;
    (state as UndiciState).body = { stream };
    if (bare.body === stream) return key;
  }
  // Another implementation may read streams in another way.
  return new Class(stream).body === stream ? 'stream' : 'bytes';
}

let byteStreams: boolean | undefined;

/** Whether a response made of bytes has a body that BYOB readers can read, like that of `fetch`. */
export function givesByteStreams(): boolean {
  if (byteStreams === undefined) {
    try {
      new Response(new Uint8Array(1)).body?.getReader({ mode: 'byob' });
      byteStreams = true;
    } catch {
      byteStreams = false;
    }
  }
  return byteStreams;
}

/** A stream of the bytes in one chunk, like that of a response made of bytes. */
export function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream {
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes.slice());
      controller.close();
      // A pending BYOB read needs an answer even at the end.
      (controller as ReadableByteStreamController).byobRequest?.respond(0);
    },
  });
}

/** Gives a response that has none a body that opens its stream at first use. */
export function setBody(response: Response, key: symbol, body: BufferedBody): Response {
  (response[key as never] as UndiciState).body = body;
  return response;
}
