import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../support/deferred.js';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier } from '../support/memory-tier.js';
import { turn } from '../support/turn.js';
import { until } from '../support/until.js';

const turns = async (count = 5) => {
  for (let index = 0; index < count; index++) await turn();
};
const isStored = (fn, id) => until(() => fn.cache.has(id), 'a result');

test('a call right after invalidate does not keep the old result, however late the removal arrives', async () => {
  const shared = memoryDriver();
  const gate = deferred();
  const remove = async (key) => {
    await gate.promise;
    return shared.delete(key);
  };
  let version = 'old';
  const fn = wrapInTier(async () => version, { driver: driverOver(shared, { delete: remove }) });
  await fn('x');
  await isStored(fn, 'x');
  version = 'new';
  const invalidated = fn.invalidate('x');
  const result = fn('x');
  await turns();
  gate.resolve();
  await Promise.all([invalidated, result]);
  await turns();
  assert.equal(await fn('x'), 'new');
});

test('a change by one function drops the copies of another one with its name in the same process', async () => {
  const changes = {
    invalidate: (fn) => fn.invalidate('x'),
    put: (fn) => fn.put(['x'], 'new'),
    refresh: (fn) => fn.with({ refresh: true })('x'),
    expire: (fn) => fn.expire('x'),
  };
  for (const watched of [true, 'echoes'])
    for (const [name, change] of Object.entries(changes)) {
      const driver = memoryDriver({ watched });
      let version = 'old';
      const load = async () => version;
      const cache = name === 'expire' ? { staleIfError: 60 } : {};
      const a = wrapInTier(load, { driver, cache });
      const b = wrapInTier(load, { driver, cache, tier: a.tier });
      await a('x');
      await isStored(a, 'x');
      await b('x');
      await isStored(b, 'x');
      version = 'new';
      await change(a);
      await turns();
      assert.equal(await b('x'), 'new', `${name}, ${watched}`);
    }
});

test('a rejected invalidation drops the copies of another function with its name, too', async () => {
  const shared = memoryDriver();
  let version = 'old';
  const load = async () => version;
  const a = wrapInTier(load, { driver: driverOver(shared) });
  const b = wrapInTier(load, { driver: a.driver, tier: a.tier });
  await b('x');
  await isStored(b, 'x');
  version = 'new';
  a.driver.delete = () => {
    throw new Error('down');
  };
  await assert.rejects(a.invalidate('x'), { name: 'TierError' });
  assert.equal(await b('x'), 'new');
  await a.tier[Symbol.asyncDispose]();
});

test('a run that another function of the process has begun is not stored after an invalidation', async () => {
  const driver = memoryDriver();
  const runs = [];
  const load = () => {
    const run = deferred();
    runs.push(run);
    return run.promise;
  };
  const a = wrapInTier(load, { driver });
  const b = wrapInTier(load, { driver, tier: a.tier });
  const old = b('x');
  await until(() => runs.length === 1, 'a run');
  await a.invalidate('x');
  const later = b('x');
  await until(() => runs.length === 2, 'a second run');
  runs[0].resolve('old');
  runs[1].resolve('new');
  assert.equal(await old, 'old');
  assert.equal(await later, 'new');
  await isStored(b, 'x');
  assert.equal(await a('x'), 'new');
});

test('an invalidation by one function removes what another one with its name has put before', async () => {
  const shared = memoryDriver();
  // A put reads tokens first, so a removal of one trip would overtake it.
  const get = async (key) => {
    await turn();
    return shared.get(key);
  };
  const load = async () => 'run';
  const a = wrapInTier(load, { driver: driverOver(shared, { get }) });
  const b = wrapInTier(load, { driver: a.driver, tier: a.tier });
  await Promise.all([a.put(['x'], 'put'), b.invalidate('x')]);
  await turns();
  assert.equal(shared.valueKey, undefined);
  assert.equal(await a('x'), 'run');
});

test('invalidateTag changes the epoch before the tag, whatever the order in which the store works', async () => {
  const shared = memoryDriver();
  const removed = [];
  const gates = [];
  const remove = async (key) => {
    const gate = deferred();
    gates.push(gate);
    await gate.promise;
    removed.push(key);
    return shared.delete(key);
  };
  const fn = wrapInTier(async () => 'x', {
    driver: driverOver(shared, { delete: remove }),
    cache: { tags: () => ['t'] },
  });
  await fn('x');
  await isStored(fn, 'x');
  const invalidated = fn.invalidateTag('t');
  await turns();
  // The last one that was sent is done first.
  while (removed.length < 2) {
    gates.pop()?.resolve();
    await turns();
  }
  await invalidated;
  const other = driverOver(shared, { delete: remove });
  assert.ok(other);
  const tags = wrapInTier(async () => 'y', { driver: memoryDriver(), cache: { tags: ['t'] } });
  await tags('x');
  await isStored(tags, 'x');
  // A function with fixed tags has a record of the tag, and none of the epoch.
  const ofTag = new Set([...tags.driver.store.keys()].filter((key) => key.includes('#')));
  assert.equal(ofTag.has(removed[0]), false);
  assert.equal(ofTag.has(removed[1]), true);
});

test('after a loss, epochs are changed before tags that were invalidated earlier', async () => {
  const shared = memoryDriver();
  const removed = [];
  let isDown = false;
  const driver = driverOver(shared, {
    delete(key) {
      if (isDown) throw new Error('down');
      removed.push(key);
      return shared.delete(key);
    },
  });
  const breaker = { recoveryTimeout: 0.01, maxRecoveryTimeout: 0.01 };
  const fn = wrapInTier(async () => 'x', { driver, breaker, cache: { tags: () => ['t', 'u'] } });
  await fn('x');
  await isStored(fn, 'x');
  isDown = true;
  await assert.rejects(fn.invalidateTag('t'), { name: 'TierError' });
  await assert.rejects(fn.invalidateTag('u'), { name: 'TierError' });
  isDown = false;
  await until(() => fn.tier.health().state === 'ready', 'a connection');
  removed.length = 3;
  // The second invalidation has put the epoch behind the first tag.
  await fn.invalidateTag('other');
  const [epoch] = removed.slice(3);
  assert.equal(removed[0], epoch);
  await fn.tier[Symbol.asyncDispose]();
});
