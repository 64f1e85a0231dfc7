import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ResultCache } from 'holdfast';
import { advice } from 'holdfast/adaptive';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** The memory of one of many full caches, in bytes. */
async function bytesOf(options) {
  const count = 1_000;
  const caches = [];
  const bytes = async () => {
    for (let turn = 0; turn < 3; turn++) {
      collectGarbage();
      await new Promise(setImmediate);
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = await bytes();
  for (let index = 0; index < count; index++) {
    const cache = new ResultCache({ maxSize: 200, ttl: 0, ...options });
    for (let key = 0; key < 900; key++) cache.put(key % 500, key);
    caches.push(cache);
  }
  const after = await bytes();
  assert.equal(caches.length, count);
  return (after - before) / count;
}

it('the samples of a cache with the option advice take at most 10 KB', async () => {
  await bytesOf({ advice });
  const plain = await bytesOf({});
  const advised = await bytesOf({ advice });
  const more = advised - plain;
  assert.ok(more > 5_000 && more <= 10_240, `${more} bytes`);
});
