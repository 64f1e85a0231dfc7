import type { CoreSource } from './core.ts';
import { noMemory } from './core-memory.ts';
import { Field, Front, Header, MAX_RESERVED, UNUSED } from './layout.ts';
import { UseMarks } from './use-marks.ts';

/** Without memory, minimum number of reservations before more is requested again. A large cache waits longer. */
const RETRY_RESERVATIONS = 1_000;

/**
 * The metadata of one cache's entries. The core has a record for each slot in its memory, with a deadline and a stamp that
 * both sides read and write.
 *
 * A put takes a slot that the core has reserved ahead, without a call. Only decisions, such as which entries to evict
 * next, are calls.
 */
export class RecordsView extends UseMarks {
  /** Maximum number of entries. */
  maxSize: number;
  /** `maxSize`, or less while there is no memory for more entries. */
  limit: number;
  /** The number of reservations before more memory is requested again. */
  #untilRetry = 0;
  /** A reserved victim that was used at this stamp or later stays. */
  #keepFrom = 0;
  /** The number of slots to reserve: doubled when all were used, 1 when some were not. */
  #want = 1;

  constructor(maxSize: number, source?: CoreSource) {
    super(source);
    this.maxSize = this.limit = maxSize;
  }

  /** Whether an entry has to be evicted before another one comes. */
  get isFull(): boolean {
    return this.index.size >= this.limit;
  }

  /** Whether an entry may have expired. Only the core knows for sure. */
  mayExpire(now: number): boolean {
    return now > this.due;
  }

  /**
   * The slot whose entry a put evicts; 0 if that is not known yet, and {@link RecordsView.take} decides. A put asks before
   * it looks its own key up: then the search for the victim's key follows at once, and the processor waits for the memory
   * of both at the same time.
   */
  peekVictim(now: number): number {
    const { view } = this;
    // The length comes first: see `attachedView`.
    if (view.length === 0 || !this.isFull || this.mayExpire(now)) return 0;
    const used = (view[Header.USED] as number) | 0;
    // False, too, for memory that was filled with NaN.
    if (!(used < (view[Header.RESERVED] as number))) return 0;
    const slot = (this.front[Field.COUNT * used] as number) | 0;
    return this.isMarked(slot) ? 0 : slot;
  }

  /** Takes the next slot. In a full cache, it is that of the entry to evict. */
  take(): number {
    for (;;) {
      const slot = this.#takeReserved();
      if (slot > 0) return slot;
      this.#reserveMore();
    }
  }

  /** Takes the next reserved slot. Returns 0 if there is none. */
  #takeReserved(): number {
    const view = this.attachedView();
    const { isFull } = this;
    // As integers: a `Map` keeps an object for any other number.
    const reserved = (view[Header.RESERVED] as number) | 0;
    for (let used = (view[Header.USED] as number) | 0; used < reserved; ) {
      const slot = (this.front[Field.COUNT * used] as number) | 0;
      if (!isFull || !this.isMarked(slot)) {
        view[Header.USED] = used + 1;
        return slot;
      }
      const stamp = this.stampAt(slot);
      view[Field.COUNT * slot + Field.STAMP] = stamp;
      this.clearMark(slot);
      if (stamp < this.#keepFrom) this.#postpone(slot, stamp, used, reserved);
      else {
        used++;
        view[Header.USED] = used;
      }
    }
    return 0;
  }

