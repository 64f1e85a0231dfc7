/** The cells that a key can be in. */
const WAYS = 16;
/** Maximum number of cells. */
export const MAX_CELLS = 512;
/** Deadlines are kept in units of this many milliseconds, modulo 2^32. */
const DEADLINE_UNIT_MS = 8;
/** A longer life counts as one of 99 days, so that deadlines can be compared. */
const MAX_LIFE_MS = DEADLINE_UNIT_MS * 2 ** 30;

/**
 * A sample of the keys that were evicted, by their hashes, each with the tick of its last use and its deadline. Of the
 * keys that share cells, the one used longest ago is forgotten first. Ticks and deadlines are 32 bits, and may overflow.
 */
export class EvictedKeys {
  readonly #cells: number;
  /** The hashes with their lowest bits set, 0 for a cell without a key; then the ticks; then the deadlines. */
  readonly #numbers: Int32Array;

  /** @param keys the number of keys to make room for: up to {@link MAX_CELLS} are remembered */
  constructor(keys: number) {
    this.#cells = WAYS * Math.ceil(Math.min(keys, MAX_CELLS) / WAYS);
    this.#numbers = new Int32Array(3 * this.#cells);
  }

  add(hash: number, tick: number, deadline: number, now: number): void {
    const cells = this.#cells;
    const numbers = this.#numbers;
    const start = this.#firstCell(hash);
    let chosen = -1;
    let oldest = 0;
    for (let cell = start; cell < start + WAYS; cell++) {
      const other = numbers[cell] as number;
      if (other === (hash | 1) || other === 0) {
        chosen = cell;
        break;
      }
      const age = (tick - (numbers[cells + cell] as number)) | 0;
      if (age > oldest) {
        oldest = age;
        chosen = cell;
      }
    }
    // None if all others were used later.
    if (chosen < 0) return;
    numbers[chosen] = hash | 1;
    numbers[cells + chosen] = tick;
    numbers[2 * cells + chosen] = Math.min(deadline, now + MAX_LIFE_MS) / DEADLINE_UNIT_MS;
  }

  /** Removes a key. Returns its cell, to ask about; -1 if the key was not there. */
  take(hash: number): number {
    const numbers = this.#numbers;
    const start = this.#firstCell(hash);
    for (let cell = start; cell < start + WAYS; cell++) {
      if (numbers[cell] === (hash | 1)) {
        numbers[cell] = 0;
        return cell;
      }
    }
    return -1;
  }

  /** The tick of the last use of the key in a cell. */
  tickAt(cell: number): number {
    return this.#numbers[this.#cells + cell] as number;
  }

  /** How long ago the entry of the key in a cell would have expired, in milliseconds; 0 or less if it would be there. */
  overdueMs(cell: number, now: number): number {
    const deadline = this.#numbers[2 * this.#cells + cell] as number;
    return ((now / DEADLINE_UNIT_MS - deadline) | 0) * DEADLINE_UNIT_MS;
  }

  /** The number of keys that were used later than at a tick, and whose entries would not have expired. */
  countLater(tick: number, now: number): number {
    const cells = this.#cells;
    const numbers = this.#numbers;
    let count = 0;
    for (let cell = 0; cell < cells; cell++) {
      const isLater = (((numbers[cells + cell] as number) - tick) | 0) > 0;
      if (isLater && numbers[cell] !== 0 && this.overdueMs(cell, now) <= 0) count++;
    }
    return count;
  }

  /** The first of the cells that a key can be in. The sample is chosen by other bits. */
  #firstCell(hash: number): number {
    const high = Math.imul(hash, 0x9e37_79b1) >>> 16;
    return WAYS * ((high * (this.#cells / WAYS)) >>> 16);
  }
}
