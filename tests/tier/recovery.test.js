import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import { CircuitBreaker } from 'holdfast';
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
async function pass(milliseconds) {
  clock.tick(milliseconds);
  await turns();
}

/** A function in a tier with a breaker, and a driver that fails while `driver.isDown`. */
function wrap(breaker, shared = memoryDriver()) {
  const check = () => {
    driver.calls++;
    if (driver.isDown) throw new Error('down');
  };
  const driver = driverOver(shared, {
    calls: 0,
    isDown: false,
    open(watcher) {
      check();
      return shared.open(watcher);
    },
    get(key) {
      check();
      return shared.get(key);
    },
    delete(key) {
      check();
      return shared.delete(key);
    },
  });
  let runs = 0;
  const fn = wrapInTier(async (id) => `${id} ${++runs}`, { driver, breaker, maxStale: 1_000 });
  return Object.assign(fn, { driver });
}

test('a CircuitBreaker is opened by failures of the store, and decides when it is used again', async () => {
  const breaker = new CircuitBreaker({
    failureThreshold: 2,
    recoveryTimeout: 10,
    successThreshold: 1,
  });
  const fn = wrap(breaker);
  await fn(0);
  await turns();
  assert.equal(fn.tier.health().state, 'ready');
  fn.driver.isDown = true;
  await fn(1);
  assert.equal(breaker.state, 'closed');
  assert.equal(fn.tier.health().state, 'ready');
  await fn(2);
  assert.equal(breaker.state, 'open');
  assert.equal(fn.tier.health().state, 'lost');
  const { calls } = fn.driver;
  await fn(3);
  await pass(9_000);
  await fn(4);
  assert.equal(fn.driver.calls, calls);
  // The opening is the probe.
  await pass(1_500);
  assert.equal(fn.driver.calls, calls + 1);
  assert.equal(breaker.state, 'open');
  fn.driver.isDown = false;
  await pass(9_000);
  assert.equal(fn.tier.health().state, 'lost');
  await pass(1_500);
  assert.equal(fn.tier.health().state, 'ready');
  assert.equal(breaker.state, 'closed');
});

test('while a CircuitBreaker is forced open the store is not used, and changes are sent after that', async () => {
  const breaker = new CircuitBreaker();
  const shared = memoryDriver();
  const fn = wrap(breaker, shared);
  await fn('x');
  await turns();
  const { valueKey } = shared;
  breaker.forceOpen();
  const { calls } = fn.driver;
  // The copy is there.
  assert.equal(await fn('x'), 'x 1');
  assert.equal(await fn('y'), 'y 2');
  await assert.rejects(fn.invalidate('x'), { name: 'TierError' });
  await pass(60_000);
  assert.equal(fn.driver.calls, calls);
  assert.equal(fn.tier.health().state, 'lost');
  assert.ok(shared.store.has(valueKey));
  breaker.reset();
  await pass(1_000);
  assert.equal(fn.tier.health().state, 'ready');
  assert.equal(shared.store.has(valueKey), false);
});

test('a CircuitBreaker that is open at the start keeps the tier from connecting', async () => {
  const breaker = new CircuitBreaker();
  breaker.forceOpen();
  const fn = wrap(breaker);
  assert.equal(await fn('x'), 'x 1');
  assert.equal(fn.driver.calls, 0);
  breaker.forceClose();
  await pass(1_000);
  assert.equal(fn.tier.health().state, 'ready');
});

test('a CircuitBreaker ignores the errors that it is told to ignore', async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 1, errorTypes: [RangeError] });
  const fn = wrap(breaker);
  await fn(0);
  await turns();
  fn.driver.isDown = true;
  for (let id = 1; id < 5; id++) await fn(id);
  assert.equal(breaker.state, 'closed');
  assert.equal(fn.tier.health().state, 'ready');
});

test('what looks like a CircuitBreaker and is none is refused', () => {
  for (const breaker of [Object.create(new CircuitBreaker()), { forceOpen() {} }]) {
    assert.throws(() => wrap(breaker), {
      name: 'TypeError',
      message: /breaker must be options or a CircuitBreaker of this package/,
    });
  }
});
