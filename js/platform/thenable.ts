import { isObject } from './property.ts';

/** Whether `await` would wait for a value. `false` if reading its `then` throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return isObject(value) && typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false;
  }
}

/**
 * Handles what a thenable settles with. Like `await`, ignores an own `then` of a Promise, which may throw.
 * @throws the error of a `constructor` of a Promise
 */
export function whenSettled<T, E = never>(
  thenable: unknown,
  onValue: ((value: unknown) => T) | undefined,
  onError: ((error: unknown) => E) | undefined,
): Promise<T | E> {
  return Promise.prototype.then.call(
    Promise.resolve(thenable),
    onValue as (value: unknown) => unknown,
    onError,
  ) as Promise<T | E>;
}

/** Handles a result at once, or that of a Promise when it settles. Returns a Promise only in the second case. */
export function chain(
  run: () => unknown,
  onValue?: (value: unknown) => unknown,
  onError?: (error: unknown) => unknown,
): unknown {
  let result: unknown;
  try {
    result = run();
    // In here, as it may throw.
    if (isThenable(result)) return whenSettled(result, onValue, onError);
  } catch (error) {
    if (onError) return onError(error);
    throw error;
  }
  return onValue ? onValue(result) : result;
}
