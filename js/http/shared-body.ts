import { systemClock } from '../time/clock.ts';
import { TIMER_GRACE_MS } from '../time/timer.ts';
import { type Abortable, type AnyBody, type BodySource, sourceOf } from './body-stream.ts';

/** State of a body. */
export type BodyState =
  /** Bytes are arriving, and are kept. */
  | 'arriving'
  /** All bytes have arrived, and are kept. */
  | 'whole'
  /** The body failed, or all readers have left. */
  | 'broken'
  /** The body is larger than the limit. The rest goes to one reader only. */
  | 'too large';

/** Returns the source of the bytes after the kept ones. */
type Remainder = (kept: Uint8Array) => BodySource;

/**
 * Limits the time of a body. Called for each chunk, and at the end. Returns the time at which it ends the body, in
 * milliseconds.
 * @param arriving false at the end
 */
export type BodyWatch = (arriving: boolean) => number;

/** The terms on which a flight keeps the body of its response. */
export interface BodyTerms {
  /** Bytes to keep. Of a larger body, the chunk that passes this limit is kept, too. */
  readonly maxSize: number;
  /** Whether the body will be stored, even if all its readers have been garbage-collected. */
  readonly isWanted: (() => boolean) | undefined;
  readonly request: Abortable | undefined;
  /** Called once, when the state changes from `arriving`. */
  readonly ended: (() => void) | undefined;
  /** Starts to limit the time of the body. `fail` ends the body with an error. */
  readonly watch: ((fail: (error: unknown) => void) => BodyWatch) | undefined;
}

/** A body without a time limit counts as stalled after this long without a byte. */
const STALL_MS = 10_000;

/** Maximum number of bytes that a reader gets at once. */
const CHUNK_BYTES = 65_536;

/** The body of a response, kept while it arrives. Any number of readers read it, each at its own pace. */
export class SharedBody {
  state: BodyState = 'arriving';
  /** The number of reasons for which the body arrives even without readers, such as readers that will come. */
  holds = 0;
  #source: BodySource | undefined;
  /** Cleared at the end, so that a stored body does not keep its flight alive. */
  #terms: BodyTerms | undefined;
  #watch: BodyWatch | undefined;
  #kept = new Uint8Array(0);
  #size = 0;
  /** The time at which it counts as stalled unless more bytes arrive, in milliseconds. */
  #stalledAt = Infinity;
  /** The reason of a failure, in the form of a signal. A separate object, so that copies do not keep the bytes. */
  readonly fault: { readonly aborted?: boolean; readonly reason?: unknown } = {};
  readonly #readers = new Set<BodySource>();
  /** The first reader, which gets the rest of a body that is too large. */
  #leader: BodySource | undefined;
  #waiters: (() => void)[] = [];

  /** Starts to read the body, with or without readers. */
  constructor(body: AnyBody, terms: BodyTerms) {
    this.#source = sourceOf(body, terms.request);
    this.#terms = terms;
    this.#watch = terms.watch?.((error) => this.#fail(error));
    void this.#fill(terms);
  }

  /** All bytes, once it is complete. */
  get bytes(): Uint8Array<ArrayBuffer> | undefined {
    return this.state === 'whole' ? this.#kept : undefined;
  }

  get isStalled(): boolean {
    return this.state === 'arriving' && systemClock.read() >= this.#stalledAt;
  }

  /**
   * Adds a reader, which starts at the first byte.
   * @param remainder gives the rest of a body that is too large, to all readers but the first
   */
  open(remainder?: Remainder): BodySource {
    // Not `this`: the kept bytes can be collected once the reader has read them.
    let body: SharedBody | undefined = this;
    let rest: BodySource | undefined;
    let position = 0;
    const reader: BodySource = {
      async next() {
        while (body) {
          const bytes = body.#kept.slice(position, Math.min(body.#size, position + CHUNK_BYTES));
          position += bytes.byteLength;
          if (bytes.byteLength > 0) return bytes;
          if (body.state === 'arriving') {
            const waiters = body.#waiters;
            await new Promise<void>((resolve) => waiters.push(resolve));
          } else {
            rest = body.#rest(reader, remainder);
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

  /** The rest after the kept bytes, for this reader. @throws the reason of a failure */
  #rest(reader: BodySource, remainder: Remainder | undefined): BodySource | undefined {
    if (this.state === 'broken') throw this.fault.reason;
    if (this.state === 'whole') return undefined;
    if (reader !== this.#leader) return remainder?.(this.#kept.subarray(0, this.#size));
    return this.#source;
  }

  /**
   * Removes a reader. Without readers the body is cancelled.
   * @param reader absent if the flight was detached
   * @param collected the reader was garbage-collected: a body that will be stored arrives all the same
   */
  leave(reader?: BodySource, reason?: unknown, collected?: boolean): void {
    if (reader) this.#readers.delete(reader);
    if (this.state !== 'arriving') {
      if (reader && reader === this.#leader) this.#source?.cancel(reason);
    } else if (this.#isUnread() && !(collected && this.#terms?.isWanted?.())) {
      this.#fail(reason, false);
    }
  }

  /** Cancels the rest of a body that is too large, if nothing reads it. */
  releaseUnread(): void {
    if (this.state === 'too large' && !this.#leader) this.#source?.cancel();
  }

  #isUnread(): boolean {
    return this.#readers.size === 0 && this.holds <= 0;
  }

  /** @param aborted whether there are readers, which get the error */
  #fail(reason?: unknown, aborted = true): void {
    if (this.state !== 'arriving') return;
    Object.assign(this.fault, { aborted, reason });
    this.#end('broken');
    this.#source?.cancel(reason);
  }

  async #fill(terms: BodyTerms): Promise<void> {
    try {
      for (;;) {
        this.#stalledAt = this.#watch
          ? this.#watch(true) + TIMER_GRACE_MS
          : systemClock.read() + STALL_MS;
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
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
