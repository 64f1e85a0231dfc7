import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier } from '../support/memory-tier.js';
import { until } from '../support/until.js';

/** Two functions like `load`, as if in two processes, which share a store. */
function startTwo(load, cache) {
  const driver = memoryDriver({ now: () => Date.now() });
  return [driver, driverOver(driver)].map((own) => wrapInTier(load, { driver: own, cache }));
}

async function* stream() {
  yield 1;
}

/** For functions whose second result is not stored. */
const NOT_STORED = {
  'a life of zero': { second: 'second', cache: { ttl: (value) => (value === 'second' ? 0 : 60) } },
  'a stream': { second: stream(), cache: {} },
};

describe('a result that is not stored', () => {
  for (const [name, { second, cache }] of Object.entries(NOT_STORED)) {
    it(`a refresh whose result is not stored removes the old one from the second tier: ${name}`, async () => {
      const results = ['first', second, 'third'];
      const [one, other] = startTwo(async () => results.shift(), cache);
      assert.equal(await one(1), 'first');
      await until(() => one.driver.valueKey, 'the first result is stored');
      assert.equal(await one.with({ refresh: true })(1), second);
      assert.equal(await other(1), 'third');
      assert.equal(await one(1), 'third');
    });
  }

  it('a refresh in the background whose result is not stored removes the old one from the second tier', async () => {
    let runs = 0;
    const ttl = (value) => (value === 2 ? 0 : 0.02);
    const [one, other] = startTwo(async () => ++runs, { ttl, staleWhileRevalidate: 60 });
    await one(1);
    await until(() => one.driver.valueKey, 'the first result is stored');
    await until(() => !one.cache.has(one.makeKey(1)), 'the first result is stale');
    assert.equal(await one(1), 1);
    await until(() => runs === 2 && !one.driver.valueKey, 'the second run has ended');
    assert.equal(await other(1), 3);
  });

  it('an error that staleOn excludes removes the stale result from the second tier', async () => {
    let runs = 0;
    const load = async () => {
      if (++runs === 2) throw new RangeError('gone');
      return runs;
    };
    const staleOn = (error) => !(error instanceof RangeError);
    const [one, other] = startTwo(load, { ttl: 0.02, staleWhileRevalidate: 60, staleOn });
    await one(1);
    await until(() => one.driver.valueKey, 'the first result is stored');
    await until(() => !one.cache.has(one.makeKey(1)), 'the first result is stale');
    assert.equal(await one(1), 1);
    await until(() => runs === 2 && !one.driver.valueKey, 'the second run has failed');
    assert.equal(await other(1), 3);
  });

  it('a refresh that fails keeps the old result in the second tier', async () => {
    let runs = 0;
    const load = async () => {
      if (++runs === 2) throw new Error('fails');
      return runs;
    };
    const [one, other] = startTwo(load, {});
    await one(1);
    await until(() => one.driver.valueKey, 'the first result is stored');
    await assert.rejects(one.with({ refresh: true })(1), /fails/);
    assert.equal(await other(1), 1);
    assert.equal(await one(1), 1);
  });
});
