import type { CacheStats } from '../cache/result-cache.ts';
import { sharedOptions } from '../patterns/index.ts';
import type { SharedInstances } from '../patterns/pattern-options.ts';
import { readProperty } from '../platform/property.ts';
import { cachesOf } from './policy.ts';
import { type Registered, type Registry, registry } from './registry.ts';

/** The metrics of the shared instances of one function or policy. */
type SharedMetrics = {
  readonly [K in keyof SharedInstances]?: SharedInstances[K]['metrics'];
};

/** A snapshot of one function or policy. Parts that it does not have are absent. */
export interface Health extends SharedMetrics {
  /** The statistics of a function's cache. */
  readonly cache?: CacheStats;
  /** The statistics of the caches of the functions that a policy wrapped, by function name. */
  readonly caches?: Readonly<Record<string, CacheStats>>;
}

/**
 * A snapshot of all members of a registry, as plain data that `JSON.stringify` accepts: the metrics of circuit
 * breakers, rate limiters and bulkheads, and the statistics of caches.
 *
 * @param from Default: {@link registry}.
 */
export function health(from: Registry = registry): Record<string, Health> {
  return Object.fromEntries(
    from.names.map((name) => [name, healthOf(from.get(name) as Registered)]),
  );
}

function healthOf(member: Registered): Health {
  const parts = [
    ...sharedOptions().map((option) => [option, member[option]?.metrics] as const),
    ['cache', (readProperty(member, 'cache') as Registered['cache'])?.stats] as const,
    ['caches', statsOf(member)] as const,
  ];
  return Object.fromEntries(parts.filter(([, part]) => part));
}

/** A number distinguishes functions with the same name. */
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
