import type { PutOptions } from '../cache/cache-options.ts';
import type { ResultCache } from '../cache/result-cache.ts';
import type { EventType } from '../events/event-type.ts';
import type { Listener, ListenerOptions } from '../events/listeners.ts';
import type { ResilienceEvent } from '../events/resilience-event.ts';
import type {
  PatternOptions,
  SharedInstances,
  WaitingPatternOptions,
} from '../patterns/pattern-options.ts';
import type { AnyFunction, Callable } from './any-function.ts';
import type { WithoutContext } from './call-context.ts';
import type { FallbackFor, FallbackValue } from './fallback-value.ts';
import type { IfOn, OptionState } from './option-state.ts';
import type { ResilientOptions, WithOptions } from './options.ts';

/** The shared instances of a wrapped function or of a policy. */
export type SharedMembers<O> = {
  readonly [K in keyof SharedInstances]: IfOn<O, K, SharedInstances[K]>;
};

/** The members of a wrapped function. */
export interface ResilientMembers<F extends AnyFunction, O> extends SharedMembers<O> {
  /** The cache; `undefined` without one. */
  readonly cache: IfOn<O, 'cache', ResultCache<Awaited<ReturnType<F>>>>;
  /** The cache key of a call with these arguments. */
  makeKey(...args: CallArguments<F, O>): unknown;
  /**
   * Removes the results for these arguments with any `this`. Returns `true` if one was fresh. Calls in flight for them
   * still answer their callers; their results are not stored.
   */
  invalidate(...args: CallArguments<F, O>): Changed<O, boolean>;
  /**
   * Ends the ttl of the results for these arguments with any `this`: they may still be returned as stale results.
   * Without windows for stale results they are removed. Returns `true` if one was fresh.
   */
  expire(...args: CallArguments<F, O>): Changed<O, boolean>;
  /**
   * Stores a result for these arguments as if the function had returned it now. Without `ttl` and `tags` those of the
   * option `cache` apply. Does nothing without a cache.
   * @throws TypeError, RangeError for wrong options, or for a Promise instead of a result
   */
  put(
    args: Readonly<CallArguments<F, O>>,
    value: Awaited<ReturnType<F>>,
    options?: PutOptions,
  ): Changed<O, void>;
  /** Removes the results of this function, also from a cache that it shares. Keeps the counters. */
  clear(): Changed<O, void>;
  /**
   * Removes the results of this function that have one of these tags. Returns how many were fresh.
   * @throws TypeError for a tag that is not a string, or empty
   */
  invalidateTag(...tags: readonly string[]): Changed<O, number>;
  /**
   * Ends the ttl of the results of this function that have one of these tags, as `expire` does. Returns how many were
   * fresh.
   * @throws TypeError for a tag that is not a string, or empty
   */
  expireTag(...tags: readonly string[]): Changed<O, number>;
  /**
   * Adds a listener for one type of event, like `EventTarget`.
   * @param options `once`, `signal` and `capture`
   * @throws TypeError if the listener is neither a function nor an object, or if no event has this type
   */
  addEventListener<T extends EventType>(
    type: T,
    listener: Listener<ResilienceEvent<T, Awaited<ReturnType<F>>>> | null,
    options?: boolean | ListenerOptions,
  ): void;
  /** Removes a listener that `addEventListener` added with the same `capture`. */
  removeEventListener<T extends EventType>(
    type: T,
    listener: Listener<ResilienceEvent<T, Awaited<ReturnType<F>>>> | null,
    options?: boolean | ListenerOptions,
  ): void;
  /**
   * The same function for calls with this `this`.
   * @throws TypeError
   */
  with(
    options: WithOptions & { readonly thisArg: ThisParameterType<F> },
  ): Resilient<WithPromise<WithoutThis<F>>, O>;
  /**
   * The same function for one caller: with a signal that aborts its calls, or with a refresh of stored results.
   * @throws TypeError
   */
  with(options: WithOptions): Resilient<WithPromise<F>, O>;
}

/** A function that {@link resilient} returns: its signature, and the members. */
export type Resilient<F extends AnyFunction, O = ResilientOptions<F>> = Signature<F, O> &
  ResilientMembers<F, O>;

/** The arguments of a wrapped function: those of the function, without the context of `passContext`. */
export type CallArguments<F extends AnyFunction, O> = Parameters<WithoutContext<F, O>>;

/** The function without the type of `this`, if it has one. */
export type WithoutThis<F extends AnyFunction> =
  unknown extends ThisParameterType<F>
    ? F
    : F extends (...args: infer A) => infer R
      ? (...args: A) => R
      : F;

