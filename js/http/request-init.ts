import { isObject } from '../platform/property.ts';
import { isRequest } from './request-reader.ts';

/** The caller's `init`, without a prototype. */
export type Init = RequestInit & Record<PropertyKey, unknown>;

/**
 * Reads each field of `init` once, own and inherited. A prototype that has no prototype itself, such as
 * `Object.prototype`, is not read.
 * @param known the standard options; of a function or a `Request` source as `init`, only these are read
 * @param texts the options that are converted to text
 * @throws TypeError for a value that is not an object
 */
export function readInit(
  source: unknown,
  known: readonly string[],
  texts: readonly string[],
): Init {
  const init = Object.create(null) as Init;
  if (source === undefined || source === null) return init;
  if (!isObject(source)) {
    throw new TypeError(`init must be an object, got ${typeof source}`);
  }
  const isPlain = typeof source === 'object' && !isRequest(source);
  let owner: object | null = source;
  do {
    for (const name of Reflect.ownKeys(owner) as string[]) {
      if (name in init || name === 'constructor' || !(isPlain || known.includes(name))) continue;
      const value = (source as Init)[name];
      if (value === undefined) continue;
      init[name] = value !== null && texts.includes(name) ? `${value}` : value;
    }
    owner = Object.getPrototypeOf(owner) as object | null;
  } while (owner && Object.getPrototypeOf(owner));
  return init;
}
