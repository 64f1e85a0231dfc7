import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { findServer } from '../../../scripts/find-servers.js';
import { CLIENTS } from '../../support/redis-clients.js';
import { startServer } from '../../support/servers.js';
import { startProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

const skip = findServer('redis') ? false : 'not run: there is no redis-server';

/** The index of the connection that the pushes have. */
const PUSHES = { 'node-redis 5': 0, 'node-redis 6': 0, 'ioredis 5': 1, 'ioredis 6': 1 };

for (const [clientName, pushIndex] of Object.entries(PUSHES)) {
  describe(`the order of pushes and replies, with ${clientName}`, { skip }, () => {
    let server;
    let proxy;
    let tiers = [];
    let version;
    before(async () => {
      server = await startServer('redis');
      proxy = await startProxy(server.port);
    });
    after(async () => {
      await proxy?.stop();
      await server?.stop();
    });

    async function open(port) {
      const client = await CLIENTS[clientName](`redis://127.0.0.1:${port}`);
      const tier = redisTier({ client, timeout: '2s', maxStale: '1m' });
      tiers.push(tier);
      const load = async () => {
        beforeReturn?.();
        return version;
      };
      const fn = resilient(load, { name: 'fn', cache: { ttl: '1m', tags: ['t'], tier } });
      await until(() => tier.health().state === 'ready', 'a connection');
      return Object.assign(fn, { tier });
    }

    /** What the function does before it returns. */
    let beforeReturn;

    /** Two processes with the old result in the store; the replies to the second one pass the proxy. */
    async function scene(run) {
      await server.command('FLUSHALL');
      proxy.connections.length = 0;
      version = 'old';
      beforeReturn = undefined;
      try {
        const [a, b] = [await open(server.port), await open(proxy.port)];
        await a('x');
        await until(() => a.cache.has('x'), 'a result');
        // It knows the tokens of the tags.
        await b('other');
        await until(() => b.cache.has('other'), 'a result');
        await run(a, b, proxy.connections[pushIndex], proxy.connections[0]);
      } finally {
        for (const connection of proxy.connections) connection.release();
        for (const tier of tiers) await tier[Symbol.asyncDispose]();
        tiers = [];
      }
    }

    test('a reply that is late does not bring back what was invalidated meanwhile', () =>
      scene(async (a, b, pushes, commands) => {
        commands.keeps = true;
        const result = b('x');
        const isRead = async () => (await server.command('CLIENT', 'LIST')).includes('cmd=get ');
        await until(isRead, 'a read');
        version = 'new';
        await a.invalidate('x');
        await a.invalidate('other');
        if (pushes !== commands) await until(() => !b.cache.has('other'), 'both pushes');
        commands.release();
        await result;
        await until(async () => (await b('x')) === 'new', 'the new result');
        assert.equal(await b('x'), 'new');
      }));

    test('a call after invalidateTag does not read an old result, although the push is late', () =>
      scene(async (a, b, pushes) => {
        version = 'new';
        pushes.keeps = true;
        await a.invalidateTag('t');
        assert.equal(await b('x'), 'new');
      }));

    const changes = {
      'the result of a run': (b) => b('y'),
      'a result that replaces another one': (b) => b.with({ refresh: true })('x'),
      'what was put': (b) => b.put(['y'], 'put'),
      'what was put over another result': (b) => b.put(['x'], 'put'),
    };
    // With another connection for the pushes, all of them are asked about.
    for (const [name, change] of pushIndex === 0 ? Object.entries(changes) : []) {
      test(`a push that arrives together with the reply removes ${name}`, () =>
        scene(async (a, b, _pushes, commands) => {
          const key = name.includes('another') ? 'x' : 'y';
          version = 'middle';
          const isPut = name.startsWith('what');
          if (isPut) {
            // The server knows the script.
            await b.put(['other'], 'put');
            commands.keeps = true;
          } else {
            beforeReturn = () => {
              beforeReturn = undefined;
              commands.keeps = true;
            };
          }
          const changed = change(b);
          const expected = isPut ? 'put' : 'middle';
          const isStored = async () => commands.keeps && (await a(key)) === expected;
          await until(isStored, 'it is stored');
          version = 'new';
          await a.invalidate(key);
          const hasPush = () => {
            const text = Buffer.concat(commands.kept).toString('latin1');
            return text.lastIndexOf('invalidate') > text.lastIndexOf('\nhf1');
          };
          await until(hasPush, 'the push after the reply');
          commands.release();
          await changed;
          await until(async () => (await b(key)) === 'new', 'the new result');
        }));
    }

    test('a copy leaves when the push arrives after the reply', () =>
      scene(async (a, b, pushes) => {
        await b('x');
        await until(() => b.cache.has('x'), 'a copy');
        version = 'new';
        pushes.keeps = true;
        await a.invalidate('x');
        assert.equal(await b('x'), 'old');
        pushes.release();
        await until(() => !b.cache.has('x'), 'the copy leaves');
        assert.equal(await b('x'), 'new');
      }));
  });
}
