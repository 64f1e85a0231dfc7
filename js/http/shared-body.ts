import { type BodySource, sourceOf } from './body-stream.ts';

/** What has become of a body. */
export type BodyState =
  /** It is on its way, and is kept. */
  | 'arriving'
  /** All of it is kept. */
  | 'whole'
  /** It broke off, or nobody wanted it any more. */
  | 'broken'
  /** There is more of it than is kept: from here on it goes to one reader alone. */
  | 'too large';

/** Where what comes after the kept bytes is to be had. */
type Beyond = (kept: Uint8Array) => BodySource;

/** Bytes that a reader gets at once, at most. */
const PIECE = 65_536;

/** The body of a response, kept as it arrives for any number of readers, each at its own pace. */
export class SharedBody {
  state: BodyState = 'arriving';
  /** Readers are still to come: it goes on without any until then. */
  awaited = false;
  readonly #stream: ReadableStreamDefaultReader<Uint8Array>;
  readonly #maxSize: number;
  readonly #ended: () => void;
  #kept = new Uint8Array(0);
  #size = 0;
  #error: unknown;
  readonly #readers = new Set<Reader>();
  /** Who reads on when it is too large: who came first. */
  #leader: Reader | undefined;
  #waiting: (() => void)[] = [];

  /**
   * Reads from now on, whoever else does.
   * @param maxSize bytes to keep; a piece more is kept of what is larger
   * @param ended runs once, when it is no longer arriving
   */
  constructor(stream: ReadableStream<Uint8Array>, maxSize: number, ended: () => void) {
    this.#stream = stream.getReader();
    this.#maxSize = maxSize;
    this.#ended = ended;
    void this.#fill();
  }

  /** All of it, once it is whole. */
  get bytes(): Uint8Array<ArrayBuffer> | undefined {
    return this.state === 'whole' ? this.#kept : undefined;
  }

  /**
   * One more reader, from the start.
   * @param beyond for all readers but the first, if it is too large
   */
  open(beyond?: Beyond): BodySource {
    const reader = new Reader(this, beyond);
    if (this.state === 'arriving') this.#readers.add(reader);
    else if (this.state === 'too large') this.#leader ??= reader;
    return reader;
  }

  /** The kept bytes from here on, or some of them. */
  from(position: number): Uint8Array {
    return this.#kept.slice(position, Math.min(this.#size, position + PIECE));
  }

  /** What comes after the bytes kept, to whom that belongs. @throws what broke it off */
  rest(reader: Reader, beyond: Beyond | undefined): BodySource | undefined {
    if (this.state === 'broken') throw this.#error;
    if (this.state === 'whole') return undefined;
    if (reader !== this.#leader) return beyond?.(this.#kept.subarray(0, this.#size));
    return sourceOf(this.#stream);
  }

  /** Resolves when there is more, or an end. */
  more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A reader wants no more; the last one to say so ends it. */
  leave(reader: Reader, reason: unknown): void {
    const isLast = this.#readers.delete(reader) && this.#readers.size === 0 && !this.awaited;
    if (isLast && this.state === 'arriving') {
      this.#error = reason;
      this.#end('broken');
      sourceOf(this.#stream).cancel(reason);
    } else if (reader === this.#leader) {
      sourceOf(this.#stream).cancel(reason);
    }
  }

  async #fill(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#stream.read();
        if (this.state !== 'arriving') return;
        if (done) break;
        this.#keep(value);
        if (this.#size > this.#maxSize) {
          [this.#leader] = this.#readers;
          return this.#end('too large');
        }
        this.#wake();
      }
      this.#kept = this.#kept.slice(0, this.#size);
      this.#end('whole');
    } catch (error) {
      if (this.state !== 'arriving') return;
      this.#error = error;
      this.#end('broken');
    }
  }

  #keep(bytes: Uint8Array): void {
    const size = this.#size + bytes.byteLength;
    if (size > this.#kept.byteLength) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#kept.byteLength));
      larger.set(this.#kept.subarray(0, this.#size));
      this.#kept = larger;
    }
    this.#kept.set(bytes, this.#size);
    this.#size = size;
  }

  #end(state: BodyState): void {
    this.state = state;
    this.#readers.clear();
    this.#wake();
    this.#ended();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** One reader of a shared body. */
class Reader implements BodySource {
  #body: SharedBody | undefined;
  readonly #beyond: Beyond | undefined;
  #rest: BodySource | undefined;
  #position = 0;

  constructor(body: SharedBody, beyond: Beyond | undefined) {
    this.#body = body;
    this.#beyond = beyond;
  }

  async next(): Promise<Uint8Array | undefined> {
    while (this.#body) {
      const bytes = this.#body.from(this.#position);
      this.#position += bytes.byteLength;
      if (bytes.byteLength > 0) return bytes;
      if (this.#body.state === 'arriving') {
        await this.#body.more();
      } else {
        this.#rest = this.#body.rest(this, this.#beyond);
        // What was kept can go, if nobody else needs it.
        this.#body = undefined;
      }
    }
    return this.#rest?.next();
  }

  cancel(reason: unknown): void {
    if (this.#rest) this.#rest.cancel(reason);
    else this.#body?.leave(this, reason);
  }
}
