import type { FetchRequest } from '../http/results.ts';
import { identityOf } from '../keys/identity.ts';
import { encodeArguments, makeKey } from '../keys/make-key.ts';
import { isObject } from '../platform/property.ts';

/** Makes the keys of one wrapped function's calls. */
export interface CallKeys {
  /** Whether a key without `this` is {@link makeKey} of the arguments. */
  readonly plain: boolean;
  /** Whether the option `cache.key` makes the keys. */
  readonly custom: boolean;
  /** The key of a call: of its `request`, if there is one, else of the arguments. */
  keyOf(thisArg: unknown, args: readonly unknown[], request?: FetchRequest): unknown;
  /** The common part of the keys of the same arguments with any `this`; `undefined` for a key without `this`. */
  groupOf(key: unknown): string | undefined;
  /** The common part of the keys of these arguments. */
  groupOfArguments(args: readonly unknown[], request?: FetchRequest): string;
}

let scopes = 0;

/**
 * Keys of the arguments, and of `this` if it is an object. In a cache that several functions share, the keys of each
 * function begin with a unique, unguessable scope.
 */
export function callKeys(shared: boolean): CallKeys {
  // No other key begins like this: a string that is its own key does not begin with U+0000, and in an encoding of
  // arguments other characters follow it.
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

/** Keys that `cache.key` makes, called with the `this` of the call. */
export function customKeys(key: (...args: never[]) => unknown): CallKeys {
  return {
    plain: false,
    custom: true,
    keyOf: (thisArg, args) => Reflect.apply(key, thisArg, args as never[]),
    groupOf: () => undefined,
    groupOfArguments: () => '',
  };
}

/** The part of the key for `this`: empty for the global object and for module namespaces. */
function receiverOf(thisArg: unknown): string {
  if (thisArg === undefined || thisArg === null || thisArg === globalThis) return '';
  if (!isObject(thisArg)) {
    return encodeArguments([thisArg]);
  }
  return isModuleNamespace(thisArg) ? '' : String(identityOf(thisArg));
}

/** Only module namespaces have properties whose descriptor says writable although they are not. */
function isModuleNamespace(value: object): boolean {
  if (Object.getPrototypeOf(value) !== null || Object.isExtensible(value)) return false;
  if (Object.prototype.toString.call(value) !== '[object Module]') return false;
  const [name] = Object.keys(value);
  if (name === undefined) return false;
  const property = Object.getOwnPropertyDescriptor(value, name);
  return property?.writable === true && !Reflect.set(value, name, property.value);
}
