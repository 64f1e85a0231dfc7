import { hasProperty } from '../platform/property.ts';
import { isThenable } from '../platform/thenable.ts';
import { type Options, wrongKind } from './check.ts';

/** A class of errors, compared with `instanceof`. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/** Selects errors: an error class, a predicate, or a list of them, one of which must match. */
export type ErrorFilter = ErrorMatcher | readonly ErrorMatcher[];

/** An error class, or a predicate. */
export type ErrorMatcher = ErrorClass | ((error: unknown) => boolean);

/**
 * Reads an option that is an error filter, as one predicate; `undefined` without the option.
 * @throws TypeError
 */
export function errorFilter(
  options: Options,
  name: string,
): ((error: unknown) => boolean) | undefined {
  const filter = options.readField(name);
  if (filter === undefined) return undefined;
  const path = options.pathOf(name);
  const tests = (Array.isArray(filter) ? filter : [filter]).map((matcher: unknown) => {
    if (typeof matcher !== 'function') {
      throw wrongKind(path, 'error classes or a predicate', matcher);
    }
    return isClass(matcher)
      ? (error: unknown) => error instanceof matcher
      : (error: unknown) => checkBoolean(path, matcher(error));
  });
  return (error) => decideAbout(error, () => tests.some((matches) => matches(error)));
}

/**
 * Checks the result of a predicate.
 * @throws TypeError for a Promise, which would count as `true`
 */
export function checkBoolean(path: string, result: unknown): boolean {
  if (!isThenable(result)) return Boolean(result);
  // The error below replaces a rejection, which would be unhandled.
  Promise.resolve(result).catch(() => {});
  throw new TypeError(`${path} must return a boolean, got a Promise`);
}

/** The default filter: all errors except an `AbortError`. */
export function isNoAbort(error: unknown): boolean {
  try {
    return (error as { name?: unknown } | null | undefined)?.name !== 'AbortError';
  } catch {
    return true;
  }
}

/** Calls a user's function that decides about an error. If it throws, the error becomes the cause of the new one. */
export function decideAbout<Decision>(error: unknown, decide: () => Decision): Decision {
  try {
    return decide();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.cause === undefined && thrown !== error) {
      Reflect.defineProperty(thrown, 'cause', {
        __proto__: null,
        value: error,
        configurable: true,
        writable: true,
      } as PropertyDescriptor);
    }
    throw thrown;
  }
}

/**
 * Whether a function is a class: an error class of any realm, whose instances inherit `message`, or one declared with
 * `class`.
 */
function isClass(matcher: unknown): matcher is new () => unknown {
  const { prototype } = matcher as { prototype?: unknown };
  if (typeof prototype !== 'object' || prototype === null) return false;
  return (
    hasProperty(prototype, 'message') || /^class\b/.test(Function.prototype.toString.call(matcher))
  );
}
