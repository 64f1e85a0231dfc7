import type { FetchRequest } from '../http/results.ts';
import { identityOf } from '../keys/identity.ts';
import { encodeArguments, makeKey } from '../keys/make-key.ts';
import { wrongKind } from '../options/messages.ts';
import { isObject } from '../platform/property.ts';
import { isThenable } from '../platform/thenable.ts';

/** Makes the keys of one wrapped function's calls. */
export interface CallKeys {
  /** Whether a key without `this` is {@link makeKey} of the arguments. */
  readonly plain: boolean;
  /** Whether the option `cache.key` makes the keys. */
  readonly custom: boolean;
  /** Whether a key is one of this function. All keys in a cache of its own are. */
  owns(key: unknown): boolean;
  /** The key of a call: of its `request`, if there is one, else of the arguments. */
  keyOf(thisArg: unknown, args: readonly unknown[], request?: FetchRequest): unknown;
  /** The common part of the keys of the same arguments with any `this`; `undefined` for a key without `this`. */
  groupOf(key: unknown): string | undefined;
  /** The common part of the keys of these arguments. */
  groupOfArguments(args: readonly unknown[], request?: FetchRequest): string;
}

let scopes = 0;

/**
 * The start of all keys of one function in a cache that functions share: unique and unguessable or, if the function has a
 * name there, made of the name.
 *
 * No other key begins like this: a string that is its own key does not begin with U+0000, and in an encoding of arguments
 * other characters follow it.
 */
export function scopeOf(name: string | undefined): string {
  return name === undefined
    ? `\0${++scopes}.${Math.random().toString(36).slice(2)}.`
    : `\0=${name.length}:${name}.`;
}

/**
 * Keys of the arguments, and of `this` if it is an object.
 * @param shared the scope in a cache that functions share; `undefined` in a cache of its own
 */
export function callKeys(shared: string | undefined): CallKeys {
  const scope = shared ?? '\0.';
  return {
    plain: shared === undefined,
    custom: false,
    owns: ownerOf(shared),
    keyOf(thisArg, args, request) {
      const receiver = receiverOf(thisArg);
      if (receiver === '' && shared === undefined) return ownKeyOf(args, request);
      const parts = request?.keyParts() ?? args;
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

/** The key in a cache of its own, without a receiver. That of a known URL is made once. */
function ownKeyOf(args: readonly unknown[], request: FetchRequest | undefined): unknown {
  const known = request?.known;
  if (known?.key !== undefined) return known.key;
  const key = makeKey(request?.keyParts() ?? args);
  if (known) known.key = key;
  return key;
}

/**
 * Keys that `cache.key` makes, called with the `this` of the call. A Promise as a key is a TypeError.
 * @param scope as for {@link callKeys}
 */
export function customKeys(
  key: (...args: never[]) => unknown,
  scope: string | undefined,
): CallKeys {
  return {
    plain: false,
    custom: true,
    owns: ownerOf(scope),
    keyOf: (thisArg, args) => {
      const own: unknown = Reflect.apply(key, thisArg, args as never[]);
      // Each Promise is another key: nothing would ever hit.
      if (isThenable(own)) throw wrongKind('the result of cache.key', 'a key, not a Promise', own);
      return scope === undefined ? own : `${scope}${mapKeyText(own)}`;
    },
    groupOf: () => undefined,
    groupOfArguments: () => '',
  };
}

function ownerOf(scope: string | undefined): (key: unknown) => boolean {
  return (key) => scope === undefined || (typeof key === 'string' && key.startsWith(scope));
}

/** A text that is equal for keys that `Map` holds equal, and for no others. */
function mapKeyText(key: unknown): string {
  return isObject(key) ? `@${identityOf(key)}` : encodeArguments([key]);
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
