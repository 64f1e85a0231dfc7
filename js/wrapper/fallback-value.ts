import type { AnyFunction } from './any-function.ts';

/** The type of the fallback's value; `never` without one, and if it is a type of the function's results. */
export type FallbackFor<F extends AnyFunction, O> = [FallbackValue<O>] extends [
  Awaited<ReturnType<F>>,
]
  ? never
  : [FallbackValue<O, 'widened'>] extends [Awaited<ReturnType<F>>]
    ? never
    : FallbackValue<O, 'widened'>;

/** The type of the fallback's value, as inferred or widened; `never` without one. */
export type FallbackValue<O, As = 'inferred'> = O extends { readonly fallback: infer Fallback }
  ? Fallback extends { readonly handler: infer Handler }
    ? HandlerValue<Handler, As>
    : HandlerValue<Exclude<Fallback, undefined>, As>
  : never;

type HandlerValue<Handler, As> = Handler extends (...args: never[]) => infer Value
  ? Awaited<Value>
  : As extends 'widened'
    ? Widened<Handler>
    : Handler;

/** Undoes a `const` type parameter, which infers literals and tuples, also inside of plain objects. */
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
