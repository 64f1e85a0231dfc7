import type { ResultCache } from '../cache/result-cache.ts';
import type { ErrorFilter } from '../options/error-filter.ts';
import type { PatternOptions, SharedInstances } from '../patterns/pattern-options.ts';
import type { HttpCache } from './http-cache-type.ts';
import type { CacheOptions, ResilientOptions } from './options.ts';

/**
 * Makes each option that does not exist a type error, at the option. For functions that pass on options:
 *
 * @example
 * function logged<F extends AnyFunction, const O extends ResilientOptions<F>>(fn: F, options: O & Checked<O>) {
 *   console.log(options);
 *   return resilient(fn, options);
 * }
 */
export type Checked<O> = {
  [K in keyof O]: K extends 'fallback'
    ? CheckedFallback<O[K]>
    : K extends keyof OptionGroups
      ? CheckedFields<O[K], OptionGroups[K]>
      : K extends keyof ResilientOptions
        ? O[K]
        : never;
};

type CheckedFallback<Value> = Value extends { readonly fallbackOn: infer On }
  ? On extends ErrorFilter | undefined
    ? Value
    : never
  : Value;

/** The options that are objects of options. */
type OptionGroups = { cache: CacheOptions } & {
  [K in keyof PatternOptions]-?: Exclude<PatternOptions[K], NoOptions>;
};

/** Values of an option that are no objects of options. */
type NoOptions = string | number | boolean | undefined | SharedInstances[keyof SharedInstances];

type CheckedFields<Value, Fields> = Value extends ResultCache | HttpCache | NoOptions
  ? Value
  : Value extends object
    ? { [K in keyof Value]: K extends keyof Fields ? Value[K] : never }
    : Value;
