import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bulkhead, resilient } from 'holdfast';
import '../support/unhandled-rejections.js';

const MANY = 320_000;
/** If the cost of a call grew with the queue, each of these tests would take minutes. */
const LIMIT = { timeout: 30_000 };

const inOrder = (started) => started.every((id, index) => id === index);
const ids = Array.from({ length: MANY }, (_, index) => index);

describe(`a queue of ${MANY} calls works`, () => {
  it(`a bulkhead serves a queue of ${MANY} calls in the order of arrival`, LIMIT, async () => {
    const started = [];
    const f = resilient(async (id) => started.push(id), {
      bulkhead: { maxConcurrent: 10, maxWait: '1h' },
    });
    await Promise.all(ids.map((id) => f(id)));
    assert.equal(started.length, MANY);
    assert.ok(inOrder(started));
    assert.deepEqual([f.bulkhead.metrics.active, f.bulkhead.metrics.waiting], [0, 0]);
  });

  it(`a rate limiter serves a queue of ${MANY} calls in the order of arrival`, LIMIT, async () => {
    const started = [];
    const f = resilient(async (id) => started.push(id), {
      rateLimiter: { maxCalls: MANY / 2, period: '50ms', maxWait: '1h' },
    });
    await Promise.all(ids.map((id) => f(id)));
    assert.equal(started.length, MANY);
    assert.ok(inOrder(started));
    assert.equal(f.rateLimiter.metrics.waiting, 0);
  });

  it(
    `a queue of ${MANY} calls may leave by one signal, and holds nothing afterwards`,
    LIMIT,
    async () => {
      for (const part of [
        { bulkhead: { maxConcurrent: 1, maxWait: '1h' } },
        { rateLimiter: { maxCalls: 1, period: '1h', maxWait: '400000d' } },
      ]) {
        const f = resilient(() => new Promise(() => {}), part);
        const controller = new AbortController();
        const g = f.with({ signal: controller.signal });
        const outcomes = Promise.allSettled(ids.map((id) => g(id)));
        assert.equal((f.bulkhead ?? f.rateLimiter).metrics.waiting, MANY - 1);
        controller.abort('enough');
        const [first, ...others] = await outcomes;
        assert.ok([first, ...others].every(({ reason }) => reason === 'enough'));
        assert.equal((f.bulkhead ?? f.rateLimiter).metrics.waiting, 0);
      }
    },
  );

  it(
    'a queue of 100,000 retries may wait without limit while new calls come and go',
    LIMIT,
    async () => {
      const bulkhead = new Bulkhead({ maxConcurrent: 5, maxWait: '1h' });
      let failing = true;
      const f = resilient(async () => failing && Promise.reject(new Error('down')), {
        bulkhead,
        retry: { maxAttempts: 2, delay: 0 },
      });
      const calls = Promise.all(ids.slice(0, 100_000).map(() => f()));
      setTimeout(() => {
        failing = false;
      });
      await calls.catch(() => {});
      const late = Promise.all(ids.slice(0, 100_000).map(() => f()));
      assert.equal((await late).length, 100_000);
    },
  );
});
