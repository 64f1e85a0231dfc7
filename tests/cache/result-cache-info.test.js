import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents, removals } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';
import { NO_WEIGHT_LIMIT } from '../support/reference-cache.js';

describe('info describes an entry', () => {
  it('info has the value, the seconds left, whether it is stale, the weight and the tags', () => {
    const clock = manualClock(17);
    const value = {};
    const options = { ttl: 5, staleIfError: 10, weigh: () => 3, clock };
    const cache = new ResultCache(options).put('a', value, { tags: ['x', 'y'] });
    const fresh = { value, ttl: 5, stale: false, weight: 3, tags: ['x', 'y'] };
    assert.deepEqual(cache.info('a'), fresh);
    assert.equal(cache.info('a').value, value);
    clock.time = 17 + 2_000;
    assert.deepEqual(cache.info('a'), { ...fresh, ttl: 3 });
    clock.time = 17 + 5_000;
    assert.deepEqual(cache.info('a'), { ...fresh, ttl: 0 });
    clock.time = 17 + 6_000;
    assert.deepEqual(cache.info('a'), { ...fresh, ttl: -1, stale: true });
    clock.time = 17 + 15_000;
    assert.deepEqual(cache.info('a'), { ...fresh, ttl: -10, stale: true });
    clock.time = 17 + 15_001;
    assert.equal(cache.info('a'), undefined);
  });

  it('info has a ttl of Infinity for an entry that never expires', () => {
    const cache = new ResultCache({ staleIfError: 10 }).put('a', 1, { ttl: 0 });
    const forever = { value: 1, ttl: Infinity, stale: false, weight: 0, tags: [] };
    assert.deepEqual(cache.info('a'), forever);
    assert.deepEqual(new ResultCache({ ttl: 0 }).put('a', 1).info('a'), forever);
  });

  it('info has the own ttl of an entry, and restarts with each put', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 5, clock }).put('a', 1, { ttl: '1m' }).put('b', 2);
    clock.time = 1_000;
    assert.deepEqual([cache.info('a').ttl, cache.info('b').ttl], [59, 4]);
    cache.put('a', 1);
    assert.deepEqual([cache.info('a').ttl, cache.info('b').ttl], [5, 4]);
  });

  it('info and its tags are frozen, and do not change later', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 5, clock }).put('a', 1, { tags: ['x'] });
    const info = cache.info('a');
    assert.ok(Object.isFrozen(info) && Object.isFrozen(info.tags) && Array.isArray(info.tags));
    assert.ok(Object.isFrozen(cache.put('b', 2).info('b').tags));
    clock.time = 1_000;
    cache.put('a', 2, { tags: ['y'] });
    assert.deepEqual(info, { value: 1, ttl: 5, stale: false, weight: 0, tags: ['x'] });
  });

  it('info is undefined for a key that is absent, was removed or has expired', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 5, clock }).put('a', 1).put('b', 2);
    assert.deepEqual([cache.info('never put'), cache.info()], [undefined, undefined]);
    cache.invalidate('a');
    assert.equal(cache.info('a'), undefined);
    clock.time = 5_001;
    assert.equal(cache.info('b'), undefined);
  });

  it('info distinguishes a stored undefined from an absent key, and compares keys as Map does', () => {
    const cache = new ResultCache().put(undefined, undefined).put(0, 'zero').put(Number.NaN, 'nan');
    assert.deepEqual(Object.keys(cache.info()).includes('value'), true);
    assert.equal(cache.info().value, undefined);
    assert.deepEqual([cache.info(-0).value, cache.info(0 / 0).value], ['zero', 'nan']);
  });

  it('info counts nothing, moves nothing and dispatches nothing for a fresh or stale entry', () => {
    const clock = manualClock();
    const cache = new ResultCache({ maxSize: 2, ttl: 5, staleIfError: 10, clock });
    cache.put('a', 1).put('b', 2, { ttl: 60 });
    clock.time = 6_000;
    const events = cacheEvents(cache);
    const left = removals(cache);
    const before = cache.stats;
    assert.deepEqual(
      [cache.info('a').stale, cache.info('b').stale, cache.info('c')],
      [true, false, undefined],
    );
    cache.info('a');
    assert.deepEqual([cache.stats, events, left], [before, [], []]);
    cache.put('c', 3);
    assert.deepEqual(left, [['evict', 'a', 1]]);
  });

  it('info does not extend the life of an entry', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 5, staleIfError: 5, clock }).put('a', 1);
    for (clock.time = 0; clock.time <= 10_000; clock.time += 500) {
      assert.equal(cache.info('a').ttl, 5 - clock.time / 1_000);
    }
    assert.equal(cache.info('a'), undefined);
  });
});

describe('stats has the weights and the counts of stale results', () => {
  it('stats of a new cache has all its fields, at their first values', () => {
    assert.deepEqual(new ResultCache().stats, {
      hits: 0,
      misses: 0,
      coalesced: 0,
      hitRate: 0,
      size: 0,
      maxSize: 256,
      weight: 0,
      maxWeight: NO_WEIGHT_LIMIT,
      policy: 'lru',
      evictions: 0,
      expirations: 0,
      stale: 0,
      refreshes: 0,
      refreshErrors: 0,
      revalidated: 0,
    });
  });

  it('stats of a cache with all options has their limits, and counts no lookup of a stale entry as stale', () => {
    const clock = manualClock();
    const cache = new ResultCache({
      ...{ maxSize: 9, ttl: 5, staleWhileRevalidate: 10, staleIfError: 10, clock },
      ...{ maxWeight: 50, weigh: (value) => value },
    });
    cache.put('a', 4).put('b', 6, { ttl: 60 });
    clock.time = 6_000;
    cache.get('a');
    cache.get('b');
    assert.deepEqual(cache.stats, {
      hits: 1,
      misses: 1,
      coalesced: 0,
      hitRate: 0.5,
      size: 2,
      maxSize: 9,
      weight: 10,
      maxWeight: 50,
      policy: 'lru',
      evictions: 0,
      expirations: 0,
      stale: 0,
      refreshes: 0,
      refreshErrors: 0,
      revalidated: 0,
    });
    assert.ok(Object.isFrozen(cache.stats));
  });

  it('clear keeps the limits in stats', () => {
    const cache = new ResultCache({ maxWeight: 50, weigh: () => 1, maxSize: 3 }).put('a', 4);
    cache.clear();
    const { weight, maxWeight, maxSize } = cache.stats;
    assert.deepEqual([weight, maxWeight, maxSize], [0, 50, 3]);
  });
});

describe('a disposed cache refuses expire, the tags and info', () => {
  it('every new method of a disposed cache throws an error that says so', () => {
    const cache = new ResultCache().put('a', 1, { tags: ['x'] });
    cache[Symbol.dispose]();
    for (const use of [
      () => cache.expire('a'),
      () => cache.invalidateTag('x'),
      () => cache.expireTag('x'),
      () => cache.info('a'),
    ]) {
      assert.throws(use, { name: 'Error', message: /disposed/ }, String(use));
    }
  });
});
