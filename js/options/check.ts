import { toMilliseconds } from './duration.ts';

const DURATION = "a number of seconds or a string such as '250ms', '5s', '5m', '2h' or '1d'";

/**
 * Reads an options object field by field. Each field is read once, checked at once, and named in full
 * (`cache.maxSize`) when it is wrong. `undefined` is as if absent.
 */
export class Options {
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /**
   * @param given nothing is as good as no options
   * @param path what the object itself is called in messages, `''` for the outermost
   * @param names every field it may have; another one is an error that suggests the nearest
   * @throws TypeError when `given` is no plain set of options, or has a field that does not exist
   */
  constructor(given: unknown = {}, path: string, names: readonly string[]) {
    // A Map, say, is an object without options: it was meant for something else.
    const brand = Object.prototype.toString.call(given).slice(8, -1);
    if (brand !== 'Object' || isForeign(given)) {
      const { message } = wrongKind(path || 'options', 'an object of options', given);
      const what = brand === 'Object' ? 'not of this copy of holdfast' : brand;
      throw new TypeError(message.replace(/ an object$/, `$& (${what})`));
    }
    this.#given = given as Record<string, unknown>;
    this.#path = path;
    for (const name of Object.keys(this.#given)) {
      if (!names.includes(name)) throw new TypeError(this.#unknown(name, names));
    }
  }

  /** The full name of a field, as messages show it. */
  path(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }

  /** The field as it was given; a getter that throws is reported under the field's name. */
  read(name: string): unknown {
    try {
      return this.#given[name];
    } catch (cause) {
      throw new TypeError(`${this.path(name)} could not be read: ${describeError(cause)}`, {
        cause,
      });
    }
  }

  integer(name: string, fallback: number, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const isLarge = (value: number) => Number.isInteger(value) && value >= min;
    const value = this.#number(name, fallback, `an integer >= ${min}`, isLarge);
    if (value > max) throw wrongValue(this.path(name), `an integer <= ${max}`, value);
    return value;
  }

  number(name: string, fallback: number, min: number): number {
    const isLarge = (value: number) => value >= min && value < Infinity;
    return this.#number(name, fallback, `a finite number >= ${min}`, isLarge);
  }

  /** A share of the whole. */
  rate(name: string, fallback: number): number {
    const isRate = (value: number) => value > 0 && value <= 1;
    return this.#number(name, fallback, 'a number above 0 and up to 1', isRate);
  }

  boolean<T = boolean>(name: string, fallback: T): boolean | T {
    return this.#typed<boolean>(name, 'boolean', 'true or false') ?? fallback;
  }

  string(name: string, fallback: string): string {
    return this.#typed<string>(name, 'string', 'a string') ?? fallback;
  }

  // biome-ignore lint/complexity/noBannedTypes: which function it is, is the caller's to say
  function<F extends Function>(name: string): F | undefined {
    return this.#typed<F>(name, 'function', 'a function');
  }

  /** Milliseconds. */
  duration(name: string, fallbackSeconds: number, least: 'zero' | 'above zero' = 'zero'): number {
    const value = this.read(name);
    return value === undefined
      ? fallbackSeconds * 1_000
      : checkDuration(this.path(name), value, least);
  }

  #unknown(name: string, names: readonly string[]): string {
    const [nearest] = names
      .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
      .sort((a, b) => a.distance - b.distance);
    return nearest && nearest.distance <= Math.max(2, name.length / 3)
      ? `Unknown option ${this.path(name)}; did you mean ${this.path(nearest.candidate)}?`
      : `Unknown option ${this.path(name)}; known are ${names.join(', ')}`;
  }

  #number(
    name: string,
    fallback: number,
    accepted: string,
    isAccepted: (value: number) => boolean,
  ): number {
    const value = this.#typed<number>(name, 'number', accepted);
    if (value === undefined) return fallback;
    if (!isAccepted(value)) throw wrongValue(this.path(name), accepted, value);
    return value;
  }

  /** The field, if it is there, which then has to be of this type. */
  #typed<T>(name: string, type: string, accepted: string): T | undefined {
    const value = this.read(name);
    if (value !== undefined && typeof value !== type) {
      throw wrongKind(this.path(name), accepted, value);
    }
    return value as T | undefined;
  }
}

/** A cache, breaker, limiter or bulkhead, but of another copy of this package, so that `instanceof` did not know it. */
function isForeign(given: unknown): boolean {
  const { put } = given as { put?: unknown };
  return typeof put === 'function' || 'metrics' in (given as object);
}

/**
 * The milliseconds of a duration that a user gave.
 * @throws TypeError, RangeError
 */
export function checkDuration(path: string, value: unknown, least: 'zero' | 'above zero'): number {
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw wrongKind(path, DURATION, value);
  }
  const milliseconds = toMilliseconds(value);
  if (!(milliseconds >= 0)) throw wrongValue(path, `${DURATION}, not negative`, value);
  if (milliseconds === 0 && least === 'above zero') {
    throw wrongValue(path, `${DURATION}, above 0`, value);
  }
  if (milliseconds > Number.MAX_SAFE_INTEGER) {
    throw wrongValue(path, `${DURATION}, at most ${Number.MAX_SAFE_INTEGER} ms`, value);
  }
  return milliseconds;
}

/** The error for a value of a kind that is not accepted. */
export function wrongKind(path: string, accepted: string, value: unknown): TypeError {
  return new TypeError(`${path} must be ${accepted}, got ${show(value)}`);
}

/** The error for a value that is of the right kind, but out of range. */
export function wrongValue(path: string, accepted: string, value: unknown): RangeError {
  return new RangeError(`${path} must be ${accepted}, got ${show(value)}`);
}

/** A value as a message shows it. Runs no code of the value's own. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`;
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

/** What a thrown value says of itself, whatever it is. */
export function describeError(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'a value that cannot be shown';
  }
}

/** Levenshtein's distance, letter case aside. */
function editDistance(from: string, to: string): number {
  const a = from.toLowerCase();
  const b = to.toLowerCase();
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const [before, above] = row.slice(j - 1) as [number, number];
      const left = next[j - 1] as number;
      next.push(Math.min(before + Number(a[i - 1] !== b[j - 1]), above + 1, left + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
