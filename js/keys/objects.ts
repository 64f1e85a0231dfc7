import { builtInWriter } from './built-ins.ts';
import {
  getOwnPropertyDescriptor,
  getOwnPropertySymbols,
  getPrototypeOf,
  hasOwn,
  keys,
} from './intrinsics.ts';
import { enumerableSymbols, writeProperties, writeSymbolProperties } from './properties.ts';
import { identityText, type Sink } from './text.ts';

const { isArray } = Array;
const { stringify } = JSON;
const objectValues = Object.values;
const objectPrototype: object = Object.prototype;
const arrayPrototype: object = Array.prototype;
const brandOf = Function.prototype.call.bind(Object.prototype.toString) as (
  value: object,
) => string;

/** From this length on an array of plain primitives is handed to the native serializer. */
const LONG_ARRAY = 32;
/** Longer strings are left to the sink, which may store a repeated one once. */
const SHORT_STRING = 256;

/**
 * Writes an object: by structure where it is of a kind that has one, else by identity.
 *
 * @param value - any object but a function
 * @param out - where its text goes
 */
export function writeObject(value: object, out: Sink): void {
  const prototype: object | null = getPrototypeOf(value);
  if (prototype === objectPrototype) {
    writeRecord(value, '{', out);
  } else if (prototype === null) {
    writeRecord(value, '!', out);
  } else if (isArray(value)) {
    if (prototype === arrayPrototype || isForeignArrayPrototype(prototype)) writeArray(value, out);
    else out.write(identityText(value));
  } else if (isForeignObjectPrototype(prototype)) {
    writeRecord(value, '{', out);
  } else {
    const write = builtInWriter(prototype);
    if (write === undefined || !write(value, out)) out.write(identityText(value));
  }
}

/** `Object.prototype` of another realm (a frame, a `node:vm` context) makes plain objects too. */
function isForeignObjectPrototype(prototype: object): boolean {
  if (getPrototypeOf(prototype) !== null) return false;
  return isHiddenMethod(prototype, 'isPrototypeOf') && isHiddenMethod(prototype, 'hasOwnProperty');
}

/** `Array.prototype` of another realm is itself an array, which no class's prototype is. */
function isForeignArrayPrototype(prototype: object): boolean {
  if (!isArray(prototype) || !isHiddenMethod(prototype, 'concat')) return false;
  const parent: object | null = getPrototypeOf(prototype);
  return parent !== null && isForeignObjectPrototype(parent);
}

function isHiddenMethod(holder: object, name: string): boolean {
  const property = getOwnPropertyDescriptor(holder, name);
  return property?.enumerable === false && typeof property.value === 'function';
}

function writeRecord(value: object, open: string, out: Sink): void {
  const names = keys(value);
  const symbols = getOwnPropertySymbols(value);
  if (
    ((names.length === 0 || names[0] === '0') && isDisguised(value, names)) ||
    (symbols.length > 0 && hasHiddenTag(value, symbols))
  ) {
    out.write(identityText(value));
    return;
  }
  out.write(open);
  writeProperties(value, names, out);
  if (symbols.length > 0) writeSymbolProperties(value, enumerableSymbols(value, symbols), out);
  out.write('}');
}

/**
 * Tells what has the prototype of a plain object without being one: an `arguments` object, a boxed
 * string, a Date given another prototype, the prototype object of a class. All these have no
 * enumerable names, or start with '0', so that the rest is spared the check.
 */
function isDisguised(value: object, names: readonly string[]): boolean {
  if (!hasOwn(value, Symbol.toStringTag) && brandOf(value) !== '[object Object]') return true;
  return names.length === 0 && hasOwn(value, 'constructor');
}

/** `Math`, `JSON`, module namespaces and `arguments` carry these symbols, not enumerable. */
function hasHiddenTag(value: object, symbols: readonly symbol[]): boolean {
  for (const symbol of symbols) {
    if (symbol !== Symbol.toStringTag && symbol !== Symbol.iterator) continue;
    if (getOwnPropertyDescriptor(value, symbol)?.enumerable === false) return true;
  }
  return false;
}

function writeArray(value: readonly unknown[], out: Sink): void {
  const { length } = value;
  const items = length < LONG_ARRAY ? denseItems(value, length) : longDenseItems(value, length);
  const symbols = enumerableSymbols(value, getOwnPropertySymbols(value));
  const raw = hasRawStrings(value);
  if (items === undefined) {
    out.write('[');
    writeSparse(value, length, out);
  } else {
    if (length >= LONG_ARRAY && symbols.length === 0 && !raw && isFlat(items)) {
      out.reserve(2 * length);
      out.write(`J${stringify(items)}`);
      return;
    }
    out.reserve(length);
    out.write('[');
    for (let index = 0; index < length; index += 1) out.value(items[index]);
  }
  if (raw) {
    out.write('`');
    out.value((value as unknown as TemplateStringsArray).raw);
  }
  if (symbols.length > 0) {
    out.write('|');
    writeSymbolProperties(value, symbols, out);
  }
  out.write(']');
}

/** The array itself when it has no holes and no further properties: the last name tells. */
function denseItems(value: readonly unknown[], length: number): readonly unknown[] | undefined {
  const names = keys(value);
  if (names.length !== length) return undefined;
  return length === 0 || names[length - 1] === `${length - 1}` ? value : undefined;
}

/** The same for a long array, whose names would cost more than all the rest. */
function longDenseItems(value: readonly unknown[], length: number): readonly unknown[] | undefined {
  const items = objectValues(value);
  if (items.length !== length) return undefined;
  // As many values as indices: without a hole there is no room for another property.
  for (let index = 0; index < length; index += 1) if (!hasOwn(value, index)) return undefined;
  return items;
}

/** Whether JSON tells all of these apart. */
function isFlat(items: readonly unknown[]): boolean {
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (typeof item === 'number') {
      if (item - item !== 0) return false;
    } else if (typeof item === 'string') {
      if (item.length > SHORT_STRING) return false;
    } else if (typeof item !== 'boolean' && item !== null) {
      return false;
    }
  }
  return !('toJSON' in items);
}

/** The strings array of a tagged template keeps its raw strings in a hidden property. */
function hasRawStrings(value: readonly unknown[]): boolean {
  return 'raw' in value && getOwnPropertyDescriptor(value, 'raw')?.enumerable === false;
}

/** Holes go as the length of their run, so that the work follows what is there. */
function writeSparse(value: readonly unknown[], length: number, out: Sink): void {
  const names = keys(value);
  let next = 0;
  let count = 0;
  for (const name of names) {
    const index = Number(name);
    if (!(index < length) || `${index >>> 0}` !== name) break;
    if (index > next) out.write(`_${index - next},`);
    out.value(value[index]);
    next = index + 1;
    count += 1;
  }
  if (length > next) out.write(`_${length - next},`);
  if (names.length > count) {
    out.write(':');
    writeProperties(value, names.slice(count), out);
  }
}
