import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier, TierError } from 'holdfast/redis';
import { findServer } from '../../scripts/find-servers.js';
import { CLIENTS } from '../support/redis-clients.js';
import { startServer } from '../support/servers.js';
import { startProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const skip = findServer('redis') ? false : 'not run: there is no redis-server';

for (const clientName of ['node-redis 6', 'ioredis 5']) {
  describe(`faults of the server, with ${clientName}`, { skip }, () => {
    let server;
    let proxy;
    let tiers = [];
    let prefix = 0;
    before(async () => {
      server = await startServer('redis');
      proxy = await startProxy(server.port);
    });
    after(async () => {
      await proxy?.stop();
      await server?.stop();
    });

    async function scene(run) {
      prefix++;
      proxy.holds = proxy.refuses = false;
      proxy.delayMs = 0;
      try {
        await run();
      } finally {
        for (const tier of tiers) await tier[Symbol.asyncDispose]();
        tiers = [];
      }
    }

    async function wrap(fn, { cache, port = server.port, ...settings } = {}) {
      const client = await CLIENTS[clientName](`redis://127.0.0.1:${port}`);
      const breaker = { recoveryTimeout: '50ms', maxRecoveryTimeout: '100ms' };
      const tier = redisTier({
        client,
        prefix: `f${prefix}`,
        maxStale: '600ms',
        breaker,
        ...settings,
      });
      tiers.push(tier);
      const wrapped = resilient(fn, { name: 'fn', cache: { ttl: '1m', ...cache, tier } });
      await until(() => tier.health().state === 'ready', 'a connection');
      return Object.assign(wrapped, { tier });
    }

    const isStored = (fn, id) => until(() => fn.cache.has(id), 'a result in the first tier');
    const isReady = ({ tier }) => until(() => tier.health().state === 'ready', 'a connection');

    test('calls go on while the server is frozen, and the tier comes back after that', () =>
      scene(async () => {
        let runs = 0;
        const fn = await wrap(async (id) => `${id} ${++runs}`);
        assert.equal(await fn('a'), 'a 1');
        await isStored(fn, 'a');
        server.signal('SIGSTOP');
        try {
          assert.equal(await fn('b'), 'b 2');
          // The wait for the first answer is over: no call waits any more.
          for (let id = 0; id < 20; id++) assert.equal(await fn(id), `${id} ${id + 3}`);
          assert.notEqual(fn.tier.health().state, 'ready');
          await assert.rejects(fn.invalidate('a'), TierError);
        } finally {
          server.signal('SIGCONT');
        }
        await isReady(fn);
        assert.equal(await fn('a'), `a ${runs}`);
        assert.ok(runs > 22);
      }));

    test('a rejected invalidation is made once the server is back, before anything is read', () =>
      scene(async () => {
        let runs = 0;
        const patient = { timeout: '2s', maxStale: '1m' };
        const a = await wrap(async (id) => `${id} ${++runs}`, { port: proxy.port, ...patient });
        const b = await wrap(async (id) => `${id} ${++runs}`, patient);
        await a('x');
        await isStored(a, 'x');
        assert.equal(await b('x'), 'x 1');
        proxy.refuses = true;
        proxy.cut();
        await assert.rejects(a.invalidate('x'), TierError);
        // The other process does not know yet. This one does.
        assert.equal(await b('x'), 'x 1');
        assert.equal(await a('x'), 'x 2');
        proxy.refuses = false;
        await isReady(a);
        await until(() => !b.cache.has('x'), 'the copy of the other tier leaves');
        assert.equal(await a('x'), 'x 3');
        assert.equal(await b('x'), 'x 3');
      }));

    test('a rejected put is made once the server is back', () =>
      scene(async () => {
        const a = await wrap(async () => 'run', { port: proxy.port });
        const b = await wrap(async () => 'run');
        proxy.refuses = true;
        proxy.cut();
        await assert.rejects(a.put(['x'], 'put'), TierError);
        proxy.refuses = false;
        await isReady(a);
        assert.equal(await b('x'), 'put');
      }));

    test('when packets are dropped, a copy is kept for maxStale, then the function runs', () =>
      scene(async () => {
        let runs = 0;
        const windows = { staleWhileRevalidate: 60, staleIfError: 60 };
        for (const cache of [{}, windows]) {
          runs = 0;
          const version = Object.keys(cache).length;
          const settings = { timeout: '150ms', cache: { ...cache, version } };
          const fn = async (id) => `${id} ${++runs}`;
          const a = await wrap(fn, { ...settings, port: proxy.port });
          await a('x');
          await isStored(a, 'x');
          proxy.holds = true;
          const started = performance.now();
          assert.equal(await a('x'), 'x 1');
          await until(async () => (await a('x')) === 'x 2', 'the copy is given up');
          // At the start, the last heartbeat may have been just before. The rest is for slow machines.
          const milliseconds = performance.now() - started;
          assert.ok(milliseconds < 2_500, `${milliseconds} ms`);
          proxy.holds = false;
          proxy.cut();
          await isReady(a);
          await a.tier[Symbol.asyncDispose]();
        }
      }));

    test('a connection whose heartbeat is not answered is closed long before maxStale', () =>
      scene(async () => {
        const a = await wrap(async (id) => id, { port: proxy.port, maxStale: '10m' });
        proxy.holds = true;
        await until(() => a.tier.health().state !== 'ready', 'the connection is given up');
        proxy.holds = false;
        proxy.cut();
        await isReady(a);
      }));

    test('copies kept while disconnected are dropped after reconnecting', () =>
      scene(async () => {
        let value = 'old';
        const a = await wrap(async () => value, { port: proxy.port, maxStale: '1m' });
        const b = await wrap(async () => value);
        await a('x');
        await isStored(a, 'x');
        // The echo of the result has been answered by then.
        await a('y');
        proxy.refuses = true;
        proxy.cut();
        await until(() => a.tier.health().state !== 'ready', 'the connection is lost');
        value = 'new';
        await b.invalidate('x');
        assert.equal(await a('x'), 'old');
        proxy.refuses = false;
        await isReady(a);
        assert.equal(await a('x'), 'new');
      }));

    test('a slow network changes nothing, up to timeout', () =>
      scene(async () => {
        let runs = 0;
        const fn = async (id) => `${id} ${++runs}`;
        const patient = { timeout: '5s', maxStale: '1m', cache: { tags: () => ['t'] } };
        const a = await wrap(fn, { ...patient, port: proxy.port });
        const b = await wrap(fn, patient);
        proxy.delayMs = 30;
        assert.deepEqual(await Promise.all([a('x'), b('x'), a('x')]), ['x 1', 'x 1', 'x 1']);
        await isStored(a, 'x');
        await isStored(b, 'x');
        await a.invalidate('x');
        await until(() => !b.cache.has('x'), 'the copy of the other tier leaves');
        assert.equal(await a('x'), 'x 2');
        assert.equal(await b('x'), 'x 2');
        await isStored(a, 'x');
        await b.invalidateTag('t');
        await until(() => !a.cache.has('x'), 'the copy of the other tier leaves');
        assert.equal(await a('x'), 'x 3');
        assert.equal(await b('x'), 'x 3');
        assert.equal(a.tier.stats.errors, 0);
      }));

    test('a network that is slower than timeout is given up, and used again once it is quick', () =>
      scene(async () => {
        let runs = 0;
        const settings = { port: proxy.port, timeout: '200ms' };
        const a = await wrap(async (id) => `${id} ${++runs}`, settings);
        proxy.delayMs = 400;
        assert.equal(await a('x'), 'x 1');
        assert.notEqual(a.tier.health().state, 'ready');
        for (let id = 0; id < 10; id++) await a(id);
        assert.equal(runs, 11);
        proxy.delayMs = 0;
        await isReady(a);
      }));

    test('a server that restarts empty loses nothing but results', () =>
      scene(async () => {
        let runs = 0;
        const a = await wrap(async (id) => `${id} ${++runs}`);
        await a('x');
        await isStored(a, 'x');
        await server.kill();
        assert.equal(await a('y'), 'y 2');
        await server.start();
        await isReady(a);
        assert.equal(await a('x'), 'x 3');
        await isStored(a, 'x');
      }));

    test('a full server refuses results without being given up, and still takes invalidations', () =>
      scene(async () => {
        const a = await wrap(async (id) => `${id}`, { cache: { tags: ['t'] } });
        await a('x');
        await isStored(a, 'x');
        await server.command('CONFIG', 'SET', 'maxmemory', '1');
        try {
          assert.equal(await a('y'), 'y');
          await isStored(a, 'y').catch(() => {});
          assert.equal(a.tier.health().state, 'ready');
          await a.invalidate('x');
          await a.invalidateTag('t');
          await a.clear();
          assert.equal(a.tier.health().state, 'ready');
          await assert.rejects(a.put(['z'], 1), TierError);
        } finally {
          await server.command('CONFIG', 'SET', 'maxmemory', '0');
        }
        assert.equal(await a('x'), 'x');
        await isStored(a, 'x');
      }));

    test('a tier that is closed leaves its functions working', () =>
      scene(async () => {
        const a = await wrap(async (id) => id);
        await a.tier[Symbol.asyncDispose]();
        assert.equal(await a(1), 1);
        assert.equal(a.tier.health().state, 'closed');
        await assert.rejects(a.invalidate(1), TierError);
      }));
  });
}
