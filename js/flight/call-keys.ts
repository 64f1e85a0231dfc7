import type { FetchRequest } from '../http/fetch-request.ts';
import { identityOf } from '../keys/identity.ts';
import { encodeArguments, makeKey } from '../keys/make-key.ts';

/** Makes the keys of one wrapped function's calls. */
export interface CallKeys {
  /** Whether {@link makeKey} of the arguments is all there is to a key where `this` is undefined. */
  readonly plain: boolean;
  /** Whether the user's own function makes the keys. */
  readonly custom: boolean;
  /** The key of a call; of what `request` asks for, where there is one, else of the arguments. */
  keyOf(thisArg: unknown, args: readonly unknown[], request?: FetchRequest): unknown;
  /** What the keys of the same arguments have in common, whatever their `this`; of a key with such a `this` only. */
  groupOf(key: unknown): string | undefined;
  /** The same of arguments. */
  groupOfArguments(args: readonly unknown[], request?: FetchRequest): string;
}

let scopes = 0;

/**
 * Keys of the arguments, and of `this` where that is an object of its own. In a cache that several functions share,
 * each function's keys begin with a name that no other function's do and that nobody can guess.
 */
export function callKeys(shared: boolean): CallKeys {
  // Told from other keys by their start: a text that is its own key does not begin with U+0000, and an encoding of
  // arguments goes on differently after it.
  const scope = shared ? `\0${++scopes}.${Math.random().toString(36).slice(2)}.` : '\0.';
  return {
    plain: !shared,
    custom: false,
    keyOf(thisArg, args, request) {
      const parts = request?.keyParts() ?? args;
      const receiver = receiverOf(thisArg);
      if (receiver === '' && !shared) return makeKey(parts);
      return `${scope}${receiver.length}:${receiver}${encodeArguments(parts)}`;
    },
    groupOf(key) {
      if (typeof key !== 'string' || !key.startsWith(scope)) return undefined;
      const [length = ''] = key.slice(scope.length).split(':', 1);
      const end = scope.length + length.length + 1 + Number(length);
      return Number(length) > 0 ? key.slice(end) : undefined;
    },
    groupOfArguments: (args, request) => encodeArguments(request?.keyParts() ?? args),
  };
}

/** Keys as `cache.key` makes them, with `this` for it to heed. */
export function customKeys(key: (...args: never[]) => unknown): CallKeys {
  return {
    plain: false,
    custom: true,
    keyOf: (thisArg, args) => Reflect.apply(key, thisArg, args as never[]),
    groupOf: () => undefined,
    groupOfArguments: () => '',
  };
}

/** What sets the calls of one `this` apart: nothing for the global object, and for a module's functions. */
function receiverOf(thisArg: unknown): string {
  if (thisArg === undefined || thisArg === null || thisArg === globalThis) return '';
  if (typeof thisArg !== 'object' && typeof thisArg !== 'function') {
    return encodeArguments([thisArg]);
  }
  return isModuleNamespace(thisArg) ? '' : String(identityOf(thisArg));
}

/** Told from an object that imitates one by what no other has: properties that say they are writable, and are not. */
function isModuleNamespace(value: object): boolean {
  if (Object.getPrototypeOf(value) !== null || Object.isExtensible(value)) return false;
  if (Object.prototype.toString.call(value) !== '[object Module]') return false;
  const [name] = Object.keys(value);
  if (name === undefined) return false;
  const property = Object.getOwnPropertyDescriptor(value, name);
  return property?.writable === true && !Reflect.set(value, name, property.value);
}
