import { getOwnPropertySymbols, getPrototypeOf, hasOwn, tagOf } from './intrinsics.ts';
import { noNames, type Shape } from './shapes.ts';

/** The tag of a plain object. */
export const PLAIN_TAG = '[object Object]';

export const { isView } = ArrayBuffer;
const objectPrototype: object = Object.prototype;

/**
 * The shape of an ordinary object: a plain one without symbols that can be nothing else. None of its
 * values is read.
 *
 * @param value - any object
 * @returns `undefined` when it takes a closer look
 */
export function plainShape(value: object): Shape | undefined {
  if (
    getPrototypeOf(value) !== objectPrototype ||
    getOwnPropertySymbols(value).length > 0 ||
    tagOf(value) !== PLAIN_TAG ||
    isView(value)
  ) {
    return undefined;
  }
  // A program has given properties to all objects.
  for (const _ in objectPrototype) return undefined;
  let names = noNames;
  for (const name in value) {
    names = names.lastKey === name ? (names.lastChild as typeof names) : names.with(name);
  }
  // The prototype of a class has no names as a rule.
  return names.before === undefined && hasOwn(value, 'constructor') ? undefined : names.toShape();
}
