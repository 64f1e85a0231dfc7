import { processWarning } from '../platform/host.ts';
import { wrongValue } from './messages.ts';
import { type Least, millisecondsOf, OptionReader } from './option-reader.ts';

export { describeError, show, wrongKind, wrongValue } from './messages.ts';
export { nameOf, namesOf } from './suggestion.ts';

/** Options for which 1,000 seconds or more are most likely meant as milliseconds. */
const SHORT = /(timeout|seconds|attempt|total|idle|\.delay|maxWait)$/i;
const warned = /* @__PURE__ */ new Set<string>();

/**
 * An {@link OptionReader} for the options of `resilient` and of its patterns. A separate class, so that a bundle of the
 * cache alone does not contain it.
 */
export class Options extends OptionReader {
  /** The options of a pattern: `{}` for `true`, `undefined` for `false`. */
  readGroup(name: string): unknown {
    const value = this.readField(name);
    return value === false ? undefined : value === true ? {} : value;
  }

  readNumber(
    name: string,
    fallback: number,
    accepted: string,
    isAccepted: (value: number) => boolean,
  ): number {
    const value = this.readTyped<number>(name, 'number', accepted);
    if (value === undefined) return fallback;
    if (!isAccepted(value)) throw wrongValue(this.pathOf(name), accepted, value);
    return value;
  }

  readFraction(name: string, fallback: number): number {
    const isFraction = (value: number) => value > 0 && value <= 1;
    return this.readNumber(name, fallback, 'a number above 0 and up to 1', isFraction);
  }

  readBoolean<T = boolean>(name: string, fallback: T): boolean | T {
    return this.readTyped<boolean>(name, 'boolean', 'true or false') ?? fallback;
  }

  readString(name: string, fallback: string): string {
    return this.readTyped<string>(name, 'string', 'a string') ?? fallback;
  }

  // biome-ignore lint/complexity/noBannedTypes: the caller decides on the type
  readFunction<F extends Function>(name: string): F | undefined {
    return this.readTyped<F>(name, 'function', 'a function');
  }

  override readDuration<T>(name: string, fallback: T, least?: Least): number | T {
    return super.readDuration(name, fallback, least, checkDuration);
  }
}

/** A reader of the options of a constructor. `resilient` passes a reader, which has the prefix for messages. */
export function optionsOf(options: unknown, fields: readonly string[]): Options {
  return options instanceof Options ? options : new Options(options, '', fields);
}

/**
 * The milliseconds of a duration. Warns once per option about a number of seconds that looks like milliseconds.
 * @throws TypeError, RangeError
 */
export function checkDuration(path: string, value: unknown, least: Least): number {
  const milliseconds = millisecondsOf(path, value, least);
  if (typeof value === 'number' && value >= 1_000 && SHORT.test(path) && !warned.has(path)) {
    warned.add(path);
    const message = `${path}: ${value} means ${value} seconds; did you mean '${value}ms'?`;
    if (!processWarning(message)) console.warn(message);
  }
  return milliseconds;
}
