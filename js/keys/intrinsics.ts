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
 * The name of the class that a prototype belongs to, as it says itself. No code of the user runs.
 *
 * @param prototype - any object
 */
export function classNameOf(prototype: object): unknown {
  const builder: unknown = getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof builder === 'function'
    ? getOwnPropertyDescriptor(builder, 'name')?.value
    : undefined;
}
