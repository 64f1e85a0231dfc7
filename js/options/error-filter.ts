import { show } from './check.ts';

/** A class of errors, compared with `instanceof`. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/** Says which errors are meant: error classes, or a predicate, or a list of them (any of which may hold). */
export type ErrorFilter = ErrorMatcher | readonly ErrorMatcher[];

/** An error class, or a predicate. */
export type ErrorMatcher = ErrorClass | ((error: unknown) => boolean);

/**
 * One predicate for what a user gave as a filter; `undefined` when nothing was given.
 * @throws TypeError
 */
export function errorFilter(
  path: string,
  given: unknown,
): ((error: unknown) => boolean) | undefined {
  if (given === undefined) return undefined;
  const tests = (Array.isArray(given) ? given : [given]).map((matcher: unknown) => {
    if (typeof matcher !== 'function') {
      throw new TypeError(
        `${path} must be error classes or a predicate, got ${show(Array.isArray(given) ? matcher : given)}`,
      );
    }
    return isClass(matcher)
      ? (error: unknown) => error instanceof matcher
      : (error: unknown) => Boolean(matcher(error));
  });
  return (error) => askAbout(error, () => tests.some((matches) => matches(error)));
}

/** Asks a user's function about an error; should it throw one of its own, that one has the first for its cause. */
export function askAbout<Answer>(error: unknown, ask: () => Answer): Answer {
  try {
    return ask();
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

/** Told from predicates by what instances inherit, which holds for other realms' errors, or by the source text. */
function isClass(matcher: unknown): matcher is new () => unknown {
  const { prototype } = matcher as { prototype?: unknown };
  if (typeof prototype !== 'object' || prototype === null) return false;
  return 'message' in prototype || /^class\b/.test(Function.prototype.toString.call(matcher));
}
