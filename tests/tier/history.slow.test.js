import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { findServer } from '../../scripts/find-servers.js';
import { CLIENTS } from '../support/redis-clients.js';
import { startServer } from '../support/servers.js';
import { startProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const skip = findServer('redis') ? false : 'not run: there is no redis-server';
const MAX_STALE_MS = 400;
/** For slow machines: a late timer keeps a copy longer. */
const SLACK_MS = 1_500;
const DURATION_MS = 4_000;
const KEYS = ['a', 'b', 'c'];

/** A random number from 0 to below 1, the same for a seed at each run (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

for (const clientName of ['node-redis 6', 'ioredis 5']) {
  test(`no read is older than an invalidation, with random cuts, with ${clientName}`, {
    skip,
  }, async () => {
    const server = await startServer('redis');
    const versions = Object.fromEntries(KEYS.map((key) => [key, 0]));
    /** The version that each acknowledged invalidation has made the oldest, and when. */
    const acknowledged = Object.fromEntries(KEYS.map((key) => [key, []]));
    const violations = [];
    const counts = { reads: 0, invalidations: 0, rejected: 0, cuts: 0 };
    const load = async (key) => {
      const version = versions[key];
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 15));
      return { key, version };
    };
    const members = [];
    for (let index = 0; index < 4; index++) {
      const proxy = await startProxy(server.port);
      const client = await CLIENTS[clientName](`redis://127.0.0.1:${proxy.port}`);
      const tier = redisTier({
        client,
        timeout: '100ms',
        lease: '500ms',
        maxStale: `${MAX_STALE_MS}ms`,
        breaker: { recoveryTimeout: '20ms', maxRecoveryTimeout: '50ms' },
      });
      const get = resilient(load, { name: 'load', cache: { ttl: '1h', tier } });
      members.push({ proxy, tier, get });
      await until(() => tier.health().state === 'ready', 'a connection');
    }
    const end = performance.now() + DURATION_MS;
    const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

    async function read({ get, tier }) {
      for (const random = randomFrom(members.length); performance.now() < end; ) {
        const key = KEYS[Math.floor(random() * KEYS.length)];
        const started = performance.now();
        // A process that is cut off may be as late as `maxStale`.
        const known = acknowledged[key].filter(({ at }) => at < started - MAX_STALE_MS - SLACK_MS);
        const least = Math.max(0, ...known.map(({ version }) => version));
        const result = await get(key);
        counts.reads++;
        if (result.version < least) {
          violations.push({ key, version: result.version, least, state: tier.health().state });
        }
        await pause(random() * 4);
      }
    }

    async function invalidate({ get }, seed) {
      for (const random = randomFrom(seed); performance.now() < end; ) {
        const key = KEYS[Math.floor(random() * KEYS.length)];
        const version = ++versions[key];
        try {
          await get.invalidate(key);
          counts.invalidations++;
          acknowledged[key].push({ version, at: performance.now() });
        } catch {
          counts.rejected++;
        }
        await pause(random() * 60);
      }
    }

    async function cut({ proxy }, seed) {
      for (const random = randomFrom(seed); performance.now() < end; ) {
        await pause(300 + random() * 1_500);
        counts.cuts++;
        if (random() < 0.5) proxy.cut();
        else {
          proxy.holds = true;
          await pause(random() * 700);
          proxy.holds = false;
          proxy.cut();
        }
      }
      proxy.holds = false;
    }

    try {
      await Promise.all(
        members.flatMap((member, index) => [
          read(member),
          read(member),
          invalidate(member, index + 1),
          cut(member, 100 + index),
        ]),
      );
      assert.deepEqual(violations.slice(0, 3), []);
      assert.ok(counts.reads > 50 && counts.cuts > 4, JSON.stringify(counts));
      // No store is older than the last invalidation: all see the last version, once all are connected.
      for (const { tier } of members) {
        await until(() => tier.health().state === 'ready', 'a connection');
      }
      for (const key of KEYS) {
        const version = ++versions[key];
        await until(
          () =>
            members[0].get.invalidate(key).then(
              () => true,
              () => false,
            ),
          'an invalidation',
        );
        for (const { get } of members) {
          await until(async () => (await get(key)).version === version, 'the last version');
        }
      }
    } finally {
      for (const { proxy, tier } of members) {
        await tier[Symbol.asyncDispose]();
        await proxy.stop();
      }
      await server.stop();
    }
  });
}

test('of a thousand runs, none that began before an invalidation is stored', { skip }, async () => {
  const server = await startServer('redis');
  const open = async () => {
    const client = await CLIENTS['node-redis 6'](server.url);
    return redisTier({ client, timeout: '2s' });
  };
  const tiers = [await open(), await open()];
  try {
    const versions = new Map();
    const load = async (key) => {
      const version = versions.get(key) ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 2));
      return version;
    };
    const [a, b] = tiers.map((tier) =>
      resilient(load, { name: 'load', cache: { maxSize: 2_000, tier } }),
    );
    for (let batch = 0; batch < 20; batch++) {
      const keys = Array.from({ length: 50 }, (_, index) => `${batch}:${index}`);
      const runs = keys.map((key) => a(key));
      await Promise.all(
        keys.map(async (key, index) => {
          await new Promise((resolve) => setTimeout(resolve, index % 5));
          versions.set(key, 1);
          await b.invalidate(key);
          assert.equal(await b(key), 1, key);
        }),
      );
      await Promise.all(runs);
      for (const key of keys) assert.equal(await b(key), 1, key);
      for (const key of keys) await until(async () => (await a(key)) === 1, key);
    }
  } finally {
    for (const tier of tiers) await tier[Symbol.asyncDispose]();
    await server.stop();
  }
});
