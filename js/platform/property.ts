/**
 * Whether an object has a property, own or inherited. Ignores a prototype without a prototype: it is the
 * `Object.prototype` of some realm, to which any library may have added properties.
 */
export function hasProperty(object: object, name: PropertyKey): boolean {
  if (Object.hasOwn(object, name)) return true;
  const prototype = Object.getPrototypeOf(object) as object | null;
  return (
    prototype !== null && Object.getPrototypeOf(prototype) !== null && hasProperty(prototype, name)
  );
}

/** Whether a value can have properties of its own: an object or a function. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Reads a property that {@link hasProperty} finds; `undefined` if there is none. */
export function readProperty(object: object, name: PropertyKey): unknown {
  return hasProperty(object, name) ? (object as Record<PropertyKey, unknown>)[name] : undefined;
}

/** Copies own enumerable properties to an object without a prototype. Later objects win. */
export function bareCopy<T extends object>(...objects: readonly (T | undefined)[]): T {
  return Object.assign(Object.create(null), ...objects);
}
