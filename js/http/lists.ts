import { type Options, wrongKind, wrongValue } from '../options/check.ts';
import { normalizeMethod } from './fetch-request.ts';

/**
 * The option `statuses`, or what it is without one.
 * @throws TypeError, RangeError
 */
export function statusesOf(options: Options, usual: ReadonlySet<number>): ReadonlySet<number> {
  const isStatus = (status: number) => Number.isInteger(status) && status >= 200 && status <= 599;
  return listOf(options, 'statuses', usual, 'integers from 200 to 599', 0, isStatus);
}

/**
 * The option `methods`, in the letter case in which `fetch` sends them, or what it is without one.
 * @throws TypeError, RangeError
 */
export function methodsOf(options: Options, usual: ReadonlySet<string>): ReadonlySet<string> {
  const isToken = (method: string) => /^[\w!#$%&'*+.^`|~-]+$/.test(method);
  return listOf(options, 'methods', usual, 'HTTP methods', '', isToken, normalizeMethod);
}

function listOf<T>(
  options: Options,
  name: string,
  usual: ReadonlySet<T>,
  members: string,
  sample: T,
  isAccepted: (member: T) => boolean,
  normalize = (member: T) => member,
): ReadonlySet<T> {
  const given = options.read(name);
  if (given === undefined) return usual;
  const path = options.path(name);
  const accepted = `an array of ${members}`;
  if (!Array.isArray(given)) throw wrongKind(path, accepted, given);
  const list: T[] = [...given];
  for (const member of list) {
    if (typeof member !== typeof sample) throw wrongKind(path, accepted, member);
    if (!isAccepted(member)) throw wrongValue(path, accepted, member);
  }
  return new Set(list.map(normalize));
}
