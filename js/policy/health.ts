import type { CacheStats } from '../cache/result-cache.ts';
import type { BulkheadMetrics } from '../patterns/bulkhead.ts';
import type { CircuitMetrics } from '../patterns/circuit-breaker.ts';
import type { RateLimiterMetrics } from '../patterns/rate-limiter.ts';
import type { AnyFunction, ResilientMembers, ResilientOptions } from '../types.ts';
import { wrappedBy } from './policy.ts';
import { type Registered, type Registry, registry } from './registry.ts';

/** How the parts of one function or policy are; what it does not have is absent. */
export interface Health {
  readonly circuitBreaker?: CircuitMetrics;
  readonly rateLimiter?: RateLimiterMetrics;
  readonly bulkhead?: BulkheadMetrics;
  readonly cache?: CacheStats;
  /** Of a policy: the caches of the functions that it has wrapped, by their names. */
  readonly caches?: Readonly<Record<string, CacheStats>>;
}

/**
 * How everything in a registry is, as plain data that `JSON.stringify` takes: the state of each breaker, the load of
 * each limiter and bulkhead, the statistics of each cache.
 *
 * @param from Default: the program's {@link registry}.
 */
export function health(from: Registry = registry): Record<string, Health> {
  return Object.fromEntries(from.names.map((name) => [name, healthOf(from.get(name))]));
}

function healthOf(member: Registered | undefined): Health {
  const { circuitBreaker, rateLimiter, bulkhead } = member ?? {};
  const cache = member && 'cache' in member ? member.cache : undefined;
  const caches = member && cachesOf(member);
  return {
    ...(circuitBreaker && { circuitBreaker: circuitBreaker.metrics }),
    ...(rateLimiter && { rateLimiter: rateLimiter.metrics }),
    ...(bulkhead && { bulkhead: bulkhead.metrics }),
    ...(cache && { cache: cache.stats }),
    ...(caches && { caches }),
  };
}

/** Functions of the same name are told apart by a number. */
function cachesOf(policy: object): Record<string, CacheStats> | undefined {
  const caches: Record<string, CacheStats> = {};
  for (const reference of wrappedBy.get(policy) ?? []) {
    const wrapped = reference.deref() as
      | (ResilientMembers<AnyFunction, ResilientOptions> & { name: string })
      | undefined;
    const cache = wrapped?.cache as { stats: CacheStats } | undefined;
    if (!wrapped || !cache) continue;
    let name = wrapped.name;
    for (let number = 2; Object.hasOwn(caches, name); number++)
      name = `${wrapped.name} (${number})`;
    caches[name] = cache.stats;
  }
  return Object.keys(caches).length > 0 ? caches : undefined;
}
