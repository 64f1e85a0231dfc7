import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inChild } from '../support/in-child.js';

it('the memory of 100,000 caches dropped in a loop that yields is reused', () => {
  const [few, many] = inChild(async () => {
    const { wasmBytes } = await import('./support/wasm-instances.js');
    const { ResultCache } = await import('holdfast');
    const make = (count) =>
      Array.from({ length: count }, (_, n) => new ResultCache().put(n, n).put(-n, n).put('a', n));
    let caches = make(5_000);
    const few = caches.length && wasmBytes();
    caches = undefined;
    for (let round = 0; round < 20; round++) {
      for (let n = 0; n < 5; n++) {
        make(1_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      gc();
      for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
    }
    return [few, wasmBytes()];
  });
  assert.ok(few > 0);
  assert.ok(many <= 3 * few, `${few} bytes for 5,000 caches at a time, then ${many}`);
});
