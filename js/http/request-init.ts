/** What a caller asks of `fetch` in `init`. It has no prototype. */
export type Init = RequestInit & Record<PropertyKey, unknown>;

/**
 * Reads each field of `init` once: its own ones and those of its prototypes. A prototype without a prototype of its
 * own, such as `Object.prototype`, is not asked.
 * @param known of a `Request` given as `init`: only these fields are options
 * @throws TypeError for a value that is no object, as `fetch` does
 */
export function readInit(given: unknown, known?: readonly string[]): Init {
  const init = Object.create(null) as Init;
  if (given === undefined || given === null) return init;
  if (typeof given !== 'object' && typeof given !== 'function') {
    throw new TypeError(`init must be an object, got ${typeof given}`);
  }
  let owner: object | null = given;
  do {
    for (const name of Reflect.ownKeys(owner)) {
      if (name in init || name === 'constructor' || (known && !known.includes(name as string))) {
        continue;
      }
      const value = (given as Init)[name];
      if (value !== undefined) init[name] = value;
    }
    owner = Object.getPrototypeOf(owner) as object | null;
  } while (owner && Object.getPrototypeOf(owner));
  return init;
}
