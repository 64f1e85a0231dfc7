import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

describe('the keys of a wrapped function take a bounded memory', () => {
  it('makeKey of a method takes no memory for more keys than the cache has room for', () => {
    const grown = inChild(async () => {
      const { resilient } = await import('holdfast');
      const load = resilient((id) => id, { cache: { maxSize: 100 } });
      const make = () => {
        for (let id = 0; id < 100_000; id++) {
          load.with({ thisArg: load }).makeKey(`some text that makes a long key ${id}`);
        }
        gc();
        return process.memoryUsage().heapUsed;
      };
      const before = make();
      return make() - before;
    });
    assert.ok(grown < 1_000_000, `${grown} bytes`);
  });

  it('makeKey takes no memory for keys of a cache that is limited by its weight only', () => {
    const grown = inChild(async () => {
      const { resilient } = await import('holdfast');
      const options = { http: true, cache: { maxWeight: 1_000 } };
      const get = resilient(async () => new Response(), options);
      let id = 0;
      const make = () => {
        for (let n = 0; n < 50_000; n++) get.makeKey(`https://api.example.com/${id++}`);
        gc();
        return process.memoryUsage().heapUsed;
      };
      const before = make();
      return make() - before;
    });
    assert.ok(grown < 1_000_000, `${grown} bytes`);
  });

  it('invalidate of a method takes no memory for entries that have left the cache', () => {
    const grown = inChild(async () => {
      const { resilient } = await import('holdfast');
      const load = resilient((id) => id, { cache: { maxSize: 100 } });
      const used = () => {
        gc();
        return process.memoryUsage().heapUsed;
      };
      const fill = () => {
        for (let id = 0; id < 100_000; id++) load.call({}, `some text that makes a long key ${id}`);
      };
      fill();
      const before = used();
      fill();
      return used() - before;
    });
    assert.ok(grown < 1_000_000, `${grown} bytes`);
  });
});
