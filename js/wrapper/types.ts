import type { ResultCacheOptions } from '../cache/cache-options.ts';
import type { ResultCache } from '../cache/result-cache.ts';
import type { EventType } from '../events/event-type.ts';
import type { Listener, ListenerOptions } from '../events/listeners.ts';
import type { AnyResilienceEvent, ResilienceEvent } from '../events/resilience-event.ts';
import type { Duration } from '../options/duration.ts';
import type { ErrorFilter } from '../options/error-filter.ts';
import type { Bulkhead, BulkheadOptions } from '../patterns/bulkhead/bulkhead.ts';
import type {
  CircuitBreaker,
  CircuitBreakerOptions,
} from '../patterns/circuit-breaker/circuit-breaker.ts';
import type { FallbackHandler, FallbackOptions } from '../patterns/fallback/fallback.ts';
import type { HedgeOptions } from '../patterns/hedge/hedge.ts';
import type { RateLimiter, RateLimiterOptions } from '../patterns/rate-limiter/rate-limiter.ts';
import type { ResultCallback, RetryOptions } from '../patterns/retry/retry.ts';
import type { TimeoutOptions } from '../patterns/timeout/timeout.ts';

/**
 * Any function at all. It has two signatures so that none of them is what TypeScript takes for that of a function in
 * place: a parameter without a type is an error there, in strict code, and else `any`; with one it would be a `never`.
 */
export interface AnyFunction {
  /** With any arguments. */
  (...args: never[]): unknown;
  /** The same. */
  <_>(...args: never[]): unknown;
}

/** The options of the cache that a wrapped function gets of its own. */
export interface CacheOptions<F extends AnyFunction = AnyFunction> extends ResultCacheOptions {
  /**
   * Makes the key of a call, compared as `Map` compares, in place of all its arguments and its `this`.
   * Default: {@link ResultCache.makeKey}.
   */
  readonly key?: ((...args: Parameters<F>) => unknown) | undefined;
  /**
   * The statuses of the responses that are stored, where the function resolves to a `Response`.
   * Default: 200, 203, 204, 300, 301, 404, 410.
   */
  readonly statuses?: readonly number[] | undefined;
  /**
   * The methods whose answers are stored, of a function with the signature of `fetch`: a list of `'GET'`, `'HEAD'`,
   * `'POST'` and `'QUERY'`. The body is part of the key. Default: GET and HEAD.
   */
  readonly methods?: readonly ('GET' | 'HEAD' | 'POST' | 'QUERY')[] | undefined;
  /** Bytes up to which the body of a `Response` is kept, for the cache and for waiters. Default 8,388,608 (8 MiB). */
  readonly maxBodySize?: number | undefined;
}

/** A cache that takes the function's results. */
type SharedCache<F extends AnyFunction> = ResultCache & {
  readonly put: (key: unknown, value: Accepted<Awaited<ReturnType<F>>>) => unknown;
};

/** Nothing tells what a generic function results in. */
type Accepted<Result> = unknown extends Result ? never : Result;

/**
 * The options of {@link resilient}. A pattern that is absent or `false` is off; `true` turns it on with its defaults.
 */
