import { type Description, describeProperties, enumerableKeys } from './description.ts';
import { classNameOf, getPrototypeOf, hasOwn, keys, methodOf } from './intrinsics.ts';
import { shapeOf } from './shape.ts';

/** The built-in classes whose instances count by content. Dates and typed arrays are recognized separately. */
const CLASS_NAMES =
  /^(Number|String|Boolean|Symbol|BigInt|Map|Set|Headers|URL(SearchParams)?|ArrayBuffer|DataView|RegExp)$/;

/** The members of these classes that return the state of an instance, or pass it to a callback item by item. */
const STATE_MEMBERS = ['byteLength', 'forEach', 'source', 'href', 'valueOf'];

/** Engines limit the number of arguments of a call. */
const MAX_BYTES_PER_CALL = 8192;

/** A built-in class. */
interface BuiltIn {
  readonly name: string;
  readonly stateOf: StateReader;
}

/** Returns all state that distinguishes an instance from others of its class. Throws for an object of another class. */
type StateReader = (value: object) => readonly unknown[];

const datePrototype: object = Date.prototype;

/** The classes by their prototypes; `null` for prototypes of other classes. */
const builtIns = new WeakMap<object, BuiltIn | null>();

/**
 * Describes an instance of a built-in class.
 *
 * @returns `undefined` for any other object, even if it looks like such an instance
 */
export function describeBuiltIn(value: object, prototype: object): Description | undefined {
  let builtIn = builtIns.get(prototype);
  if (builtIn === undefined) {
    builtIn = builtInOf(prototype);
    builtIns.set(prototype, builtIn);
  }
  if (builtIn === null) return undefined;
  const { name, stateOf } = builtIn;
  let state: readonly unknown[];
  try {
    // A built-in method throws when its `this` lacks the internal state. This is the one test of an object's class
    // that cannot be deceived, and it runs no user code.
    state = stateOf(value);
  } catch {
    return undefined;
  }
  const width = name === 'Map' ? 2 : name === 'Set' ? 1 : 0;
  // Some runtimes keep the state of `URL` and `Headers` under symbols. The names of a typed array are its indices.
  const names = /Array$/.test(name)
    ? []
    : /^URL|^He/.test(name)
      ? keys(value)
      : enumerableKeys(value);
  return describeProperties(`#${name}${state.length}`, value, shapeOf(names), state, width);
}

/** Looks the class up by its name: in Node, reading `globalThis.Headers` loads all of `fetch`, which takes 30 ms. */
function builtInOf(prototype: object): BuiltIn | null {
  // A test may have replaced `Date` by a subclass: its instances are dates, and so are genuine ones.
  if (prototype === datePrototype || prototype === globalThis.Date?.prototype) {
    return { name: 'Date', stateOf: stateReader(datePrototype, 'valueOf', 'Date') };
  }
  const name = classNameOf(prototype);
  const parent = getPrototypeOf(prototype);
  const isTypedArray = parent === getPrototypeOf(Uint8Array.prototype);
  if (!isTypedArray && !CLASS_NAMES.test(name)) return null;
  const found = (globalThis as unknown as Readonly<Record<string, { prototype?: unknown }>>)[name];
  if (found?.prototype !== prototype) return null;
  const owner = isTypedArray ? parent : prototype;
  // A subclass that replaced the global class has none of these members.
  const member = STATE_MEMBERS.find((each) => hasOwn(owner, each));
  if (member === undefined) return null;
  const stateOf =
    member === 'byteLength'
      ? bytesReader(owner, isTypedArray ? name : undefined)
      : stateReader(owner, member, name);
  return { name, stateOf };
}

function stateReader(owner: object, member: string, name: string): StateReader {
  const read = methodOf<unknown>(owner, member);
  return (value) => {
    const items: unknown[] = [];
    const state = read(value, (item: unknown, key: unknown) => {
      if (name !== 'Set') items.push(key);
      items.push(item);
    });
    if (name === 'RegExp') {
      // The flags of a copy: the instance may have its own `flags` property.
      return [state, new RegExp(value as RegExp).flags, (value as RegExp).lastIndex];
    }
    return state === undefined ? items : [state];
  };
}

/**
 * Makes the reader of an ArrayBuffer, a DataView or a typed array. Its state is the bytes as text, and the maximum
 * length of a resizable buffer. It throws for shared memory, which another thread may change at any time, and for a
 * buffer that was transferred.
 *
 * @param owner the prototype with the getters
 * @param tag the class name of a typed array, as all typed arrays share their getters
 */
function bytesReader(owner: object, tag: string | undefined): StateReader {
  const tagOf = tag && methodOf<string>(owner, Symbol.toStringTag);
  const bufferOf = methodOf<ArrayBuffer | undefined>(owner, 'buffer');
  const startOf = methodOf<number | undefined>(owner, 'byteOffset');
  const lengthOf = methodOf<number>(owner, 'byteLength');
  const isResizable = methodOf<boolean | undefined>(owner, 'resizable');
  const maxLengthOf = methodOf<number>(owner, 'maxByteLength');
  const lengthOfBuffer = methodOf<number>(ArrayBuffer.prototype, 'byteLength');
  return (value) => {
    const length = lengthOf(value);
    const buffer = bufferOf(value) ?? (value as ArrayBuffer);
    lengthOfBuffer(buffer);
    if (tagOf && tagOf(value) !== tag) throw new TypeError();
    const bytes = new Uint8Array(buffer, startOf(value), length);
    return [bytesText(bytes), isResizable(value) && maxLengthOf(value)];
  };
}

/** Writes each byte as one character. */
function bytesText(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += MAX_BYTES_PER_CALL) {
    const some = bytes.subarray(start, start + MAX_BYTES_PER_CALL);
    text += String.fromCharCode.apply(null, some as unknown as number[]);
  }
  return text;
}
