import {
  type AdviceOption,
  type EvictionPolicy,
  evictionAccess,
} from '../cache/eviction-policy.ts';
import { AdaptiveEntries } from './adaptive-entries.ts';
import { AdvisedEntries } from './advised-entries.ts';

export type { AdviceOption, EvictionPolicy };

/**
 * The value of the option `policy` for W-TinyLFU: an entry is kept for how often it was used lately, and new entries first
 * pass a window in the order of their use. The size of the window follows the hit ratio, up to the whole cache, which is
 * LRU then.
 *
 * @example
 * const cache = new ResultCache({ maxSize: 10_000, policy: adaptive });
 */
export const adaptive: EvictionPolicy = /* @__PURE__ */ makePolicy();

/**
 * The value of the option `advice`: `cache.missRatioCurve()` and `cache.advice()` tell then what other sizes would change.
 * Eviction stays that of `policy: 'lru'`.
 *
 * @example
 * const cache = new ResultCache({ maxSize: 10_000, advice });
 * console.log(cache.advice()?.text); // once there are 1,000 samples
 */
export const advice: AdviceOption = /* @__PURE__ */ makeAdvice();

function makePolicy(): EvictionPolicy {
  const policy: EvictionPolicy = Object.freeze({ name: 'adaptive' });
  evictionAccess.grant(policy, {
    policy: (maxSize, clock, staleMs) => new AdaptiveEntries(maxSize, clock, staleMs),
  });
  return policy;
}

function makeAdvice(): AdviceOption {
  const option: AdviceOption = Object.freeze({ name: 'advice' });
  evictionAccess.grant(option, {
    advice: (maxSize, clock, staleMs) => new AdvisedEntries(maxSize, clock, staleMs),
  });
  return option;
}
