import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inChild } from '../support/in-child.js';

test('a tier keeps no wrapped function alive that nothing else uses, once its results have expired', () => {
  const left = inChild(async () => {
    const { resilient } = await import('holdfast');
    const { tier } = await import('holdfast/tier');
    const { memoryDriver } = await import('./support/memory-driver.js');
    const shared = tier({ driver: memoryDriver(), timeout: 10 });
    const fn = async (id) => id;
    const references = [];
    const wrapAndCall = async (id) => {
      const tags = () => [`${id}`];
      references.push(new WeakRef(tags));
      await resilient(fn, { name: 'fn', cache: { ttl: 0.05, tier: shared, tags } })(id);
    };
    for (let id = 0; id < 500; id++) await wrapAndCall(id);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    // A sweep has removed the results. Functions without any are looked for when others come.
    for (let id = 500; id < 1_500; id++) await wrapAndCall(id);
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve));
      gc();
    }
    await shared[Symbol.asyncDispose]();
    return references.slice(0, 500).filter((reference) => reference.deref()).length;
  });
  assert.ok(left < 10, `${left} of 500 are left`);
});
