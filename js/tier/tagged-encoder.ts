import {
  classNameOf,
  getOwnPropertyDescriptor,
  getOwnPropertySymbols,
  getPrototypeOf,
  keys,
} from '../keys/intrinsics.ts';
import { FORMAT, MAX_LENGTH } from './tagged-decoder.ts';
import { BYTES, bytesOf, ERROR, kindOf, stateOf } from './value-kinds.ts';

/** Properties of errors that are usually not enumerable. `stack` is another one; some engines inherit it. */
const HIDDEN = ['message', 'cause', 'errors', 'name'];

/** Limits the path in a message. */
const MAX_PATH_CHARS = 200;

const encoder = /* @__PURE__ */ new TextEncoder();

type Properties = Record<string, unknown>;

/**
 * Writes a value of any depth, with cycles and shared references, in the format that `decodeTagged` describes.
 * @throws TypeError with the path to what `decodeTagged` could not give back
 */
export function encodeTagged(root: unknown): Uint8Array {
  /** The objects in the order in which they are met, and their numbers. */
  const objects: object[] = [];
  const numbers = new Map<object, number>();
  /** For each object the number of the one that led to it first, and the property there. */
  const parents: number[] = [];
  const names: (string | number)[] = [];
  const blobs: Uint8Array[] = [];
  /** The number of the object that is being written. */
  let current = -1;

  // A library that adds this to `Array.prototype` or `Object.prototype` changes what JSON writes.
  if ('toJSON' in []) throw new TypeError('Cannot encode: Array.prototype has a property toJSON');
  const list = [slotOf(root, '')];
  // `slotOf` adds objects, so that the loop goes on with them.
  for (const object of objects) {
    current += 1;
    list.push(nodeOf(object));
  }
  return joinBytes(encoder.encode(String.fromCharCode(FORMAT) + JSON.stringify(list)), blobs);

  function slotOf(value: unknown, name: string | number): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'undefined':
        return [];
      case 'number':
        return Object.is(value, -0) ? ['-0'] : Number.isFinite(value) ? value : [`${value}`];
      case 'bigint':
        return [`${value.toString(16)}n`];
      case 'object': {
        if (value === null) return value;
        let number = numbers.get(value);
        if (number === undefined) {
          number = objects.push(value) - 1;
          numbers.set(value, number);
          parents.push(current);
          names.push(name);
        }
        return [number];
      }
      default:
        throw refusal(`a ${typeof value}`, current, name);
    }
  }

  function nodeOf(object: object): unknown {
    const kind = kindOf(object);
    if (kind === '') throw refusal(describeClass(object));
    // Some runtimes keep the state of a URL under symbols.
    if (kind !== 'URL' && hasEnumerableSymbol(object)) {
      throw refusal('an object with a symbol as a key');
    }
    if (kind === 'Object') return slotsOf(object);
    if (kind === 'null') return [kind, slotsOf(object)];
    if (kind === 'Array') return arrayNode(object as unknown[]);
    if (ERROR.test(kind)) {
      const hidden: Properties = { stack: (object as Error).stack };
      for (const name of HIDDEN) {
        const isHidden = getOwnPropertyDescriptor(object, name)?.enumerable === false;
        if (isHidden) hidden[name] = (object as unknown as Properties)[name];
      }
      return [kind, slotsOf(hidden), slotsOf(object)];
    }
    return BYTES.test(kind) ? bytesNode(object, kind) : stateNode(object, kind);
  }

  /** The copy keeps a property with the name `__proto__`. */
  function slotsOf(object: object): Properties {
    const slots = { ...object } as Properties;
    for (const name of keys(slots)) slots[name] = slotOf(slots[name], name);
    return slots;
  }

  function arrayNode(array: readonly unknown[]): unknown[] {
    const node: unknown[] = [0];
    let length = 0;
    for (const name of keys(array)) {
      const index = Number(name);
      if (`${index >>> 0}` !== name || index === MAX_LENGTH) {
        throw refusal('an array with further properties');
      }
      if (index > length) node.push([length - index]);
      node.push(slotOf(array[index], index));
      length = index + 1;
    }
    if (array.length > length) node.push([length - array.length]);
    return node;
  }

  function stateNode(object: object, kind: string): unknown[] {
    const state = attempt(() => stateOf(object, kind), kind);
    const ownNames = kind === 'String' ? `${state[0]}`.length : 0;
    if (kind !== 'URL' && keys(object).length > ownNames) {
      throw refusal(`an instance of ${kind} with further properties`);
    }
    const node: unknown[] = [kind];
    // In a path, the entries of a map count once.
    const perEntry = kind === 'Map' ? 2 : 1;
    for (const [index, item] of state.entries())
      node.push(slotOf(item, Math.floor(index / perEntry)));
    return node;
  }

  function bytesNode(object: object, kind: string): unknown[] {
    const bytes = attempt(() => bytesOf(object), kind);
    blobs.push(bytes);
    return [kind, bytes.length];
  }

  function attempt<State>(read: () => State, kind: string): State {
    try {
      return read();
    } catch {
      throw refusal(`an instance of ${kind} that cannot be read`);
    }
  }

  /** @param name a property of the object with the number `parent`; by default both of the current object */
  function refusal(
    what: string,
    parent = parents[current] as number,
    name = names[current] as string | number,
  ): TypeError {
    let path = '';
    while (parent >= 0 && path.length < MAX_PATH_CHARS) {
      const isName = typeof name === 'string' && /^[\w$]+$/.test(name);
      path = (isName ? `.${name}` : `[${JSON.stringify(name)}]`) + path;
      name = names[parent] as string | number;
      parent = parents[parent] as number;
    }
    return new TypeError(`Cannot encode ${parent < 0 ? 'value' : '...'}${path}: it is ${what}`);
  }
}

function hasEnumerableSymbol(object: object): boolean {
  return getOwnPropertySymbols(object).some(
    (key) => getOwnPropertyDescriptor(object, key)?.enumerable,
  );
}

function describeClass(object: object): string {
  const prototype: object | null = getPrototypeOf(object);
  const name = prototype && classNameOf(prototype);
  return name ? `an instance of ${name}` : 'an object with a prototype of its own';
}

function joinBytes(text: Uint8Array, blobs: readonly Uint8Array[]): Uint8Array {
  if (blobs.length === 0) return text;
  // A zero byte ends the text.
  let length = text.length + 1;
  for (const blob of blobs) length += blob.length;
  const bytes = new Uint8Array(length);
  bytes.set(text);
  length = text.length + 1;
  for (const blob of blobs) {
    bytes.set(blob, length);
    length += blob.length;
  }
  return bytes;
}
