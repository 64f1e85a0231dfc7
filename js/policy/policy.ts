import { ResultCache } from '../cache/result-cache.ts';
import { namesOf, Options } from '../options/check.ts';
import { allPatterns, isSharedInstance, sharedOptions } from '../patterns/index.ts';
import { bareCopy, hasProperty } from '../platform/property.ts';
import { Weak, whenCollected } from '../platform/weak.ts';
import type { AnyFunction } from '../wrapper/any-function.ts';
import { CALL_CACHE_FIELDS, preparedCaches } from '../wrapper/cache-option.ts';
import type { Checked } from '../wrapper/checked-options.ts';
import type { CacheOptions, ResilientOptions } from '../wrapper/options.ts';
import { optionFields, resilient } from '../wrapper/resilient.ts';
import type { Resilient, SharedMembers } from '../wrapper/signature.ts';

/** Wraps functions, all with the same options; see {@link policy}. */
export interface Policy<O = ResilientOptions> extends SharedMembers<O> {
  /**
   * Wraps a function.
   * @param options options of this function, which replace options of the policy with the same names
   * @throws TypeError, RangeError
   */
  <F extends AnyFunction, const P extends ResilientOptions<F>>(
    fn: F,
    options: (P & Checked<P>) | undefined,
  ): Resilient<F, Omit<O, keyof P> & P>;
  /** Wraps a function with the options of the policy. */
  <F extends AnyFunction>(fn: F): Resilient<F, O>;
}

/** The cache of a function that a policy wrapped. */
export interface NamedCache {
  readonly name: string;
  readonly cache: Pick<WeakRef<ResultCache>, 'deref'>;
}

/** The caches of the functions that each policy wrapped. */
export const cachesOf = new WeakMap<object, ReadonlySet<NamedCache>>();

/**
 * Options for many functions. The functions share one circuit breaker, one rate limiter and one bulkhead; each function
 * has its own cache. The options are read once: later changes of the objects have no effect.
 *
 * @example
 * const api = policy({ circuitBreaker: {}, bulkhead: { maxConcurrent: 5 }, retry: {} });
 * const getUser = api(fetchUser, { cache: true });
 * const getOrders = api(fetchOrders);
 *
 * @throws TypeError for an option of a wrong type or with an unknown name
 * @throws RangeError for a wrong value
 */
export function policy<const O extends ResilientOptions>(
  options?: O & Checked<O>,
): Policy<O> & Policy {
  const settings = readOptions(options);
  const reader = new Options(settings, '', optionFields());
  reader.readFunction('onEvent');
  reader.readString('name', '');
  // Validates the other options by wrapping a dummy function. It has no listeners, and no name in a shared cache. It is
  // no `fetch`, which needs no `weigh`.
  const cache = weighed(settings.cache);
  const probe = resilient(() => {}, {
    ...settings,
    cache,
    name: undefined,
    onEvent: undefined,
    http: settings.http ?? preparedCaches.has(cache as object),
  });
  // The memory of its cache would be free again only after a garbage collection.
  if (!isShared(cache)) probe.cache?.[Symbol.dispose]();
  const shared: Partial<SharedMembers<ResilientOptions>> = Object.fromEntries(
    sharedOptions().map((option) => [option, probe[option]]),
  );
  const caches = new Set<NamedCache>();

  function apply(fn: AnyFunction, own?: ResilientOptions): unknown {
    const merged = bareCopy<ResilientOptions>(settings, shared, readOptions(own));
    const wrapped = resilient(fn, merged);
    const cache = wrapped.cache as ResultCache | undefined;
    if (cache) {
      const named = { name: merged.name ?? (fn.name || 'anonymous'), cache: new Weak(cache) };
      caches.add(named);
      whenCollected(cache, () => caches.delete(named));
    }
    return wrapped;
  }
  cachesOf.set(apply, caches);
  return Object.assign(apply, shared) as unknown as Policy<O> & Policy;
}

function weighed(cache: ResilientOptions['cache']): ResilientOptions['cache'] {
  if (!isPlain(cache) || cache.maxWeight === undefined || cache.weigh !== undefined) return cache;
  return { ...cache, weigh: () => 0 };
}

/** Whether the option `cache` is a cache that functions share, or has one. */
function isShared(cache: ResilientOptions['cache']): boolean {
  return cache instanceof ResultCache || (cache as CacheOptions | undefined)?.store !== undefined;
}

/** A copy of the options and of their fields, without those that are `undefined`. Each is read once. */
export function readOptions(options: unknown): ResilientOptions {
  const reader = new Options(options, '', optionFields());
  const entries = namesOf(optionFields()).map(
    (name) => [name, copyOption(name, reader.readField(name))] as const,
  );
  return bareCopy(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

/** Values that are not option groups (clocks, shared instances) pass through unchanged. */
function copyOption(name: string, value: unknown): unknown {
  const pattern = allPatterns().find(({ option }) => option === name);
  const fields = name === 'cache' ? CALL_CACHE_FIELDS : pattern?.fields;
  if (!fields || typeof value !== 'object' || value === null) return value;
  if (value instanceof ResultCache || isSharedInstance(value) || preparedCaches.has(value)) {
    return value;
  }
  if (pattern?.isOptions?.(value) === false) return value;
  const reader = new Options(value, name, fields);
  const present = namesOf(fields).filter((field) => hasProperty(value, field));
  return Object.fromEntries(
    present.map((field) => {
      const member = reader.readField(field);
      return [field, Array.isArray(member) ? [...member] : member];
    }),
  );
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
