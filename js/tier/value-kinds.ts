import {
  classNameOf,
  getPrototypeOf,
  isClassPrototype,
  isView,
  methodOf,
  PLAIN_TAG,
  tagOf,
} from '../keys/intrinsics.ts';

/** Names of classes whose instances have bytes, the properties of an error, or a primitive. */
export const BYTES = /^(ArrayBuffer|DataView|(Big)?(Int|Uint|Float)\d+(Clamped)?Array)$/;
export const ERROR = /^(Eval|Range|Reference|Syntax|Type|URI|Aggregate)?Error$/;
export const BOX = /^(Number|String|Boolean|BigInt)$/;
const OTHER = /^(Object|Array|Date|Map|Set|RegExp|URL)$/;

/** The members that give the state of an instance. */
const STATE_MEMBERS: Readonly<Record<string, string>> = {
  Map: 'forEach',
  Set: 'forEach',
  RegExp: 'source',
  URL: 'href',
};

const datePrototype: object = Date.prototype;

type Classes = Readonly<Record<string, ObjectConstructor | undefined>>;

/**
 * The name of the built-in class of an object, of any realm; `null` for a plain object without a prototype.
 *
 * @returns `''` for instances of other classes
 */
export function kindOf(object: object): string {
  const prototype: object | null = getPrototypeOf(object);
  const tag = tagOf(object);
  if (prototype === null) return tag === PLAIN_TAG ? 'null' : '';
  const { Buffer } = globalThis as unknown as Classes;
  // A test may have replaced `Date` by a subclass: its instances are dates, and so are genuine ones.
  if (prototype === Date.prototype || prototype === datePrototype) return 'Date';
  if (prototype === Buffer?.prototype) return 'Uint8Array';
  const name = classNameOf(prototype);
  // The prototype of an object may have been changed. `stateOf` and `bytesOf` notice this for other kinds.
  const isGenuine =
    name === 'Object'
      ? tag === PLAIN_TAG
      : name === 'Array'
        ? Array.isArray(object)
        : ERROR.test(name)
          ? tag === '[object Error]'
          : BYTES.test(name) || BOX.test(name) || OTHER.test(name);
  const Class = isGenuine && (globalThis as unknown as Classes)[name];
  return Class && isClassPrototype(prototype, Class) ? name : '';
}

/**
 * All that makes up an instance of a class: the arguments of its constructor, or its members.
 * @throws for an object of another class
 */
export function stateOf(object: object, kind: string): unknown[] {
  const { prototype } = (globalThis as unknown as Classes)[kind] as { prototype: object };
  const member = STATE_MEMBERS[kind];
  if (member === undefined) return [prototype.valueOf.call(object)];
  const items: unknown[] = [];
  const state = methodOf(prototype, member)(object, (item: unknown, key: unknown) => {
    if (kind === 'Map') items.push(key);
    items.push(item);
  });
  if (kind === 'RegExp') {
    const { lastIndex } = object as RegExp;
    // Anything may have been assigned to it.
    if (typeof lastIndex !== 'number') throw new TypeError();
    // The flags of a copy: the instance may have a property `flags` of its own.
    return [state, new RegExp(object as RegExp).flags, lastIndex];
  }
  return kind === 'URL' ? [state] : items;
}

/**
 * The bytes of a buffer or a view.
 * @throws for an object of another class, and for a buffer that is shared, resizable or detached
 */
export function bytesOf(object: object): Uint8Array {
  const { buffer, byteOffset, byteLength } = isView(object)
    ? object
    : { buffer: object as ArrayBuffer, byteOffset: 0, byteLength: undefined };
  if (tagOf(buffer) !== '[object ArrayBuffer]' || (buffer as { resizable?: boolean }).resizable) {
    throw new TypeError();
  }
  return new Uint8Array(buffer, byteOffset, byteLength);
}
