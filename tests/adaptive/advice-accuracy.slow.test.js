import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { adaptive, advice } from 'holdfast/adaptive';
import { manualClock } from '../support/manual-clock.js';
import { request, skewed } from '../support/request-keys.js';

/** How far the curve is off at half and twice the size, in points. */
function errorsOf(keys, maxSize, options) {
  const run = (size, more) => {
    const clock = manualClock();
    return request(new ResultCache({ ...options, ...more, maxSize: size, clock }), keys, clock);
  };
  const { points } = run(maxSize, options.policy ? {} : { advice }).missRatioCurve();
  return [maxSize / 2, maxSize * 2].map((size) => {
    const { hitRatio } = points.find((point) => point.size === size);
    return 100 * Math.abs(hitRatio - run(size, { policy: 'lru' }).stats.hitRate);
  });
}

describe('the curve is close to what caches of these sizes have', () => {
  it('the curve is close to the hit ratios of caches of these sizes', () => {
    for (const maxSize of [60, 1_000]) {
      const errors = errorsOf(skewed(100_000, 20_000), maxSize, { ttl: 0 });
      assert.ok(Math.max(...errors) < 3, `${errors} points at ${maxSize}`);
    }
  });

  it('the curve is close to the hit ratios of caches for a few entries', () => {
    for (const policy of ['lru', adaptive]) {
      for (const maxSize of [2, 4, 8]) {
        const keys = skewed(100_000, 6 * maxSize, 2);
        const errors = errorsOf(keys, maxSize, policy === 'lru' ? { ttl: 0 } : { ttl: 0, policy });
        assert.ok(Math.max(...errors) < 3, `${errors} points at ${maxSize}`);
      }
    }
  });

  it('the curve is close to the hit ratios of caches whose entries expire', () => {
    for (const ttl of ['300ms', '5s']) {
      const errors = errorsOf(skewed(100_000, 20_000), 1_000, { ttl });
      assert.ok(Math.max(...errors) < 3, `${errors} points with ttl ${ttl}`);
    }
  });

  it('the curve is close where half of the entries expire soon, and the others never', () => {
    const run = (maxSize, count, options) => {
      const clock = manualClock();
      const cache = new ResultCache({ ...options, maxSize, clock });
      for (let index = 0; index < 100_000; index++) {
        clock.time++;
        const key = index % 2 ? `soon ${index % (2 * count)}` : (index / 2) % 150;
        if (cache.get(key) === undefined) cache.put(key, index, { ttl: index % 2 ? '20ms' : 0 });
      }
      return cache;
    };
    // Some ten entries are fresh besides the 150. The others, which have expired, need no place. They are removed to make
    // room, or, of 240 keys, when they are requested again.
    for (const options of [{ advice }, { policy: adaptive }]) {
      for (const count of [50_000, 240]) {
        const { atHalf } = run(400, count, options).advice();
        assert.ok(Math.abs(atHalf - run(200, count).stats.hitRate) < 0.01, `${count}: ${atHalf}`);
      }
    }
  });

  it('the curve of a cache with policy adaptive is that of LRU, without the option advice', () => {
    const keys = skewed(100_000, 20_000);
    for (const options of [{}, { advice }]) {
      const errors = errorsOf(keys, 1_000, { ttl: 0, policy: adaptive, ...options });
      assert.ok(Math.max(...errors) < 4, `${errors} points`);
    }
  });
});
