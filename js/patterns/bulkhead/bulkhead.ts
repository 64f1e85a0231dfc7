import { watchRequest } from '#leader-liveness';
import type { Call, Slot } from '../../flight/call.ts';
import type { Cancellation } from '../../flight/cancellation.ts';
import { optionsOf, wrongValue } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { Access } from '../../platform/access.ts';
import { systemClock } from '../../time/clock.ts';
import { WaitQueue } from '../wait-queue.ts';

/** Limits the concurrent calls. */
export interface BulkheadOptions {
  /** Calls that may run at the same time, an integer >= 1. Default 10. */
  readonly maxConcurrent?: number | undefined;
  /** The longest time that a call waits for a slot, in seconds. Default 0: it is refused at once. */
  readonly maxWait?: Duration | undefined;
  /**
   * The event at which a call that resolves to a `Response` releases its slot: the headers arrive, or the body ends,
   * fails, is cancelled or is garbage-collected. Default `'headers'`.
   */
  readonly until?: 'headers' | 'body' | undefined;
}

/** A snapshot of a bulkhead. */
export interface BulkheadMetrics {
  /** Calls that may run at the same time. */
  readonly maxConcurrent: number;
  /** Calls that hold a slot. */
  readonly active: number;
  /** Calls that wait for a slot. */
  readonly waiting: number;
}

/** The names of the fields of {@link BulkheadOptions}. */
export const BULKHEAD_FIELDS: readonly string[] = [
  'maxConcurrent concurrency limit max',
  'maxWait',
  'until',
];

/** The private parts of a bulkhead that its layer uses. */
export interface BulkheadAccess {
  /**
   * A slot for one call, which is not taken yet.
   * @param call waits for it; in the background, it does not keep the process alive
   */
  createSlot(cancellation: Cancellation, call: Call): Slot;
  /** Whether a call holds its slot until the end of a response's body. */
  readonly holdsUntilBody: boolean;
}

export const bulkheadAccess = /* @__PURE__ */ new Access<Bulkhead, BulkheadAccess>();

/** A bulkhead. Pass one to several functions to share its slots. Waiting calls are served first come, first served. */
export class Bulkhead {
  readonly #maxConcurrent: number;
  readonly #maxWaitMs: number;
  readonly #queue = new WaitQueue(
    (deadline) => deadline - systemClock.read(),
    // A timer may be early by a fraction of a millisecond, and tests may fake the timers but not the clock.
    (deadline) => this.#queue.refuse(Math.max(deadline, systemClock.read())),
  );
  #active = 0;

  /**
   * @throws TypeError for an option of a wrong type or with an unknown name
   * @throws RangeError for a wrong value
   */
  constructor(options?: BulkheadOptions) {
    const reader = optionsOf(options, BULKHEAD_FIELDS);
    this.#maxConcurrent = reader.readInteger('maxConcurrent', 10, 1);
    this.#maxWaitMs = reader.readDuration('maxWait', 0);
    const until = reader.readString('until', 'headers');
    const holdsUntilBody = until === 'body';
    if (!holdsUntilBody && until !== 'headers') {
      throw wrongValue(reader.pathOf('until'), "'headers' or 'body'", until);
    }
    bulkheadAccess.grant(this, {
      createSlot: (cancellation, call) => this.#createSlot(cancellation, call),
      holdsUntilBody,
    });
  }

  /** A snapshot of the slots and of the queue. */
  get metrics(): BulkheadMetrics {
    return Object.freeze({
      maxConcurrent: this.#maxConcurrent,
      active: this.#active,
      waiting: this.#queue.length,
    });
  }

  #createSlot(cancellation: Cancellation, call: Call): Slot {
    let held = false;
    let unwatch: (() => void) | undefined;
    const hold = () => {
      held = true;
      this.#active++;
    };
    const slot: Slot = {
      take: (patient) => {
        this.#queue.recover();
        unwatch = watchRequest(this.#queue, () => slot.release());
        if (this.#active < this.#maxConcurrent) {
          hold();
          return true;
        }
        const maxWaitMs = patient ? Infinity : this.#maxWaitMs;
        const deadline = systemClock.read() + maxWaitMs;
        return maxWaitMs > 0 && this.#queue.wait(cancellation, hold, deadline, call);
      },
      release: () => {
        unwatch?.();
        if (!held) return;
        held = false;
        this.#active--;
        this.#queue.admit();
        this.#queue.watch();
      },
    };
    return slot;
  }
}
