import assert from 'node:assert/strict';
import { it } from 'node:test';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier } from '../support/memory-tier.js';
import { until } from '../support/until.js';

const ends = {
  expireTag: (fn) => fn.expireTag('t'),
  'expireTag of the tier': (fn) => fn.tier.expireTag('t'),
};

for (const [name, end] of Object.entries(ends)) {
  for (const [seconds, result] of [
    [90, 1],
    [110, 2],
  ]) {
    it(`another process returns a stale result up to the end of its window after ${name}: ${seconds} of 100 s`, async () => {
      let now = 1e12;
      const driver = memoryDriver({ now: () => now });
      let runs = 0;
      const load = async () => ++runs;
      const cache = { ttl: 0, staleWhileRevalidate: 100, tags: ['t'] };
      const one = wrapInTier(load, { driver, cache });
      await one(1);
      await until(() => driver.valueKey, 'the result is stored');
      await end(one);
      now += 1_000 * seconds;
      const other = wrapInTier(load, { driver: driverOver(driver), cache });
      assert.equal(await other(1), result);
    });
  }

  it(`the first result after ${name} is stored if its tags come from a function`, async () => {
    const driver = memoryDriver();
    let runs = 0;
    const load = async () => ++runs;
    const cache = { staleIfError: 100, tags: () => ['t'] };
    const one = wrapInTier(load, { driver, cache });
    await one(1);
    await until(() => driver.valueKey, 'the result is stored');
    await end(one);
    assert.equal(await one(2), 2);
    await until(() => !one.tier.stats.refused && one.cache.has(one.makeKey(2)), 'it is stored');
    assert.equal(await one(2), 2);
    const other = wrapInTier(load, { driver: driverOver(driver), cache });
    assert.equal(await other(2), 2);
  });
}
