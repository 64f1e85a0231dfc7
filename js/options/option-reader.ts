import { hasProperty, readProperty } from '../platform/property.ts';
import { toMilliseconds } from './duration.ts';
import { describeError, wrongKind, wrongValue } from './messages.ts';
import { namesOf, suggestionFor } from './suggestion.ts';

const DURATION = "a number of seconds or a string such as '250ms', '5s', '5m', '2h' or '1d'";

/** The least duration that is accepted. */
export type Least = 'zero' | 'above zero';

/**
 * Reads and checks an options object field by field. Messages contain the full name of a field, such as
 * `cache.maxSize`. A field that is `undefined` counts as absent. Properties of `Object.prototype` are ignored.
 */
export class OptionReader {
  readonly #options: object;
  readonly #path: string;

  /**
   * @param path the prefix of the fields in messages; `''` for the argument of a function
   * @param fields the accepted fields, each followed by the names that other libraries have for it: see {@link namesOf}
   * @throws TypeError if `options` is not an object of options, or has an unknown field
   */
  constructor(options: unknown = {}, path: string, fields: readonly string[]) {
    // Objects such as a Map have no fields, but are not meant as options.
    const brand = Object.prototype.toString.call(options).slice(8, -1);
    if (brand !== 'Object' || isForeign(options as object)) {
      const { message } = wrongKind(path || 'options', 'an object of options', options);
      const kind = brand === 'Object' ? 'not of this copy of holdfast' : brand;
      throw new TypeError(message.replace(/ an object$/, `$& (${kind})`));
    }
    this.#options = options as object;
    this.#path = path;
    let names: readonly string[] | undefined;
    for (const name in this.#options) {
      names ??= namesOf(fields);
      if (names.includes(name) || !hasProperty(this.#options, name)) continue;
      const meant = suggestionFor(name, fields);
      const hint = meant ? `did you mean ${this.pathOf(meant)}?` : `known are ${names.join(', ')}`;
      throw new TypeError(`Unknown option ${this.pathOf(name)}; ${hint}`);
    }
  }

  /** The full name of a field for messages. */
  pathOf(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }

  /**
   * The value of a field, unchecked.
   * @throws TypeError with the name of the field if a getter throws
   */
  readField(name: string): unknown {
    try {
      return readProperty(this.#options, name);
    } catch (cause) {
      throw new TypeError(`${this.pathOf(name)} could not be read: ${describeError(cause)}`, {
        cause,
      });
    }
  }

  /**
   * The value of a field of this type; `undefined` if it is absent.
   * @throws TypeError
   */
  readTyped<T>(name: string, type: string, accepted: string): T | undefined {
    const value = this.readField(name);
    if (value !== undefined && typeof value !== type) {
      throw wrongKind(this.pathOf(name), accepted, value);
    }
    return value as T | undefined;
  }

  readInteger(name: string, fallback: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const accepted = `an integer >= ${min}`;
    const value = this.readTyped<number>(name, 'number', accepted);
    if (value === undefined) return fallback;
    const isInteger = Number.isInteger(value) && value >= min;
    if (isInteger && value <= max) return value;
    throw wrongValue(this.pathOf(name), isInteger ? `an integer <= ${max}` : accepted, value);
  }

  /** A duration in milliseconds. */
  readDuration<T>(
    name: string,
    fallback: T,
    least: Least = 'zero',
    convert = millisecondsOf,
  ): number | T {
    const value = this.readField(name);
    return value === undefined ? fallback : convert(this.pathOf(name), value, least);
  }
}

/** Whether an object is a cache, breaker, limiter or bulkhead of another copy of this package. */
function isForeign(object: object): boolean {
  return hasProperty(object, 'put') || hasProperty(object, 'metrics');
}

/**
 * The milliseconds of a duration.
 * @throws TypeError, RangeError
 */
export function millisecondsOf(path: string, value: unknown, least: Least): number {
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
