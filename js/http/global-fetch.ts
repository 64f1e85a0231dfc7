import { type AsyncContext, asyncContext } from '../platform/host.ts';

type Fetch = (...args: never[]) => unknown;

/**
 * What a wrapper of the global `fetch` calls: the global `fetch` of the moment, so that stubs and instrumentation that
 * are installed later take part. If that is a wrapper itself, or calls this one back, it is the `fetch` that was
 * wrapped.
 */
export class GlobalFetch {
  readonly #wrapped: Fetch;
  /** Whether the global `fetch` of the moment is being called, until it returns. */
  #isRunning = false;
  /** The signals of its calls: they tell a later call that is made in answer to one of them. */
  readonly #signals = new WeakSet<object>();
  /** Tells such a call where the runtime has async contexts. */
  #context: AsyncContext | undefined;

  constructor(wrapped: Fetch) {
    this.#wrapped = wrapped;
  }

  readonly call = (...args: unknown[]): unknown => {
    const { fetch } = globalThis as { fetch?: Fetch };
    if (typeof fetch !== 'function' || isWrapper(fetch)) {
      return this.callWrapped(args);
    }
    const signal = signalOf(args);
    // Only an `init` of ours has no prototype. A signal of the caller's may come again.
    if (signal && Object.getPrototypeOf(args[1]) === null) this.#signals.add(signal);
    this.#context ??= asyncContext();
    const run = () => Reflect.apply(fetch, undefined, args as never[]);
    const wasRunning = this.#isRunning;
    this.#isRunning = true;
    try {
      return this.#context ? this.#context.run(true, run) : run();
    } finally {
      this.#isRunning = wasRunning;
    }
  };

  callWrapped(args: readonly unknown[]): unknown {
    return Reflect.apply(this.#wrapped, undefined, args as never[]);
  }

  /** Whether this call of the wrapper is made by the global `fetch` that the wrapper itself has called. */
  isLoop(args: readonly unknown[]): boolean {
    const signal = signalOf(args);
    return (
      this.#isRunning ||
      this.#context?.getStore() === true ||
      (signal !== undefined && this.#signals.has(signal))
    );
  }
}

/** Whether `resilient` has made a function: no other has these members. */
function isWrapper(fetch: Fetch): boolean {
  return 'makeKey' in fetch && 'invalidate' in fetch;
}

/** The `signal` of `init`. */
function signalOf([, init]: readonly unknown[]): object | undefined {
  const hasFields = typeof init === 'object' && init !== null;
  const signal = hasFields && Object.getOwnPropertyDescriptor(init, 'signal')?.value;
  return typeof signal === 'object' && signal !== null ? signal : undefined;
}
