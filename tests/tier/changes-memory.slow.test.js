import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resilient } from 'holdfast';
import { tier } from 'holdfast/tier';
import { memoryDriver } from '../support/memory-driver.js';
import { wrapInTier as wrap } from '../support/memory-tier.js';
import { turn } from '../support/turn.js';
import { until } from '../support/until.js';

test('what the tier knows of results that left the first tier is removed', async () => {
  const driver = memoryDriver({ watched: 'echoes' });
  const fn = wrap(async (id) => id, { driver, cache: { maxSize: 10 } });
  for (let id = 0; id < 1_000; id++) await fn(id);
  await until(() => fn.cache.size === 10, 'results');
  driver.calls.length = 0;
  // Each known result is read to see whether it has changed.
  driver.watcher.changed();
  await turn();
  assert.ok(driver.calls.length < 200, `${driver.calls.length} are known`);
});

test('what the tier knows of URLs whose results left the first tier is removed', async () => {
  const driver = memoryDriver({ watched: 'echoes' });
  const get = async () => new Response('x');
  const options = { name: 'get', http: true, cache: { ttl: 60, maxSize: 10 } };
  const fn = resilient(get, { ...options, cache: { ...options.cache, tier: tier({ driver }) } });
  for (let id = 0; id < 2_500; id++) await (await fn(`http://localhost/${id}`)).text();
  await until(() => fn.cache.size === 10, 'results');
  driver.calls.length = 0;
  // The tokens of each known URL are read again.
  for (const key of driver.store.keys()) if (key.includes('#')) driver.watcher.changed(key);
  await turn();
  assert.ok(driver.calls.length > 0);
  assert.ok(driver.calls.length < 1_500, `${driver.calls.length} are known`);
});
