import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { adaptive, advice } from 'holdfast/adaptive';
import { manualClock } from '../support/manual-clock.js';
import { looping, request, skewed } from '../support/request-keys.js';

describe('missRatioCurve and advice', () => {
  it('a cache without the option advice returns undefined', () => {
    const cache = request(new ResultCache({ maxSize: 100 }), skewed(50_000, 1_000));
    assert.equal(cache.missRatioCurve(), undefined);
    assert.equal(cache.advice(), undefined);
    for (const off of [undefined, false]) {
      assert.equal(
        request(new ResultCache({ advice: off }), looping(5_000, 9)).advice(),
        undefined,
      );
    }
  });

  it('another value of advice is refused with a message that names what is accepted', () => {
    for (const value of [true, 'advice', {}, adaptive, { name: 'advice' }, null]) {
      const message = /advice must be false, or advice of 'holdfast\/adaptive'/;
      assert.throws(() => new ResultCache({ advice: value }), { name: 'TypeError', message });
      const cache = { advice: value };
      assert.throws(() => resilient(() => {}, { cache }), { name: 'TypeError', message });
    }
    const message = /policy must be 'lru', or adaptive of 'holdfast\/adaptive'/;
    assert.throws(() => new ResultCache({ policy: advice }), { name: 'TypeError', message });
  });

  it('a cache with advice returns undefined until there are 1,000 samples', () => {
    const cache = new ResultCache({ maxSize: 50, advice });
    for (const key of looping(990, 100)) request(cache, [key]);
    assert.equal(cache.missRatioCurve(), undefined);
    assert.equal(cache.advice(), undefined);
    request(cache, looping(500, 100));
    assert.equal(cache.missRatioCurve().requests, 1_490);
    assert.equal(cache.advice().hitRatio, 0);
  });

  it('hits are samples, too', () => {
    const cache = request(new ResultCache({ maxSize: 50, advice }), looping(2_000, 10));
    assert.equal(cache.advice(), undefined);
    request(cache, looping(20_000, 10));
    const { hitRatio, atHalf, atDouble } = cache.advice();
    assert.equal(hitRatio, cache.stats.hitRate);
    assert.ok(atHalf > 0.99 && atHalf <= hitRatio && atDouble === hitRatio);
  });

  it('the curve has sizes from a quarter to four times maxSize, and rises', () => {
    const cache = request(new ResultCache({ maxSize: 400, advice }), skewed(50_000, 5_000));
    const curve = cache.missRatioCurve();
    assert.equal(curve.policy, 'lru');
    assert.equal(curve.requests, 50_000);
    const sizes = curve.points.map(({ size }) => size);
    assert.deepEqual(sizes, [100, 141, 200, 283, 400, 566, 800, 1_131, 1_600]);
    const ratios = curve.points.map(({ hitRatio }) => hitRatio);
    assert.ok(ratios.every((ratio, index) => ratio > (ratios[index - 1] ?? 0) && ratio < 1));
    assert.equal(ratios[4], cache.stats.hitRate, 'that of the size itself is known');
    assert.ok([curve, curve.points, curve.points[0], cache.advice()].every(Object.isFrozen));
    assert.deepEqual(structuredClone(curve), JSON.parse(JSON.stringify(curve)), 'plain data');
  });

  it('a cache for one entry has a curve without a size below it', () => {
    const cache = request(new ResultCache({ maxSize: 1, advice }), looping(3_000, 3));
    const points = cache.missRatioCurve().points.map(({ size, hitRatio }) => [size, hitRatio]);
    assert.deepEqual(
      points.map(([size]) => size),
      [1, 2, 3, 4],
    );
    assert.ok(points[1][1] < 0.01 && points[2][1] > 0.99);
  });

  for (const [policy, options] of Object.entries({
    lru: { advice },
    adaptive: { policy: adaptive },
  })) {
    it(`after resize, the estimates of a cache with policy ${policy} are those of its new size`, () => {
      const keys = skewed(100_000, 20_000);
      for (const [from, to] of [
        [2_000, 500],
        [500, 2_000],
      ]) {
        const cache = request(new ResultCache({ ...options, ttl: 0, maxSize: from }), keys);
        cache.resize(to);
        assert.equal(cache.advice(), undefined);
        request(cache, keys);
        const { lruHitRatio, atHalf, atDouble } = cache.advice();
        const errors = [lruHitRatio, atHalf, atDouble].map((estimate, index) => {
          const maxSize = to * [1, 0.5, 2][index];
          const { hitRate } = request(new ResultCache({ ttl: 0, maxSize }), keys).stats;
          return 100 * Math.abs(estimate - hitRate);
        });
        assert.ok(Math.max(...errors) < 4, `${errors} points after ${from} to ${to}`);
      }
    });
  }

  it('a cache without hits at twice the size says so', () => {
    const cache = request(new ResultCache({ maxSize: 10, advice }), looping(30_000, 1_000));
    assert.match(cache.advice().text, /^Almost no request/);
  });

  it('a loop that fits into twice the size has its hits there', () => {
    for (const [name, keyOf] of Object.entries({ numbers: Number, text: (key) => `key ${key}` })) {
      const keys = looping(30_000, 1_500).map(keyOf);
      const { hitRatio, atHalf, atDouble, text } = request(
        new ResultCache({ maxSize: 1_000, ttl: 0, advice }),
        keys,
      ).advice();
      assert.deepEqual([hitRatio, atHalf], [0, 0]);
      assert.ok(Math.abs(atDouble - 0.95) < 0.02, `${name}: ${atDouble}`);
      assert.match(text, /^Twice the size would raise the hit ratio from 0 % to 9\d(\.\d)? %\.$/);
    }
  });

  it('entries that were removed do not count for a larger cache', () => {
    const clock = manualClock();
    const cache = new ResultCache({ maxSize: 1_000, ttl: '1s', clock, advice });
    request(cache, looping(60_000, 1_500), clock);
    const { atDouble, text } = cache.advice();
    assert.ok(atDouble < 0.01, `${atDouble}: each entry has expired when it is requested again`);
    assert.match(text, /^Almost no request/);
  });

  it('entries that are invalidated soon leave their places to others at half the size', () => {
    const cache = new ResultCache({ maxSize: 1_000, ttl: 0, advice });
    for (let index = 0; index < 30_000; index++) {
      request(cache, [index % 300, -1 - index]);
      cache.invalidate(-1 - index);
    }
    const { hitRatio, atHalf } = cache.advice();
    assert.ok(Math.abs(hitRatio - 0.495) < 0.001, `${hitRatio}`);
    assert.ok(hitRatio - atHalf < 0.02, `${atHalf}: 301 entries are enough`);
  });

  it('advice says when the size is right', () => {
    const keys = looping(60_000, 90).map((key, index) => (index % 20 ? key : -index));
    const cache = request(new ResultCache({ maxSize: 120, ttl: 0, advice }), keys);
    const { hitRatio, atHalf, lruHitRatio, text } = cache.advice();
    assert.equal(lruHitRatio, hitRatio);
    assert.ok(atHalf < 0.05);
    assert.match(
      text,
      /^The size is right: the hit ratio is 9\d(\.\d)? %, twice the size would give 9\d(\.\d)? %, half would give \d(\.\d)? %\.$/,
    );
  });

  it('advice on a cache with policy adaptive compares it with LRU', () => {
    const cache = new ResultCache({ maxSize: 500, ttl: 0, policy: adaptive });
    const { hitRatio, lruHitRatio, text } = request(cache, looping(60_000, 900)).advice();
    assert.equal(hitRatio, cache.stats.hitRate);
    assert.ok(lruHitRatio < 0.02 && hitRatio > 0.3, `${lruHitRatio}, ${hitRatio}`);
    assert.match(
      text,
      /^The hit ratio is \d\d(\.\d)? %\. Twice the size would raise the hit ratio of LRU from [01](\.\d)? % to 9\d(\.\d)? %\.$/,
    );
  });

  it('confidence rises with the requests', () => {
    const cache = new ResultCache({ maxSize: 1_000, ttl: 0, advice });
    const seen = new Set();
    for (let part = 0; part < 20; part++) {
      request(cache, skewed(5_000, 20_000));
      seen.add(cache.advice()?.confidence);
    }
    assert.deepEqual([...seen].filter(Boolean), ['low', 'medium', 'high']);
  });

  it('a cache that its weight limits has a curve around the number of its entries', () => {
    const cache = new ResultCache({ maxWeight: 3_000, weigh: () => 10, ttl: 0, advice });
    request(cache, skewed(50_000, 5_000));
    const { points } = cache.missRatioCurve();
    assert.ok(Math.abs(points[4].size - 300) <= 1, `${points[4].size}`);
    const exact = request(new ResultCache({ maxSize: 600, ttl: 0 }), skewed(50_000, 5_000));
    assert.ok(Math.abs(points[6].hitRatio - exact.stats.hitRate) < 0.03);
  });

  it('puts that replace an entry are no requests', () => {
    const cache = new ResultCache({ maxSize: 100, ttl: 0, advice });
    for (const key of skewed(40_000, 1_000)) {
      request(cache, [key]);
      cache.put(key, 'new');
    }
    assert.equal(cache.missRatioCurve().requests, 40_000);
    assert.equal(cache.advice().hitRatio, cache.stats.hitRate);
    const exact = request(new ResultCache({ maxSize: 50, ttl: 0 }), skewed(40_000, 1_000));
    assert.ok(Math.abs(cache.advice().atHalf - exact.stats.hitRate) < 0.03);
  });

  it('after resize the curve has other sizes, and counts the requests since then', () => {
    const cache = request(new ResultCache({ maxSize: 400, ttl: 0, advice }), skewed(50_000, 5_000));
    cache.resize(400);
    assert.equal(cache.missRatioCurve().requests, 50_000);
    for (const maxSize of [100, 2_000]) {
      cache.resize(maxSize);
      request(cache, skewed(40_000, 5_000));
      const { requests, points } = cache.missRatioCurve();
      assert.equal(points[4].size, maxSize);
      // Hits before the next sample may not count.
      assert.ok(requests > 39_700 && requests <= 40_000, `${requests}`);
    }
  });

  it('clear forgets the samples, and a cache that was disposed of throws', () => {
    for (const option of [{ advice }, { policy: adaptive }]) {
      const cache = new ResultCache({ maxSize: 100, ttl: 0, ...option });
      request(cache, skewed(20_000, 1_000));
      assert.ok(cache.advice());
      cache.clear();
      assert.equal(cache.advice(), undefined);
      request(cache, skewed(20_000, 1_000));
      assert.equal(cache.missRatioCurve().requests, 20_000);
      cache[Symbol.dispose]();
      assert.throws(() => cache.missRatioCurve(), /disposed/);
      assert.throws(() => cache.advice(), /disposed/);
    }
    assert.throws(() => {
      const cache = new ResultCache();
      cache[Symbol.dispose]();
      cache.advice();
    }, /disposed/);
  });

  it('a wrapped function has the curve of its cache', async () => {
    const double = resilient((n) => 2 * n, { cache: { maxSize: 50, ttl: 0, advice } });
    for (const key of skewed(20_000, 500)) double(key);
    assert.ok(double.cache.advice().atDouble > double.cache.advice().hitRatio);
    const load = resilient(async (n, { factor }) => factor * n, {
      cache: { maxSize: 50, ttl: 0, advice },
    });
    for (const key of skewed(5_000, 500)) await load(key, { factor: 2 });
    const { hitRatio, atDouble } = load.cache.advice();
    assert.equal(hitRatio, load.cache.stats.hitRate);
    assert.ok(atDouble > hitRatio + 0.02, 'keys of several arguments have a history');
  });
});
