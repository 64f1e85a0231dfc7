import { Options } from '../options/check.ts';
import type { Bulkhead } from '../patterns/bulkhead.ts';
import type { CircuitBreaker } from '../patterns/circuit-breaker.ts';
import type { RateLimiter } from '../patterns/rate-limiter.ts';
import { FIELDS, resilient } from '../resilient.ts';
import type {
  AnyFunction,
  Checked,
  IfGiven,
  Resilient,
  ResilientMembers,
  ResilientOptions,
} from '../types.ts';

/** What the members of {@link Policy} and of wrapped functions tell of. */
export interface PolicyMembers<O> {
  /** The breaker that its functions share; `undefined` without one. */
  readonly circuitBreaker: IfGiven<O, 'circuitBreaker', CircuitBreaker>;
  /** The limiter that its functions share; `undefined` without one. */
  readonly rateLimiter: IfGiven<O, 'rateLimiter', RateLimiter>;
  /** The bulkhead that its functions share; `undefined` without one. */
  readonly bulkhead: IfGiven<O, 'bulkhead', Bulkhead>;
}

/** Wraps functions, all with the same options; see {@link policy}. */
export interface Policy<O = ResilientOptions> extends PolicyMembers<O> {
  /**
   * @param options of this function alone, in the place of the policy's of the same names
   * @throws TypeError, RangeError
   */
  <F extends AnyFunction, const P extends ResilientOptions<F> = object>(
    fn: F,
    options?: P & Checked<P>,
  ): Resilient<F, Omit<O, keyof P> & P>;
}

/** The functions that a policy has wrapped and that are still in use. */
export const wrappedBy = new WeakMap<
  object,
  Set<WeakRef<ResilientMembers<AnyFunction, ResilientOptions>>>
>();

/**
 * Options for many functions: what it wraps shares one circuit breaker, one rate limiter and one bulkhead, and each
 * function caches its own results. The options are read once: what becomes of the objects later does not count.
 *
 * @example
 * const api = policy({ circuitBreaker: {}, bulkhead: { maxConcurrent: 5 }, retry: {} });
 * const getUser = api(fetchUser, { cache: true });
 * const getOrders = api(fetchOrders);
 *
 * @throws TypeError, RangeError
 */
export function policy<const O extends ResilientOptions>(options?: O & Checked<O>): Policy<O> {
  const settings = freeze(options);
  // Wraps a function for nothing, so that wrong options are refused here.
  const { circuitBreaker, rateLimiter, bulkhead } = resilient(() => {}, settings);
  const shared = Object.freeze({ ...settings, circuitBreaker, rateLimiter, bulkhead });
  const wrapped = new Set<WeakRef<ResilientMembers<AnyFunction, ResilientOptions>>>();

  function apply(fn: AnyFunction, own?: ResilientOptions): unknown {
    const given = own === undefined ? {} : readOptions(own);
    const result = resilient(fn, { ...shared, ...given });
    for (const reference of wrapped) if (!reference.deref()) wrapped.delete(reference);
    wrapped.add(new WeakRef(result));
    return result;
  }
  wrappedBy.set(apply, wrapped);
  return Object.assign(apply, { circuitBreaker, rateLimiter, bulkhead }) as unknown as Policy<O>;
}

/** The options that are there, each read once. */
export function readOptions(given: unknown): ResilientOptions {
  const options = new Options(given, '', FIELDS);
  const entries = FIELDS.map((name) => [name, options.read(name)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A copy that nobody else can change; fallbacks and shared objects stay what they are. */
function freeze(given: unknown): ResilientOptions {
  const entries = Object.entries(readOptions(given === undefined ? {} : given));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      name !== 'fallback' && isPlain(value) ? { ...value } : value,
    ]),
  );
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
