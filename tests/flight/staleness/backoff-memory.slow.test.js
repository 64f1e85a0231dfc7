import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../../support/in-child.js';
import '../../support/unhandled-rejections.js';

describe('the pause of a key', () => {
  it('pauses go with their entries: keys that failed and were evicted leave nothing behind', () => {
    const { first, last, size } = inChild(async () => {
      const { resilient } = await import('holdfast');
      let now = 0;
      let failing = false;
      const load = (key) => {
        if (failing) throw new Error('no');
        return key;
      };
      const f = resilient(load, {
        cache: {
          ...{ maxSize: 10, ttl: 1, staleWhileRevalidate: '1d', staleBackoff: '1d' },
          clock: { now: () => now },
        },
      });
      const round = (from) => {
        for (let key = from; key < from + 10; key++) f(key);
        now += 1_001;
        failing = true;
        for (let key = from; key < from + 10; key++) f(key);
        failing = false;
      };
      const heap = () => {
        globalThis.gc();
        globalThis.gc();
        return process.memoryUsage().heapUsed;
      };
      let key = 0;
      for (let n = 0; n < 1_000; n++, key += 10) round(key);
      const first = heap();
      for (let n = 0; n < 10_000; n++, key += 10) round(key);
      return { first, last: heap(), size: f.cache.size };
    });
    assert.equal(size, 10);
    // 100,000 keys would take at least 4 MB.
    assert.ok(last - first < 2_000_000, `${last - first} bytes are left`);
  });
});
