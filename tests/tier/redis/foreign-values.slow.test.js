import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { findServer } from '../../../scripts/find-servers.js';
import { CLIENTS } from '../../support/redis-clients.js';
import { startServer } from '../../support/servers.js';
import { until } from '../../support/until.js';

const skip = findServer('redis') ? false : 'not run: there is no redis-server';

for (const clientName of ['node-redis 6', 'ioredis 5']) {
  describe(`keys of a tier with bytes of others, with ${clientName}`, { skip }, () => {
    let server;
    let tiers = [];
    before(async () => {
      server = await startServer('redis');
    });
    after(() => server?.stop());

    async function scene(run) {
      await server.command('FLUSHALL');
      try {
        await run();
      } finally {
        for (const tier of tiers) await tier[Symbol.asyncDispose]();
        tiers = [];
      }
    }

    async function wrap(fn, cache) {
      const tier = redisTier({ client: await CLIENTS[clientName](server.url), timeout: '2s' });
      tiers.push(tier);
      const wrapped = resilient(fn, { name: 'fn', cache: { ttl: '1m', ...cache, tier } });
      await until(() => tier.health().state === 'ready', 'a connection');
      return Object.assign(wrapped, { tier });
    }

    const isStored = (fn, id) => until(() => fn.cache.has(id), 'a result in the first tier');

    async function keysWith(part) {
      const reply = await server.command('KEYS', '*');
      return reply.split('\r\n').filter((line) => line.includes(':1:') && line.includes(part));
    }

    /** Replaces what is stored under a key. */
    async function write(key, value) {
      await server.command('DEL', key);
      if (Array.isArray(value)) await server.command('LPUSH', key, ...value);
      else await server.command('SET', key, value);
    }

    test('a value that no tier has stored is replaced, and can be invalidated', () =>
      scene(async () => {
        let runs = 0;
        const fn = await wrap(async () => ++runs);
        const other = await wrap(async () => ++runs);
        await fn('x');
        await isStored(fn, 'x');
        const [key] = await keysWith(':{');
        for (const value of ['', 'x', 'x'.repeat(200), ['a list']]) {
          await write(key, value);
          await until(() => !fn.cache.has('x'), 'the copy leaves');
          const before = runs;
          assert.equal(await fn('x'), before + 1);
          await isStored(fn, 'x');
          assert.equal(await other('x'), before + 1);
          await write(key, value);
          await fn.invalidate('x');
          assert.deepEqual(await keysWith(':{'), []);
          await fn('x');
          await isStored(fn, 'x');
        }
        assert.equal(fn.tier.stats.errors + other.tier.stats.errors, 0);
      }));

    test('a record of a tag that no tier has stored is replaced', () =>
      scene(async () => {
        let runs = 0;
        const fn = await wrap(async () => ++runs, { tags: ['t'] });
        await fn('x');
        await isStored(fn, 'x');
        for (const value of ['', 'hf1', 'x'.repeat(100), ['a list']]) {
          for (const key of await keysWith('#')) await write(key, value);
          await until(() => !fn.cache.has('x'), 'the copy leaves');
          const { misses } = fn.tier.stats;
          await until(async () => {
            await fn('x');
            return fn.tier.stats.misses > misses;
          }, 'a run with a lease');
          await isStored(fn, 'x');
        }
        assert.equal(fn.tier.stats.errors, 0);
      }));

    test('a lease without an end does not keep calls waiting', () =>
      scene(async () => {
        const fn = await wrap(async () => 'run');
        await fn('x');
        await isStored(fn, 'x');
        const [key] = await keysWith(':{');
        await fn.invalidate('x');
        for (const value of ['token', ['a list']]) {
          await write(`${key}!`, value);
          assert.equal(await fn('x'), 'run');
          await isStored(fn, 'x');
          await fn.invalidate('x');
        }
      }));

    test('a stale result that was expired here hears of an invalidation elsewhere', () =>
      scene(async () => {
        let fails = false;
        const load = async () => {
          if (fails) throw new Error('down');
          return 'old';
        };
        const [a, b] = [await wrap(load, { staleIfError: 60 }), await wrap(load)];
        await a('x');
        await isStored(a, 'x');
        await a.expire('x');
        await b.invalidate('x');
        fails = true;
        await until(
          () =>
            a('x').then(
              () => false,
              () => true,
            ),
          'an error',
          2_000,
        );
      }));
  });
}
