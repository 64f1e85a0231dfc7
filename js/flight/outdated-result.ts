import type { Call } from './call.ts';

/**
 * The outcome of a call whose arguments changed while it waited, so that its key is not theirs any more. It belongs to
 * the call that led the flight. Waiters start over.
 */
export class OutdatedResult {
  readonly call: Call;
  readonly #value: unknown;
  readonly #failure: { readonly error: unknown } | undefined;

  constructor(call: Call, value: unknown, failure?: { readonly error: unknown }) {
    this.call = call;
    this.#value = value;
    this.#failure = failure;
  }

  /** @throws the error that the call ended with */
  take(): unknown {
    if (this.#failure) throw this.#failure.error;
    return this.#value;
  }
}
