import { type AsyncContext, asyncContext } from '../platform/host.ts';

type Fetch = (...args: never[]) => unknown;

/**
 * Calls the current global `fetch`, so that stubs and instrumentation that are installed after the wrapper take part.
 * If the current one is a wrapper itself, or calls this wrapper, the `fetch` that was wrapped is called instead.
 */
export class GlobalFetch {
  readonly #wrapped: Fetch;
  /** Whether the current global `fetch` is on the stack. */
  #isRunning = false;
  /** The signals of its calls. A later call with one of them comes from the `fetch` that got the signal. */
  readonly #signals = new WeakSet<object>();
  /** Identifies such calls in runtimes with async contexts. */
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
    // Only the wrapper's own `init` has no prototype. A caller may pass the same signal again.
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

/** What identifies a function: the global object for the global `fetch`, as each call uses the `fetch` of the moment. */
export function functionIdentity(fn: unknown): object {
  return fn === globalThis.fetch ? globalThis : (fn as object);
}

/** Whether `resilient` made the function: no other function has these members. */
function isWrapper(fetch: Fetch): boolean {
  return 'makeKey' in fetch && 'invalidate' in fetch;
}

/** The `signal` of `init`. */
function signalOf([, init]: readonly unknown[]): object | undefined {
  const hasFields = typeof init === 'object' && init !== null;
  const signal = hasFields && Object.getOwnPropertyDescriptor(init, 'signal')?.value;
  return typeof signal === 'object' && signal !== null ? signal : undefined;
}
