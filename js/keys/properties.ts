import { type Description, description } from './description.ts';
import { getOwnPropertyDescriptor, getOwnPropertySymbols, keys } from './intrinsics.ts';
import { type Shape, shapeOf } from './shapes.ts';

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
 * @param shape - of the properties that count
 * @param state - what it holds besides
 * @param width - how many values each member of the state has, if their order does not count, else 0
 */
export function describeProperties(
  head: string,
  value: object,
  shape: Shape = shapeOf(enumerableKeys(value)),
  state: readonly unknown[] = [],
  width = 0,
): Description {
  const record = value as Readonly<Record<PropertyKey, unknown>>;
  const values = shape.names.map((name) => record[name]);
  return description(
    head + shape.text,
    values.concat(state),
    width === 0 ? undefined : values.length,
    width,
  );
}
