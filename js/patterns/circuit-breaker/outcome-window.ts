const FAILED = 1;
const SLOW = 2;

/** Counts the outcomes of the last `size` calls, which are kept in a ring buffer; with size 0, of all calls. */
export class OutcomeWindow {
  calls = 0;
  failures = 0;
  slowCalls = 0;
  #next = 0;
  readonly #size: number;
  readonly #ring: number[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  add(failed: boolean, slow: boolean): void {
    const outcome = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    if (this.#size > 0) {
      const oldest = this.#ring[this.#next];
      if (oldest !== undefined) this.#count(oldest, -1);
      this.#ring[this.#next] = outcome;
      this.#next = (this.#next + 1) % this.#size;
    }
    this.#count(outcome, 1);
  }

  clear(): void {
    this.#ring.length = 0;
    this.#next = 0;
    this.calls = 0;
    this.failures = 0;
    this.slowCalls = 0;
  }

  #count(outcome: number, by: 1 | -1): void {
    this.calls += by;
    if (outcome & FAILED) this.failures += by;
    if (outcome & SLOW) this.slowCalls += by;
  }
}