export interface ResilientOptions<F extends AnyFunction = AnyFunction> {
  /** What events and errors call the function. Default: its own name. */
  readonly name?: string | undefined;
  /** Keeps results: `true` for 256 of them, five minutes each; options; or a cache to share, of values of their type. */
  readonly cache?: boolean | CacheOptions<F> | SharedCache<F> | undefined;
  /**
   * Stands in for an error: a value, a function `(error, ...args) => value`, or either with the errors that it is for.
   * It is not cached. One of another type than the results becomes part of their type; of a generic or overloaded
   * function TypeScript then loses the type parameters, and all overloads but the last.
   */
  readonly fallback?:
    | FallbackOptions<Primitive | object, Parameters<F>>
    | FallbackHandler<unknown, Parameters<F>>
    | Primitive
    | object
    | undefined;
  /** Stops calling what keeps failing: options, or a breaker to share. */
  readonly circuitBreaker?: boolean | CircuitBreakerOptions | CircuitBreaker | undefined;
  /** Lets so many calls through in a while: options, or a limiter to share. */
  readonly rateLimiter?: boolean | RateLimiterOptions | RateLimiter | undefined;
  /** Lets so many calls run at a time: options, or a bulkhead to share. */
  readonly bulkhead?: boolean | BulkheadOptions | Bulkhead | undefined;
  /** Tries again, after pauses that grow. */
  readonly retry?: boolean | RetryOptions<Awaited<ReturnType<F>>> | undefined;
  /** Gives up waiting: the time for an attempt, or options. */
  readonly timeout?: boolean | Duration | TimeoutOptions | undefined;
  /** Runs the function once more beside an attempt that is slow to answer, and takes what succeeds first. */
  readonly hedge?: false | HedgeOptions | undefined;
  /** Sees every event, before the listeners do. */
  readonly onEvent?:
    | ResultCallback<Awaited<ReturnType<F>>, AnyResilienceEvent<Awaited<ReturnType<F>>>, void>
    | undefined;
  /**
   * Hands the function a {@link CallContext} after its arguments: at the place of its last parameter, or after the
   * last argument if there are more. No parameter before it may be optional. TypeScript loses the type parameters and
   * overloads of a function with such a parameter. Default false.
   */
  readonly passContext?: (TakesContext<Parameters<F>> extends true ? boolean : false) | undefined;
  /**
   * The function has the signature of `fetch`: method, URL, headers, credentials and body make the key, only GET and
   * HEAD are cached, bad statuses are failures. Default: whether it is the global `fetch`.
   */
  readonly http?: boolean | undefined;
  /**
   * The function never returns a Promise, so that errors from before it ran are thrown even at its first call.
   * Cannot go with a pattern that waits. Default: learnt from what it returns.
   */
  readonly sync?: boolean | undefined;
}

/** What `passContext` hands to the function. */
export interface CallContext {
  /** Aborts when the attempt runs out of time or nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** The attempt, from 1. */
  readonly attempt: number;
  /** The cache key; `undefined` without a cache. */
  readonly key: unknown;
}

/** The options of `with`. */
export interface WithOptions {
  /** The caller leaves at once, with `signal.reason`, when it aborts; other callers of the same flight stay. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Run the function even if a result is stored, and replace that one; if it fails, the old one stays. Default false.
   */
  readonly refresh?: boolean | undefined;
  /** `this` for the function. */
  readonly thisArg?: unknown;
}

/** What a wrapped function has beside its signature. */
export interface ResilientMembers<F extends AnyFunction, O> {
  /** Its cache; `undefined` without one. */
  readonly cache: IfGiven<O, 'cache', ResultCache<Awaited<ReturnType<F>>>>;
  /** Its circuit breaker; `undefined` without one. */
  readonly circuitBreaker: IfGiven<O, 'circuitBreaker', CircuitBreaker>;
  /** Its rate limiter; `undefined` without one. */
  readonly rateLimiter: IfGiven<O, 'rateLimiter', RateLimiter>;
  /** Its bulkhead; `undefined` without one. */
  readonly bulkhead: IfGiven<O, 'bulkhead', Bulkhead>;
  /** The key of a call with these arguments. */
  makeKey(...args: Arguments<F, O>): unknown;
  /** Removes what is stored for these arguments, whatever `this` was; `true` when something was. */
  invalidate(...args: Arguments<F, O>): boolean;
  /**
   * Listens for one type of event; takes `once` and `signal` as everywhere.
   * @throws TypeError for a listener that is none, or a type that no event has
   */
  addEventListener<T extends EventType>(
    type: T,
    listener: Listener<ResilienceEvent<T, Awaited<ReturnType<F>>>> | null,
    options?: boolean | ListenerOptions,
  ): void;
  /** Takes back what `addEventListener` added, with the same `capture`. */
  removeEventListener<T extends EventType>(
    type: T,
    listener: Listener<ResilienceEvent<T, Awaited<ReturnType<F>>>> | null,
    options?: boolean | ListenerOptions,
  ): void;
  /**
   * The same function, bound to a `this`, for which it asks no more.
   * @throws TypeError
   */
  with(
    options: WithOptions & { readonly thisArg: ThisParameterType<F> },
  ): Resilient<WithPromise<WithoutThis<F>>, O>;
  /**
   * The same function for one caller: with a signal to leave by, or with a stored result passed over.
   * @throws TypeError
   */
  with(options: WithOptions): Resilient<WithPromise<F>, O>;
}

