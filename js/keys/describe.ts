import { describeBuiltIn } from './describe-built-in.ts';
import {
  type Description,
  describeProperties,
  description,
  enumerableKeys,
} from './description.ts';
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isClassPrototype,
  isView,
  PLAIN_TAG,
  tagOf,
} from './intrinsics.ts';
import { identityText } from './primitive-text.ts';
import { plainShape, shapeOf } from './shape.ts';

const { isArray } = Array;
const { toStringTag } = Symbol;

/** Describes an object, but no function: by its content if its kind is known, else by its identity. */
export function describe(value: object): Description {
  const prototype: object | null = getPrototypeOf(value);
  return (
    (isArray(value)
      ? describeArray(value, prototype)
      : prototype === null || isRecordPrototype(prototype)
        ? describeRecord(value, prototype)
        : describeBuiltIn(value, prototype)) ?? description(identityText(value))
  );
}

/** Whether a prototype is the `Object.prototype` of any realm. Cheap checks come first. */
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
 * Whether an object with the prototype of a plain object is another kind of object: an `arguments` object, a boxed
 * string, a Date with a changed prototype, the prototype object of a class. `Math`, `JSON`, module namespaces,
 * `arguments` and prototypes have one of the three properties, not enumerable.
 */
function isDisguised(value: object): boolean {
  for (const key of [toStringTag, Symbol.iterator, 'constructor']) {
    if (getOwnPropertyDescriptor(value, key)?.enumerable === false) return true;
  }
  if (isView(value)) return true;
  // A tag that user code has set hides the built-in one.
  return hasOwn(value, toStringTag) || hasOwn(Object.prototype, toStringTag)
    ? [Date, RegExp, Map, Set, Number, String, Boolean, BigInt, Symbol, ArrayBuffer].some(
        (Class) => describeBuiltIn(value, Class.prototype) !== undefined,
      )
    : tagOf(value) !== PLAIN_TAG;
}

/** Describes an array by its items; one with holes or further properties by its length and all properties. */
function describeArray(
  value: readonly unknown[],
  prototype: object | null,
): Description | undefined {
  if (prototype === null || !isClassPrototype(prototype, Array)) return undefined;
  const { length } = value;
  const names = enumerableKeys(value);
  // The strings array of a tagged template keeps its raw strings in a property that is not enumerable.
  const raw = 'raw' in value ? getOwnPropertyDescriptor(value, 'raw') : undefined;
  if (raw?.enumerable === false) {
    return describeProperties('`', value, shapeOf(names), [length, raw.value]);
  }
  // A proxy may claim any length. A length that equals the number of listed indices is reliable.
  let items = 0;
  while (items < names.length && names[items] === `${items}`) items += 1;
  return items === names.length && items === length
    ? description(`[${items}:`, value, items)
    : describeProperties('_', value, shapeOf(names), [length]);
}
