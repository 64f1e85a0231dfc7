import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { importFresh } from '../support/fresh-package.js';

// This copy of the package uses the clock that it finds at import: one that the test controls.
let time = 5_000;
performance.now = () => time;
const { ResultCache } = await importFresh();
const dateNow = Date.now;
after(() => {
  delete performance.now;
  Date.now = dateNow;
});

it('a put in a burst follows a Date that was replaced since the put before it', () => {
  const cache = new ResultCache({ maxSize: 10, ttl: 10 });
  for (let n = 0; n < 100; n++) {
    time += 0.01;
    cache.put(n, n);
  }
  let fakeTime = 1_000;
  Date.now = () => fakeTime;
  // One put of a burst in 33 has all checks: more than one may not need them.
  for (const key of ['a', 'b', 'c']) cache.put(key, 1);
  fakeTime += 10_000;
  assert.equal(cache.get('c'), 1);
  fakeTime += 1;
  for (const key of ['a', 'b', 'c']) assert.equal(cache.get(key), undefined);
});
