import { keys } from '../keys/intrinsics.ts';
import { BOX, BYTES, ERROR } from './value-kinds.ts';

/** The first byte of the tagged format: its version. No JSON text begins with it. */
export const FORMAT = 1;

/** The greatest length of an array. */
export const MAX_LENGTH = 2 ** 32 - 1;

/** An array with more holes in sequence is filled in a mode of the engine that takes no memory for holes. */
const MAX_HOLES = 32;

const SPECIAL_NUMBER = /^(NaN|-?Infinity|-0)$/;
const BIG_INT = /^(-?)([\da-f]+)n$/;

const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isArray: (value: unknown) => value is Node = Array.isArray;

type Slots = Record<string, unknown>;
type Node = readonly unknown[];

/** @throws for bytes that are not JSON in UTF-8 */
export function parseBytes(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}

/**
 * Reads the tagged format: {@link FORMAT}, a JSON text, and, after a zero byte, the bytes of all buffers.
 *
 * The JSON text is a list: the slot of the value, then a node for each object in it. A slot is a string, finite number, boolean or
 * null, which stands for itself; `[]`, `undefined`; `[2]`, the third object; `['-0']`, `['NaN']` or the like, a number; `['-ffn']`,
 * a BigInt in hexadecimal. A node is
 * - `{ name: slot }`, a plain object,
 * - `[0, slot, slot]`, an array, where `[-3]` stands for three holes,
 * - `['null', { name: slot }]`, an object without a prototype,
 * - `['RangeError', { name: slot }, { name: slot }]`, an error with its hidden and its enumerable properties,
 * - `['Uint8Array', 16]`, the next 16 bytes,
 * - `['Map', slot, slot]`, an instance of another class with its state.
 *
 * @throws for anything else
 */
export function decodeTagged(bytes: Uint8Array): unknown {
  const zero = bytes.indexOf(0);
  const end = zero < 0 ? bytes.length : zero;
  const list = parseBytes(bytes.subarray(1, end));
  if (!isArray(list)) throw unknown();
  let blobs = bytes.subarray(end + 1);
  // All objects are made before any is filled, so that neither depth nor cycles matter.
  const objects: object[] = [];
  for (let index = 1; index < list.length; index++) objects.push(create(list[index]));
  for (const [index, object] of objects.entries()) fill(object, list[index + 1]);
  if (blobs.length > 0) throw unknown();
  return read(list[0]);

  /** An object without the parts that may be objects. */
  function create(node: unknown): object {
    if (!isArray(node)) return slotsOf(node);
    const kind = node[0];
    const state = node[1];
    if (kind === 0) return [];
    if (kind === 'null') return Object.setPrototypeOf(slotsOf(state), null);
    if (kind === 'Map') return new Map();
    if (kind === 'Set') return new Set();
    if (kind === 'Date') return new Date(readAs('number', state) as number);
    if (kind === 'URL') return new URL(readAs('string', state) as string);
    if (kind === 'RegExp') {
      const flags = readAs('string', node[2]) as string;
      const made = new RegExp(readAs('string', state) as string, flags);
      made.lastIndex = readAs('number', node[3]) as number;
      return made;
    }
    if (typeof kind !== 'string') throw unknown();
    if (BOX.test(kind)) return Object(readAs(kind.toLowerCase(), state));
    if (ERROR.test(kind)) {
      return kind === 'AggregateError' ? new AggregateError([]) : new (classOf(kind))();
    }
    if (!BYTES.test(kind) || !isCount(state) || state > blobs.length) throw unknown();
    const { buffer } = new Uint8Array(blobs.subarray(0, state));
    blobs = blobs.subarray(state);
    return kind === 'ArrayBuffer' ? buffer : new (classOf(kind))(buffer);
  }

  function fill(object: object, node: unknown): void {
    if (!isArray(node) || node[0] === 'null') fillSlots(object as Slots);
    else if (node[0] === 0) fillArray(object as unknown[], node);
    else if (object instanceof Map) {
      for (let at = 1; at < node.length; at += 2) object.set(read(node[at]), read(node[at + 1]));
    } else if (object instanceof Set) {
      for (let at = 1; at < node.length; at++) object.add(read(node[at]));
    } else if (object instanceof Error) {
      defineSlots(object, slotsOf(node[1]), false);
      defineSlots(object, slotsOf(node[2]), true);
    }
  }

  /** Replaces slots by their values. All are own properties, `__proto__` too, so that no setter runs. */
  function fillSlots(slots: Slots): void {
    for (const name of keys(slots)) slots[name] = read(slots[name]);
  }

  function defineSlots(object: object, slots: Slots, enumerable: boolean): void {
    for (const name of keys(slots)) {
      const value = read(slots[name]);
      Object.defineProperty(object, name, {
        value,
        enumerable,
        writable: true,
        configurable: true,
      });
    }
  }

  function fillArray(array: unknown[], node: Node): void {
    if (node.some((slot) => holesOf(slot) > MAX_HOLES)) {
      array[MAX_LENGTH - 1] = 0;
      delete array[MAX_LENGTH - 1];
    }
    let length = 0;
    for (let at = 1; at < node.length; at++) {
      const holes = holesOf(node[at]);
      if (holes === 0) array[length++] = read(node[at]);
      else length += holes;
    }
    array.length = length;
  }

  function read(slot: unknown): unknown {
    if (!isArray(slot)) {
      if (slot === undefined || (typeof slot === 'object' && slot !== null)) throw unknown();
      return slot;
    }
    if (slot.length === 0) return undefined;
    const first = slot[0];
    if (typeof first === 'number' && first in objects) return objects[first];
    if (typeof first === 'string') {
      if (SPECIAL_NUMBER.test(first)) return Number(first);
      const found = BIG_INT.exec(first);
      if (found) return BigInt(`0x${found[2]}`) * (found[1] ? -1n : 1n);
    }
    throw unknown();
  }

  function readAs(type: string, slot: unknown): unknown {
    const value = read(slot);
    if (typeof value !== type) throw unknown();
    return value;
  }
}

function unknown(): TypeError {
  return new TypeError('unknown node or slot');
}

/** A class of the runtime. Only names that one of the patterns above accepts get here. */
function classOf(name: string): new (state?: unknown) => object {
  return (globalThis as unknown as Record<string, new (state?: unknown) => object>)[name] as never;
}

/** How many holes of an array a slot stands for. */
function holesOf(slot: unknown): number {
  const holes = isArray(slot) ? -(slot[0] as number) : 0;
  return isCount(holes) ? holes : 0;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function slotsOf(node: unknown): Slots {
  if (typeof node !== 'object' || node === null || isArray(node)) throw unknown();
  return node as Slots;
}
