import { describeBuiltIn } from './built-ins.ts';
import { byIdentity, type Description, description } from './description.ts';
import { getOwnPropertyDescriptor, getPrototypeOf, hasOwn, keys, methodOf } from './intrinsics.ts';
import { denseItems } from './plain.ts';
import { describeProperties, enumerableSymbols } from './properties.ts';

const { isArray } = Array;
const brandOf = methodOf<string>(Object.prototype, 'toString');

/**
 * Describes an object: by structure where it is of a kind that has one, else by identity.
 *
 * @param value - any object but a function
 */
export function describe(value: object): Description {
  const prototype: object | null = getPrototypeOf(value);
  if (isArray(value)) {
    return isArrayPrototype(prototype) ? describeArray(value) : byIdentity(value);
  }
  if (prototype === null) return describeRecord('!', value);
  return isObjectPrototype(prototype)
    ? describeRecord('', value)
    : (describeBuiltIn(value, prototype) ?? byIdentity(value));
}

/** `Object.prototype`, this realm's or another's (of a frame, of a `node:vm` context). */
function isObjectPrototype(prototype: object): boolean {
  return (
    prototype === Object.prototype ||
    (getPrototypeOf(prototype) === null &&
      isHiddenMethod(prototype, 'isPrototypeOf') &&
      isHiddenMethod(prototype, 'hasOwnProperty'))
  );
}

/** `Array.prototype`, of any realm, is itself an array, which no class's prototype is. */
function isArrayPrototype(prototype: object | null): boolean {
  if (prototype === Array.prototype) return true;
  if (!isArray(prototype) || !isHiddenMethod(prototype, 'concat')) return false;
  const parent: object | null = getPrototypeOf(prototype);
  return parent !== null && isObjectPrototype(parent);
}

function isHiddenMethod(holder: object, name: string): boolean {
  const property = getOwnPropertyDescriptor(holder, name);
  return property?.enumerable === false && typeof property.value === 'function';
}

function describeRecord(head: string, value: object): Description {
  return isDisguised(value) ? byIdentity(value) : describeProperties(head, value);
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
function describeArray(value: readonly unknown[]): Description {
  const symbols = enumerableSymbols(value);
  const raw = getOwnPropertyDescriptor(value, 'raw');
  const isTemplate = raw?.enumerable === false;
  const items = isTemplate || symbols.length > 0 ? undefined : denseItems(value);
  if (items !== undefined) return description(`[${items.length}:`, items);
  return describeProperties(
    isTemplate ? `\`${value.length}` : `_${value.length}`,
    value,
    symbols,
    isTemplate ? [raw.value] : [],
  );
}
