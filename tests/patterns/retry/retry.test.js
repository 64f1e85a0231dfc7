import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resilient } from 'holdfast';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();
const boom = new Error('boom');

/** The times of the runs of a function that always fails, in milliseconds from the call. */
async function attemptsOf(retry) {
  const start = time.now;
  const times = [];
  const f = resilient(
    async () => {
      times.push(time.now - start);
      throw boom;
    },
    { retry },
  );
  const outcome = outcomeOf(f());
  await time.passAll();
  assert.deepEqual(outcome, { state: 'rejected', error: boom });
  return times;
}

/** The pauses between its runs. */
async function pausesOf(retry) {
  const times = await attemptsOf(retry);
  return times.slice(1).map((at, n) => at - times[n]);
}

describe('retry has defaults', () => {
  it('retry makes three attempts by default, with pauses of up to one and up to two seconds', async (t) => {
    t.mock.method(Math, 'random', () => 0.75);
    assert.deepEqual(await pausesOf({}), [750, 1_500]);
  });

  it('retry doubles the pause each time by default, up to a minute', async () => {
    assert.deepEqual(
      await pausesOf({ maxAttempts: 10, jitter: false }),
      [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000],
    );
  });

  it('retry tries again after any thrown value by default', async () => {
    for (const thrown of [new TypeError('no'), 'text', undefined, null, 0]) {
      let runs = 0;
      const f = resilient(
        async () => {
          if (++runs < 3) throw thrown;
          return 'fine';
        },
        { retry: {} },
      );
      const outcome = outcomeOf(f());
      await time.passAll();
      assert.deepEqual(outcome, { state: 'fulfilled', value: 'fine' });
    }
  });

  it('retry makes only one attempt when it succeeds, with any result', async () => {
    for (const value of [undefined, null, false, 0, new Error('as a value')]) {
      let runs = 0;
      const f = resilient(
        async () => {
          runs++;
          return value;
        },
        { retry: {} },
      );
      assert.equal(await f(), value);
      assert.equal(runs, 1);
      assert.equal(time.pending, 0);
    }
  });
});

