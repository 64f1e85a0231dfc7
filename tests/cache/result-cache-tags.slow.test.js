import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

/**
 * Growth of the heap in bytes while 100,000 entries with tags of their own come and go.
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
  const round = async (from) => {
    for (let n = from; n < from + 100_000; n++) {
      // Timers that clear stops are freed between two turns.
      if (n % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      cache.put(n % 20, n, { tags: ['tag ' + n, 'other ' + n] });
      ${part};
    }
  };
  await round(0);
  const before = used();
  await round(100_000);
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
    // One empty Set for each of the 200,000 tags would be more than 10 MB.
    it(`200,000 tags of entries that were ${name} take no memory`, () => {
      const [grown, size] = inChild(growth(options, part));
      assert.ok(grown < 4_000_000, `${grown} bytes`);
      assert.ok(size <= 20);
    });
  }
});
