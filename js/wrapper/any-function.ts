/**
 * Any function. Because of the second signature, TypeScript does not infer the parameters of a function expression from
 * the first one: a parameter without a type is an error in strict code, and `any` otherwise, instead of `never`.
 */
export interface AnyFunction {
  /** With any arguments. */
  (...args: never[]): unknown;
  /** With any arguments. */
  <_>(...args: never[]): unknown;
}

export type Callable<T, A extends unknown[], R> = unknown extends T
  ? (...args: A) => R
  : (this: T, ...args: A) => R;
