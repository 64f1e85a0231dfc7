import { getOwnPropertySymbols, getPrototypeOf, keys } from './intrinsics.ts';
import { MAX_SHAPE_TEXT, type Shape, shapeOf } from './shapes.ts';

const { values } = Object;
const objectPrototype: object = Object.prototype;
const arrayPrototype: object = Array.prototype;

/**
 * The shape of an ordinary object: a plain one without symbols that can be nothing else.
 *
 * @param value - any object but an array
 * @returns `undefined` when it takes a closer look
 */
export function plainShape(value: object): Shape | undefined {
  if (getPrototypeOf(value) !== objectPrototype) return undefined;
  const names = keys(value);
  // What only looks like a plain object has no names, or those of indices.
  if (names.length === 0 || names[0] === '0') return undefined;
  const shape = shapeOf(names);
  if (getOwnPropertySymbols(value).length > 0 || shape.text.length > MAX_SHAPE_TEXT)
    return undefined;
  return shape;
}

/**
 * The items of an ordinary array: one without holes, and nothing besides.
 *
 * @param value - any array
 * @returns `undefined` when it takes a closer look
 */
export function plainItems(value: readonly unknown[]): readonly unknown[] | undefined {
  return getPrototypeOf(value) === arrayPrototype &&
    getOwnPropertySymbols(value).length === 0 &&
    // The strings array of a tagged template keeps its raw strings in a hidden property.
    (value as { raw?: unknown }).raw === undefined
    ? denseItems(value)
    : undefined;
}

/** The items of any array that has no holes and no other named properties. */
export function denseItems(value: readonly unknown[]): readonly unknown[] | undefined {
  const { length } = value;
  // The names would tell as much, but cost more.
  const items = values(value);
  if (items.length !== length) return undefined;
  // As many values as indices: without a hole there is no room for another property.
  for (let index = 0; index < length; index += 1) {
    if (!(index in value) || index in arrayPrototype) return undefined;
  }
  return items;
}
