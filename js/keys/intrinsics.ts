/** Methods of `Object` as they were when the module was loaded. */
export const { getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf, hasOwn, keys } =
  Object;

/**
 * A built-in method or the getter of a built-in property, as a function of the object. What it
 * calls is what the prototype has now, whatever it or an instance has in its place later.
 *
 * @param prototype - a built-in prototype
 * @param name - the name of the method or property
 * @returns a function that gives `undefined` where the runtime has no such thing
 */
export function methodOf<Result>(
  prototype: object,
  name: string | symbol,
): (self: object, ...args: unknown[]) => Result {
  const property = getOwnPropertyDescriptor(prototype, name);
  const method: unknown = property?.get ?? property?.value ?? (() => undefined);
  return Function.prototype.call.bind(method as () => Result);
}

/**
 * Reads a built-in's inner state. A built-in method throws when its `this` lacks that state, which
 * is the one test of what an object is that cannot be deceived. No code of the user runs in it.
 *
 * @param read - what reads it, by such methods only
 * @param from - what it is to read
 * @returns `undefined` when the object is not what it looks like
 */
export function attempt<From, Result>(
  read: (from: From) => Result,
  from: From,
): Result | undefined {
  try {
    return read(from);
  } catch {
    return undefined;
  }
}
