import { isObject } from './property.ts';

/** Whether `await` would wait for a value. `false` if reading its `then` throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return isObject(value) && typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false;
  }
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
    // Throws if the Promise has a `constructor` that throws.
    if (isThenable(result)) return Promise.resolve(result).then(onValue, onError);
  } catch (error) {
    if (onError) return onError(error);
    throw error;
  }
  return onValue ? onValue(result) : result;
}
