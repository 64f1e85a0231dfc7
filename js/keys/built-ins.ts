import { bytesReader } from './binary.ts';
import type { Description } from './description.ts';
import { classNameOf, getPrototypeOf, hasOwn, keys, methodOf } from './intrinsics.ts';
import { describeProperties, enumerableKeys } from './properties.ts';
import { shapeOf } from './shapes.ts';

const NAMES =
  /^(Number|String|Boolean|Symbol|BigInt|Map|Set|Headers|URL(SearchParams)?|ArrayBuffer|DataView|RegExp)$/;

/** The methods and getters of these classes that give the state of an instance, or pass it on item by item. */
const STATE_MEMBERS = ['byteLength', 'forEach', 'source', 'href', 'valueOf'];

/** A built-in class. */
interface BuiltIn {
  readonly name: string;
  /** All that makes an instance what it is. Throws for an object that is none. */
  readonly stateOf: (value: object) => readonly unknown[];
}

const datePrototype: object = Date.prototype;

/** By their prototypes; `null` for all other prototypes that were met. */
const builtIns = new WeakMap<object, BuiltIn | null>();

/**
 * Describes an instance of a built-in class.
 *
 * @param value - an object
 * @param prototype - its prototype
 * @returns `undefined` for any other object, also when it only looks like such an instance
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
    // A built-in method throws when its `this` lacks the inner state, which is the one test of what
    // an object is that cannot be deceived. No code of the user runs in it.
    state = stateOf(value);
  } catch {
    return undefined;
  }
  const width = name === 'Map' ? 2 : name === 'Set' ? 1 : 0;
  // Some runtimes keep the state of these objects under symbols. The names of a typed array are those of its items.
  const names = /Array$/.test(name)
    ? []
    : /^URL|^He/.test(name)
      ? keys(value)
      : enumerableKeys(value);
  return describeProperties(`#${name}${state.length}`, value, shapeOf(names), state, width);
}

/** The class is looked up by its name, since Node loads all of `fetch`, for 30 ms, when somebody looks at `Headers`. */
function builtInOf(prototype: object): BuiltIn | null {
  // A test may have put a subclass in the place of `Date`: what that makes is a date all the same, and so are real
  // ones.
  if (prototype === datePrototype || prototype === globalThis.Date?.prototype) {
    return { name: 'Date', stateOf: stateReader(methodOf(datePrototype, 'valueOf'), 'Date') };
  }
  const name = classNameOf(prototype);
  const parent = getPrototypeOf(prototype);
  const isTypedArray = parent === getPrototypeOf(Uint8Array.prototype);
  if (!isTypedArray && !NAMES.test(name)) return null;
  const found = (globalThis as unknown as Readonly<Record<string, { prototype?: unknown }>>)[name];
  if (found?.prototype !== prototype) return null;
  const owner = isTypedArray ? parent : prototype;
  // A subclass that replaced the global class has none.
  const member = STATE_MEMBERS.find((each) => hasOwn(owner, each));
  if (member === undefined) return null;
  const stateOf =
    member === 'byteLength'
      ? bytesReader(owner, isTypedArray ? name : undefined)
      : stateReader(methodOf(owner, member), name);
  return { name, stateOf };
}

function stateReader(
  read: (value: object, each: (item: unknown, key: unknown) => void) => unknown,
  name: string,
): BuiltIn['stateOf'] {
  return (value) => {
    const items: unknown[] = [];
    const state = read(value, (item, key) => {
      if (name !== 'Set') items.push(key);
      items.push(item);
    });
    if (name === 'RegExp') {
      // The flags of a copy: the getter reads what the instance may have in their place.
      return [state, new RegExp(value as RegExp).flags, (value as RegExp).lastIndex];
    }
    return state === undefined ? items : [state];
  };
}
