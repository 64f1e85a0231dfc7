import { describeBuiltIn } from './built-ins.ts';
import { type Description, description } from './description.ts';
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isClassPrototype,
  tagOf,
} from './intrinsics.ts';
import { isView, PLAIN_TAG, plainShape } from './plain.ts';
import { describeProperties, enumerableKeys } from './properties.ts';
import { shapeOf } from './shapes.ts';
import { identityText } from './text.ts';

const { isArray } = Array;
const { toStringTag } = Symbol;
const emptyArray = description('[0:', []);

/**
 * Describes an object: by structure where it is of a kind that has one, else by identity.
 *
 * @param value - any object but a function
 */
export function describe(value: object): Description {
  const prototype: object | null = getPrototypeOf(value);
  return (
    (isArray(value)
      ? describeArray(value, prototype)
      : prototype === null || isRecordPrototype(prototype)
        ? describeRecord(value, prototype)
        : describeBuiltIn(value, prototype)) ?? description(identityText(value), [])
  );
}

/** Only `Object.prototype` and what user code made has no prototype; the rest is not worth a closer look. */
function isRecordPrototype(prototype: object): boolean {
  return (
    prototype === Object.prototype ||
    (getPrototypeOf(prototype) === null && isClassPrototype(prototype, Object))
  );
}

function describeRecord(value: object, prototype: object | null): Description | undefined {
  const shape = plainShape(value);
  return shape === undefined && isDisguised(value)
    ? undefined
    : describeProperties(prototype === null ? '!' : '', value, shape);
}

/**
 * Tells what has the prototype of a plain object without being one: an `arguments` object, a boxed
 * string, a Date given another prototype, the prototype object of a class. `Math`, `JSON`, module
 * namespaces, `arguments` and prototypes have one of these properties, not enumerable.
 */
function isDisguised(value: object): boolean {
  for (const key of [toStringTag, Symbol.iterator, 'constructor']) {
    if (getOwnPropertyDescriptor(value, key)?.enumerable === false) return true;
  }
  if (isView(value)) return true;
  // A tag of the user's hides the built-in one.
  return hasOwn(value, toStringTag) || hasOwn(Object.prototype, toStringTag)
    ? [Date, RegExp, Map, Set, Number, String, Boolean, BigInt, Symbol, ArrayBuffer].some(
        (Class) => describeBuiltIn(value, Class.prototype) !== undefined,
      )
    : tagOf(value) !== PLAIN_TAG;
}

/** An array that has more than items, or less, is described by its length and all properties, items among them. */
function describeArray(
  value: readonly unknown[],
  prototype: object | null,
): Description | undefined {
  if (prototype === null || !isClassPrototype(prototype, Array)) return undefined;
  const { length } = value;
  const names = enumerableKeys(value);
  // The strings array of a tagged template keeps its raw strings in a hidden property.
  const raw = 'raw' in value ? getOwnPropertyDescriptor(value, 'raw') : undefined;
  if (raw?.enumerable === false) {
    return describeProperties('`', value, shapeOf(names), [length, raw.value]);
  }
  // A proxy answers what it likes: only indices that were all listed are a length that can be relied on.
  let items = 0;
  while (items < names.length && names[items] === `${items}`) items += 1;
  return items === names.length && items === length
    ? items === 0
      ? emptyArray
      : description(`[${items}:`, value, items)
    : describeProperties('_', value, shapeOf(names), [length]);
}
