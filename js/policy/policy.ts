import type { ResultCache } from '../cache/result-cache.ts';
import { Options } from '../options/check.ts';
import type { Bulkhead } from '../patterns/bulkhead.ts';
import type { CircuitBreaker } from '../patterns/circuit-breaker.ts';
import type { RateLimiter } from '../patterns/rate-limiter.ts';
import { FIELDS, resilient } from '../resilient.ts';
import type { AnyFunction, Checked, IfGiven, Resilient, ResilientOptions } from '../types.ts';

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

/** A cache that a function wrapped by a policy has, held as long as somebody else holds it. */
export interface NamedCache {
  readonly name: string;
  readonly cache: WeakRef<ResultCache>;
}

/** The caches of the functions that a policy has wrapped. */
export const cachesOf = new WeakMap<object, ReadonlySet<NamedCache>>();

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
  const caches = new Set<NamedCache>();
  let pruneAt = 16;

  function apply(fn: AnyFunction, own?: ResilientOptions): unknown {
    const given = { ...shared, ...(own === undefined ? {} : readOptions(own)) };
    const result = resilient(fn, given);
    const cache = result.cache as ResultCache | undefined;
    if (cache) {
      caches.add({ name: given.name ?? (fn.name || 'anonymous'), cache: new WeakRef(cache) });
    }
    if (caches.size >= pruneAt) {
      for (const named of caches) if (!named.cache.deref()) caches.delete(named);
      pruneAt = 2 * caches.size;
    }
    return result;
  }
  cachesOf.set(apply, caches);
  return Object.assign(apply, { circuitBreaker, rateLimiter, bulkhead }) as unknown as Policy<O>;
}

/** The options that are there, each read once. */
export function readOptions(given: unknown): ResilientOptions {
  const options = new Options(given, '', FIELDS);
  const entries = FIELDS.map((name) => [name, options.read(name)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A copy that nobody else can change; fallbacks, clocks and shared objects stay what they are. */
function freeze(given: unknown): ResilientOptions {
  const { fallback, ...rest } = readOptions(given === undefined ? {} : given);
  const groups = mapValues(rest, (group) => (isPlain(group) ? mapValues(group, copyList) : group));
  return { ...(groups as ResilientOptions), fallback };
}

function copyList(value: unknown): unknown {
  return Array.isArray(value) ? [...value] : value;
}

function mapValues(fields: object, change: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
