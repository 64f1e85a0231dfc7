/**
 * How a function answers: whether with Promises, which its options and its kind may tell, and whether with responses;
 * else learnt from what it returns.
 */
export class ReturnTracker {
  readonly #always: boolean;
  #hasReturnedPromise = false;
  #hasReturnedValue: boolean;
  #hasResponse = false;
  #hasOther = false;

  /**
   * @param always it does: a pattern that waits is on, or it is an `async` function
   * @param never it does not: the `sync` option says so
   */
  constructor(always: boolean, never: boolean) {
    this.#always = always;
    this.#hasReturnedValue = never;
  }

  recordReturn(promise: boolean): void {
    if (promise) this.#hasReturnedPromise = true;
    else this.#hasReturnedValue = true;
  }

  /** A result has come; nothing at all tells nothing, as one may well look for a response and find none. */
  recordResult(value: unknown, isResponse: boolean): void {
    if (isResponse) this.#hasResponse = true;
    else if (value !== undefined && value !== null) this.#hasOther = true;
  }

  /** Whether no result is a response, of which each caller would need a copy; `undefined` where nothing is known. */
  get neverResponse(): boolean | undefined {
    return !this.#hasResponse && (this.#hasOther || undefined);
  }

  /** As far as is known, the next answer is a Promise. */
  get isAsync(): boolean {
    return this.#always || (this.#hasReturnedPromise && !this.#hasReturnedValue);
  }

  /** An error before the function ran is thrown, not a rejection: it has been seen to return without a Promise. */
  get throwsSync(): boolean {
    return !this.#always && this.#hasReturnedValue;
  }
}
