import { bytesReader, bytesText } from './binary.ts';
import { type Description, description } from './description.ts';
import { classNameOf, getPrototypeOf, hasOwn, keys, methodOf } from './intrinsics.ts';
import { describeProperties } from './properties.ts';
import { shapeOf } from './shapes.ts';

/** A built-in class. */
interface BuiltIn {
  readonly name: string;
  /** All that makes an instance what it is. Throws for an object that is none. */
  readonly stateOf: (value: object) => readonly unknown[];
}

/** The method or getter of each class that gives the state of an instance, or passes it on bit by bit. */
const STATE_MEMBERS: Readonly<Record<string, string>> = {
  Date: 'getTime',
  RegExp: 'source',
  URL: 'href',
  URLSearchParams: 'forEach',
  Headers: 'forEach',
  Map: 'forEach',
  Set: 'forEach',
  Number: 'valueOf',
  String: 'valueOf',
  Boolean: 'valueOf',
  Symbol: 'valueOf',
  BigInt: 'valueOf',
  ArrayBuffer: 'byteLength',
  DataView: 'byteLength',
};

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
  const [bytes, limit] = state;
  if (width === 0 && ArrayBuffer.isView(bytes)) {
    return description(`#${name}`, [bytesText(bytes as Uint8Array), limit]);
  }
  return describeProperties(
    `#${name}${state.length}`,
    value,
    // Some runtimes keep the state of these objects under symbols.
    /^URL|^He/.test(name) ? shapeOf(keys(value)) : undefined,
    state,
    width,
  );
}

/** The class is looked up by its name, since Node loads all of `fetch`, for 30 ms, when somebody looks at `Headers`. */
function builtInOf(prototype: object): BuiltIn | null {
  const name = String(classNameOf(prototype));
  const parent = getPrototypeOf(Uint8Array.prototype) as object;
  const isTypedArray = getPrototypeOf(prototype) === parent;
  if (!isTypedArray && !hasOwn(STATE_MEMBERS, name)) return null;
  const found = (globalThis as unknown as Readonly<Record<string, { prototype?: unknown }>>)[name];
  if (found?.prototype !== prototype) return null;
  return {
    name,
    stateOf: isTypedArray ? typedArrayReader(parent, name) : readerOf(prototype, name),
  };
}

function typedArrayReader(prototype: object, name: string): BuiltIn['stateOf'] {
  const nameOf = methodOf<string>(prototype, Symbol.toStringTag);
  const bytesOf = bytesReader(prototype);
  // One of another kind may have been given this prototype.
  return (value) => [bytesOf(nameOf(value) === name ? value : {})];
}

function readerOf(prototype: object, name: string): BuiltIn['stateOf'] {
  const member = STATE_MEMBERS[name] as string;
  const read = methodOf<unknown>(prototype, member);
  if (member === 'forEach') {
    return (value) => {
      const all: unknown[] = [];
      read(value, (item: unknown, key: unknown) => {
        if (name !== 'Set') all.push(key);
        all.push(item);
      });
      return all;
    };
  }
  if (member === 'byteLength') {
    const bytesOf = bytesReader(prototype);
    const isResizable = methodOf<boolean>(prototype, 'resizable');
    const maximum = methodOf<number>(prototype, 'maxByteLength');
    return (value) => [bytesOf(value), isResizable(value) && maximum(value)];
  }
  if (name === 'RegExp') {
    return (value) => [
      read(value),
      // Those of a copy: the getter would read what the instance may have in place of its flags.
      new RegExp(value as RegExp).flags,
      (value as RegExp).lastIndex,
    ];
  }
  return (value) => [read(value)];
}
