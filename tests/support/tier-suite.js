import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { findServer } from '../../scripts/find-servers.js';
import { deferred } from './deferred.js';
import { CLIENTS } from './redis-clients.js';
import { startServer } from './servers.js';
import { until } from './until.js';

let prefixes = 0;

/**
 * What each client has to do on each server: two tiers in this process stand for two processes, which share nothing else.
 * @param {keyof CLIENTS} clientName
 * @param {'redis' | 'valkey'} kind
 */
export function tierSuite(clientName, kind, options = {}) {
  const skip = findServer(kind) ? false : `not run: there is no ${kind}-server`;
  describe(`${clientName} on ${kind}`, { skip }, () => {
    let server;
    let tiers = [];
    let prefix;
    const isWatched = clientName !== 'send' && options.tracking !== 'off';

    before(async () => {
      server = await startServer(kind);
    });
    after(() => server?.stop());

    /** A tier of its own connections. */
    async function open(settings = {}) {
      const client = await CLIENTS[clientName](server.url);
      const tier = redisTier({
        client,
        prefix,
        timeout: '2s',
        maxStale: '2s',
        ...options,
        ...settings,
      });
      tiers.push({ tier, client });
      return tier;
    }

    async function scene(run) {
      prefix = `${clientName.replace(/\W/g, '')}${++prefixes}`;
      try {
        await run();
      } finally {
        for (const { tier, client } of tiers) {
          await tier[Symbol.asyncDispose]();
          if (clientName === 'send') client.close();
        }
        tiers = [];
      }
    }

    /** The same function in two tiers. */
    async function pair(fn, cache = {}, settings = {}) {
      const wrap = async () => {
        const tier = await open(settings);
        return Object.assign(resilient(fn, { name: 'fn', cache: { ttl: '1m', ...cache, tier } }), {
          tier,
        });
      };
      const both = [await wrap(), await wrap()];
      for (const { tier } of both)
        await until(() => tier.health().state === 'ready', 'a connection');
      return both;
    }

    const inFirst = (fn, ...args) => fn.cache.has(fn.makeKey(...args));
    const isStored = (fn, ...args) =>
      until(() => inFirst(fn, ...args), 'a result in the first tier');

    test('concurrent calls in two tiers run the function once', () =>
      scene(async () => {
        let runs = 0;
        const [a, b] = await pair(async (id) => {
          runs++;
          await new Promise((resolve) => setTimeout(resolve, 20));
          return { id, when: new Date(0) };
        });
        const results = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? a : b)(7)));
        assert.equal(runs, 1);
        for (const result of results) assert.equal(result.id, 7);
        assert.equal(a.tier.stats.misses + b.tier.stats.misses, 1);
        // The other tier has the result, after a wait if it asked in time.
        assert.equal(a.tier.stats.hits + b.tier.stats.hits, 1);
      }));

    test('a result that another tier has stored is read, with its tags and the rest of its life', () =>
      scene(async () => {
        let runs = 0;
        const [a, b] = await pair(async (id) => `${id} ${++runs}`, { tags: ['t'], ttl: 100 });
        const events = [];
        for (const type of ['tier_hit', 'tier_miss', 'tier_wait']) {
          b.addEventListener(type, ({ key }) => events.push([type, key]));
        }
        assert.equal(await a('x'), 'x 1');
        await isStored(a, 'x');
        assert.equal(await b('x'), 'x 1');
        assert.equal(runs, 1);
        assert.deepEqual(events, [['tier_hit', 'x']]);
        // A copy does not outlive what is stored.
        const script = "return redis.call('PTTL', redis.call('KEYS', ARGV[1])[1])";
        const reply = await server.command('EVAL', script, '0', `${prefix}:*{*`);
        const storedMs = Number(/\d+/.exec(reply)[0]);
        const info = b.cache.info('x');
        assert.ok(info.ttl * 1_000 <= storedMs, `${info.ttl} s, ${reply}`);
        assert.deepEqual(info.tags, ['t']);
        const most = isWatched ? 100 : 2;
        assert.ok(info.ttl > most - 10 && info.ttl <= most, `ttl ${info.ttl}`);
      }));

    test('invalidate removes the result for both tiers', () =>
      scene(async () => {
        let runs = 0;
        const [a, b] = await pair(async (id) => `${id} ${++runs}`);
        await a('x');
        await isStored(a, 'x');
        await b('x');
        assert.equal(await b.invalidate('x'), true);
        assert.equal(await b.invalidate('x'), false);
        if (isWatched) {
          await until(() => !inFirst(a, 'x'), 'the copy of the other tier leaves');
          assert.equal(await a('x'), 'x 2');
        }
        assert.equal(await b('x'), 'x 2');
      }));

    test('a run that began before an invalidation in the other tier is not stored', () =>
      scene(async () => {
        const run = deferred();
        let runs = 0;
        const [a, b] = await pair(() => (++runs === 1 ? run.promise : 'new'));
        const old = a('x');
        await until(() => runs === 1, 'a run');
        // The other tier waits for it.
        const waiting = b('x');
        await until(() => b.tier.stats.waits === 1, 'a wait');
        await b.invalidate('x');
        run.resolve('old');
        assert.equal(await old, 'old');
        assert.equal(await waiting, 'new');
        await until(() => a.tier.stats.refused === 1, 'a refused result');
        assert.equal(await a('x'), 'new');
        assert.equal(await b('x'), 'new');
      }));

    test('a run that began before a put in the other tier is not stored', () =>
      scene(async () => {
        const run = deferred();
        let runs = 0;
        const [a, b] = await pair(() => {
          runs++;
          return run.promise;
        });
        const old = a('x');
        await until(() => runs === 1, 'a run');
        await b.put(['x'], 'put');
        run.resolve('old');
        assert.equal(await old, 'old');
        await until(() => a.tier.stats.refused === 1, 'a refused result');
        assert.equal(await a('x'), 'put');
        assert.equal(await b('x'), 'put');
      }));

    test('refresh takes the lease from a run in the other tier', () =>
      scene(async () => {
        const runs = [];
        const [a, b] = await pair(() => {
          const run = deferred();
          runs.push(run);
          return run.promise;
        });
        const old = a('x');
        await until(() => runs.length === 1, 'a run');
        const fresh = b.with({ refresh: true })('x');
        await until(() => runs.length === 2, 'a second run');
        runs[1].resolve('new');
        assert.equal(await fresh, 'new');
        await isStored(b, 'x');
        runs[0].resolve('old');
        assert.equal(await old, 'old');
        await until(() => a.tier.stats.refused === 1, 'a refused result');
        assert.equal(await a('x'), 'new');
      }));

    test('after an error the waiting tier runs the function', () =>
      scene(async () => {
        const runs = [];
        const [a, b] = await pair(() => {
          const run = deferred();
          runs.push(run);
          return run.promise;
        });
        const failing = a('x');
        await until(() => runs.length === 1, 'a run');
        const waiting = b('x');
        await until(() => b.tier.stats.waits === 1, 'a wait');
        runs[0].reject(new Error('no'));
        await assert.rejects(failing, /no/);
        await until(() => runs.length === 2, 'a second run');
        runs[1].resolve('yes');
        assert.equal(await waiting, 'yes');
      }));

    test('clear, invalidateTag and tier.invalidateTag reach both tiers', () =>
      scene(async () => {
        let runs = 0;
        const tags = (_result, id) => [`user:${id}`];
        const [a, b] = await pair(async (id) => `${id} ${++runs}`, { tags });
        const both = async (id) => {
          const result = await a(id);
          await isStored(a, id);
          assert.equal(await b(id), result);
        };
        const changes = [
          () => a.clear(),
          () => a.invalidateTag('user:1'),
          () => a.tier.invalidateTag('user:1'),
        ];
        for (const change of changes) {
          await both(1);
          await both(2);
          const before = runs;
          await change();
          if (isWatched) await until(() => !inFirst(b, 1), 'the copy of the other tier leaves');
          else b.cache.clear();
          await b(1);
          await b(2);
          assert.equal(runs - before, change === changes[0] ? 2 : 1, String(change));
          a.cache.clear();
        }
      }));

    test('a run is not stored if its tag was invalidated in the other tier meanwhile', () =>
      scene(async () => {
        for (const tags of [['t'], () => ['t']]) {
          const run = deferred();
          let runs = 0;
          const [a, b] = await pair(
            () => {
              runs++;
              return runs === 1 ? run.promise : 'new';
            },
            { tags, version: tags === undefined ? 1 : String(tags) },
          );
          const old = a('x');
          await until(() => runs === 1, 'a run');
          await b.invalidateTag('t');
          run.resolve('old');
          assert.equal(await old, 'old');
          assert.equal(await b('x'), 'new');
          assert.equal(await a('x'), 'new');
        }
      }));

    test('expire makes a result stale in both tiers, and one of them refreshes it', () =>
      scene(async () => {
        let runs = 0;
        const [a, b] = await pair(async (id) => `${id} ${++runs}`, { staleWhileRevalidate: 60 });
        await a('x');
        await isStored(a, 'x');
        await b('x');
        assert.equal(await b.expire('x'), true);
        if (isWatched) await until(() => !inFirst(a, 'x'), 'the copy of the other tier leaves');
        else a.cache.clear();
        assert.equal(await a('x'), 'x 1');
        await until(() => runs === 2, 'a refresh');
        await until(async () => (await a('x')) === 'x 2', 'the new result');
        assert.equal(runs, 2);
      }));

    test('a stale result in the store replaces a failure', () =>
      scene(async () => {
        let fails = false;
        const [a, b] = await pair(
          async (id) => {
            if (fails) throw new Error('down');
            return `${id} 1`;
          },
          { staleIfError: 60 },
        );
        await a('x');
        await isStored(a, 'x');
        await a.expire('x');
        fails = true;
        assert.equal(await b('x'), 'x 1');
        await assert.rejects(b('y'), /down/);
      }));

    test('responses are carried with status, headers, URL and body', () =>
      scene(async () => {
        let runs = 0;
        const get = async () => {
          runs++;
          const headers = { 'content-type': 'text/plain', 'x-a': 'b', 'set-cookie': 'id=1' };
          return new Response('body', { status: 203, statusText: 'Fine', headers });
        };
        const [a, b] = await pair(get, { ttl: 60 });
        const first = await a('http://localhost/');
        assert.equal(await first.text(), 'body');
        await isStored(a, 'http://localhost/');
        const second = await b('http://localhost/');
        assert.equal(second.status, 203);
        assert.equal(second.statusText, 'Fine');
        assert.equal(second.headers.get('x-a'), 'b');
        assert.equal(second.headers.get('set-cookie'), null);
        assert.equal(await second.text(), 'body');
        assert.equal(runs, 1);
      }));

    test('a result that cannot be encoded, or is too large, stays in each process', () =>
      scene(async () => {
        const warnings = [];
        const listen = (warning) => warnings.push(warning.message);
        process.on('warning', listen);
        let runs = 0;
        const values = [() => {}, 'x'.repeat(2_000)];
        const load = async (id) => {
          runs++;
          return values[id];
        };
        const [a, b] = await pair(load, {}, { maxValueBytes: 1_000 });
        for (const id of [0, 1]) {
          await a(id);
          await isStored(a, id);
          await b(id);
          await isStored(b, id);
          await a(id);
          await b(id);
        }
        assert.equal(runs, 4);
        assert.equal(a.tier.stats.unstorable, 2);
        if (isWatched) {
          await a.invalidate(1);
          await until(() => !inFirst(b, 1), 'the copy of the other tier leaves');
        }
        process.off('warning', listen);
        assert.equal(warnings.filter((message) => message.includes('second tier')).length, 1);
      }));

    if (isWatched) {
      test('an invalidation in the other tier detaches a run: later calls do not join it', () =>
        scene(async () => {
          const run = deferred();
          let runs = 0;
          // A renewal would notice it, too, but later.
          const settings = { lease: '1m' };
          const [a, b] = await pair(() => (++runs === 1 ? run.promise : 'new'), {}, settings);
          const old = a('x');
          await until(() => runs === 1, 'a run');
          await b.invalidate('x');
          await until(() => a.tier.stats.refused === 1, 'the run has lost its lease');
          assert.equal(await a('x'), 'new');
          run.resolve('old');
          assert.equal(await old, 'old');
          assert.equal(await a('x'), 'new');
        }));

      test('FLUSHALL removes the copies in both tiers', () =>
        scene(async () => {
          let runs = 0;
          const [a, b] = await pair(async (id) => `${id} ${++runs}`);
          await a('x');
          await isStored(a, 'x');
          await b('x');
          await server.command('FLUSHALL');
          await until(() => !(inFirst(a, 'x') || inFirst(b, 'x')), 'the copies leave');
          assert.equal(await b('x'), 'x 2');
        }));

      test('after its connections were closed a tier connects again, and reads again what it had', () =>
        scene(async () => {
          let runs = 0;
          const settings = { breaker: { recoveryTimeout: '20ms' } };
          const [a, b] = await pair(async (id) => `${id} ${++runs}`, {}, settings);
          await a('x');
          await isStored(a, 'x');
          await b('x');
          const events = [];
          a.tier.addEventListener('tier_lost', () => events.push('lost'));
          a.tier.addEventListener('tier_back', () => events.push('back'));
          await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
          await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
          await until(() => events.includes('back'), 'the connection is back');
          assert.deepEqual(events.slice(0, 2), ['lost', 'back']);
          await until(() => b.tier.health().state === 'ready', 'the other one, too');
          assert.equal(await a('x'), 'x 1');
          await a.invalidate('x');
          await until(() => !inFirst(b, 'x'), 'the copy of the other tier leaves');
          assert.equal(await b('x'), 'x 2');
        }));
    }

    test('scripts that the server has forgotten are sent again', () =>
      scene(async () => {
        const [a, b] = await pair(async (id) => `${id}`);
        await a('x');
        await server.command('SCRIPT', 'FLUSH');
        await a('y');
        await isStored(a, 'y');
        await server.command('SCRIPT', 'FLUSH');
        assert.equal(await b.invalidate('y'), true);
        assert.equal(a.tier.stats.errors + b.tier.stats.errors, 0);
      }));
  });
}
