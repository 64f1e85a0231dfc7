import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inChild } from '../support/in-child.js';

test('more changes than 100,000 that could not be sent are replaced by a removal of all results of the function', () => {
  // In a process of its own: the test runner's hooks of Promises would take most of the time.
  const outcome = inChild(async () => {
    const { resilient } = await import('holdfast');
    const { memoryDriver } = await import('./support/memory-driver.js');
    const { driverOver, wrapInTier } = await import('./support/memory-tier.js');
    const { until } = await import('./support/until.js');
    Error.stackTraceLimit = 0;
    const shared = memoryDriver();
    const removed = [];
    let isDown = false;
    const check = () => {
      if (isDown) throw new Error('down');
    };
    const driver = driverOver(shared, {
      open(watcher) {
        check();
        driver.watcher = watcher;
        return true;
      },
      get(key) {
        check();
        return shared.get(key);
      },
      delete(key) {
        check();
        removed.push(key);
        return shared.delete(key);
      },
    });
    let version = 'old';
    const load = async (id) => `${version} ${id}`;
    const breaker = { recoveryTimeout: 0.5, maxRecoveryTimeout: 0.5 };
    const fn = wrapInTier(load, { driver, breaker });
    const other = resilient(load, { name: 'other', cache: { tier: fn.tier } });
    const elsewhere = wrapInTier(load, { driver: driverOver(shared) });
    const ids = [0, 70_000, 100_000];
    for (const one of [fn, other, elsewhere]) {
      for (const id of ids) {
        await one(id);
        await until(() => one.cache.has(id), 'a result');
      }
    }
    isDown = true;
    version = 'new';
    const changes = [other.invalidate(0)];
    for (let id = 0; id <= 100_000; id++) changes.push(fn.invalidate(id));
    const outcomes = await Promise.allSettled(changes);
    const rejected = outcomes.filter(({ reason }) => reason?.name === 'TierError').length;
    const put = await fn.put([5], 'put').catch(({ name }) => name);
    isDown = false;
    await until(() => fn.tier.health().state === 'ready', 'a connection');
    const sent = removed.length;
    for (const key of removed) elsewhere.driver.watcher.changed(key);
    const results = [];
    for (const one of [fn, elsewhere]) {
      for (const id of [...ids, 5]) results.push(await one(id));
    }
    for (const { tier } of [fn, elsewhere]) await tier[Symbol.asyncDispose]();
    return { rejected, put, sent, results };
  });
  const { rejected, put, sent, results } = outcome;
  assert.equal(rejected, 100_002);
  assert.equal(put, 'TierError');
  assert.ok(sent < 10, `${sent} changes were sent`);
  // The put came after the removal.
  const expected = ['new 0', 'new 70000', 'new 100000', 'put'];
  assert.deepEqual(results, [...expected, ...expected]);
});
