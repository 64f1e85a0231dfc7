import type { CacheStats } from '../cache/result-cache.ts';
import type { BulkheadMetrics } from '../patterns/bulkhead/bulkhead.ts';
import type { CircuitMetrics } from '../patterns/circuit-breaker/circuit-breaker.ts';
import type { RateLimiterMetrics } from '../patterns/rate-limiter/rate-limiter.ts';
import { readProperty } from '../platform/property.ts';
import { cachesOf } from './policy.ts';
import { type Registered, type Registry, registry } from './registry.ts';

/** How the parts of one function or policy are; what it does not have is absent. */
export interface Health {
  /** The state of its breaker, and what that has seen. */
  readonly circuitBreaker?: CircuitMetrics;
  /** What its limiter has left. */
  readonly rateLimiter?: RateLimiterMetrics;
  /** How full its bulkhead is. */
  readonly bulkhead?: BulkheadMetrics;
  /** Of a function: what its cache has counted. */
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
  return Object.fromEntries(
    from.names.map((name) => [name, healthOf(from.get(name) as Registered)]),
  );
}

function healthOf(member: Registered): Health {
  const { circuitBreaker, rateLimiter, bulkhead } = member;
  const cache = readProperty(member, 'cache') as Registered['cache'];
  const caches = statsOf(member);
  return {
    ...(circuitBreaker && { circuitBreaker: circuitBreaker.metrics }),
    ...(rateLimiter && { rateLimiter: rateLimiter.metrics }),
    ...(bulkhead && { bulkhead: bulkhead.metrics }),
    ...(cache && { cache: cache.stats }),
    ...(caches && { caches }),
  };
}

/** Functions of the same name are told apart by a number. */
function statsOf(policy: object): Record<string, CacheStats> | undefined {
  const stats = new Map<string, CacheStats>();
  for (const { name, cache } of cachesOf.get(policy) ?? []) {
    const live = cache.deref();
    if (!live) continue;
    let unique = name;
    for (let number = 2; stats.has(unique); number++) unique = `${name} (${number})`;
    stats.set(unique, live.stats);
  }
  return stats.size > 0 ? Object.fromEntries(stats) : undefined;
}
