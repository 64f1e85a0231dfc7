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
  const property = getOwnPropertyDescriptor(prototype, name) ?? { value: () => undefined };
  const method: unknown = hasOwn(property, 'value') ? property.value : property.get;
  return Function.prototype.call.bind(method as () => Result);
}

/** The tag of an object as `Object.prototype.toString` writes it; for a plain object `[object Object]`. */
export const tagOf = methodOf<string>(Object.prototype, 'toString');
const sourceOf = methodOf<string>(Function.prototype, 'toString');

/** The class that a prototype belongs to, as it says itself. No code of the user runs. */
function classOf(prototype: object): unknown {
  return getOwnPropertyDescriptor(prototype, 'constructor')?.value;
}

/** The name of that class. */
export function classNameOf(prototype: object): string {
  const builder = classOf(prototype);
  const name: unknown =
    typeof builder === 'function' && getOwnPropertyDescriptor(builder, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

/**
 * Tells whether a prototype is that of a built-in class, of this realm or another (a frame, a `node:vm` context). No
 * class that a user writes has the source text of a native function, except a bound one in JavaScriptCore.
 */
export function isClassPrototype(
  prototype: object,
  Class: ObjectConstructor | ArrayConstructor,
): boolean {
  if (prototype === Class.prototype) return true;
  const builder = classOf(prototype);
  return (
    typeof builder === 'function' &&
    sourceOf(builder) === sourceOf(Class) &&
    builder.prototype === prototype
  );
}
