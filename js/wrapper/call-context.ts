import type { AnyFunction, Callable } from './any-function.ts';

/** The last argument of a function with `passContext`. */
export interface CallContext {
  /** Aborts when the attempt times out, or when its last caller has aborted. */
  readonly signal: AbortSignal;
  /** The attempt, from 1. */
  readonly attempt: number;
  /** The cache key; `undefined` without a cache. */
  readonly key: unknown;
}

/** The function without a last parameter that takes the context. */
export type WithoutContext<F extends AnyFunction, O> = O extends { readonly passContext: true }
  ? TakesContext<Parameters<F>> extends true
    ? Parameters<F> extends CallerArguments<Parameters<F>>
      ? F
      : Callable<ThisParameterType<F>, CallerArguments<Parameters<F>>, ReturnType<F>>
    : never
  : F;

/** The parameters without a last one that takes the context. */
type CallerArguments<P extends unknown[]> = P extends [...infer A, infer Last]
  ? CallContext extends Last
    ? A
    : P
  : Required<P> extends [...infer A, infer Last]
    ? keyof Last extends keyof CallContext
      ? A
      : P
    : P;

/** Whether a context after the arguments reaches its parameter, for any number of arguments. */
export type TakesContext<P extends readonly unknown[]> = P extends readonly never[]
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