/** A function as {@link resilient} returns it: callable as before, with the members beside. */
export type Resilient<F extends AnyFunction, O = ResilientOptions<F>> = Signature<F, O> &
  ResilientMembers<F, O>;

/**
 * An error for every option that does not exist, at the option. For functions that hand on the options they are given:
 *
 * @example
 * function logged<F extends AnyFunction, const O extends ResilientOptions<F>>(fn: F, options: O & Checked<O>) {
 *   console.log(options);
 *   return resilient(fn, options);
 * }
 */
export type Checked<O> = {
  [K in keyof O]: K extends keyof Nested
    ? CheckedFields<O[K], Nested[K]>
    : K extends 'fallback'
      ? CheckedFallback<O[K]>
      : K extends keyof ResilientOptions
        ? O[K]
        : never;
};

type CheckedFallback<Given> = Given extends { readonly fallbackOn: infer On }
  ? On extends ErrorFilter | undefined
    ? Given
    : never
  : Given;

interface Nested {
  cache: CacheOptions;
  circuitBreaker: CircuitBreakerOptions;
  rateLimiter: RateLimiterOptions;
  bulkhead: BulkheadOptions;
  retry: RetryOptions;
  timeout: TimeoutOptions;
  hedge: HedgeOptions;
}

type CheckedFields<Given, Fields> = Given extends
  | ResultCache
  | CircuitBreaker
  | RateLimiter
  | Bulkhead
  ? Given
  : Given extends object
    ? { [K in keyof Given]: K extends keyof Fields ? Given[K] : never }
    : Given;

/** Whether the type of the options says that one is on. */
type Given<O, K extends PropertyKey> = K extends keyof O
  ? O[K] extends false | undefined
    ? 'no'
    : undefined extends O[K]
      ? 'perhaps'
      : [Extract<O[K], false>] extends [never]
        ? 'yes'
        : 'perhaps'
  : 'no';

export type IfGiven<O, K extends PropertyKey, T> = {
  yes: T;
  no: undefined;
  perhaps: T | undefined;
}[Given<O, K>];

type Arguments<F extends AnyFunction, O> = Parameters<WithoutContext<F, O>>;

/** The function without its `this`; as it is if that has no type. */
export type WithoutThis<F extends AnyFunction> =
  unknown extends ThisParameterType<F>
    ? F
    : F extends (...args: infer A) => infer R
      ? (...args: A) => R
      : F;

/** The function as its callers see it: a last parameter that takes the context is not theirs. */
type WithoutContext<F extends AnyFunction, O> = O extends { readonly passContext: true }
  ? TakesContext<Parameters<F>> extends true
    ? Parameters<F> extends CallerArguments<Parameters<F>>
      ? F
      : Callable<ThisParameterType<F>, CallerArguments<Parameters<F>>, ReturnType<F>>
    : never
  : F;

/** The parameters without the last, where that takes the context. */
type CallerArguments<P extends unknown[]> = P extends [...infer A, infer Last]
  ? CallContext extends Last
    ? A
    : P
  : Required<P> extends [...infer A, infer Last]
    ? keyof Last extends keyof CallContext
      ? A
      : P
    : P;

/** Whether a context that comes after the arguments finds its parameter, however many arguments there are. */
type TakesContext<P extends readonly unknown[]> = P extends readonly never[]
  ? true
  : P extends readonly [unknown, ...infer Rest]
    ? TakesContext<Rest>
    : P extends readonly [...unknown[], CallContext]
      ? true
      : P extends readonly [(infer Optional)?, ...infer Rest]
        ? CallContext extends Optional
          ? Rest extends readonly []
            ? true
            : number extends Rest['length']
              ? true
              : false
          : false
        : true;

type Signature<F extends AnyFunction, O> = [FallbackFor<F, O>] extends [never]
  ? ReturnType<F> extends PromiseLike<unknown>
    ? WithoutMembers<WithoutContext<F, O>, O>
    : 'yes' extends Waits<O>
      ? Returning<F, O, Promise<Awaited<ReturnType<F>>>>
      : 'perhaps' extends Waits<O>
        ? Returning<F, O, ReturnType<F> | Promise<Awaited<ReturnType<F>>>>
        : WithoutMembers<WithoutContext<F, O>, O>
  : Returning<F, O, WithFallback<F, O>>;

