import { type Description, description } from './description.ts';
import { getOwnPropertyDescriptor, getOwnPropertySymbols, keys } from './intrinsics.ts';
import { inOrder, shapeOf } from './shapes.ts';

/** The names and symbols of an object's own enumerable properties. */
export function enumerableKeys(value: object): readonly PropertyKey[] {
  return getOwnPropertySymbols(value).length === 0
    ? keys(value)
    : Reflect.ownKeys(value).filter((key) => getOwnPropertyDescriptor(value, key)?.enumerable);
}

/**
 * Describes an object by its properties.
 *
 * @param head - what else there is to say: its kind, and how much state it has
 * @param value - the object
 * @param names - the properties that count
 * @param state - what it holds besides
 * @param width - how many values each member of the state has, if their order does not count, else 0
 */
export function describeProperties(
  head: string,
  value: object,
  names: readonly PropertyKey[] = enumerableKeys(value),
  state: readonly unknown[] = [],
  width = 0,
): Description {
  const record = value as Readonly<Record<PropertyKey, unknown>>;
  const shape = shapeOf(names);
  const own = inOrder(
    names.map((name) => record[name]),
    shape,
  );
  return width === 0
    ? description(head + shape.text, state.concat(own))
    : description(head + shape.text, own.concat(state), own.length, width);
}
