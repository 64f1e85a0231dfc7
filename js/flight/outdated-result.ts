import { isObject } from '../platform/property.ts';
import type { Call } from './call.ts';

/**
 * The result of a call whose arguments changed while it waited, so that they have another key. Only the leader gets it.
 * Each waiter's call starts again.
 */
export class OutdatedResult {
  readonly call: Call;
  #value: unknown;
  readonly #failure: { readonly error: unknown } | undefined;

  constructor(call: Call, value: unknown, failure?: { readonly error: unknown }) {
    this.call = call;
    this.#value = value;
    this.#failure = failure;
  }

  /** Unlike `instanceof`, this asks no Proxy of the user. */
  static is(value: unknown): value is OutdatedResult {
    return isObject(value) && #failure in value;
  }

  /**
   * The result, once; afterwards `undefined`.
   * @throws the error that the call ended with
   */
  take(): unknown {
    if (this.#failure) throw this.#failure.error;
    const value = this.#value;
    this.#value = undefined;
    return value;
  }
}
