import { type Options, wrongKind, wrongValue } from '../options/check.ts';
import { normalizeMethod } from './fetch-request.ts';

/**
 * The option `statuses`, or its default.
 * @throws TypeError, RangeError
 */
export function statusesOf(options: Options, fallback: ReadonlySet<number>): ReadonlySet<number> {
  const isStatus = (status: number) => Number.isInteger(status) && status >= 200 && status <= 599;
  return listOf(options, 'statuses', fallback, 'integers from 200 to 599', 0, isStatus);
}

/**
 * The option `methods`, in the letter case in which `fetch` sends them, or its default.
 * @throws TypeError, RangeError
 */
export function methodsOf(options: Options, fallback: ReadonlySet<string>): ReadonlySet<string> {
  const isToken = (method: string) => /^[\w!#$%&'*+.^`|~-]+$/.test(method);
  return listOf(options, 'methods', fallback, 'HTTP methods', '', isToken, normalizeMethod);
}

/** The methods whose responses are stored by default. */
export const CACHED_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * The option `cache.methods`.
 * @throws TypeError, RangeError
 */
export function cachedMethodsOf(options: Options): ReadonlySet<string> {
  const members = 'GET, HEAD, POST and QUERY';
  const isCacheable = (method: string) => /^(GET|HEAD|POST|QUERY)$/.test(normalizeMethod(method));
  return listOf(options, 'methods', CACHED_METHODS, members, '', isCacheable, normalizeMethod);
}

function listOf<T>(
  options: Options,
  name: string,
  fallback: ReadonlySet<T>,
  members: string,
  sample: T,
  isAccepted: (member: T) => boolean,
  normalize = (member: T) => member,
): ReadonlySet<T> {
  const value = options.readField(name);
  if (value === undefined) return fallback;
  const path = options.pathOf(name);
  const accepted = `an array of ${members}`;
  if (!Array.isArray(value)) throw wrongKind(path, accepted, value);
  const list: T[] = [...value];
  for (const member of list) {
    if (typeof member !== typeof sample) throw wrongKind(path, accepted, member);
    if (!isAccepted(member)) throw wrongValue(path, accepted, member);
  }
  return new Set(list.map(normalize));
}
