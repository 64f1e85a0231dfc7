import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { warningsOf } from '../support/warnings.js';

describe('a listener that causes many events', () => {
  it('a listener that clears a large cache causes an event for each entry, also for those of another listener', () => {
    const count = 150_000;
    const cache = new ResultCache({ maxSize: count, ttl: 0 });
    for (let key = 0; key < count; key++) cache.put(key, key);
    const left = new Set();
    let sizes = 0;
    cache.addEventListener('evict', () => cache.clear(), { once: true });
    cache.addEventListener('remove', ({ key }) => {
      left.add(key);
      sizes += cache.size;
    });
    cache.put('new', count);
    assert.deepEqual([left.size, sizes], [count + 1, 0]);
  });

  it('listeners that each remove another entry get an event for each, however many there are', () => {
    const count = 120_000;
    const cache = new ResultCache({ maxSize: 2 * count, ttl: 0 });
    for (let key = 0; key < count; key++) {
      cache.put(key, key, { tags: ['x'] }).put(`meta ${key}`, key);
    }
    let events = 0;
    cache.addEventListener('remove', ({ key }) => {
      events++;
      cache.invalidate(`meta ${key}`);
    });
    cache.invalidateTag('x');
    assert.deepEqual([events, cache.size], [2 * count, 0]);
  });

  it('listeners that cause events forever end with a warning, and the cache goes on', async () => {
    const cache = new ResultCache({ maxSize: 2, ttl: 0 }).put('a', 1).put('b', 2);
    let puts = 0;
    cache.addEventListener('evict', () => cache.put(++puts, 'x'));
    const warnings = await warningsOf(() => cache.put('c', 3));
    assert.deepEqual(warnings, ['Events of a cache were dropped: listeners caused too many']);
    assert.ok(puts >= 100_000);
    assert.equal(cache.size, 2);
    cache.clear();
    assert.equal(cache.put('d', 4).get('d'), 4);
  });
});
