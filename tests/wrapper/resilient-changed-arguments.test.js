import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import fc from 'fast-check';
import { resilient } from 'holdfast';
import { deferred } from '../support/deferred.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const nameOf = async ({ name }) => `result of ${name}`;

/** Patterns that make a call of a busy function wait. */
const waits = {
  'in a bulkhead': { bulkhead: { maxConcurrent: 1, maxWait: '1h' } },
  'for a rate limiter': { rateLimiter: { maxCalls: 1, period: '5ms', maxWait: '1h' } },
};

describe('a call notices arguments that changed while it waited', () => {
  describe('changed arguments are noticed in fake time', () => {
    let clock;
    beforeEach(() => {
      clock = FakeTimers.install({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    });
    afterEach(() => clock.uninstall());
    const inTime = async (promise) => {
      await clock.tickAsync(30);
      return promise;
    };

    for (const [wait, patterns] of Object.entries(waits)) {
      it(`arguments that change never store a result under another key, while the call waits ${wait}`, async () => {
        const load = resilient(nameOf, { cache: true, ...patterns });
        const busy = load({ name: 'busy' });
        const user = { name: 'alice' };
        const leader = load(user);
        user.name = 'bob';
        assert.equal(await inTime(leader), 'result of bob');
        await busy;
        assert.equal(load.cache.has(load.makeKey({ name: 'alice' })), false);
        assert.equal(load.cache.has(load.makeKey({ name: 'bob' })), false);
        assert.equal(await inTime(load({ name: 'alice' })), 'result of alice');
        assert.equal(await inTime(load({ name: 'bob' })), 'result of bob');
      });

      it(`arguments that change leave a waiter its own result, while the call waits ${wait}`, async () => {
        const load = resilient(nameOf, { cache: true, ...patterns });
        const busy = load({ name: 'busy' });
        const user = { name: 'alice' };
        const leader = load(user);
        const waiters = [load({ name: 'alice' }), load({ name: 'alice' })];
        const leaving = new AbortController();
        const left = load.with({ signal: leaving.signal })({ name: 'alice' });
        leaving.abort('enough');
        user.name = 'bob';
        await assert.rejects(left, (reason) => reason === 'enough');
        assert.equal(await inTime(leader), 'result of bob');
        assert.deepEqual(await inTime(Promise.all(waiters)), [
          'result of alice',
          'result of alice',
        ]);
        await busy;
        assert.equal(load.cache.get(load.makeKey({ name: 'alice' })), 'result of alice');
      });
    }
  });

  it('changed arguments are noticed before a retry runs the function', async () => {
    let attempts = 0;
    const load = resilient(
      async ({ name }) => {
        attempts++;
        if (name === 'alice' && attempts === 1) throw new Error('busy');
        return `result of ${name}`;
      },
      { cache: true, retry: { delay: '1ms' } },
    );
    const user = { name: 'alice' };
    const leader = load(user);
    const waiter = load({ name: 'alice' });
    user.name = 'bob';
    assert.equal(await leader, 'result of bob');
    assert.equal(await waiter, 'result of alice');
    assert.equal(load.cache.size, 1);
  });

  it('changed arguments are noticed before a hedge runs the function', async () => {
    const first = deferred();
    let runs = 0;
    const load = resilient(
      async ({ name }) => {
        runs++;
        if (runs === 1) await first.promise;
        return `result of ${name}`;
      },
      { cache: true, hedge: { delay: '1ms' } },
    );
    const user = { name: 'alice' };
    const leader = load(user);
    user.name = 'bob';
    assert.equal(await leader, 'result of bob');
    first.resolve();
    assert.equal(load.cache.size, 0);
  });

  it('changed arguments make the call of their caller fail, and the waiters start over', async () => {
    const load = resilient(
      async ({ name }) => {
        if (name === 'bob') throw new Error('no bob');
        return `result of ${name}`;
      },
      { cache: true, ...waits['in a bulkhead'] },
    );
    const busy = load({ name: 'busy' });
    const user = { name: 'alice' };
    const leader = load(user);
    const waiter = load({ name: 'alice' });
    user.name = 'bob';
    await assert.rejects(leader, /no bob/);
    assert.equal(await waiter, 'result of alice');
    await busy;
  });

  it('changed arguments that throw when they are read again fail for their caller alone', async () => {
    let runs = 0;
    const load = resilient(
      async (user) => {
        runs++;
        return `result of ${user.id}`;
      },
      { cache: true, ...waits['in a bulkhead'] },
    );
    const busy = load({ id: 0 });
    let sick = false;
    const user = {
      get id() {
        if (sick) throw new RangeError('sick');
        return 1;
      },
    };
    const leader = load(user);
    const waiter = load({ id: 1 });
    sick = true;
    await assert.rejects(leader, /sick/);
    assert.equal(await waiter, 'result of 1');
    await busy;
    assert.equal(runs, 2);
  });

  it('changed arguments are a new call for a caller that calls after the change was noticed', async () => {
    const gates = [];
    const load = resilient(
      async ({ name }) => {
        const gate = deferred();
        gates.push(gate);
        await gate.promise;
        return `result of ${name}`;
      },
      { cache: true, bulkhead: { maxConcurrent: 2, maxWait: '1h' } },
    );
    const busy = [load({ name: 'one' }), load({ name: 'two' })];
    const user = { name: 'alice' };
    const leader = load(user);
    user.name = 'bob';
    gates[0].resolve();
    await busy[0];
    await turn();
    assert.equal(gates.length, 3);
    const late = load({ name: 'alice' });
    gates[1].resolve();
    await busy[1];
    await turn();
    for (const gate of gates) gate.resolve();
    assert.equal(await leader, 'result of bob');
    await turn();
    gates.at(-1).resolve();
    assert.equal(await late, 'result of alice');
  });

  it('arguments that a listener changes store no result under another key when a breaker lets a probe in', async () => {
    const clock = FakeTimers.install({ toFake: ['performance'] });
    try {
      const load = resilient(
        async ({ name }) => {
          if (name === 'none') throw new Error('down');
          return `result of ${name}`;
        },
        { cache: true, circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1s' } },
      );
      await assert.rejects(load({ name: 'none' }), { message: 'down' });
      clock.tick(1_001);
      const user = { name: 'alice' };
      load.addEventListener('circuit_half_open', () => {
        user.name = 'bob';
      });
      assert.equal(await load(user), 'result of bob');
      assert.equal(await load({ name: 'alice' }), 'result of alice');
    } finally {
      clock.uninstall();
    }
  });

  it('arguments are not read again where the function runs at once', async () => {
    let keys = 0;
    const key = (user) => {
      keys++;
      return user.name;
    };
    const load = resilient(nameOf, { cache: { key }, retry: {} });
    assert.equal(await load({ name: 'alice' }), 'result of alice');
    assert.equal(keys, 1);
  });

  it('changed arguments never give a caller a result of another key, on any schedule', async () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const program = fc.array(fc.tuple(names, names), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(program, fc.scheduler(), async (calls, scheduler) => {
        const ran = [];
        const load = resilient(
          (user) => {
            const { name } = user;
            ran.push(name);
            return scheduler.schedule(Promise.resolve(name), name);
          },
          { cache: true, bulkhead: { maxConcurrent: 1, maxWait: '1h' } },
        );
        const users = calls.map(([name]) => ({ name }));
        const results = users.map((user) => load(user));
        // Some callers change their arguments at once, while all calls but the first wait.
        calls.forEach(([, name], index) => {
          if (index > 0) users[index].name = name;
        });
        await scheduler.waitFor(Promise.all(results));
        const answers = await Promise.all(results);
        answers.forEach((answer, index) => {
          // A waiter of a running flight gets the result of its first arguments, the others that of the current ones.
          assert.ok(answer === calls[index][0] || answer === users[index].name);
        });
        for (const [key, value] of load.cache) assert.equal(key, load.makeKey({ name: value }));
      }),
    );
  });
});
