// Adaptive eviction in any runtime, as cases of a function of the package. The cases need only the language.
import { equal, same } from './expect.js';
import { runCases } from './run-cases.js';

/** Requests keys in turn, puts those that are absent, and returns how many were there. */
function request(cache, length, keyAt) {
  let hits = 0;
  for (let index = 0; index < length; index++) {
    const key = keyAt(index);
    if (cache.get(key) === undefined) cache.put(key, index);
    else hits++;
  }
  return hits;
}

export const adaptiveEviction = {
  'policy: adaptive has hits in a loop larger than the cache'({ ResultCache, adaptive }) {
    const size = { maxSize: 200, ttl: 0 };
    equal(
      request(new ResultCache(size), 20_000, (index) => index % 400),
      0,
    );
    for (const keyAt of [(index) => index % 400, (index) => `key ${index % 400}`]) {
      const cache = new ResultCache({ ...size, policy: adaptive });
      equal(request(cache, 20_000, keyAt) > 5_000, true);
      equal(cache.size, 200);
      equal(cache.stats.policy, 'adaptive');
    }
  },

  'an adaptive cache that grows keeps its entries and their order'({ ResultCache, adaptive }) {
    const caches = [1, 2].map(() => new ResultCache({ maxSize: 5_000, ttl: 0, policy: adaptive }));
    for (let key = 0; key < 5_000; key++) for (const cache of caches) cache.put(key, key);
    for (const cache of caches) {
      equal(cache.get(0), 0);
      equal(cache.size, 5_000);
      same([...cache.keys()].slice(-2), [4_999, 0]);
    }
  },

  'policy: adaptive works in the cache of a function'({ resilient, adaptive }) {
    let runs = 0;
    const load = resilient((id) => ++runs && id, { cache: { maxSize: 10, policy: adaptive } });
    equal(load(1) + load(1), 2);
    equal(runs, 1);
    equal(load.cache.stats.policy, 'adaptive');
  },

  'a cache with advice tells that a loop fits into twice its size'({ ResultCache, advice }) {
    const cache = new ResultCache({ maxSize: 200, ttl: 0, advice });
    equal(
      request(cache, 20_000, (index) => `key ${index % 300}`),
      0,
    );
    const { hitRatio, atHalf, atDouble } = cache.advice();
    same([hitRatio, atHalf], [0, 0]);
    equal(atDouble > 0.95, true);
    same(
      cache.missRatioCurve().points.map(({ size }) => size),
      [50, 71, 100, 141, 200, 283, 400, 566, 800],
    );
    equal(cache.stats.policy, 'lru');
  },
};

export const conformAdaptive = (holdfast) => runCases(adaptiveEviction, holdfast);