  /** Moves a victim, the first that is not taken yet, behind those with a lower stamp. */
  #postpone(slot: number, stamp: number, first: number, reserved: number): void {
    const { front, view } = this;
    let position = first;
    for (; position + 1 < reserved; position++) {
      const next = front[Field.COUNT * (position + 1)] as number;
      if ((view[Field.COUNT * next + Field.STAMP] as number) > stamp) break;
      front[Field.COUNT * position] = next;
    }
    front[Field.COUNT * position] = slot;
  }

  #reserveMore(): void {
    // All that were reserved; none if another call has ended the reservation.
    const used = this.attachedView()[Header.USED] as number;
    this.#want = used > 0 ? Math.min(2 * this.#want, MAX_RESERVED) : 1;
    const retries = --this.#untilRetry < 0;
    if (retries) this.limit = this.maxSize;
    if (this.#reserve()) return;
    let { size } = this.index;
    if (retries) {
      this.#untilRetry = RETRY_RESERVATIONS + (size >> 4);
      if (this.moveForMemory()) {
        size = this.maxSize;
        this.#untilRetry = 0;
      }
    }
    // Without memory the cache counts as full, and evicts.
    this.limit = size || 1;
    if (!this.#reserve()) throw noMemory();
  }

  /** Has the core reserve slots. Returns `false` if it reserves none. */
  #reserve(): boolean {
    this.callCore((core, handle) => core.reserve(handle, this.#want, this.limit));
    this.revive();
    this.#learnDue();
    this.#keepFrom = this.front[Front.KEEP_FROM] as number;
    return this.view[Header.RESERVED] !== 0;
  }

  /** Takes the slot that {@link RecordsView.peekVictim} has just returned, and writes its record. */
  protected takeVictim(slot: number, deadline: number): void {
    const { view } = this;
    this.takeTick();
    view[Header.USED] = (view[Header.USED] as number) + 1;
    view[Field.COUNT * slot + Field.DEADLINE] = deadline;
    view[Field.COUNT * slot + Field.STAMP] = this.ticks + UNUSED;
    if (deadline < this.due) this.due = deadline;
  }

  /** Writes the record of a slot that was taken. */
  protected write(slot: number, deadline: number): void {
    this.takeTick();
    this.clearMark(slot);
    this.view[Field.COUNT * slot + Field.STAMP] = this.ticks + UNUSED;
    this.#writeDeadline(slot, deadline);
  }

  /** Gives an entry another deadline, and makes it the most recent. */
  protected renew(slot: number, deadline: number): void {
    this.setDeadline(slot, deadline);
    this.mark(slot);
  }

  /** Gives an entry another deadline. */
  setDeadline(slot: number, deadline: number): void {
    this.attachedView();
    this.#writeDeadline(slot, deadline);
    this.callCore((core, handle) => core.deadline_changed(handle, slot));
  }

  #writeDeadline(slot: number, deadline: number): void {
    this.view[Field.COUNT * slot + Field.DEADLINE] = deadline;
    if (deadline < this.due) this.due = deadline;
  }

  /**
   * Sets the weight of an entry: an integer from 0 to 2^53 - 1. A cache that weighs sets that of each entry that it puts or
   * replaces, also if it is 0: until then, the evicted entry whose slot it took still counts. Returns `false` if there is
   * no memory.
   */
  setWeight(slot: number, weight: number): boolean {
    const set = () => this.callCore((core, handle) => core.set_weight(handle, slot, weight));
    const isSet = set() || (this.moveForMemory() && set());
    // The first weight allocates, which may detach the views of all caches.
    this.attachedView();
    return !!isSet;
  }

  /** The weight of the entry in a slot. */
  weightAt(slot: number): number {
    this.attachedView();
    const { front } = this;
    const address = front[Front.WEIGHTS] as number;
    return address && (new Float64Array(front.buffer, address + 8 * slot)[0] as number);
  }

  /** The weight of all entries, including expired ones: exact up to 2^53. */
  get totalWeight(): number {
    this.attachedView();
    return this.front[Front.TOTAL_WEIGHT] as number;
  }

  /**
   * Takes the slot of the entry to evict next if the total weight is above `most`, else returns 0. The caller
   * {@link RecordsView.remove removes} that entry before anything else.
   */
  takeOverweight(most: number): number {
    if (!(this.totalWeight > most)) return 0;
    const { maxSize, limit } = this;
    // Slots that are reserved may be free ones. Any removal ends the reservation, and a full cache reserves victims.
    this.remove(0);
    this.maxSize = this.limit = this.index.size;
    try {
      return this.take();
    } finally {
      this.maxSize = maxSize;
      this.limit = limit;
    }
  }

  remove(slot: number): void {
    this.callCore((core, handle) => core.remove(handle, slot));
  }

  /** Frees one slot whose entry has expired and returns it, or 0 if there is none. */
  expire(now: number): number {
    const slot = this.callCore((core, handle) => core.expire(handle, now));
    this.attachedView();
    this.#learnDue();
    return slot;
  }

  /** The core's bound is a lower bound of all deadlines, and so is the known one. */
  #learnDue(): void {
    this.due = Math.max(this.due, this.front[Front.DUE] as number);
  }

  clear(): void {
    this.limit = this.maxSize;
    this.clearMarks();
    this.callCore((core, handle) => core.clear(handle));
    this.revive();
  }
}
