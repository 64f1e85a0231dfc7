/**
 * Whether an object has a property, own or inherited. A prototype that has none itself is not asked: it is some
 * realm's `Object.prototype`, where any library may have put anything.
 */
export function hasProperty(object: object, name: PropertyKey): boolean {
  for (let holder: object | null = object; holder; holder = parentOf(holder)) {
    if (Object.hasOwn(holder, name)) return true;
  }
  return false;
}

/** Reads a property as {@link hasProperty} looks for it, `undefined` without one. */
export function readProperty(object: object, name: PropertyKey): unknown {
  return hasProperty(object, name) ? (object as Record<PropertyKey, unknown>)[name] : undefined;
}

/** The prototype of an object, `null` for one that has none itself. */
export function parentOf(object: object): object | null {
  const prototype = Object.getPrototypeOf(object) as object | null;
  return prototype && Object.getPrototypeOf(prototype) && prototype;
}
