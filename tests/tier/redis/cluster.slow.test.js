import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import * as ioredis from 'ioredis';
import * as ioredis6 from 'ioredis-6';
import * as iovalkey from 'iovalkey';
import * as redis from 'redis';
import * as redis5 from 'redis-5';
import { findServer } from '../../../scripts/find-servers.js';
import { CLIENTS } from '../../support/redis-clients.js';
import { startServer } from '../../support/servers.js';
import { until } from '../../support/until.js';

const skip = findServer('redis') ? false : 'not run: there is no redis-server';

test('a client of a cluster or of sentinels is refused when it is given', () => {
  const node = { host: '127.0.0.1', port: 1 };
  const rootNodes = [{ socket: node }];
  const sentinels = { name: 'main', sentinelRootNodes: [node] };
  const clients = [
    redis.createCluster({ rootNodes }),
    redis5.createCluster({ rootNodes }),
    redis.createSentinel(sentinels),
    redis5.createSentinel(sentinels),
    ...[ioredis, ioredis6, iovalkey].map(({ Cluster }) => {
      return new Cluster([node], { lazyConnect: true });
    }),
  ];
  for (const client of clients) {
    const expected = {
      name: 'TypeError',
      message: /^client must be a client of node-redis 5 or 6/,
    };
    assert.throws(() => redisTier({ client }), expected);
  }
});

for (const clientName of ['node-redis 6', 'ioredis 5', 'send']) {
  describe(`a node that has all slots of a cluster, with ${clientName}`, { skip }, () => {
    let server;
    before(async () => {
      server = await startServer('redis', ['--cluster-enabled', 'yes']);
      await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      const isUp = async () => (await server.command('CLUSTER', 'INFO')).includes('state:ok');
      await until(isUp, 'the cluster is up');
    });
    after(() => server?.stop());

    test('two processes share results on a node of a cluster, and tags invalidate them', async () => {
      const clients = [];
      const tiers = [];
      let runs = 0;
      const open = async () => {
        const client = await CLIENTS[clientName](server.url);
        const tier = redisTier({ client, timeout: '2s' });
        clients.push(client);
        tiers.push(tier);
        const load = async () => ++runs;
        const fn = resilient(load, { name: 'fn', cache: { ttl: '1m', tags: ['t'], tier } });
        await until(() => tier.health().state === 'ready', 'a connection');
        return Object.assign(fn, { tier });
      };
      try {
        const [a, b] = [await open(), await open()];
        assert.equal(await a('x'), 1);
        assert.equal(await b('x'), 1);
        const end = [
          () => a.invalidate('x'),
          () => a.invalidateTag('t'),
          () => a.tier.invalidateTag('t'),
          () => a.clear(),
        ];
        for (const [index, run] of end.entries()) {
          await run();
          await until(async () => (await b('x')) === index + 2, 'a new result');
          assert.equal(await a('x'), index + 2);
        }
        await a.put(['x'], 'put');
        await until(async () => (await b('x')) === 'put', 'the result that was put');
        for (const tier of tiers) assert.equal(tier.stats.errors, 0);
      } finally {
        for (const tier of tiers) await tier[Symbol.asyncDispose]();
        if (clientName === 'send') for (const client of clients) client.close();
      }
    });
  });
}
