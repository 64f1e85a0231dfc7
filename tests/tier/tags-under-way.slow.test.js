import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../support/deferred.js';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier } from '../support/memory-tier.js';
import { turn } from '../support/turn.js';

const COUNT = 1_500;
const ids = Array.from({ length: COUNT }, (_, index) => index);
const turns = async () => {
  for (let index = 0; index < 10; index++) await turn();
};

/** Two functions that share a store, as if in two processes. The second one hears of what the first one removes. */
function twoProcesses(run) {
  const shared = memoryDriver();
  const cache = { tags: (result) => [`tag ${result.id}`], maxSize: 2 * COUNT };
  const second = driverOver(shared);
  const remove = (key) => {
    const start = shared.delete(key);
    second.watcher?.changed(key);
    return start;
  };
  const first = driverOver(shared, { delete: remove });
  const functions = [first, second].map((driver) => wrapInTier(run, { driver, cache }));
  return { functions, shared, second };
}

test('tags of many results that are stored at a time are heard of', async () => {
  const { functions, second } = twoProcesses(async (id) => ({ id }));
  const [one, other] = functions;
  await one('x');
  const gate = deferred();
  const { store } = second.leases;
  second.leases = {
    ...second.leases,
    async store(...args) {
      await gate.promise;
      return store(...args);
    },
  };
  await Promise.all(ids.map((id) => other(id)));
  await turns();
  gate.resolve();
  await turns();
  assert.equal(other.cache.size, COUNT);
  for (const id of ids) await one.invalidateTag(`tag ${id}`);
  assert.equal(other.cache.size, 0);
});

test('tags of many results that are read at a time are heard of', async () => {
  const { functions, shared, second } = twoProcesses(async (id) => ({ id }));
  const [one, other] = functions;
  for (const id of ids) await one(id);
  await turns();
  const gate = deferred();
  second.get = async (key) => {
    if (key.includes('#')) await gate.promise;
    return shared.get(key);
  };
  const results = ids.map((id) => other(id));
  await turns();
  gate.resolve();
  await Promise.all(results);
  await turns();
  assert.equal(other.cache.size, COUNT);
  for (const id of ids) await one.invalidateTag(`tag ${id}`);
  assert.equal(other.cache.size, 0);
});

test('a tag whose record this process has made is heard of, although it hears of its own changes', async () => {
  const shared = memoryDriver({ watched: 'echoes' });
  const cache = { tags: (id) => [`tag ${id}`] };
  const echoes = new Set();
  const replace = (key, ...rest) => {
    if (key.includes('#')) echoes.add(key);
    return shared.replace(key, ...rest);
  };
  const get = async (key) => {
    const bytes = shared.get(key);
    if (echoes.delete(key)) driver.watcher.changed(key);
    return bytes;
  };
  const driver = driverOver(shared, { get, replace });
  const fn = wrapInTier(async (id) => id, { driver, cache });
  await fn('x');
  await turns();
  assert.ok(fn.cache.has('x'));
  const remove = (key) => {
    const start = shared.delete(key);
    driver.watcher.changed(key);
    return start;
  };
  const other = wrapInTier(async (id) => id, {
    driver: driverOver(shared, { delete: remove }),
    cache,
  });
  await other.invalidateTag('tag x');
  await turns();
  assert.equal(fn.cache.has('x'), false);
});
