import { describeBuiltIn } from './built-ins.ts';
import { type Description, description } from './description.ts';
import {
  classNameOf,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  keys,
  methodOf,
} from './intrinsics.ts';
import { plainShape } from './plain.ts';
import { describeProperties, enumerableKeys } from './properties.ts';
import { shapeOf } from './shapes.ts';
import { identityText } from './text.ts';

const { isArray } = Array;
const objectPrototype: object = Object.prototype;
const brandOf = methodOf<string>(objectPrototype, 'toString');

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
      : prototype === null || isObjectPrototype(prototype)
        ? describeRecord(value, prototype)
        : describeBuiltIn(value, prototype)) ?? description(identityText(value), [])
  );
}

/** `Object.prototype`, this realm's or another's (of a frame, of a `node:vm` context). */
function isObjectPrototype(prototype: object | null): boolean {
  return (
    prototype === objectPrototype ||
    (prototype !== null &&
      getPrototypeOf(prototype) === null &&
      classNameOf(prototype) === 'Object')
  );
}

/** `Array.prototype`, of any realm, is itself an array, which no class's prototype is. */
function isArrayPrototype(prototype: object | null): boolean {
  return (
    prototype === Array.prototype ||
    (isArray(prototype) &&
      classNameOf(prototype) === 'Array' &&
      isObjectPrototype(getPrototypeOf(prototype)))
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
 * namespaces and `arguments` have one of these symbols, not enumerable.
 */
function isDisguised(value: object): boolean {
  for (const symbol of [Symbol.toStringTag, Symbol.iterator]) {
    if (getOwnPropertyDescriptor(value, symbol)?.enumerable === false) return true;
  }
  if (!hasOwn(value, Symbol.toStringTag) && brandOf(value) !== '[object Object]') return true;
  return keys(value).length === 0 && hasOwn(value, 'constructor');
}

/** One that has more than items, or less, goes by its length and all properties, items among them. */
function describeArray(
  value: readonly unknown[],
  prototype: object | null,
): Description | undefined {
  if (!isArrayPrototype(prototype)) return undefined;
  const { length } = value;
  const names = enumerableKeys(value);
  // The strings array of a tagged template keeps its raw strings in a hidden property.
  const raw =
    (value as { raw?: unknown }).raw === undefined
      ? undefined
      : getOwnPropertyDescriptor(value, 'raw');
  if (raw?.enumerable === false) {
    return describeProperties(`\`${length}`, value, shapeOf(names), [raw.value]);
  }
  // Indices come first: when the last name is the last index, there is nothing else.
  return names.length === length && (length === 0 || names[length - 1] === `${length - 1}`)
    ? description(`[${length}:`, value, length, 0)
    : describeProperties(`_${length}`, value, shapeOf(names));
}
