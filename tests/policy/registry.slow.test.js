import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inChild } from '../support/in-child.js';

it('a dropped cache leaves nothing behind in its policy, however many there are', () => {
  const { caches, growth } = inChild(async () => {
    const { Registry, health } = await import('holdfast');
    const own = new Registry();
    const api = own.register('api', { cache: { maxSize: 1 } });
    const held = api(() => 1, { name: 'held' });
    const collect = async () => {
      for (let n = 0; n < 4; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
    };
    const wrapMany = async () => {
      // Dropped caches are searched for as the number of caches grows.
      for (let round = 0; round < 10; round++) {
        for (let n = 0; n < 1_000; n++) api(() => 1, { name: `gone ${n}` });
        await collect();
      }
    };
    await wrapMany();
    const before = process.memoryUsage().heapUsed;
    await wrapMany();
    await wrapMany();
    const growth = process.memoryUsage().heapUsed - before;
    held();
    return { caches: Object.keys(health(own).api.caches), growth };
  });
  assert.deepEqual(caches, ['held']);
  assert.ok(growth < 1_000_000, `${growth} bytes`);
});
