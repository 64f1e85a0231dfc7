/** Methods of `Object` as they were when the module was loaded. */
export const { getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf, hasOwn, keys } =
  Object;

/**
 * Turns a method into a function that takes `this` as its first argument. What it calls is the
 * method as it was when the module was loaded, whatever an instance has in its place.
 *
 * @param method - a method of a built-in prototype
 */
export function uncurry<Args extends unknown[], Result>(
  method: (...args: never[]) => unknown,
): (self: object, ...args: Args) => Result {
  return Function.prototype.call.bind(method as () => unknown) as (
    self: object,
    ...args: Args
  ) => Result;
}

/**
 * The getter of a built-in property, as a function of the object.
 *
 * @param prototype - a built-in prototype
 * @param name - the property's name
 * @returns a function that gives `undefined` where the runtime has no such getter
 */
export function getterOf<Result>(
  prototype: object,
  name: string | symbol,
): (self: object) => Result {
  const get = getOwnPropertyDescriptor(prototype, name)?.get;
  return uncurry<[], Result>(get ?? (() => undefined));
}

/**
 * Reads a built-in's inner state. A built-in method throws when its `this` lacks that state, which
 * is the one test of what an object is that cannot be deceived. No code of the user runs in it.
 *
 * @param read - an uncurried method or getter
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