/** The function without properties of its own, and without those of its results where these become plain Promises. */
type WithoutMembers<F extends AnyFunction, O> =
  Forwards<O> extends true
    ? [keyof Wrapped<F>] extends [never]
      ? Wrapped<F>
      : Overloads<Wrapped<F>, 'as it is'>
    : WithPromise<Wrapped<F>>;

/** The same where something stands between the function and its callers: what they get is a plain `Promise`. */
type WithPromise<F extends AnyFunction> = [
  keyof Wrapped<F> | OwnMembers<Overloads<F, 'results'>>,
] extends [never]
  ? Wrapped<F>
  : Overloads<Wrapped<F>, 'promise'>;

/** The signature of a function that is wrapped already, with its type parameters; else the function. */
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

/** Whether each result is given back as the function returned it. */
type Forwards<O> = [FallbackValue<O>] extends [never]
  ? [{ [K in Between]: Given<O, K> }[Between]] extends ['no']
    ? true
    : false
  : false;
type Between = Waiting | 'cache' | 'circuitBreaker' | 'passContext' | 'onEvent';

/** What TypeScript can tell of a function's overloads: the last four, with `unknown` for type parameters. */
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

type Callable<T, A extends unknown[], R> = unknown extends T
  ? (...args: A) => R
  : (this: T, ...args: A) => R;

/** What the fallback gives that the function itself does not. */
type FallbackFor<F extends AnyFunction, O> = [FallbackValue<O>] extends [Awaited<ReturnType<F>>]
  ? never
  : [FallbackValue<O, 'widened'>] extends [Awaited<ReturnType<F>>]
    ? never
    : FallbackValue<O, 'widened'>;

/** Whether a pattern that waits is on. */
type Waits<O> = { [K in Waiting]: Given<O, K> }[Waiting];
type Waiting = 'retry' | 'timeout' | 'rateLimiter' | 'bulkhead' | 'hedge';

/** What a function returns whose fallback is of another type than its results. */
type WithFallback<F extends AnyFunction, O> =
  ReturnType<F> extends PromiseLike<unknown>
    ? Promise<Awaited<ReturnType<F>> | FallbackFor<F, O>>
    : 'yes' extends Waits<O>
      ? Promise<Awaited<ReturnType<F>> | FallbackFor<F, O>>
      :
          | Result<ReturnType<F>, 'promise'>
          | FallbackFor<F, O>
          | ('perhaps' extends Waits<O>
              ? Promise<Awaited<ReturnType<F>> | FallbackFor<F, O>>
              : never);

/** What the fallback gives, as it was inferred, or as it was meant; `never` without one. */
type FallbackValue<O, As = 'inferred'> = O extends { readonly fallback: infer Fallback }
  ? Fallback extends { readonly handler: infer Handler }
    ? HandlerValue<Handler, As>
    : HandlerValue<Exclude<Fallback, undefined>, As>
  : never;

type HandlerValue<Handler, As> = Handler extends (...args: never[]) => infer Value
  ? Awaited<Value>
  : As extends 'widened'
    ? Widened<Handler>
    : Handler;

/** `const` type parameters make literals of what users wrote as values, and tuples of arrays, in plain objects too. */
type Widened<Value> = Value extends string
  ? string
  : Value extends number
    ? number
    : Value extends boolean
      ? boolean
      : WidenedArrays<Value>;

type WidenedArrays<Value> = Value extends readonly unknown[]
  ? number extends Value['length']
    ? Value
    : Widened<Value[number]>[]
  : Value extends object
    ? [Extract<Value[keyof Value], (...args: never[]) => unknown>] extends [never]
      ? { [K in keyof Value]: WidenedArrays<Value[K]> }
      : Value
    : Value;

type Primitive = string | number | bigint | boolean | symbol | null;

/** The function with other results. */
type Returning<F extends AnyFunction, O, R> = Callable<ThisParameterType<F>, Arguments<F, O>, R>;
