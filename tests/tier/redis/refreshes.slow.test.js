import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { findServer } from '../../../scripts/find-servers.js';
import { deferred } from '../../support/deferred.js';
import { CLIENTS } from '../../support/redis-clients.js';
import { startServer } from '../../support/servers.js';
import { until } from '../../support/until.js';

const skip = findServer('redis') ? false : 'not run: there is no redis-server';

for (const clientName of ['node-redis 6', 'ioredis 5']) {
  for (const window of ['staleWhileRevalidate', 'staleIfError']) {
    describe(`runs that replace a stale result, with ${clientName} and ${window}`, { skip }, () => {
      let server;
      let tiers;
      /** The runs, by their order. The first one ends at once. */
      let runs;
      before(async () => {
        server = await startServer('redis');
      });
      after(() => server?.stop());

      async function open() {
        const tier = redisTier({ client: await CLIENTS[clientName](server.url), timeout: '2s' });
        tiers.push(tier);
        const fn = resilient(load, { name: 'fn', cache: { ttl: '1h', [window]: '1h', tier } });
        await until(() => tier.health().state === 'ready', 'a connection');
        return Object.assign(fn, { tier });
      }

      async function load() {
        const run = deferred();
        const number = runs.push(run);
        if (number > 1) await run.promise;
        return number;
      }

      /** Two processes that know of a stale result. One of them runs the function. */
      async function scene(go) {
        await server.command('FLUSHALL');
        runs = [];
        tiers = [];
        try {
          const [leader, other] = [await open(), await open()];
          await leader('x');
          await until(() => leader.cache.has('x'), 'a result');
          await other('x');
          await until(() => other.cache.has('x'), 'a result in the other process');
          await leader.expire('x');
          await until(() => !other.cache.has('x'), 'a push');
          const result = leader('x');
          await until(() => runs.length === 2, 'a run');
          await go(leader, other);
          await result;
        } finally {
          for (const run of runs) run.resolve();
          for (const tier of tiers) await tier[Symbol.asyncDispose]();
        }
      }

      test('another process that has the stale result waits, and does not run the function', () =>
        scene(async (leader, other) => {
          const result = other('x');
          await until(() => other.tier.stats.waits === 1, 'a wait');
          runs[1].resolve();
          await until(() => leader.cache.has('x'), 'the new result');
          await result;
          await until(async () => (await other('x')) === 2, 'the new result in the other process');
          assert.equal(runs.length, 2);
        }));

      test('a run that outlives the stored result is stored', () =>
        scene(async (leader, other) => {
          const reply = await server.command('KEYS', '*:{*}');
          const key = /holdfast:\S+/.exec(reply)[0];
          await server.command('PEXPIRE', key, '1');
          await until(async () => (await server.command('EXISTS', key)) === ':0\r\n', 'its end');
          // A reply comes after the push.
          await leader.invalidate('y');
          runs[1].resolve();
          await until(() => leader.cache.has('x') || runs.length > 2, 'the new result');
          assert.equal(leader.tier.stats.refused, 0);
          await until(async () => (await other('x')) === 2, 'the new result in the other process');
          assert.equal(runs.length, 2);
        }));
    });
  }
}
