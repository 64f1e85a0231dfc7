/**
 * A Promise for several callers, of a function that has given nothing yet: should it be a response, each is to have a
 * copy. Nothing tells who awaits it, so that each time is taken for another caller, where there are several.
 */
export class SharedPromise extends Promise<unknown> {
  /** How many callers have it. */
  callers = 1;
  readonly #receive: (result: unknown) => unknown;
  /** What the first caller gets. */
  readonly first: Promise<unknown>;
  #taken = 0;
  /** What was made of it last. */
  #last: Promise<unknown> | undefined;
  #whenTaken: ((last: unknown) => void) | undefined;

  /** @param receive makes what one caller gets of the result */
  constructor(result: Promise<unknown>, receive: (result: unknown) => unknown) {
    super((resolve) => resolve(result));
    this.#receive = receive;
    this.first = super.then(receive);
  }

  /** Settles once it was awaited as often as there are callers, and each of them has its own. */
  allTaken(): Promise<unknown> {
    return new Promise((resolve) => {
      this.#whenTaken = resolve;
      this.#tellTaken();
    });
  }

  #tellTaken(): void {
    if (this.#taken >= this.callers) this.#whenTaken?.(this.#last);
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
    const isFirst = this.#taken === 0 || this.callers === 1;
    const received = isFirst ? this.first : super.then(this.#receive);
    this.#taken++;
    this.#last = received;
    this.#tellTaken();
    return received.then(onValue, onError);
  }
}
