import { hasProperty, readProperty } from '../platform/property.ts';
import { toMilliseconds } from './duration.ts';
import { describeError, wrongKind, wrongValue } from './messages.ts';
import { nameOf, suggestionFor } from './suggestion.ts';

const DURATION = "a number of seconds or a string such as '250ms', '5s', '5m', '2h' or '1d'";

/**
 * Reads an options object field by field. Each field is read once, checked at once, and named in full
 * (`cache.maxSize`) when it is wrong. `undefined` is as if absent, and `Object.prototype` is not asked.
 */
export class OptionReader {
  readonly #given: object;
  readonly #path: string;

  /**
   * @param given `undefined` means no options
   * @param path the prefix of the fields in messages, `''` for an object that the caller gave directly
   * @param fields the accepted fields, each followed by the names that other libraries have for it: see {@link nameOf}
   * @throws TypeError when `given` is no object of options, or has an unknown field
   */
  constructor(given: unknown = {}, path: string, fields: readonly string[]) {
    // A Map, say, is an object without options: it was meant for something else.
    const brand = Object.prototype.toString.call(given).slice(8, -1);
    if (brand !== 'Object' || isForeign(given as object)) {
      const { message } = wrongKind(path || 'options', 'an object of options', given);
      const what = brand === 'Object' ? 'not of this copy of holdfast' : brand;
      throw new TypeError(message.replace(/ an object$/, `$& (${what})`));
    }
    this.#given = given as object;
    this.#path = path;
    const names = fields.map(nameOf);
    for (const name in this.#given) {
      if (names.includes(name) || !hasProperty(this.#given, name)) continue;
      const meant = suggestionFor(name, fields);
      const hint = meant ? `did you mean ${this.path(meant)}?` : `known are ${names.join(', ')}`;
      throw new TypeError(`Unknown option ${this.path(name)}; ${hint}`);
    }
  }

  /** The full name of a field, as messages show it. */
  path(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }

  /** The field as it was given; a getter that throws is reported under the field's name. */
  read(name: string): unknown {
    try {
      return readProperty(this.#given, name);
    } catch (cause) {
      throw new TypeError(`${this.path(name)} could not be read: ${describeError(cause)}`, {
        cause,
      });
    }
  }

  /** The field, which must be of this type if it is there. */
  typed<T>(name: string, type: string, accepted: string): T | undefined {
    const value = this.read(name);
    if (value !== undefined && typeof value !== type) {
      throw wrongKind(this.path(name), accepted, value);
    }
    return value as T | undefined;
  }

  integer(name: string, fallback: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const accepted = `an integer >= ${min}`;
    const value = this.typed<number>(name, 'number', accepted);
    if (value === undefined) return fallback;
    const isInteger = Number.isInteger(value) && value >= min;
    if (isInteger && value <= max) return value;
    throw wrongValue(this.path(name), isInteger ? `an integer <= ${max}` : accepted, value);
  }
}

/** A cache, breaker, limiter or bulkhead of another copy of this package, which `instanceof` does not know. */
function isForeign(given: object): boolean {
  return hasProperty(given, 'put') || hasProperty(given, 'metrics');
}

/**
 * The milliseconds of a duration that a user gave.
 * @throws TypeError, RangeError
 */
export function millisecondsOf(path: string, value: unknown, least: 'zero' | 'above zero'): number {
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw wrongKind(path, DURATION, value);
  }
  const milliseconds = toMilliseconds(value);
  const limit = !(milliseconds >= 0)
    ? 'not negative'
    : milliseconds === 0 && least === 'above zero'
      ? 'above 0'
      : milliseconds > Number.MAX_SAFE_INTEGER && `at most ${Number.MAX_SAFE_INTEGER} ms`;
  if (!limit) return milliseconds;
  const error = wrongValue(path, `${DURATION}, ${limit}`, value);
  if (typeof value === 'string' && toMilliseconds(`${value}ms`) >= 0)
    error.message += `; did you mean '${value}ms'?`;
  throw error;
}
