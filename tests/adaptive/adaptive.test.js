import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { adaptive } from 'holdfast/adaptive';
import { dump, load } from 'holdfast/snapshot';
import { manualClock } from '../support/manual-clock.js';

/** Requests keys in turn, and returns how many were there. */
function request(cache, keys) {
  let hits = 0;
  for (const key of keys) {
    if (cache.get(key) === undefined) cache.put(key, key);
    else hits++;
  }
  return hits;
}

function* looping(length, keys) {
  for (let index = 0; index < length; index++) yield index % keys;
}

describe('policy: adaptive', () => {
  it('the policy of a cache is in its stats, and LRU is the default', () => {
    assert.equal(new ResultCache().stats.policy, 'lru');
    assert.equal(new ResultCache({ policy: 'lru' }).stats.policy, 'lru');
    assert.equal(new ResultCache({ policy: undefined }).stats.policy, 'lru');
    assert.equal(new ResultCache({ policy: adaptive }).stats.policy, 'adaptive');
    const wrapped = resilient((id) => id, { cache: { policy: adaptive } });
    assert.equal(wrapped(1) + wrapped(1), 2);
    assert.equal(wrapped.cache.stats.policy, 'adaptive');
    assert.equal(wrapped.cache.stats.hits, 1);
  });

  it('another value of policy is refused with a message that names what is accepted', () => {
    for (const policy of ['adaptive', 'lfu', {}, { name: 'adaptive' }, 1, null, () => {}]) {
      const message = /policy must be 'lru', or adaptive of 'holdfast\/adaptive'/;
      assert.throws(() => new ResultCache({ policy }), { name: 'TypeError', message });
      const cache = { policy };
      assert.throws(() => resilient(() => {}, { cache }), { name: 'TypeError', message });
    }
  });

  it('a loop larger than the cache has hits, where LRU has none', () => {
    const size = { maxSize: 500, ttl: 0 };
    assert.equal(request(new ResultCache(size), looping(50_000, 1_000)), 0);
    const hits = request(new ResultCache({ ...size, policy: adaptive }), looping(50_000, 1_000));
    assert.ok(hits > 18_000, `${hits} hits of 25,000 possible ones`);
  });

  it('text has a history as numbers have, objects have none', () => {
    const objects = Array.from({ length: 1_000 }, () => ({}));
    const hitsOf = (toKey) => {
      const cache = new ResultCache({ maxSize: 500, ttl: 0, policy: adaptive });
      let hits = 0;
      for (const index of looping(50_000, 1_000)) {
        if (cache.has(toKey(index))) hits++;
        if (cache.get(toKey(index)) === undefined) cache.put(toKey(index), index);
      }
      assert.equal(cache.size, 500);
      return hits;
    };
    assert.ok(hitsOf((index) => `key ${index}`) > 18_000);
    assert.ok(hitsOf((index) => index + 0.25) > 18_000);
    assert.ok(hitsOf((index) => BigInt(index)) > 18_000);
    assert.ok(hitsOf((index) => objects[index]) < 25_000);
  });

  it('entries are iterated by recency, whatever the policy would evict', () => {
    const cache = new ResultCache({ maxSize: 100, policy: adaptive });
    for (let key = 0; key < 100; key++) cache.put(key, key);
    const order = Array.from({ length: 100 }, (_, index) => (index * 37) % 100);
    for (const key of order) cache.get(key);
    assert.deepEqual([...cache.keys()], order);
    cache.put('new', 1);
    assert.equal([...cache.keys()].at(-1), 'new');
    cache.put(order[50], 'again');
    assert.equal([...cache.keys()].at(-1), order[50]);
  });

  it('expired entries leave first', () => {
    const clock = manualClock();
    const cache = new ResultCache({ maxSize: 10, ttl: 0, clock, policy: adaptive });
    for (let key = 0; key < 10; key++) cache.put(key, key, key === 7 ? { ttl: 1 } : undefined);
    for (let key = 0; key < 10; key++) cache.get(key);
    clock.time += 2_000;
    cache.put('new', 1);
    assert.equal(cache.stats.evictions, 0);
    assert.equal(cache.stats.expirations, 1);
    assert.deepEqual(new Set(cache.keys()), new Set([0, 1, 2, 3, 4, 5, 6, 8, 9, 'new']));
  });

  it('weights limit the entries, and the entry that was put stays', () => {
    const cache = new ResultCache({ maxWeight: 100, weigh: (value) => value, policy: adaptive });
    for (let key = 0; key < 500; key++) {
      cache.put(key, (key % 20) + 1);
      assert.ok(cache.has(key), `${key} was put`);
      assert.ok(cache.stats.weight <= 100);
    }
    assert.equal(
      [...cache.values()].reduce((sum, value) => sum + value, 0),
      cache.stats.weight,
    );
  });

  it('resize evicts down to the new size, and allows more again', () => {
    const cache = new ResultCache({ maxSize: 200, policy: adaptive });
    request(cache, looping(1_000, 300));
    cache.resize(20);
    assert.equal(cache.size, 20);
    request(cache, looping(100, 30));
    assert.equal(cache.size, 20);
    cache.resize(100);
    request(cache, looping(300, 150));
    assert.equal(cache.size, 100);
  });

  it('clear empties the cache and its counters, dispose ends it', () => {
    const cache = new ResultCache({ maxSize: 50, policy: adaptive });
    request(cache, looping(500, 80));
    cache.clear();
    assert.deepEqual(cache.stats, new ResultCache({ maxSize: 50, policy: adaptive }).stats);
    assert.equal(request(cache, looping(100, 40)), 60);
    cache[Symbol.dispose]();
    cache[Symbol.dispose]();
    assert.throws(() => cache.get(1), /disposed/);
  });

  it('a snapshot of an adaptive cache can be loaded into another one', () => {
    const cache = new ResultCache({ maxSize: 50, policy: adaptive });
    request(cache, looping(200, 40));
    const other = new ResultCache({ maxSize: 50, policy: adaptive });
    assert.deepEqual(load(other, dump(cache)), { loaded: 40, skipped: 0 });
    assert.deepEqual([...other], [...cache]);
  });

  it('many adaptive caches that grow in turn lose no entry and no order', () => {
    const caches = Array.from({ length: 8 }, () => {
      return new ResultCache({ maxSize: 3_000, policy: adaptive });
    });
    for (let key = 0; key < 3_000; key++) {
      for (const cache of caches) {
        cache.put(key, key);
        cache.get(key >> 1);
      }
    }
    const rest = Array.from({ length: 3_000 }, (_, key) => key);
    for (const cache of caches) {
      assert.equal(cache.size, 3_000);
      assert.deepEqual(
        [...cache.keys()].sort((a, b) => a - b),
        rest,
      );
      assert.deepEqual([...cache.keys()].slice(-2), [2_999, 1_499]);
    }
  });

  it('adaptive and LRU caches work next to each other', () => {
    const lru = new ResultCache({ maxSize: 3, ttl: 0 });
    const other = new ResultCache({ maxSize: 300, ttl: 0, policy: adaptive });
    for (let key = 0; key < 2_000; key++) {
      lru.put(key, key);
      other.put(key, key);
      assert.equal(lru.get(key) + other.get(key), 2 * key);
    }
    assert.deepEqual([...lru.keys()], [1_997, 1_998, 1_999]);
    assert.equal(other.size, 300);
  });
});
