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

/** Lets time pass, with the timers that are due. */
async function pass(milliseconds) {
  for (let left = milliseconds; left > 0; left -= 10) {
    clock.tick(Math.min(left, 10));
    for (let index = 0; index < 10; index++) await turn();
  }
}

const breaker = { recoveryTimeout: 0.05, maxRecoveryTimeout: 0.05 };

/** A driver over another one, whose methods throw while `isDown` is set. */
function failingOver(shared) {
  const fail = (method) =>
    function call(...args) {
      if (driver.isDown) throw new Error('down');
      return method(...args);
    };
  const driver = driverOver(shared);
  for (const name of ['open', 'time', 'get', 'set', 'replace', 'delete']) {
    driver[name] = fail(driver[name]);
  }
  const { acquire, renew, release, store } = shared.leases;
  const leases = { acquire, renew, release, store };
  for (const name of Object.keys(leases)) leases[name] = fail(leases[name]);
  return Object.assign(driver, { leases, isDown: false });
}

for (const watched of [true, false]) {
  for (const action of ['invalidateTag', 'clear']) {
    test(`a result that ${action} elsewhere has ended is not kept when it cannot be stored, ${watched ? '' : 'not '}watched`, async () => {
      const shared = memoryDriver({ watched });
      const cache = { tags: ['t'] };
      const other = wrapInTier(async () => 'new', { driver: driverOver(shared), cache });
      const driver = failingOver(shared);
      const run = deferred();
      const options = { driver, cache, breaker, maxStale: 1, lease: 0.3 };
      const fn = wrapInTier(() => run.promise, options);
      const result = fn('x');
      await pass(100);
      // A change while the connection is lost is not heard of later.
      if (watched) driver.watcher.lost(new Error('lost'));
      await other[action]('t');
      await pass(2_000);
      assert.equal(fn.tier.health().state, 'ready');
      driver.isDown = true;
      run.resolve('old');
      assert.equal(await result, 'old');
      await pass(10);
      assert.equal(fn.cache.has('x'), false);
    });
  }
}

test('a result of its process alone is kept for maxStale when the connection was lost during its run', async () => {
  class Instance {}
  const shared = memoryDriver();
  const first = wrapInTier(async () => new Instance(), { driver: shared });
  await first('x');
  await pass(10);
  for (const milliseconds of [600, 1_200]) {
    const driver = failingOver(shared);
    const run = deferred();
    const fn = wrapInTier(() => run.promise, { driver, breaker, maxStale: 1 });
    const result = fn('x');
    await pass(100);
    driver.isDown = true;
    driver.watcher.lost(new Error('lost'));
    await pass(milliseconds);
    run.resolve(new Instance());
    await result;
    await pass(10);
    assert.equal(fn.cache.has('x'), milliseconds < 1_000);
    await pass(400);
    assert.equal(fn.cache.has('x'), false);
  }
});

test('while the tier is cut off, calls join a run for maxStale', async () => {
  const driver = failingOver(memoryDriver());
  const runs = [];
  const load = () => {
    runs.push(deferred());
    return runs.at(-1).promise;
  };
  const fn = wrapInTier(load, { driver, breaker, maxStale: 1 });
  const first = fn('x');
  await pass(50);
  driver.isDown = true;
  driver.watcher.lost(new Error('lost'));
  const callAfter = async (milliseconds) => {
    await pass(milliseconds);
    const call = fn('x');
    await pass(10);
    return { call, count: runs.length };
  };
  const early = await callAfter(800);
  assert.equal(early.count, 1);
  // The key may have been invalidated elsewhere after the first run had read its data.
  const late = await callAfter(200);
  assert.equal(late.count, 2);
  runs[0].resolve('old');
  runs[1].resolve('new');
  assert.deepEqual(await Promise.all([first, early.call, late.call]), ['old', 'old', 'new']);
  assert.equal(await fn('x'), 'new');
  assert.equal(runs.length, 2);
});

test('openings that fail do not prolong the life of copies', async () => {
  const shared = memoryDriver();
  const driver = failingOver(shared);
  const remove = driver.delete;
  const fn = wrapInTier(async () => 'x', { driver, breaker, maxStale: 1 });
  await fn('x');
  await fn('y');
  await pass(10);
  // The server answers, but refuses the change that is sent first.
  driver.delete = () => {
    throw new Error('READONLY');
  };
  await assert.rejects(fn.invalidate('y'), { name: 'TierError' });
  await pass(900);
  assert.ok(fn.cache.has('x'));
  await pass(200);
  assert.equal(fn.cache.has('x'), false);
  driver.delete = remove;
  await pass(100);
  assert.equal(fn.tier.health().state, 'ready');
});

test('a removal that a full store refuses is made before anything is read', async () => {
  const driver = driverOver(memoryDriver());
  const { delete: remove, set } = driver;
  const full = () => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  };
  let version = 1;
  const fn = wrapInTier(async () => version, { driver, breaker });
  for (const change of [() => fn.invalidate('x'), () => fn.put(['x'], 'large')]) {
    await fn('x');
    await pass(10);
    version++;
    Object.assign(driver, { delete: full, set: full });
    await assert.rejects(change(), { name: 'TierError' });
    assert.equal(await fn('x'), version);
    Object.assign(driver, { delete: remove, set });
    await pass(100);
    assert.equal(fn.tier.health().state, 'ready');
    fn.cache.clear();
    assert.equal(await fn('x'), version);
  }
});

test('a call does not wait longer than timeout for what a put reads', async () => {
  const shared = memoryDriver();
  let gate;
  const get = async (key) => {
    if (key.includes('#')) await gate?.promise;
    return shared.get(key);
  };
  const driver = driverOver(shared, { get });
  const fn = wrapInTier(async (id) => id, { driver, timeout: 0.1, breaker });
  await fn('x');
  await pass(10);
  // What is known of its scope is read again.
  await fn.clear();
  gate = deferred();
  const put = fn.put(['y'], 'y');
  put.catch(() => {});
  await pass(1);
  let result;
  fn('z').then((value) => {
    result = value;
  });
  await pass(200);
  assert.equal(result, 'z');
  await assert.rejects(put, { name: 'TierError' });
});

test('a tier ends although its driver does not', async () => {
  const driver = driverOver(memoryDriver(), { close: () => new Promise(() => {}) });
  const fn = wrapInTier(async (id) => id, { driver, timeout: 0.1 });
  await fn('x');
  let hasEnded = false;
  fn.tier[Symbol.asyncDispose]().then(() => {
    hasEnded = true;
  });
  await pass(300);
  assert.ok(hasEnded);
});

test('the first result after the store was emptied is stored', async () => {
  for (const action of ['changed', 'lost']) {
    const shared = memoryDriver({ watched: 'echoes' });
    const driver = driverOver(shared);
    const fn = wrapInTier(async (id) => id, { driver, breaker, cache: { tags: (id) => [id] } });
    await fn('x');
    await pass(10);
    driver.store.clear();
    driver.watcher[action]();
    await pass(200);
    assert.equal(fn.cache.has('x'), false);
    await fn('x');
    await pass(10);
    assert.ok(fn.cache.has('x'));
    assert.ok(shared.valueKey);
  }
});
