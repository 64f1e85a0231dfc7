/** Counts what is under way. A Promise for each would take longer than to count them. */
export class UnderWay {
  #count = 0;
  #settle: (() => void) | undefined;

  start(): void {
    this.#count++;
  }

  end(): void {
    this.#count--;
    if (this.#count === 0) this.#settle?.();
  }

  /** Resolves once nothing is under way. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count === 0) resolve();
      else this.#settle = resolve;
    });
  }
}
