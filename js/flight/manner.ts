/**
 * Whether a function answers with Promises: told by its options and its kind where they tell, else learnt from what it
 * returns.
 */
export class Manner {
  readonly #always: boolean;
  #hasReturnedPromise = false;
  #hasReturnedValue: boolean;

  /**
   * @param always it does: a pattern that waits is on, or it is an `async` function
   * @param never it does not: the `sync` option says so
   */
  constructor(always: boolean, never: boolean) {
    this.#always = always;
    this.#hasReturnedValue = never;
  }

  saw(promise: boolean): void {
    if (promise) this.#hasReturnedPromise = true;
    else this.#hasReturnedValue = true;
  }

  /** As far as is known, the next answer is a Promise. */
  get promises(): boolean {
    return this.#always || (this.#hasReturnedPromise && !this.#hasReturnedValue);
  }

  /** An error before the function ran is thrown, not a rejection: it has been seen to return without a Promise. */
  get throwsEarly(): boolean {
    return !this.#always && this.#hasReturnedValue;
  }
}
