/**
 * A Promise that several callers share before the first result of a function is known. If the result is a response,
 * each caller gets a copy. The callers cannot be told apart, so each `then` counts as another caller.
 */
export class SharedPromise extends Promise<unknown> {
  /** The number of callers that have it. */
  callers = 1;
  readonly #receive: (result: unknown) => unknown;
  /** The first caller's result. */
  readonly #first: Promise<unknown>;
  #taken = 0;
  #whenTaken: (() => void) | undefined;

  /** @param receive makes one caller's result */
  constructor(result: Promise<unknown>, receive: (result: unknown) => unknown) {
    super((resolve) => resolve(result));
    this.#receive = receive;
    this.#first = super.then(receive);
  }

  /** Settles once its callers have received the result: a single one when it is there, several when each has awaited it. */
  allTaken(): Promise<unknown> {
    return new Promise((resolve) => {
      // Waits for the shared result. That of the last caller may be a whole new call.
      this.#whenTaken = () => resolve(super.then());
      this.#checkTaken();
    });
  }

  #checkTaken(): void {
    if (this.callers === 1 || this.#taken >= this.callers) this.#whenTaken?.();
  }

  /** Derived Promises are plain. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it too, as this is no plain Promise
  override then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const isFirst = this.#taken === 0 || this.callers === 1;
    const received = isFirst ? this.#first : super.then(this.#receive);
    this.#taken++;
    this.#checkTaken();
    return received.then(onValue, onError);
  }
}
