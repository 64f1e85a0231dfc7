/**
 * Learns from the results of a function whether it is asynchronous, and whether it returns responses, unless its
 * options or its kind say so.
 */
export class ReturnTracker {
  /** Whether callers always get Promises. */
  readonly isAlwaysAsync: boolean;
  #hasReturnedPromise = false;
  #hasReturnedValue: boolean;
  #hasResponse = false;
  #hasOther = false;

  /**
   * @param isAlwaysAsync a pattern that waits is on, or it is an `async` function
   * @param isSync the option `sync` says that it never returns a Promise
   */
  constructor(isAlwaysAsync: boolean, isSync: boolean) {
    this.isAlwaysAsync = isAlwaysAsync;
    this.#hasReturnedValue = isSync;
  }

  recordReturn(isPromise: boolean): void {
    if (isPromise) this.#hasReturnedPromise = true;
    else this.#hasReturnedValue = true;
  }

  /** Records a result. `null` and `undefined` are ignored: a function that returns responses may return them, too. */
  recordResult(value: unknown, isResponse: boolean): void {
    if (isResponse) this.#hasResponse = true;
    else if (value !== undefined && value !== null) this.#hasOther = true;
  }

  /** True if no result so far was a response, of which each caller needs a copy; `undefined` before the first result. */
  get neverResponse(): boolean | undefined {
    return !this.#hasResponse && (this.#hasOther || undefined);
  }

  /** Whether the next call is expected to return a Promise. */
  get isAsync(): boolean {
    return this.isAlwaysAsync || (this.#hasReturnedPromise && !this.#hasReturnedValue);
  }

  /** Whether the function has returned values, and no Promise. */
  get isSync(): boolean {
    return !this.isAlwaysAsync && this.#hasReturnedValue && !this.#hasReturnedPromise;
  }

  /** Whether errors from before the function runs are thrown: it has returned something other than a Promise. */
  get throwsSync(): boolean {
    return !this.isAlwaysAsync && this.#hasReturnedValue;
  }

  /** Throws an error from before the function runs, or returns its rejection. */
  refuse(error: unknown): Promise<never> {
    if (this.throwsSync) throw error;
    return Promise.reject(error);
  }
}
