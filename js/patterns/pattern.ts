import type { Reporter } from '../events/reporter.ts';
import type { BodyLimit } from '../flight/call.ts';
import type { Layer } from '../flight/pipeline.ts';
import { namesOf, Options, show, wrongKind } from '../options/check.ts';
import type { SyncPatternOptions, WaitingPatternOptions } from './pattern-options.ts';

/** The parts of a wrapped function that its layers use. */
export interface LayerContext {
  readonly reporter: Reporter;
  /** Removes the entries of a URL from the cache; `undefined` without a cache. */
  readonly invalidateUrl: ((url: string) => void) | undefined;
}

interface PatternBase<Settings> {
  /** The fields of its options, each followed by the names that other libraries have for it. */
  readonly fields?: readonly string[];
  /** One of the fields, followed by the names of unknown options of `resilient` for which it is suggested. */
  readonly suggestion?: string;
  /** The class whose instances functions can share. */
  readonly Shared?: new (
    options: never,
  ) => object;
  /** Whether an object is an object of options; absent if every object is. */
  isOptions?(value: object): boolean;
  /** Reads the settings, if the option can be anything but `true`, an object of options or a shared instance. */
  readOption?(options: Options): Settings | undefined;
  /** Builds the layer; `undefined` if the settings need none. */
  layer(settings: Settings, context: LayerContext): Layer | undefined;
  /** Limits the time of the body of a shared response. */
  bodyLimit?(settings: Settings, context: LayerContext): BodyLimit;
}

interface SyncPattern<Settings> extends PatternBase<Settings> {
  /**
   * The option of `resilient` that turns it on. `http`: on for each function with the signature of `fetch`. `cache`: on if
   * the cache keeps stale results.
   */
  readonly option: keyof SyncPatternOptions | 'http' | 'cache';
  readonly waits?: never;
  readonly delays?: never;
}

interface WaitingPattern<Settings> extends PatternBase<Settings> {
  readonly option: keyof WaitingPatternOptions;
  /** The wrapped function returns Promises. */
  readonly waits: true;
  /** The function may start later than the call. */
  readonly delays?: true;
}

/**
 * A pattern: the option that turns it on, and the layer that it puts around the function.
 * `Settings`: an {@link Options} reader, an instance of `Shared`, or the result of `readOption`.
 */
export type Pattern<Settings = unknown> = SyncPattern<Settings> | WaitingPattern<Settings>;

/**
 * The settings of a pattern, from the options of `resilient`; `undefined` if it is off.
 * @throws TypeError, RangeError
 */
export function readSettings(pattern: Pattern, options: Options): unknown {
  const { option, fields = [], Shared, readOption } = pattern;
  if (readOption) return readOption(options);
  const value = options.readGroup(option);
  if (value === undefined || (Shared && value instanceof Shared)) return value;
  if (typeof value === 'number' || typeof value === 'string') {
    const error = wrongKind(option, 'an object of options', value);
    error.message += `; did you mean { ${namesOf(fields)[0]}: ${show(value)} }?`;
    throw error;
  }
  const reader = new Options(value, option, fields);
  return Shared ? new Shared(reader as never) : reader;
}
