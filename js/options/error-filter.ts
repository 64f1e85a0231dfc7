import { hasProperty } from '../platform/property.ts';
import { isThenable } from '../platform/thenable.ts';
import { type Options, show } from './check.ts';

/** A class of errors, compared with `instanceof`. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/** Says which errors are meant: error classes, or a predicate, or a list of them (any of which may hold). */
export type ErrorFilter = ErrorMatcher | readonly ErrorMatcher[];

/** An error class, or a predicate. */
export type ErrorMatcher = ErrorClass | ((error: unknown) => boolean);

/**
 * One predicate for an option that is a filter; `undefined` without one.
 * @throws TypeError
 */
export function errorFilter(
  options: Options,
  name: string,
): ((error: unknown) => boolean) | undefined {
  const given = options.read(name);
  if (given === undefined) return undefined;
  const path = options.path(name);
  const tests = (Array.isArray(given) ? given : [given]).map((matcher: unknown) => {
    if (typeof matcher !== 'function') {
      throw new TypeError(
        `${path} must be error classes or a predicate, got ${show(Array.isArray(given) ? matcher : given)}`,
      );
    }
    return isClass(matcher)
      ? (error: unknown) => error instanceof matcher
      : (error: unknown) => answerOf(path, matcher(error));
  });
  return (error) => askAbout(error, () => tests.some((matches) => matches(error)));
}

/**
 * The answer of a predicate.
 * @throws TypeError for a Promise, which would count as `true`
 */
export function answerOf(path: string, answer: unknown): boolean {
  if (!isThenable(answer)) return Boolean(answer);
  // The rejection of an async predicate that fails is handled by the error here.
  Promise.resolve(answer).catch(() => {});
  throw new TypeError(`${path} must return a boolean, got a Promise`);
}

/** The errors that are failures by default: all but those of a call that was aborted on purpose. */
export function isNoAbort(error: unknown): boolean {
  try {
    return (error as { name?: unknown } | null | undefined)?.name !== 'AbortError';
  } catch {
    return true;
  }
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
  return (
    hasProperty(prototype, 'message') || /^class\b/.test(Function.prototype.toString.call(matcher))
  );
}
