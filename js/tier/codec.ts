import {
  getOwnPropertySymbols,
  getPrototypeOf,
  isClassPrototype,
  keys,
  PLAIN_TAG,
  tagOf,
} from '../keys/intrinsics.ts';
import { decodeTagged, FORMAT, parseBytes } from './tagged-decoder.ts';
import { encodeTagged } from './tagged-encoder.ts';

/** Turns results into bytes for the second tier, and back. */
export interface Codec {
  /** Stored with each value. A value that was stored under another name counts as absent. */
  readonly name: string;
  /**
   * The bytes of a value.
   * @throws TypeError for a value that `decode` could not give back; it stays in the first tier then
   */
  encode(value: unknown): Uint8Array;
  /**
   * The value of bytes, which another release of the program may have written.
   * @throws TypeError for bytes of another format; they count as absent then
   */
  decode(bytes: Uint8Array): unknown;
}

/** Engines limit the depth that `JSON` takes. Deeper values are written in the tagged format. */
const MAX_JSON_DEPTH = 100;

const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * The codec of a tier without the option `codec`. It writes plain JSON data as JSON, and all else in a tagged format, which also keeps
 * `undefined`, NaN, Infinity, -0, BigInts, boxed primitives, Dates, Maps, Sets, RegExps, URLs, ArrayBuffers, DataViews, typed arrays,
 * errors of the built-in classes, holes in arrays, null prototypes, cycles, shared references, and any depth.
 *
 * It reads getters, and leaves out properties that are not enumerable. No value comes back frozen. A `Buffer` comes back as a
 * `Uint8Array`. A view comes back with a buffer of its own, which has only the bytes of the view.
 */
export const defaultCodec: Codec = {
  name: 'holdfast',

  /** @throws TypeError with the path to what it could not give back, such as a class instance, a function or a symbol */
  encode(value) {
    return isJson(value, new Set(), MAX_JSON_DEPTH)
      ? encoder.encode(JSON.stringify(value))
      : encodeTagged(value);
  },

  /** Runs no code that the bytes name. Takes time and memory in proportion to their number. */
  decode(bytes) {
    try {
      return bytes[0] === FORMAT ? decodeTagged(bytes) : parseBytes(bytes);
    } catch (cause) {
      throw new TypeError('Cannot decode: the bytes are of another format', { cause });
    }
  },
};

/**
 * Whether JSON gives a value back: strings, numbers, booleans, null, and trees of arrays and plain objects.
 *
 * @param seen the objects met so far: JSON makes two of an object that is referred to twice
 */
function isJson(value: unknown, seen: Set<object>, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isTree(value as Readonly<Record<string, unknown>>, seen, depth);
    default:
      return false;
  }
}

function isTree(object: object, seen: Set<object>, depth: number): boolean {
  if (depth === 0 || seen.has(object) || 'toJSON' in object) return false;
  seen.add(object);
  const prototype: object | null = getPrototypeOf(object);
  if (prototype === null || getOwnPropertySymbols(object).length > 0) return false;
  const names = keys(object);
  const { length } = names;
  if (Array.isArray(object)) {
    // As many names as items, and no hole, which would read as `undefined`: no further properties.
    if (!isClassPrototype(prototype, Array) || object.length !== length) return false;
    for (let index = 0; index < length; index++) {
      if (!isJson(object[index], seen, depth - 1)) return false;
    }
    return true;
  }
  if (!isClassPrototype(prototype, Object) || tagOf(object) !== PLAIN_TAG) return false;
  for (let index = 0; index < length; index++) {
    const value = (object as Readonly<Record<string, unknown>>)[names[index] as string];
    if (!isJson(value, seen, depth - 1)) return false;
  }
  return true;
}