type Signature<F extends AnyFunction, O> = [FallbackFor<F, O>] extends [never]
  ? ReturnType<F> extends PromiseLike<unknown>
    ? WithoutMembers<WithoutContext<F, O>, O>
    : 'on' extends Waits<O>
      ? Returning<F, O, Promise<Awaited<ReturnType<F>>>>
      : 'unknown' extends Waits<O>
        ? Returning<F, O, ReturnType<F> | Promise<Awaited<ReturnType<F>>>>
        : WithoutMembers<WithoutContext<F, O>, O>
  : Returning<F, O, WithFallback<F, O>>;

/** The function without own properties; its results are plain Promises if a wrapper makes them so. */
type WithoutMembers<F extends AnyFunction, O> =
  Forwards<O> extends true
    ? [keyof Wrapped<F>] extends [never]
      ? Wrapped<F>
      : Overloads<Wrapped<F>, 'as it is'>
    : WithPromise<Wrapped<F>>;

/** The function without own properties, with plain `Promise`s for its results. */
type WithPromise<F extends AnyFunction> = [
  keyof Wrapped<F> | OwnMembers<Overloads<F, 'results'>>,
] extends [never]
  ? Wrapped<F>
  : Overloads<Wrapped<F>, 'promise'>;

/** The signature, with its type parameters, of a function that is wrapped already; else the function. */
type Wrapped<F extends AnyFunction> = [keyof F] extends [never]
  ? F
  : F extends ResilientMembers<infer Inner, infer O>
    ? Signature<Inner, O>
    : F;

/** The members of a result that a plain `Promise` does not have. */
type OwnMembers<R> =
  R extends PromiseLike<unknown>
    ? string extends keyof R
      ? never
      : Exclude<keyof R, keyof Promise<unknown>>
    : never;

/** Whether callers get each result as the function returned it. */
type Forwards<O> = [FallbackValue<O>] extends [never]
  ? [{ [K in Between]: OptionState<O, K> }[Between]] extends ['off']
    ? true
    : false
  : false;
type Between = Exclude<keyof PatternOptions, 'fallback'> | 'cache' | 'passContext' | 'onEvent';

/** The last four overloads, with `unknown` for type parameters: TypeScript infers no more. */
type Overloads<F extends AnyFunction, As> = F extends {
  (this: infer T1, ...args: infer A1): infer R1;
  (this: infer T2, ...args: infer A2): infer R2;
  (this: infer T3, ...args: infer A3): infer R3;
  (this: infer T4, ...args: infer A4): infer R4;
}
  ? As extends 'results'
    ? R1 | R2 | R3 | R4
    : Callable<T1, A1, Result<R1, As>> &
        Callable<T2, A2, Result<R2, As>> &
        Callable<T3, A3, Result<R3, As>> &
        Callable<T4, A4, Result<R4, As>>
  : F;

type Result<R, As> = As extends 'promise'
  ? R extends PromiseLike<unknown>
    ? Promise<Awaited<R>>
    : R
  : R;

/** Whether a pattern that waits, `http` with any pattern, or a second tier is on. */
type Waits<O> =
  | (Forwards<Omit<O, 'onEvent'>> extends true ? 'off' : OptionState<O, 'http'>)
  | { [K in keyof WaitingPatternOptions]-?: OptionState<O, K> }[keyof WaitingPatternOptions]
  | TierState<O>;

/** Whether there is a second tier. */
type TierState<O> = O extends { readonly cache?: infer C }
  ? C extends { readonly tier?: infer T }
    ? [T] extends [object]
      ? 'on'
      : [Extract<T, object>] extends [never]
        ? 'off'
        : 'unknown'
    : 'off'
  : 'off';

/** The result of a change: with a second tier a Promise, which rejects with a `TierError` if the tier does not answer. */
export type Changed<O, R> =
  | ('on' extends TierState<O> ? Promise<R> : never)
  | ('off' extends TierState<O> ? R : never)
  | ('unknown' extends TierState<O> ? R | Promise<R> : never);

/** The result of a function with a fallback of another type. */
type WithFallback<F extends AnyFunction, O> =
  ReturnType<F> extends PromiseLike<unknown>
    ? Promise<Awaited<ReturnType<F>> | FallbackFor<F, O>>
    : 'on' extends Waits<O>
      ? Promise<Awaited<ReturnType<F>> | FallbackFor<F, O>>
      :
          | Result<ReturnType<F>, 'promise'>
          | FallbackFor<F, O>
          | ('unknown' extends Waits<O>
              ? Promise<Awaited<ReturnType<F>> | FallbackFor<F, O>>
              : never);

/** The function with other results. */
type Returning<F extends AnyFunction, O, R> = Callable<
  ThisParameterType<F>,
  CallArguments<F, O>,
  R
>;
