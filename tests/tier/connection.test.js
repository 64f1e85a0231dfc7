import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../support/deferred.js';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier } from '../support/memory-tier.js';
import { until } from '../support/until.js';

test('a call does not end the first opening, which may take longer than timeout', async () => {
  const shared = memoryDriver();
  const gate = deferred();
  const open = async (watcher) => {
    await gate.promise;
    return shared.open(watcher);
  };
  const fn = wrapInTier(async (id) => id, { driver: driverOver(shared, { open }), timeout: 0.02 });
  let failures = 0;
  for (const type of ['tier_error', 'tier_lost']) fn.tier.addEventListener(type, () => failures++);
  assert.equal(await fn('x'), 'x');
  assert.equal(fn.tier.health().state, 'opening');
  // The time for waiting is over: later calls go on at once.
  const timers = [];
  const { setTimeout: original } = globalThis;
  globalThis.setTimeout = (...args) => {
    if (args[1] <= 20) timers.push(args);
    return original(...args);
  };
  try {
    for (let id = 0; id < 3; id++) assert.equal(await fn(id), id);
  } finally {
    globalThis.setTimeout = original;
  }
  assert.deepEqual(timers, []);
  gate.resolve();
  await until(() => fn.tier.health().state === 'ready', 'a connection');
  assert.equal(failures, 0);
  // What was kept without the store is dropped.
  assert.equal(fn.cache.has('x'), false);
  await fn.tier[Symbol.asyncDispose]();
});
