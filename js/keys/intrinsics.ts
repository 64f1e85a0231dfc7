/** Static methods of `Object` as they were when the module was loaded. */
export const { getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf, hasOwn, keys } =
  Object;

export const { isView } = ArrayBuffer;

/**
 * A built-in method, or the getter of a built-in property, as a function of the object. Later changes to the prototype
 * or to an instance have no effect on it.
 *
 * @param prototype a built-in prototype
 * @returns a function that returns `undefined` if the runtime has no such member
 */
export function methodOf<Result>(
  prototype: object,
  name: string | symbol,
): (self: object, ...args: unknown[]) => Result {
  const property = getOwnPropertyDescriptor(prototype, name) ?? { value: () => undefined };
  const method: unknown = hasOwn(property, 'value') ? property.value : property.get;
  return Function.prototype.call.bind(method as () => Result);
}

/** `Object.prototype.toString`, which gives {@link PLAIN_TAG} for a plain object. */
export const tagOf = methodOf<string>(Object.prototype, 'toString');
export const PLAIN_TAG = '[object Object]';

const sourceOf = methodOf<string>(Function.prototype, 'toString');

/** The `constructor` of a prototype. Runs no user code. */
function classOf(prototype: object): unknown {
  return getOwnPropertyDescriptor(prototype, 'constructor')?.value;
}

/** The name of a prototype's class, `''` if it has none. Runs no user code. */
export function classNameOf(prototype: object): string {
  const name: unknown = getOwnPropertyDescriptor(classOf(prototype) ?? {}, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

/**
 * Whether a prototype belongs to this built-in class, of this realm or another one (a frame, a `node:vm` context). The
 * source text of a user's class differs from that of a native function, unless the class is a bound function in
 * JavaScriptCore.
 */
export function isClassPrototype(
  prototype: object,
  Class: { readonly prototype: unknown },
): boolean {
  if (prototype === Class.prototype) return true;
  const other = classOf(prototype);
  return (
    typeof other === 'function' &&
    sourceOf(other) === sourceOf(Class) &&
    other.prototype === prototype
  );
}
