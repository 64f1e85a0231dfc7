import { ResultCache } from '../cache/result-cache.ts';
import { nameOf, Options } from '../options/check.ts';
import { BULKHEAD_FIELDS, Bulkhead } from '../patterns/bulkhead/bulkhead.ts';
import { BREAKER_FIELDS, CircuitBreaker } from '../patterns/circuit-breaker/circuit-breaker.ts';
import { FALLBACK_FIELDS, hasFields } from '../patterns/fallback/fallback.ts';
import { HEDGE_FIELDS } from '../patterns/hedge/hedge.ts';
import { LIMITER_FIELDS, RateLimiter } from '../patterns/rate-limiter/rate-limiter.ts';
import { RETRY_FIELDS } from '../patterns/retry/retry.ts';
import { TIMEOUT_FIELDS } from '../patterns/timeout/timeout.ts';
import { bareCopy, hasProperty } from '../platform/property.ts';
import { Weak, whenCollected } from '../platform/weak.ts';
import { CALL_CACHE_FIELDS, FIELDS, resilient } from '../wrapper/resilient.ts';
import type {
  AnyFunction,
  Checked,
  IfGiven,
  Resilient,
  ResilientOptions,
} from '../wrapper/types.ts';

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
   * Wraps a function.
   * @param options of this function alone, in the place of the policy's of the same names
   * @throws TypeError, RangeError
   */
  <F extends AnyFunction, const P extends ResilientOptions<F>>(
    fn: F,
    options: (P & Checked<P>) | undefined,
  ): Resilient<F, Omit<O, keyof P> & P>;
  /** Wraps a function with the policy's options alone. */
  <F extends AnyFunction>(fn: F): Resilient<F, O>;
}

/** The fields of each option that is an object of options. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  cache: CALL_CACHE_FIELDS,
  fallback: FALLBACK_FIELDS,
  circuitBreaker: BREAKER_FIELDS,
  rateLimiter: LIMITER_FIELDS,
  bulkhead: BULKHEAD_FIELDS,
  retry: RETRY_FIELDS,
  timeout: TIMEOUT_FIELDS,
  hedge: HEDGE_FIELDS,
};

/** A cache that a function wrapped by a policy has, held as long as somebody else holds it. */
export interface NamedCache {
  readonly name: string;
  readonly cache: Pick<WeakRef<ResultCache>, 'deref'>;
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
export function policy<const O extends ResilientOptions>(
  options?: O & Checked<O>,
): Policy<O> & Policy {
  const settings = readOptions(options);
  new Options(settings, '', FIELDS).function('onEvent');
  // Validates the options by wrapping a dummy function without listeners.
  const probe = resilient(() => {}, { ...settings, onEvent: undefined });
  // Its cache takes memory that would otherwise be free only after a garbage collection.
  if (probe.cache !== settings.cache) probe.cache?.[Symbol.dispose]();
  const { circuitBreaker, rateLimiter, bulkhead } = probe as PolicyMembers<ResilientOptions>;
  const shared: ResilientOptions = { ...settings, circuitBreaker, rateLimiter, bulkhead };
  const caches = new Set<NamedCache>();

  function apply(fn: AnyFunction, own?: ResilientOptions): unknown {
    const given = bareCopy(shared, readOptions(own));
    const result = resilient(fn, given);
    const cache = result.cache as ResultCache | undefined;
    if (cache) {
      const named = { name: given.name ?? (fn.name || 'anonymous'), cache: new Weak(cache) };
      caches.add(named);
      whenCollected(cache, () => caches.delete(named));
    }
    return result;
  }
  cachesOf.set(apply, caches);
  return Object.assign(apply, { circuitBreaker, rateLimiter, bulkhead }) as unknown as Policy<O> &
    Policy;
}

/** A copy of the options that are set and of their fields, each read once. */
export function readOptions(given: unknown): ResilientOptions {
  const options = new Options(given, '', FIELDS);
  const entries = FIELDS.map(nameOf).map(
    (name) => [name, readGroup(name, options.read(name))] as const,
  );
  return bareCopy(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

/** Values that are not option groups (clocks, shared instances) pass through unchanged. */
function readGroup(name: string, given: unknown): unknown {
  const fields = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
  if (!fields || typeof given !== 'object' || given === null || isShared(given)) return given;
  if (name === 'fallback' && !hasFields(given)) return given;
  const group = new Options(given, name, fields);
  const present = fields.map(nameOf).filter((field) => hasProperty(given, field));
  return Object.fromEntries(
    present.map((field) => {
      const value = group.read(field);
      return [field, Array.isArray(value) ? [...value] : value];
    }),
  );
}

function isShared(given: object): boolean {
  return [ResultCache, CircuitBreaker, RateLimiter, Bulkhead].some((Part) => given instanceof Part);
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