describe('retry has options', () => {
  it('retry makes maxAttempts attempts, one included', async () => {
    assert.equal((await attemptsOf({ maxAttempts: 1 })).length, 1);
    assert.equal((await attemptsOf({ maxAttempts: 7 })).length, 7);
  });

  it('retry pauses for delay, growing by backoffFactor, up to maxDelay', async () => {
    const pauses = (retry) => pausesOf({ maxAttempts: 4, jitter: false, ...retry });
    assert.deepEqual(await pauses({ delay: 0.5 }), [500, 1_000, 2_000]);
    assert.deepEqual(await pauses({ delay: '100ms', backoffFactor: 3 }), [100, 300, 900]);
    assert.deepEqual(await pauses({ delay: '8s', backoffFactor: 1.5 }), [8_000, 12_000, 18_000]);
    assert.deepEqual(await pauses({ backoffFactor: 1 }), [1_000, 1_000, 1_000]);
    assert.deepEqual(await pauses({ maxDelay: '1500ms' }), [1_000, 1_500, 1_500]);
    assert.deepEqual(await pauses({ delay: '5s', maxDelay: '2s' }), [2_000, 2_000, 2_000]);
    assert.deepEqual(await pauses({ delay: '5s', maxDelay: 0 }), [0, 0, 0]);
  });

  it('retry does not pause with a delay of 0, however much the pause would have grown', async () => {
    const events = [];
    const f = resilient(async () => Promise.reject(boom), {
      retry: { maxAttempts: 5, delay: 0, backoffFactor: 1e300 },
      onEvent: (event) => events.push(event),
    });
    const start = time.now;
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.error, boom);
    assert.equal(time.now, start);
    const delays = events.filter(({ type }) => type === 'retry').map(({ detail }) => detail.delay);
    assert.deepEqual(delays, [0, 0, 0, 0]);
  });

  it('retry stays at maxDelay when the pause would have grown to infinity', async () => {
    const pauses = await pausesOf({ maxAttempts: 5, backoffFactor: 1e300, jitter: false });
    assert.deepEqual(pauses, [1_000, 60_000, 60_000, 60_000]);
  });

  it('retry pauses for weeks, beyond the maximum of one engine timer', async () => {
    const retry = { maxAttempts: 3, delay: '30d', maxDelay: '365d', jitter: false };
    assert.deepEqual(await pausesOf(retry), [30 * 86_400_000, 60 * 86_400_000]);
  });

  it('retry with jitter pauses for a uniformly distributed share of the full pause, random each time', async (t) => {
    const draws = [0, 0.25, 0.999];
    t.mock.method(Math, 'random', () => draws.shift());
    assert.deepEqual(await pausesOf({ maxAttempts: 4, delay: 1, maxDelay: 2 }), [0, 500, 1_998]);
  });

  it('retry with jitter never pauses longer than without, nor below zero', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 10_000 }),
        fc.double({ min: 1, max: 8, noNaN: true }),
        fc.integer({ min: 0, max: 20_000 }),
        async (delay, backoffFactor, maxDelay) => {
          const retry = { maxAttempts: 4, backoffFactor };
          const pauses = [];
          const f = resilient(async () => Promise.reject(boom), {
            retry: { ...retry, delay: `${delay}ms`, maxDelay: `${maxDelay}ms` },
            onEvent: ({ type, detail }) => type === 'retry' && pauses.push(detail.delay * 1_000),
          });
          outcomeOf(f());
          await time.passAll();
          assert.equal(pauses.length, 3);
          pauses.forEach((pause, n) => {
            const full = Math.min(delay * backoffFactor ** n, maxDelay);
            assert.ok(pause >= 0 && pause <= full + 1e-6, `${pause} of ${full}`);
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('retry passes the same this and arguments to each attempt', async () => {
    const calls = [];
    const receiver = {
      f: resilient(
        function (...args) {
          calls.push([this, ...args]);
          throw boom;
        },
        { retry: {} },
      ),
    };
    outcomeOf(receiver.f(1, receiver));
    await time.passAll();
    assert.equal(calls.length, 3);
    for (const call of calls) {
      assert.equal(call.length, 3);
      assert.ok(call[0] === receiver && call[1] === 1 && call[2] === receiver);
    }
  });

  it('retry turns results and errors of a synchronous function into Promises', async () => {
    const value = resilient(() => 1, { retry: {} })();
    assert.ok(value instanceof Promise);
    assert.equal(await value, 1);
    const failing = resilient(
      () => {
        throw boom;
      },
      { retry: { maxAttempts: 1 } },
    );
    await assert.rejects(failing(), boom);
  });

  it('retry rejects with the error of the last attempt', async () => {
    let runs = 0;
    const f = resilient(async () => Promise.reject(new Error(`attempt ${++runs}`)), { retry: {} });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.error.message, 'attempt 3');
  });

  it('retry starts with the first attempt and the shortest pause again at the next call', async () => {
    const attempts = [];
    const starts = [];
    const f = resilient(
      async ({ attempt }) => {
        attempts.push(attempt);
        starts.push(time.now);
        throw boom;
      },
      { retry: { jitter: false, maxAttempts: 2 }, passContext: true },
    );
    for (let call = 0; call < 2; call++) {
      outcomeOf(f());
      await time.passAll();
    }
    assert.deepEqual(attempts, [1, 2, 1, 2]);
    assert.deepEqual([starts[1] - starts[0], starts[3] - starts[2]], [1_000, 1_000]);
  });

  it('retry ends at once when the caller leaves during a pause, and clears the timer', async () => {
    let runs = 0;
    const f = resilient(
      async () => {
        runs++;
        throw boom;
      },
      { retry: {} },
    );
    const controller = new AbortController();
    const outcome = outcomeOf(f.with({ signal: controller.signal })());
    await time.pass(0);
    assert.deepEqual([runs, time.pending, outcome.state], [1, 1, 'pending']);
    controller.abort('bye');
    await time.pass(0);
    assert.deepEqual(outcome, { state: 'rejected', error: 'bye' });
    assert.equal(time.pending, 0);
    await time.pass(60_000);
    assert.equal(runs, 1);
  });

  it('retry makes no further attempt when the caller has left during one', async () => {
    const runs = [];
    const f = resilient(() => new Promise((_, reject) => runs.push(reject)), { retry: {} });
    const controller = new AbortController();
    const outcome = outcomeOf(f.with({ signal: controller.signal })());
    controller.abort('bye');
    runs[0](boom);
    await time.passAll();
    assert.deepEqual([outcome.error, runs.length], ['bye', 1]);
  });
});
