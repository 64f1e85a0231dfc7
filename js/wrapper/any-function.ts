/**
 * Any function. The second signature keeps TypeScript from using the first one to infer the parameters of a function in
 * place: a parameter without a type is an error there in strict code, and else `any`, instead of `never`.
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
