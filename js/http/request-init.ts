import { isRequest } from './request-reader.ts';

/** What a caller asks of `fetch` in `init`. It has no prototype. */
export type Init = RequestInit & Record<PropertyKey, unknown>;

/**
 * Reads each field of `init` once: its own ones and those of its prototypes. A prototype without a prototype of its
 * own, such as `Object.prototype`, is not asked.
 * @param known the standard options, which are all that counts of a function or of a `Request` given as `init`
 * @param texts those that are turned into text
 * @throws TypeError for a value that is no object, as `fetch` does
 */
export function readInit(given: unknown, known: readonly string[], texts: readonly string[]): Init {
  const init = Object.create(null) as Init;
  if (given === undefined || given === null) return init;
  if (typeof given !== 'object' && typeof given !== 'function') {
    throw new TypeError(`init must be an object, got ${typeof given}`);
  }
  const isPlain = typeof given === 'object' && !isRequest(given);
  let owner: object | null = given;
  do {
    for (const name of Reflect.ownKeys(owner) as string[]) {
      if (name in init || name === 'constructor' || !(isPlain || known.includes(name))) continue;
      const value = (given as Init)[name];
      if (value === undefined) continue;
      init[name] = value !== null && texts.includes(name) ? `${value}` : value;
    }
    owner = Object.getPrototypeOf(owner) as object | null;
  } while (owner && Object.getPrototypeOf(owner));
  return init;
}
