import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { cacheEvents } from '../support/cache-events.js';
import { importLimited } from '../support/limited-memory.js';
import { manualClock } from '../support/manual-clock.js';

// Room for some 2,000 entries.
const { holdfast, instances, restore } = await importLimited(2);
after(restore);
const { ResultCache, resilient } = holdfast;
const PUTS = 50_000;

describe('a cache that cannot get more memory evicts', () => {
  it('a cache without more memory evicts the least recent entry for a new one, and expires none', () => {
    const cache = new ResultCache({ maxSize: 1e6, ttl: 0 });
    const events = cacheEvents(cache);
    for (let key = 0; key < PUTS; key++) {
      cache.put(key, -key);
      cache.get(0);
    }
    const { size, evictions, expirations, maxSize } = cache.stats;
    assert.ok(size > 500 && size < PUTS / 2, `${size} entries`);
    assert.deepEqual([maxSize, expirations, evictions], [1e6, 0, PUTS - size]);
    assert.deepEqual(
      [...cache.keys()],
      [
        ...Array.from({ length: size - 1 }, (_, n) => PUTS - size + 1 + n).slice(0, -1),
        PUTS - 1,
        0,
      ],
    );
    for (const [key, value] of cache) assert.equal(value, -key);
    assert.deepEqual(
      events.map(([, key]) => key),
      Array.from({ length: PUTS - size }, (_, n) => n + 1),
    );
  });

  it('a cache without more memory makes few WebAssembly instances in vain', () => {
    const before = instances.length;
    const cache = new ResultCache({ maxSize: 1e6, ttl: 0 });
    for (let key = 0; key < 200_000; key++) cache.put(key, key);
    assert.ok(instances.length - before < 10, `${instances.length - before} instances`);
  });

  it('a cache without more memory removes expired entries first, and keeps those without a ttl', () => {
    const clock = manualClock();
    const cache = new ResultCache({ maxSize: 1e6, clock, ttl: 0 });
    for (let key = 0; cache.stats.evictions === 0; key++) cache.put(key, key);
    const full = cache.size;
    cache.put('mortal', 1, { ttl: 1 });
    const { evictions } = cache.stats;
    clock.time = 1_001;
    cache.put('new', 2);
    assert.equal(cache.peek('mortal'), undefined);
    const { stats } = cache;
    assert.deepEqual([stats.evictions, stats.expirations, stats.size], [evictions, 1, full]);
  });

  it('a cache without more memory grows again after it was cleared or resized', () => {
    const cache = new ResultCache({ maxSize: 1e6, ttl: 0 });
    for (let key = 0; key < PUTS; key++) cache.put(key, key);
    const { size } = cache;
    cache.resize(10);
    for (let key = 0; key < 100; key++) cache.put(key, key);
    assert.equal(cache.size, 10);
    cache.resize(1e6);
    for (let key = 0; key < size; key++) cache.put(key, key);
    assert.equal(cache.size, size);
    cache.clear();
    for (let key = 0; key < size; key++) cache.put(key, key);
    assert.equal(cache.size, size);
  });

  it('a cache without more memory takes nothing from other caches, which still grow', () => {
    const small = new ResultCache({ maxSize: 300, ttl: 0 }).put('a', 1).put('b', 2);
    const cache = new ResultCache({ maxSize: 1e6, ttl: 0 });
    for (let key = 0; key < PUTS; key++) cache.put(key, key);
    assert.deepEqual(
      [...small],
      [
        ['a', 1],
        ['b', 2],
      ],
    );
    for (let key = 0; key < 298; key++) small.put(key, key);
    assert.deepEqual([small.size, small.stats.evictions, small.get('a')], [300, 0, 1]);
    const late = new ResultCache({ ttl: 0 });
    for (let key = 0; key < 256; key++) late.put(key, key);
    assert.equal(late.size, 256);
  });

  it('many caches at the memory limit keep their entries wherever there is memory', () => {
    const caches = Array.from({ length: 200 }, () => new ResultCache({ ttl: 0 }));
    for (let key = 0; key < 256; key++) for (const cache of caches) cache.put(key, -key);
    for (const cache of caches) {
      assert.deepEqual([cache.size, cache.stats.evictions, cache.peek(255)], [256, 0, -255]);
    }
  });

  it('a function whose cache cannot get more memory still stores its results', async () => {
    const f = resilient(async (key) => key, { cache: { maxSize: 1e6 } });
    for (let key = 0; key < 5_000; key++) await f(key);
    await f(4_999);
    assert.deepEqual([f.cache.stats.hits, f.cache.stats.expirations], [1, 0]);
  });
});
