import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { findServer } from '../../../scripts/find-servers.js';
import { CLIENTS } from '../../support/redis-clients.js';
import { startServer } from '../../support/servers.js';
import { until } from '../../support/until.js';

const COUNT = 400;
const SCENES = [
  ['node-redis 6', 'redis'],
  ['ioredis 5', 'redis'],
  ['node-redis 6', 'valkey'],
];

for (const [clientName, kind] of SCENES) {
  const skip = findServer(kind) ? false : `not run: there is no ${kind}-server`;
  describe(`a ${kind} that evicts, with ${clientName}`, { skip }, () => {
    test('results that commands of this process evict leave the first tier, too', async () => {
      const server = await startServer(kind, ['--maxmemory-policy', 'allkeys-lru']);
      const open = async () =>
        redisTier({ client: await CLIENTS[clientName](server.url), timeout: '5s', maxStale: '1m' });
      const tiers = [await open(), await open()];
      try {
        const versions = new Array(COUNT).fill(0);
        const load = async (id) => ({ version: versions[id], padding: 'x'.repeat(2_000) });
        const tags = (_result, id) => [`t${id % 10}`];
        const [a, b] = tiers.map((tier) =>
          resilient(load, { name: 'load', cache: { ttl: '1h', maxSize: 10_000, tags, tier } }),
        );
        for (const { tier } of [{ tier: tiers[0] }, { tier: tiers[1] }]) {
          await until(() => tier.health().state === 'ready', 'a connection');
        }
        await a(0);
        const number = (text) => Number(/\d+/.exec(text)[0]);
        const info = await server.command('INFO', 'memory');
        const used = number(/used_memory:(\d+)/.exec(info)[0]);
        await server.command('CONFIG', 'SET', 'maxmemory', String(used + 600_000));
        for (let id = 0; id < COUNT; id++) await a(id);
        const count = "return #redis.call('KEYS', '*{*')";
        const stored = async () => number(await server.command('EVAL', count, '0'));
        assert.ok((await stored()) < COUNT - 50, 'some are evicted');
        await until(async () => a.cache.size <= (await stored()), 'evicted results leave');
        // Nothing is kept that the other process invalidates.
        for (let id = 0; id < COUNT; id++) versions[id] = 1;
        for (let id = 0; id < COUNT; id += 2) await b.invalidate(id);
        for (let tag = 1; tag < 10; tag += 2) await b.invalidateTag(`t${tag}`);
        const isNew = async (id) => (await a(id)).version === 1;
        for (let id = 0; id < COUNT; id++) await until(() => isNew(id), `the new result of ${id}`);
      } finally {
        for (const tier of tiers) await tier[Symbol.asyncDispose]();
        await server.stop();
      }
    });
  });
}
