import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

/*
 * Allocations, unlike times, do not vary between runs. If each of ten million hits allocated one word, the heap
 * would have grown by 80 MB, or the garbage collector would have run.
 */
const HITS = 10_000_000;
const measured = inChild(async () => {
  const { ResultCache, resilient } = await import('holdfast');
  const { PerformanceObserver, constants } = await import('node:perf_hooks');
  const filled = (options, keyAt) => {
    const cache = new ResultCache({ maxSize: 1_000, ...options });
    const keys = Array.from({ length: 1_000 }, (_, i) => keyAt(i));
    for (const key of keys) cache.put(key, { key });
    return [(key) => cache.get(key), keys];
  };
  const wrapped = resilient((i) => ({ i }), { cache: { maxSize: 1_000, ttl: '5m' } });
  const numbers = Array.from({ length: 1_000 }, (_, i) => i);
  for (const number of numbers) wrapped(number);
  const contenders = {
    'of a number, with a ttl': filled({ ttl: '5m' }, (i) => i),
    'of a number, without': filled({ ttl: 0 }, (i) => i),
    'of a text': filled({ ttl: '5m' }, (i) => `key ${i}`),
    'of an object': filled({ ttl: '5m' }, (i) => ({ i })),
    'through a function that gives values': [(key) => wrapped(key), numbers],
  };

  const turn = () => new Promise((resolve) => setImmediate(resolve));
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    const minor = constants.NODE_PERFORMANCE_GC_MINOR;
    collections += list.getEntries().filter(({ detail }) => detail.kind === minor).length;
  });
  const results = {};
  for (const [name, [hit, keys]] of Object.entries(contenders)) {
    // A separate function for each contender: a function shared by all would be compiled to box the results.
    const round = new Function(
      'hit',
      'keys',
      `/* ${name} */ return (times) => {
        for (let n = 0; n < times; n++) for (let i = 0; i < keys.length; i++) hit(keys[i]);
      };`,
    )(hit, keys);
    // Until the engine has optimized the function.
    for (let n = 0; n < 5; n++) {
      round(1_000);
      await turn();
    }
    gc();
    await turn();
    collections = 0;
    observer.observe({ entryTypes: ['gc'] });
    const before = process.memoryUsage().heapUsed;
    round(10_000);
    const grown = process.memoryUsage().heapUsed - before;
    await turn();
    await turn();
    observer.disconnect();
    results[name] = { grown, collections };
  }
  return results;
});

describe('a cache hit allocates nothing', () => {
  for (const [name, { grown, collections }] of Object.entries(measured)) {
    it(`a cache hit ${name} allocates nothing`, () => {
      assert.equal(collections, 0);
      assert.ok(grown < HITS, `${grown} bytes for ${HITS} hits`);
    });
  }
});
