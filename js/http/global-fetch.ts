type Fetch = (...args: never[]) => unknown;

/**
 * What a wrapper of the global `fetch` calls: the global `fetch` of the moment, so that stubs and instrumentation that
 * are installed later take part. If that is a wrapper itself, or calls this one back, it is the `fetch` that was
 * wrapped.
 */
export class GlobalFetch {
  readonly #wrapped: Fetch;
  /** The function that is being called, until it returns. */
  #running: Fetch | undefined;
  /** The signals of its calls: they tell a later call that is made in answer to one of them. */
  readonly #signals = new WeakSet<object>();
  readonly #loops = new WeakSet<Fetch>();

  constructor(wrapped: Fetch) {
    this.#wrapped = wrapped;
  }

  readonly call = (...args: unknown[]): unknown => {
    const { fetch } = globalThis as { fetch?: Fetch };
    if (typeof fetch !== 'function' || isWrapper(fetch) || this.#loops.has(fetch)) {
      return this.callWrapped(args);
    }
    const outer = this.#running;
    this.#running = fetch;
    const signal = signalOf(args);
    if (signal) this.#signals.add(signal);
    try {
      return Reflect.apply(fetch, undefined, args as never[]);
    } finally {
      this.#running = outer;
    }
  };

  callWrapped(args: readonly unknown[]): unknown {
    return Reflect.apply(this.#wrapped, undefined, args as never[]);
  }

  /** Whether this call of the wrapper is made by the global `fetch` that the wrapper itself has called. */
  isLoop(args: readonly unknown[]): boolean {
    const signal = signalOf(args);
    const caller = this.#running ?? (signal && this.#signals.has(signal) && globalThis.fetch);
    if (caller) this.#loops.add(caller as Fetch);
    return Boolean(caller);
  }
}

/** Whether `resilient` has made a function: no other has these members. */
function isWrapper(fetch: Fetch): boolean {
  return 'makeKey' in fetch && 'invalidate' in fetch;
}

/** The `signal` of `init`, if `init` is one that a wrapper has made. */
function signalOf([, init]: readonly unknown[]): object | undefined {
  const isBare = typeof init === 'object' && init !== null;
  const signal = isBare && Object.getOwnPropertyDescriptor(init, 'signal')?.value;
  return typeof signal === 'object' && signal !== null ? signal : undefined;
}
