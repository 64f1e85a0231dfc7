/** A Promise that callers share, each of whom gets a result of its own: a copy, where the function gave a response. */
export class SharedPromise extends Promise<unknown> {
  readonly #receive: (result: unknown) => unknown;

  /** @param receive makes what one caller gets of the result */
  constructor(result: Promise<unknown>, receive: (result: unknown) => unknown) {
    super((resolve) => resolve(result));
    this.#receive = receive;
  }

  /** What is made of it is a Promise like any other. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: `await` calls it too, as this is no plain Promise
  override then<A = unknown, B = never>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const received = super.then(this.#receive);
    return received.then(onValue, onError);
  }
}
