/**
 * Whether an object has a property, own or inherited. A prototype that has none itself is not asked: it is some
 * realm's `Object.prototype`, where any library may have put anything.
 */
export function hasProperty(object: object, name: PropertyKey): boolean {
  if (Object.hasOwn(object, name)) return true;
  const prototype = Object.getPrototypeOf(object) as object | null;
  return (
    prototype !== null && Object.getPrototypeOf(prototype) !== null && hasProperty(prototype, name)
  );
}

/** Reads a property as {@link hasProperty} looks for it, `undefined` without one. */
export function readProperty(object: object, name: PropertyKey): unknown {
  return hasProperty(object, name) ? (object as Record<PropertyKey, unknown>)[name] : undefined;
}

/** A copy of own enumerable properties that inherits nothing. Later objects win. */
export function bareCopy<T extends object>(...objects: readonly (T | undefined)[]): T {
  return Object.assign(Object.create(null), ...objects);
}
