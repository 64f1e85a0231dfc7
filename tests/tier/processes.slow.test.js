import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findServer } from '../../scripts/find-servers.js';
import { startServer } from '../support/servers.js';
import { startProcess } from '../support/tier-processes.js';
import { until } from '../support/until.js';

for (const [kind, count] of Object.entries({ redis: 8, valkey: 3 })) {
  const skip = findServer(kind) ? false : `not run: there is no ${kind}-server`;
  describe(`processes that share ${kind}`, { skip }, () => {
    let server;
    let all = [];
    before(async () => {
      server = await startServer(kind);
      // Clocks of hosts that are hours apart change nothing.
      const start = (index) =>
        startProcess(server.url, {
          settings: { timeout: '2s', lease: '600ms' },
          clockOffset: (index - 1) * 3_600_000,
        });
      all = await Promise.all(Array.from({ length: count }, (_, index) => start(index)));
    });
    after(async () => {
      await Promise.all(all.map((one) => one.end()));
      await server?.stop();
    });

    /** Counts the runs from now on. */
    function countRuns() {
      const sum = () => all.reduce((total, { runs }) => total + runs, 0);
      const before = sum();
      return () => sum() - before;
    }

    test('processes with 20 callers each run a function once for a cold key', async () => {
      const runs = countRuns();
      const results = await Promise.all(all.map((one) => one.ask('herd', 20, 'cold', 300)));
      assert.deepEqual(new Set(results.flat()), new Set(['value of cold']));
      assert.equal(results.flat().length, 20 * count);
      assert.equal(runs(), 1);
    });

    test('an invalidation in one process reaches the copies in all others', async () => {
      const [a] = all;
      await Promise.all(all.map((one) => one.ask('call', 'copies', 0, 'old')));
      await until(async () => {
        const has = await Promise.all(all.map((one) => one.ask('has', 'copies')));
        return has.every(Boolean);
      }, 'a copy in each process');
      await a.ask('invalidate', 'copies');
      await until(async () => {
        const has = await Promise.all(all.map((one) => one.ask('has', 'copies')));
        return !has.some(Boolean);
      }, 'the copies leave');
    });

    test('a run that takes longer than its lease keeps it by renewing', async () => {
      const runs = countRuns();
      const [a, b] = all;
      const first = a.ask('call', 'long', 2_000);
      await until(() => runs() === 1, 'a run');
      assert.equal(await b.ask('call', 'long', 0), 'value of long');
      await first;
      assert.equal(runs(), 1);
    });

    test('a frozen leader costs one more run, and stores nothing when it goes on', async () => {
      const runs = countRuns();
      const [a, b] = all;
      const { refused } = await a.ask('stats');
      const old = a.ask('call', 'frozen', 500, 'old');
      await until(() => runs() === 1, 'a run');
      a.child.kill('SIGSTOP');
      assert.equal(await b.ask('call', 'frozen', 50, 'new'), 'new of frozen');
      a.child.kill('SIGCONT');
      assert.equal(await old, 'old of frozen');
      assert.equal(await b.ask('call', 'frozen', 0, 'third'), 'new of frozen');
      // Calls join the run until the store has refused its result.
      await until(async () => (await a.ask('stats')).refused > refused, 'a refused result');
      await until(async () => (await a.ask('state')) === 'ready', 'a connection');
      assert.equal(await a.ask('call', 'frozen', 0, 'third'), 'new of frozen');
      assert.equal(runs(), 2);
    });

    test('the death of a leader costs one more run', async () => {
      const runs = countRuns();
      const dying = all[count - 1];
      const [a, b] = all;
      dying.tell('call', 'dead', 60_000).catch(() => {});
      await until(() => runs() === 1, 'a run');
      const waiting = [a.ask('herd', 5, 'dead', 50), b.ask('herd', 5, 'dead', 50)];
      dying.child.kill('SIGKILL');
      assert.equal((await Promise.all(waiting)).flat().length, 10);
      assert.equal(runs(), 2);
    });
  });
}
