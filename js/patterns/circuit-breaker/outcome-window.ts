const FAILED = 1;
const SLOW = 2;

/** The outcomes of the last `size` calls, in a ring; with size 0 it only counts, and forgets nothing by itself. */
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
    if (this.#size > 0) {
      const oldest = this.#ring[this.#next];
      if (oldest !== undefined) this.#tally(oldest, -1);
      this.#ring[this.#next] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
      this.#next = (this.#next + 1) % this.#size;
    }
    this.#tally((failed ? FAILED : 0) | (slow ? SLOW : 0), 1);
  }

  clear(): void {
    this.#ring.length = 0;
    this.#next = 0;
    this.calls = 0;
    this.failures = 0;
    this.slowCalls = 0;
  }

  #tally(outcome: number, by: 1 | -1): void {
    this.calls += by;
    if (outcome & FAILED) this.failures += by;
    if (outcome & SLOW) this.slowCalls += by;
  }
}
