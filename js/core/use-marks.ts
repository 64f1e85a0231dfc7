import { CoreMemory } from './core-memory.ts';
import { Field } from './layout.ts';

/**
 * Ticks restart after this many: some engines do not keep larger numbers as small integers, and are slower with them.
 */
const MAX_TICKS = 2 ** 28;

/**
 * The uses of the entries, counted in ticks. A hit writes a mark next to the value instead of into the entry's record.
 * The core gets the mark when it reserves that entry's slot.
 */
export class UseMarks extends CoreMemory {
  /**
   * Two cells per slot, next to each other because a hit needs both: the value of its entry, and the mark of its last
   * use. The mark is the tick of that use, or `undefined` if the record's stamp is up to date.
   */
  cells: unknown[] = [];
  /** Counts every use of an entry. */
  tick = 0;
  /** The ticks that were counted before {@link UseMarks.tick} was last set to zero. */
  #ticksBefore = 0;

  /** The number of uses and puts of entries since the cache was made or cleared. */
  get ticks(): number {
    return this.#ticksBefore + this.tick;
  }

  /** Whether the record's stamp is older than the entry's last use. */
  protected isMarked(slot: number): boolean {
    return this.cells[2 * slot + 1] !== undefined;
  }

  /** Forgets the mark of an entry, whose stamp is up to date. */
  protected clearMark(slot: number): void {
    this.cells[2 * slot + 1] = undefined;
  }

  /** The time of an entry's last use, which orders the entries. */
  stampAt(slot: number): number {
    const mark = this.cells[2 * slot + 1] as number | undefined;
    return mark === undefined
      ? (this.view[Field.COUNT * slot + Field.STAMP] as number)
      : this.#ticksBefore + mark;
  }

  /** Makes an entry the most recent. */
  protected mark(slot: number): void {
    this.cells[2 * slot + 1] = this.takeTick();
  }

  protected takeTick(): number {
    if (this.tick >= MAX_TICKS) this.restartTicks();
    return ++this.tick;
  }

  /** Sets the tick to zero. Older marks become negative. */
  protected restartTicks(): void {
    const { cells, tick } = this;
    for (const slot of this.index.values()) {
      const mark = cells[2 * slot + 1] as number | undefined;
      if (mark !== undefined) cells[2 * slot + 1] = mark - tick;
    }
    this.#ticksBefore += tick;
    this.tick = 0;
  }

  /** Forgets all values and marks. */
  protected clearMarks(): void {
    this.cells = [];
    this.tick = 0;
    this.#ticksBefore = 0;
  }
}
