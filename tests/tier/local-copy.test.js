import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import { deferred } from '../support/deferred.js';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier } from '../support/memory-tier.js';
import { turn } from '../support/turn.js';

let clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

const turns = async () => {
  for (let index = 0; index < 10; index++) await turn();
};
/** Lets time pass, with the timers that are due. */
async function pass(milliseconds) {
  for (let left = milliseconds; left > 0; left -= 10) {
    clock.tick(Math.min(left, 10));
    await turns();
  }
}

test('a result without the store is kept for maxStale from the start of its run', async () => {
  const driver = memoryDriver();
  driver.open = () => {
    throw new Error('down');
  };
  for (const milliseconds of [400, 1_100]) {
    const run = deferred();
    const fn = wrapInTier(() => run.promise, { driver: { ...driver }, maxStale: 1 });
    const result = fn('x');
    await turns();
    // An invalidation elsewhere, after the start, is not heard of.
    await pass(milliseconds);
    run.resolve('old');
    assert.equal(await result, 'old');
    await turns();
    assert.equal(fn.cache.has('x'), milliseconds < 1_000);
    await pass(1_000 - (milliseconds % 1_000) + 10);
    assert.equal(fn.cache.has('x'), false);
  }
});

test('a result that was read late is kept for maxStale from the start of the read', async () => {
  const shared = memoryDriver({ watched: false });
  const first = wrapInTier(async () => 'old', { driver: shared });
  await first('x');
  await turns();
  for (const milliseconds of [400, 1_100]) {
    const gate = deferred();
    const get = async (key) => {
      const bytes = shared.get(key);
      if (key.includes(':{')) await gate.promise;
      return bytes;
    };
    const driver = driverOver(shared, { get });
    const fn = wrapInTier(async () => 'new', { driver, maxStale: 1, timeout: 10 });
    const result = fn('x');
    await turns();
    await pass(milliseconds);
    gate.resolve();
    assert.equal(await result, 'old');
    await turns();
    assert.equal(fn.cache.has('x'), milliseconds < 1_000);
    await pass(1_000 - (milliseconds % 1_000) + 10);
    assert.equal(fn.cache.has('x'), false);
  }
});

test('the end of a copy does not drop a newer one', async () => {
  const driver = memoryDriver({ watched: false });
  const fn = wrapInTier(async () => 'x', { driver, cache: { staleIfError: 60 }, maxStale: 1 });
  await fn('x');
  await turns();
  await pass(600);
  await fn.with({ refresh: true })('x');
  await turns();
  await pass(600);
  assert.ok(fn.cache.has('x'));
  await pass(600);
  assert.equal(fn.cache.info('x'), undefined);
});

test('copies whose ends come in another order than their starts are all dropped in time', async () => {
  const shared = memoryDriver({ watched: false });
  let gate;
  const get = async (key) => {
    const bytes = shared.get(key);
    if (gate && key.includes(':{')) await gate.promise;
    return bytes;
  };
  const cache = { staleIfError: 60 };
  const first = wrapInTier(async (id) => id, { driver: shared, cache });
  await first('slow');
  await first('quick');
  await turns();
  const options = { driver: driverOver(shared, { get }), cache, maxStale: 1, timeout: 10 };
  const fn = wrapInTier(async () => 'new', options);
  gate = deferred();
  const slow = fn('slow');
  await turns();
  const { resolve } = gate;
  gate = undefined;
  await pass(500);
  await fn('quick');
  resolve();
  await slow;
  await turns();
  await pass(490);
  assert.ok(fn.cache.has('slow'));
  await pass(30);
  assert.equal(fn.cache.info('slow'), undefined);
  assert.ok(fn.cache.has('quick'));
  await pass(500);
  assert.equal(fn.cache.info('quick'), undefined);
});
