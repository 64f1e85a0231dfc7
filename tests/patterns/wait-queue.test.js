import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bulkhead, RateLimiter, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import '../support/unhandled-rejections.js';

describe('a queue may hold calls with and without a deadline', () => {
  const time = manualTimers();

  it('a queue refuses each call at its deadline, also after others have left, and has one timer', async () => {
    const load = controlled();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '100ms' });
    const retry = { maxAttempts: 2, delay: '5ms', jitter: false };
    const patient = resilient(load, { bulkhead, retry });
    const f = resilient(load, { bulkhead });
    const retrying = outcomeOf(patient('retry'));
    load.runs[0].reject(new Error('down'));
    await time.pass(0);
    const holding = outcomeOf(f('hold'));
    await time.pass(5);
    assert.deepEqual(
      load.runs.map(({ args }) => args[0]),
      ['retry', 'hold'],
    );

    const calls = {};
    const controllers = {};
    for (const id of ['a', 'b', 'c', 'd']) {
      controllers[id] = new AbortController();
      calls[id] = outcomeOf(f.with({ signal: controllers[id].signal })(id));
      await time.pass(10);
    }
    const states = () =>
      Object.values(calls)
        .map(({ state }) => state[0])
        .join('');
    controllers.a.abort();
    controllers.c.abort();
    await time.pass(0);
    assert.deepEqual([states(), bulkhead.metrics.waiting, time.pending], ['rprp', 3, 1]);
    await time.pass(69);
    assert.equal(states(), 'rprp');
    await time.pass(1);
    assert.equal(states(), 'rrrp');
    await time.pass(20);
    assert.deepEqual([states(), bulkhead.metrics.waiting, time.pending], ['rrrr', 1, 0]);
    assert.equal(calls.d.error.code, 'BULKHEAD_FULL');
    load.runs[1].resolve();
    await time.pass(0);
    load.runs[2].resolve('at last');
    await time.pass(0);
    assert.deepEqual([holding.state, retrying.value], ['fulfilled', 'at last']);
  });
});

describe('a timer that cannot be started fails the call that needs it', () => {
  const time = manualTimers();
  const refusal = new Error('no timers outside of a request');

  /** Runs a part of a test in which `setTimeout` throws. */
  async function withoutTimers(work) {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = () => {
      throw refusal;
    };
    try {
      return await work();
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  }

  it('a bulkhead whose timer cannot be started fails the call that would wait, and loses no slot or place in the queue', async () => {
    const load = controlled();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '1s' });
    const f = resilient(load, { bulkhead });
    outcomeOf(f('a'));
    const waiting = await withoutTimers(async () => {
      const call = outcomeOf(f('b'));
      await Promise.resolve();
      return call;
    });
    await time.pass(0);
    assert.equal(waiting.error, refusal);
    assert.deepEqual(bulkhead.metrics, { maxConcurrent: 1, active: 1, waiting: 0 });
    load.runs[0].resolve();
    await time.pass(0);
    assert.equal(bulkhead.metrics.active, 0);
    const next = outcomeOf(f('c'));
    const after = outcomeOf(f('d'));
    load.runs[1].resolve('C');
    await time.pass(0);
    load.runs[2].resolve('D');
    await time.pass(0);
    assert.deepEqual([next.value, after.value, bulkhead.metrics.active], ['C', 'D', 0]);
  });

  it('a bulkhead whose timer cannot be started again fails the waiting calls, and the call that ends keeps its result', async () => {
    const load = controlled();
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '1s' });
    const f = resilient(load, { bulkhead });
    const first = outcomeOf(f('a'));
    const second = outcomeOf(f('b'));
    await time.pass(500);
    const third = outcomeOf(f('c'));
    await withoutTimers(() => time.pass(500));
    assert.equal(second.error.code, 'BULKHEAD_FULL');
    assert.equal(third.error, refusal);
    load.runs[0].resolve('A');
    await time.pass(0);
    assert.deepEqual([first.value, bulkhead.metrics.active], ['A', 0]);
  });

  it('a rate limiter whose timer cannot be started fails the call that would wait, and loses no token', async () => {
    const rateLimiter = new RateLimiter({ maxCalls: 1, period: '1s', maxWait: '10s' });
    const f = resilient(async (id) => id, { rateLimiter });
    await f('a');
    const failed = await withoutTimers(() => outcomeOf(f('b')));
    await time.pass(0);
    assert.deepEqual([failed.error, rateLimiter.metrics.waiting], [refusal, 0]);
    const [c, d] = [outcomeOf(f('c')), outcomeOf(f('d'))];
    await withoutTimers(() => time.pass(1_000));
    assert.deepEqual([c.value, d.error, rateLimiter.metrics.waiting], ['c', refusal, 0]);
    await time.pass(1_000);
    assert.equal(rateLimiter.metrics.available, 1);
    assert.equal(await f('e'), 'e');
  });

  it('a retry or a hedge whose timer cannot be started fails, and loses no slot, token or probe', async () => {
    const parts = {
      retry: { retry: { delay: '1s' } },
      hedge: { hedge: { delay: '1s' } },
      timeout: { timeout: '1s' },
    };
    for (const [name, options] of Object.entries(parts)) {
      const bulkhead = new Bulkhead({ maxConcurrent: 1 });
      let failing = true;
      const f = resilient(async () => (failing ? Promise.reject(new Error('down')) : 'fine'), {
        bulkhead,
        circuitBreaker: { failureThreshold: 1, successThreshold: 1, recoveryTimeout: '5s' },
        ...options,
      });
      outcomeOf(f());
      await time.pass(4_000);
      assert.equal(f.circuitBreaker.state, 'open', name);
      await time.pass(4_000);
      const probe = await withoutTimers(async () => {
        const call = outcomeOf(f());
        for (let step = 0; step < 50; step++) await Promise.resolve();
        return call;
      });
      assert.equal(probe.error, refusal, name);
      assert.deepEqual([bulkhead.metrics.active, bulkhead.metrics.waiting], [0, 0], name);
      await time.pass(10_000);
      failing = false;
      assert.equal(await f(), 'fine', name);
      assert.equal(f.circuitBreaker.state, 'closed', name);
    }
  });

  it('a second hedge whose timer cannot be started ends the attempt and aborts its other run', async () => {
    const load = controlled();
    const f = resilient(load, { hedge: { delay: '1s', maxHedges: 2 }, passContext: true });
    const outcome = outcomeOf(f());
    await withoutTimers(() => time.pass(1_000));
    assert.equal(outcome.error, refusal);
    assert.deepEqual(
      load.runs.map(({ args }) => args[0].signal.reason),
      [refusal],
    );
  });

  it('calls that wait are served or refused at once under timers that run at once, as in some tests', async () => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (callback) => void callback();
    try {
      const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '1s' });
      const load = controlled();
      const f = resilient(load, { bulkhead });
      outcomeOf(f());
      for (let call = 1; call <= 2; call++) await assert.rejects(f(), { code: 'BULKHEAD_FULL' });
      let runs = 0;
      const g = resilient(async () => ++runs < 3 && Promise.reject(new Error('down')), {
        retry: { delay: '1s' },
      });
      assert.equal(await g(), false);
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  });
});
