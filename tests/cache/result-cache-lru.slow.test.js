import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ResultCache } from 'holdfast';
import { inChild } from '../support/in-child.js';

const LARGEST = 2 ** 23;

it('a cache keeps exact order and time beyond the number of hits that a small integer counts', () => {
  const cache = new ResultCache({ maxSize: 4 });
  for (let key = 0; key < 4; key++) cache.put(key, key);
  let hits = 0;
  const hit = (key, times = 1) => {
    for (let n = 0; n < times; n++) cache.get(key);
    hits += times;
  };
  hit(0);
  hit(3, 2 ** 27);
  hit(1);
  hit(3, 2 ** 27 - 5_000);
  cache.put(2, 'short', { ttl: '50ms' });
  hit(3, 10_000);
  const until = performance.now() + 60;
  while (performance.now() < until);
  hit(3, 1_000);
  assert.equal(cache.get(2), undefined);
  assert.deepEqual([...cache.keys()], [0, 1, 3]);
  assert.equal(cache.stats.hits, hits);
  for (const key of [4, 5, 6]) cache.put(key, key);
  assert.deepEqual([...cache.keys()], [3, 4, 5, 6]);
});

it('a maxSize of 2^23 is used up to the last entry, and evictions go on after a Map has had 2^24 keys', () => {
  const result = inChild(async () => {
    const { ResultCache } = await import('holdfast');
    const size = 2 ** 23;
    const cache = new ResultCache({ maxSize: size / 2, ttl: 0 });
    cache.resize(size);
    const puts = 2 * size + 1_000;
    for (let key = 0; key < puts; key++) cache.put(key, -key);
    const { size: held, evictions } = cache.stats;
    const ends = [puts - size - 1, puts - size, puts - 1].map((key) => cache.get(key) ?? null);
    return { held, evictions, ends };
  });
  assert.deepEqual(result, {
    held: LARGEST,
    evictions: LARGEST + 1_000,
    ends: [null, -LARGEST - 1_000, -2 * LARGEST - 999],
  });
});
