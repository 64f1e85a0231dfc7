import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents, removals } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';

/** A cache with windows of 10 s and the entries `a` and `b`, at the time 2,000. */
function filled(options) {
  const clock = manualClock();
  const cache = new ResultCache({ ttl: 60, staleIfError: 10, clock, ...options });
  cache.put('a', 1).put('b', 2);
  clock.time = 2_000;
  return { cache, clock };
}

describe('expire without windows is invalidate', () => {
  it('expire without windows removes an entry and returns whether it was fresh', () => {
    const { cache } = filled({ staleIfError: 0 });
    const events = cacheEvents(cache);
    const left = removals(cache);
    assert.equal(cache.expire('a'), true);
    assert.equal(cache.expire('a'), false);
    assert.equal(cache.expire('never put'), false);
    assert.deepEqual([cache.info('a'), cache.size], [undefined, 1]);
    assert.deepEqual(left, [['invalidate', 'a', 1]]);
    assert.deepEqual(events, []);
    const { hits, misses, expirations } = cache.stats;
    assert.deepEqual([hits, misses, expirations], [0, 0, 0]);
  });

  it('expire without windows returns false for an expired entry', () => {
    const { cache, clock } = filled({ staleIfError: 0 });
    const left = removals(cache);
    clock.time = 60_001;
    assert.equal(cache.expire('a'), false);
    assert.equal(cache.size, 0);
    assert.deepEqual(
      left.map(([reason]) => reason),
      ['expire', 'expire'],
    );
  });
});

describe('expire with windows ends the freshness of an entry only', () => {
  for (const window of ['staleWhileRevalidate', 'staleIfError']) {
    it(`expire makes an entry stale at once, for the time of ${window}`, () => {
      const { cache, clock } = filled({ staleIfError: 0, [window]: 10 });
      const left = removals(cache);
      assert.equal(cache.expire('a'), true);
      assert.deepEqual(
        [cache.has('a'), cache.peek('a'), cache.get('a')],
        [false, undefined, undefined],
      );
      assert.deepEqual([...cache], [['b', 2]]);
      const { value, stale, ttl } = cache.info('a');
      assert.deepEqual([value, stale], [1, true]);
      assert.ok(ttl < 0 && ttl > -0.002, `${ttl} s`);
      assert.equal(cache.size, 2);
      clock.time = 11_998;
      assert.equal(cache.info('a').stale, true);
      assert.ok(Math.abs(cache.info('a').ttl + 9.998) < 0.002);
      assert.deepEqual(left, []);
      clock.time = 12_001;
      assert.equal(cache.info('a'), undefined);
      assert.equal(cache.size, 1);
      assert.deepEqual(left, [['expire', 'a', 1]]);
    });
  }

  it('expire of a stale entry returns false and does not lengthen its windows', () => {
    const { cache, clock } = filled();
    assert.equal(cache.expire('a'), true);
    clock.time = 8_000;
    assert.equal(cache.expire('a'), false);
    clock.time = 11_998;
    assert.equal(cache.info('a').stale, true);
    clock.time = 12_001;
    assert.equal(cache.info('a'), undefined);

    clock.time = 65_000;
    assert.equal(cache.info('b').stale, true);
    assert.equal(cache.expire('b'), false);
    clock.time = 70_000;
    assert.equal(cache.info('b').stale, true);
    clock.time = 70_001;
    assert.equal(cache.info('b'), undefined);
  });

  it('expire of an absent or expired key returns false', () => {
    const { cache, clock } = filled();
    assert.equal(cache.expire('never put'), false);
    assert.equal(cache.expire(), false);
    clock.time = 70_001;
    assert.equal(cache.expire('a'), false);
    assert.equal(cache.size, 0);
  });

  it('expire makes an entry stale that would never have expired', () => {
    const { cache, clock } = filled({ ttl: 0 });
    assert.equal(cache.expire('a'), true);
    assert.equal(cache.info('a').stale, true);
    clock.time = 11_998;
    assert.equal(cache.info('a').stale, true);
    clock.time = 12_001;
    assert.deepEqual([cache.info('a'), cache.size], [undefined, 1]);
    assert.equal(cache.info('b').ttl, Infinity);
  });

  it('expire at the end of a ttl does not make the entry fresh again, or keep it longer than its windows from then', () => {
    const { cache, clock } = filled();
    clock.time = 60_000;
    assert.equal(cache.expire('a'), true);
    assert.equal(cache.has('a'), false);
    clock.time = 69_998;
    assert.equal(cache.info('a').stale, true);
    clock.time = 70_001;
    assert.equal(cache.info('a'), undefined);
  });

  it('expire counts nothing, moves nothing and dispatches nothing', () => {
    const { cache } = filled({ maxSize: 2 });
    const events = cacheEvents(cache);
    const left = removals(cache);
    cache.expire('a');
    const { hits, misses, evictions, expirations } = cache.stats;
    assert.deepEqual([hits, misses, evictions, expirations], [0, 0, 0, 0]);
    assert.deepEqual([events, left], [[], []]);
    cache.put('c', 3);
    assert.deepEqual(left, [['evict', 'a', 1]]);
  });

  it('put after expire makes the key fresh again, for a whole ttl', () => {
    const { cache, clock } = filled();
    cache.expire('a');
    cache.put('a', 3);
    clock.time = 62_000;
    assert.equal(cache.get('a'), 3);
    clock.time = 62_001;
    assert.equal(cache.get('a'), undefined);
    assert.equal(cache.info('a').stale, true);
  });

  it('expire is seen by the next lookups of a cache that reuses its reading of the time', () => {
    for (const ttl of [0, 60]) {
      const cache = new ResultCache({ ttl, staleIfError: '1h' }).put('a', 1).put('b', 2);
      const hit = (key, value) => {
        for (let n = 0; n < 300; n++) assert.equal(cache.get(key), value);
      };
      hit('a', 1);
      assert.equal(cache.expire('a'), true);
      for (const another of ['none', 'a burst']) {
        if (another === 'a burst') hit('b', 2);
        assert.equal(cache.get('a'), undefined);
        assert.deepEqual([cache.has('a'), cache.peek('a')], [false, undefined]);
        assert.deepEqual([[...cache], cache.info('a').stale], [[['b', 2]], true]);
      }
      hit('b', 2);
      assert.equal(cache.has('a'), false);
      hit('b', 2);
      assert.equal(cache.peek('a'), undefined);
      assert.deepEqual([cache.stats.hits, cache.stats.misses], [1_200, 2]);
    }
  });

  it('expire compares keys as Map does', () => {
    const { cache } = filled();
    const object = {};
    const keys = [0, Number.NaN, undefined, null, '', object, Symbol('s')];
    for (const key of keys) cache.put(key, 'v');
    assert.equal(cache.expire(-0), true);
    assert.equal(cache.has(0), false);
    for (const key of keys.slice(1)) {
      assert.equal(cache.expire(key), true);
      assert.equal(cache.has(key), false);
    }
    assert.equal(cache.expire({}), false);
  });
});
