import { type EvictionPolicy, evictionAccess } from '../cache/eviction-policy.ts';
import { AdaptiveEntries } from './adaptive-entries.ts';

export type { EvictionPolicy };

/**
 * The value of the option `policy` for W-TinyLFU: an entry is kept for how often it was used lately, and new entries first
 * pass a window in the order of their use. The size of the window follows the hit ratio, up to the whole cache, which is
 * LRU then.
 *
 * @example
 * const cache = new ResultCache({ maxSize: 10_000, policy: adaptive });
 */
export const adaptive: EvictionPolicy = /* @__PURE__ */ makePolicy();

function makePolicy(): EvictionPolicy {
  const policy: EvictionPolicy = Object.freeze({ name: 'adaptive' });
  evictionAccess.grant(
    policy,
    (maxSize, clock, staleMs) => new AdaptiveEntries(maxSize, clock, staleMs),
  );
  return policy;
}
