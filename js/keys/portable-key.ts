import { isObject } from '../platform/property.ts';
import { encodeArguments, isOwnKey } from './make-key.ts';

/** The start of the keys that a function makes in a cache of its own for calls with a `this`. */
const OWN = '\0.';
/** The start of the keys of a function that has a name in a cache that it shares: the length of the name and the name. */
const NAMED = /^\0=(\d+):/;
/** The start of the keys of a function that has no name there. Another process has other ones. */
const UNNAMED = /^\0\d/;
/** The length of the text for the `this` of a call. */
const RECEIVER = /^(\d+):/;
/** The start of texts of keys that `cache.key` made. */
const CUSTOM = 'c';

/**
 * Whether a key means the same in another process: it has no part that counts by identity, JSON keeps it, and it is not of a function
 * without a name in a cache that functions share. `js/keys` and `js/flight/call-keys.ts` make these keys.
 */
export function isPortable(key: unknown): boolean {
  // JSON would turn other numbers and `undefined` into `null`, the key of another entry.
  if (typeof key !== 'string')
    return key === null || typeof key === 'boolean' || Number.isFinite(key);
  if (!key.startsWith('\0')) return true;
  if (UNNAMED.test(key)) return false;
  const named = NAMED.exec(key);
  const scopeEnd = named ? named[0].length + Number(named[1]) + 1 : key.startsWith(OWN) ? 2 : 0;
  let text = key.slice(scopeEnd);
  const receiver = scopeEnd > 0 && RECEIVER.exec(text);
  if (receiver) {
    const start = receiver[0].length;
    // The `this` of a call: a number for an object, else an encoded value.
    if (receiver[1] !== '0' && text[start] !== '\0') return false;
    text = text.slice(start);
  }
  return !hasIdentity(text);
}

/**
 * The text of a key that is equal in every process, for the same call; `undefined` if there is none.
 * @param isCustom the option `cache.key` made it
 * @param isScoped it begins with the name of its function
 */
export function portableText(
  key: unknown,
  isCustom: boolean,
  isScoped: boolean,
): string | undefined {
  let text: string;
  if (isScoped) {
    const [start, length] = NAMED.exec(key as string) as unknown as [string, string];
    text = (key as string).slice(start.length + Number(length) + 1);
  } else if (isCustom) {
    if (isObject(key)) return undefined;
    text = encodeArguments([key]);
  } else if (typeof key === 'string' && key.startsWith(OWN)) {
    text = key.slice(OWN.length);
  } else {
    text = `0:${isOwnKey(key) ? encodeArguments([key]) : key}`;
  }
  if (isCustom) return hasIdentity(text) ? undefined : `${CUSTOM}${text}`;
  const [start, length] = RECEIVER.exec(text) as unknown as [string, string];
  const isById = length !== '0' && text[start.length] !== '\0';
  return isById || hasIdentity(text.slice(start.length)) ? undefined : text;
}

/** Whether an encoded text has a part by identity, which is written as `@` and a number. Strings are skipped. */
function hasIdentity(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '@') return true;
    if (text[index] !== '"') continue;
    const colon = text.indexOf(':', index);
    index = colon + Number(text.slice(index + 1, colon));
    if (!(index >= colon)) return false;
  }
  return false;
}
