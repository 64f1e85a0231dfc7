// What TypeScript says about holdfast/adaptive.
import { type CacheStats, type EvictionPolicy, ResultCache, resilient } from 'holdfast';
import { adaptive } from 'holdfast/adaptive';

const policy: EvictionPolicy = adaptive;
const cache = new ResultCache<number>({ maxSize: 10, policy });
new ResultCache({ policy: 'lru' });
new ResultCache({ policy: undefined });
resilient((id: number) => id, { cache: { policy: adaptive } });

// The name of the policy is one of two.
const stats: CacheStats = cache.stats;
const name: 'lru' | 'adaptive' = stats.policy;
// @ts-expect-error: stats are read-only
stats.policy = name;

// @ts-expect-error: a policy is the value of the entry, not its name
new ResultCache({ policy: 'adaptive' });
// @ts-expect-error: not a policy
new ResultCache({ policy: {} });
