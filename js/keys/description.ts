import { getOwnPropertyDescriptor, getOwnPropertySymbols, keys } from './intrinsics.ts';
import { type Shape, shapeOf } from './shape.ts';

/** One object taken apart. Two objects are equal if their head texts and the texts of their values are. */
export interface Description {
  /** The kind of the object and the number of its values, as text. */
  readonly headText: string;
  /** The values that the object holds: those in order first, then the members of a map or set in any order. */
  readonly heldValues: readonly unknown[];
  readonly valueCount: number;
  /** The number of values in order. */
  readonly orderedCount: number;
  /** Values per member: 2 for a map, 1 for a set, 0 for other objects. */
  readonly memberSize: number;
}

/** @param heldValues none for a value that is described by a text alone */
export function description(
  headText: string,
  heldValues: readonly unknown[] = [],
  orderedCount = heldValues.length,
  memberSize = 0,
): Description {
  const valueCount = memberSize === 0 ? orderedCount : heldValues.length;
  return { headText, heldValues, valueCount, orderedCount, memberSize };
}

/**
 * Describes an object by its properties.
 *
 * @param headText the kind of the object, and how much state it has
 * @param shape the properties that count; all enumerable ones by default
 * @param state further values that the object holds
 * @param memberSize values per member of the state if their order does not count, else 0
 */
export function describeProperties(
  headText: string,
  value: object,
  shape: Shape = shapeOf(enumerableKeys(value)),
  state: readonly unknown[] = [],
  memberSize = 0,
): Description {
  const record = value as Readonly<Record<PropertyKey, unknown>>;
  const values = shape.sortedNames.map((name) => record[name]);
  return description(
    headText + shape.namesText,
    values.concat(state),
    memberSize === 0 ? undefined : values.length,
    memberSize,
  );
}

/** The names and symbols of an object's own enumerable properties. */
export function enumerableKeys(value: object): readonly PropertyKey[] {
  return getOwnPropertySymbols(value).length === 0
    ? keys(value)
    : Reflect.ownKeys(value).filter((key) => getOwnPropertyDescriptor(value, key)?.enumerable);
}

/**
 * Writes an object from the texts of all its values. Members of a map or set are sorted by their texts.
 *
 * @param texts one for each value
 */
export function descriptionText(
  { headText, orderedCount, memberSize }: Description,
  texts: readonly string[],
): string {
  const members: string[] = [];
  for (let index = orderedCount; index < texts.length; index += memberSize) {
    members.push(texts.slice(index, index + memberSize).join(''));
  }
  return headText + texts.slice(0, orderedCount).join('') + members.sort().join('');
}
