import { processWarning } from '../platform/host.ts';
import { wrongValue } from './messages.ts';
import { millisecondsOf, OptionReader } from './option-reader.ts';

export { describeError, show, wrongKind, wrongValue } from './messages.ts';
export { nameOf } from './suggestion.ts';

/** Durations of which a quarter of an hour and more most likely means milliseconds. */
const SHORT = /(timeout|seconds|attempt|total|idle|\.delay|maxWait)$/i;
const warned = /* @__PURE__ */ new Set<string>();

/** Reads the options of `resilient` and of its patterns: {@link OptionReader} with what a cache alone does not need. */
export class Options extends OptionReader {
  /** The options of a pattern: `true` means its defaults, `false` means none. */
  group(name: string): unknown {
    const given = this.read(name);
    return given === false ? undefined : given === true ? {} : given;
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
    return this.typed<boolean>(name, 'boolean', 'true or false') ?? fallback;
  }

  string(name: string, fallback: string): string {
    return this.typed<string>(name, 'string', 'a string') ?? fallback;
  }

  // biome-ignore lint/complexity/noBannedTypes: which function it is, is the caller's to say
  function<F extends Function>(name: string): F | undefined {
    return this.typed<F>(name, 'function', 'a function');
  }

  /** Milliseconds, as is the fallback. */
  duration(name: string, fallback: number, least: 'zero' | 'above zero' = 'zero'): number {
    const value = this.read(name);
    return value === undefined ? fallback : checkDuration(this.path(name), value, least);
  }

  #number(
    name: string,
    fallback: number,
    accepted: string,
    isAccepted: (value: number) => boolean,
  ): number {
    const value = this.typed<number>(name, 'number', accepted);
    if (value === undefined) return fallback;
    if (!isAccepted(value)) throw wrongValue(this.path(name), accepted, value);
    return value;
  }
}

/** The options given to a constructor. `resilient` has already wrapped them, with the prefix that its caller wrote. */
export function optionsOf(given: unknown, fields: readonly string[]): Options {
  return given instanceof Options ? given : new Options(given, '', fields);
}

/**
 * The milliseconds of a duration that a user gave. Warns once for each option where that is a number of seconds that
 * looks like milliseconds.
 * @throws TypeError, RangeError
 */
export function checkDuration(path: string, value: unknown, least: 'zero' | 'above zero'): number {
  const milliseconds = millisecondsOf(path, value, least);
  if (typeof value === 'number' && value >= 1_000 && SHORT.test(path) && !warned.has(path)) {
    warned.add(path);
    const message = `${path}: ${value} means ${value} seconds; did you mean '${value}ms'?`;
    if (!processWarning(message)) console.warn(message);
  }
  return milliseconds;
}
