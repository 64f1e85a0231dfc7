/** One run of a wrapped function with all its attempts, as the patterns see it. */
export class Call {
  readonly thisArg: unknown;
  readonly args: readonly unknown[];
  /** The cache key; `undefined` without a cache. */
  readonly key: unknown;
  /** The attempt under way, from 1. */
  attempt = 1;
  /** Whether the function has been called at all. */
  started = false;
  /** False when the result is one that `retryOnResult` still rejects: it is given back, but is no success. */
  acceptable = true;

  constructor(thisArg: unknown, args: readonly unknown[], key: unknown) {
    this.thisArg = thisArg;
    this.args = args;
    this.key = key;
  }
}
