declare const brand: unique symbol;

/**
 * The rules of an HTTP cache, a value of the option `cache`. `httpCache` of `holdfast/http` makes it. Each function that is
 * wrapped with it gets a cache of its own.
 */
export interface HttpCache {
  /** Tells it from other objects; it does not exist. */
  readonly [brand]: true;
}
