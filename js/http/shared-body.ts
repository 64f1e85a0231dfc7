import { systemClock } from '../time/clock.ts';
import { type Abortable, type AnyBody, type BodySource, sourceOf } from './body-stream.ts';

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
type Remainder = (kept: Uint8Array) => BodySource;

/**
 * Limits the time of a body.
 * @param arriving more of it has arrived; else it has ended
 */
export type BodyWatch = (arriving: boolean) => void;

/** What a flight asks of the body of its response. */
export interface BodyTerms {
  /** Bytes to keep; a piece more is kept of what is larger. */
  readonly maxSize: number;
  /** Whether the body is still to be stored, even where all its readers have been garbage-collected. */
  wants?(): boolean;
  readonly request?: Abortable | undefined;
  /** Runs once, when it is no longer arriving. */
  ended?(): void;
  /** Starts to limit its time; `fail` ends it with an error. */
  watch?: ((fail: (error: unknown) => void) => BodyWatch) | undefined;
}

/** Milliseconds without a byte after which a body whose time is not limited counts as stalled. */
const STALL_MS = 10_000;

/** Bytes that a reader gets at once, at most. */
const PIECE = 65_536;

/** The body of a response, kept as it arrives for any number of readers, each at its own pace. */
export class SharedBody {
  state: BodyState = 'arriving';
  /** Readers are still to come: it goes on without any until then. */
  awaited = false;
  #source: BodySource | undefined;
  /** While it is arriving: what a cache keeps refers to no flight. */
  #terms: BodyTerms | undefined;
  #watch: BodyWatch | undefined;
  #kept = new Uint8Array(0);
  #size = 0;
  /** When the last byte arrived. */
  #heard = 0;
  /** What broke it off, as signals have it. Apart, so that a copy does not keep the bytes. */
  readonly fault: { readonly aborted?: boolean; readonly reason?: unknown } = {};
  readonly #readers = new Set<BodySource>();
  /** Who reads on when it is too large: who came first. */
  #leader: BodySource | undefined;
  #waiting: (() => void)[] = [];

  /** Reads from now on, with or without readers. */
  constructor(body: AnyBody, terms: BodyTerms) {
    this.#source = sourceOf(body, terms.request);
    this.#terms = terms;
    this.#watch = terms.watch?.((error) => this.#fail(error));
    void this.#fill(terms);
  }

  /** All of it, once it is whole. */
  get bytes(): Uint8Array<ArrayBuffer> | undefined {
    return this.state === 'whole' ? this.#kept : undefined;
  }

  get isStalled(): boolean {
    const silence = systemClock.read() - this.#heard;
    return this.state === 'arriving' && !this.#watch && silence >= STALL_MS;
  }

  /**
   * One more reader, from the start.
   * @param beyond for all readers but the first, if it is too large
   */
  open(beyond?: Remainder): BodySource {
    // Not `this`: what was kept can go when the reader does not need it any more.
    let body: SharedBody | undefined = this;
    let rest: BodySource | undefined;
    let position = 0;
    const reader: BodySource = {
      async next() {
        while (body) {
          const bytes = body.#kept.slice(position, Math.min(body.#size, position + PIECE));
          position += bytes.byteLength;
          if (bytes.byteLength > 0) return bytes;
          if (body.state === 'arriving') {
            const waiting = body.#waiting;
            await new Promise<void>((resolve) => waiting.push(resolve));
          } else {
            rest = body.#rest(reader, beyond);
            body = undefined;
          }
        }
        return rest?.next();
      },
      cancel(reason, collected) {
        if (rest) rest.cancel(reason);
        else body?.leave(reader, reason, collected);
      },
    };
    if (this.state === 'arriving') this.#readers.add(reader);
    else if (this.state === 'too large') this.#leader ??= reader;
    return reader;
  }

  /** What comes after the bytes kept, to whom that belongs. @throws what broke it off */
  #rest(reader: BodySource, beyond: Remainder | undefined): BodySource | undefined {
    if (this.state === 'broken') throw this.fault.reason;
    if (this.state === 'whole') return undefined;
    if (reader !== this.#leader) return beyond?.(this.#kept.subarray(0, this.#size));
    return this.#source;
  }

  /**
   * A reader wants no more; the last one to say so ends it. Without a reader, its flight was left.
   * @param collected it was garbage-collected: a body to store arrives all the same
   */
  leave(reader?: BodySource, reason?: unknown, collected?: boolean): void {
    if (reader) this.#readers.delete(reader);
    if (this.state !== 'arriving') {
      if (reader && reader === this.#leader) this.#source?.cancel(reason);
    } else if (this.#isUnread() && !(collected && this.#terms?.wants?.())) {
      this.#fail(reason, false);
    }
  }

  #isUnread(): boolean {
    return this.#readers.size === 0 && !this.awaited;
  }

  /** @param aborted its readers get the error; else there are none */
  #fail(reason?: unknown, aborted = true): void {
    if (this.state !== 'arriving') return;
    Object.assign(this.fault, { aborted, reason });
    this.#end('broken');
    this.#source?.cancel(reason);
  }

  async #fill(terms: BodyTerms): Promise<void> {
    try {
      for (;;) {
        if (this.#watch) this.#watch(true);
        else this.#heard = systemClock.read();
        const bytes = await this.#source?.next();
        if (this.state !== 'arriving') return;
        if (!bytes) break;
        this.#keep(bytes);
        if (this.#size > terms.maxSize) {
          if (this.#isUnread()) return this.#fail();
          [this.#leader] = this.#readers;
          return this.#end('too large');
        }
        this.#wake();
      }
      this.#kept = this.#kept.slice(0, this.#size);
      this.#end('whole');
    } catch (error) {
      this.#fail(error);
    }
  }

  #keep(bytes: Uint8Array): void {
    // As `fetch` refuses to read anything else.
    if (bytes.BYTES_PER_ELEMENT !== 1) throw new TypeError('A chunk is no Uint8Array');
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
    const terms = this.#terms;
    this.#watch?.(false);
    this.#terms = this.#watch = undefined;
    if (state === 'whole') this.#source = undefined;
    this.#readers.clear();
    this.#wake();
    terms?.ended?.();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
