import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { inChild } from '../support/in-child.js';

const ENTRIES = 100_000;

// A cost that grew with the cache would make ten billion steps of each of these tests: they would take minutes.
const LONGEST = { timeout: 120_000 };

describe('the cost of tags goes by their members, not by the cache', () => {
  it('100,000 tags of one entry each are invalidated one by one', LONGEST, () => {
    const cache = new ResultCache({ maxSize: ENTRIES });
    for (let key = 0; key < ENTRIES; key++) cache.put(key, key, { tags: [`tag ${key}`] });
    for (let key = 0; key < ENTRIES; key++) assert.equal(cache.invalidateTag(`tag ${key}`), 1);
    assert.equal(cache.size, 0);
  });

  it('10,000 tags of ten entries each are expired one by one', LONGEST, () => {
    const cache = new ResultCache({ maxSize: ENTRIES, staleIfError: '1h' });
    for (let key = 0; key < ENTRIES; key++) cache.put(key, key, { tags: [`tag ${key % 10_000}`] });
    for (let tag = 0; tag < 10_000; tag++) assert.equal(cache.expireTag(`tag ${tag}`), 10);
    assert.equal(cache.size, ENTRIES);
    assert.equal([...cache].length, 0);
    for (let tag = 0; tag < 10_000; tag++) assert.equal(cache.invalidateTag(`tag ${tag}`), 0);
    assert.equal(cache.size, 0);
  });

  it('100,000 invalidations of unknown tags do not look at the entries', LONGEST, () => {
    const cache = new ResultCache({ maxSize: ENTRIES });
    for (let key = 0; key < ENTRIES; key++) cache.put(key, key, { tags: ['shared'] });
    for (let key = 0; key < ENTRIES; key++) assert.equal(cache.invalidateTag(`tag ${key}`), 0);
    assert.equal(cache.invalidateTag('shared'), ENTRIES);
  });

  it('100,000 entries leave a tag that they share one by one', LONGEST, () => {
    const cache = new ResultCache({ maxSize: ENTRIES });
    for (let key = 0; key < ENTRIES; key++) cache.put(key, key, { tags: ['shared'] });
    for (let key = 0; key < ENTRIES - 1; key++) cache.invalidate(key);
    assert.equal(cache.invalidateTag('shared'), 1);
  });
});

/**
 * Growth of the heap in bytes while 300,000 entries with tags of their own come and go.
 * @param options of the cache
 * @param part what is done with the entry `n` after its put
 */
const growth = (options, part) => `async () => {
  const { ResultCache } = await import('holdfast');
  const clock = { time: 0, now() { return this.time; } };
  const cache = new ResultCache({ clock, ...${options} });
  const used = () => {
    gc();
    return process.memoryUsage().heapUsed;
  };
  const round = (from) => {
    for (let n = from; n < from + 300_000; n++) {
      cache.put(n % 20, n, { tags: ['tag ' + n, 'other ' + n] });
      ${part};
    }
  };
  round(0);
  const before = used();
  round(300_000);
  const grown = used() - before;
  return [grown, cache.size];
}`;

describe('tags leave nothing behind once their entries are gone', () => {
  for (const [name, options, part] of [
    ['evicted', '{ maxSize: 10 }', ''],
    ['evicted by weight', '{ maxWeight: 10, weigh: () => 1 }', ''],
    ['replaced', '{}', ''],
    ['expired', '{ ttl: 1 }', 'clock.time += 100'],
    ['cleared', '{}', 'if (n % 10 === 0) cache.clear()'],
    ['invalidated', '{}', 'cache.invalidate(n % 20)'],
    ['invalidated by a tag', '{}', "cache.invalidateTag('tag ' + n)"],
    ['expired by a tag', '{}', "cache.expireTag('other ' + n)"],
    ['stale', "{ staleIfError: '1s' }", "cache.expireTag('tag ' + n); clock.time += 100"],
    ['never stored', '{ maxWeight: 1, weigh: () => 2 }', "cache.invalidateTag('tag ' + n)"],
  ]) {
    // One empty Set for each of the 600,000 tags would be more than 30 MB.
    it(`600,000 tags of entries that were ${name} take no memory`, () => {
      const [grown, size] = inChild(growth(options, part));
      assert.ok(grown < 4_000_000, `${grown} bytes`);
      assert.ok(size <= 20);
    });
  }
});
