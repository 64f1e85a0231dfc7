import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, ResilienceError, resilient, TimeoutError } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { inChild } from '../../support/in-child.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { thenable } from '../../support/thenable.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

/** Milliseconds after which a call that never settles times out. */
async function limitOf(timeout, options = {}) {
  const start = time.now;
  const f = resilient(() => new Promise(() => {}), { timeout, ...options });
  const outcome = outcomeOf(f());
  await time.passAll();
  assert.equal(outcome.error.code, 'TIMEOUT');
  return time.now - start;
}

describe('the timeout of an attempt limits its time', () => {
  it('a timeout is a number of seconds, a string with a unit, or seconds in options, and 30 s by default', async () => {
    const cases = [
      [2, 2_000],
      ['250ms', 250],
      ['1.5s', 1_500],
      [0.0001, 1],
      [{ seconds: '5m' }, 300_000],
      [{ seconds: 3, perAttempt: true }, 3_000],
      [{}, 30_000],
      [{ seconds: undefined, perAttempt: undefined, total: undefined }, 30_000],
    ];
    for (const [timeout, expected] of cases) assert.equal(await limitOf(timeout), expected);
  });

  it('a timeout given as seconds is exact to the millisecond', async () => {
    for (const milliseconds of [1_001, 1_003, 2_002, 2_007]) {
      assert.equal(await limitOf({ seconds: `${milliseconds}ms` }), milliseconds);
    }
  });

  it('a timeout may be weeks, beyond the maximum of one engine timer', async () => {
    assert.equal(await limitOf('60d'), 60 * 86_400_000);
    assert.equal(await limitOf({ total: '60d', seconds: '90d' }), 60 * 86_400_000);
    assert.equal(await limitOf(2 ** 31 / 1_000), 2 ** 31);
  });

  it('a timeout rejects with a TimeoutError that names the function', async () => {
    const f = resilient(() => new Promise(() => {}), { name: 'load', timeout: '2s' });
    const outcome = outcomeOf(f());
    await time.pass(1_999);
    assert.equal(outcome.state, 'pending');
    await time.pass(1);
    const { error } = outcome;
    assert.ok(error instanceof TimeoutError && error instanceof ResilienceError);
    assert.ok(error instanceof Error);
    assert.deepEqual(
      [error.name, error.code, error.functionName, error.retryAfter, 'cause' in error],
      ['TimeoutError', 'TIMEOUT', 'load', undefined, false],
    );
    assert.match(error.message, /load.*2 s/);
  });

  it('a timeout does not fire when the function settles in time, even in the last millisecond', async () => {
    const load = controlled();
    const f = resilient(load, { timeout: '1s' });
    const [good, bad] = [outcomeOf(f()), outcomeOf(f())];
    await time.pass(999);
    load.runs[0].resolve('fine');
    load.runs[1].reject('not fine');
    await time.pass(60_000);
    assert.deepEqual(good, { state: 'fulfilled', value: 'fine' });
    assert.deepEqual(bad, { state: 'rejected', error: 'not fine' });
  });

  it('a timeout leaves no timer behind, however the call ends', async () => {
    const load = controlled();
    const f = resilient(load, {
      timeout: { seconds: '1s', total: '2s' },
      retry: { maxAttempts: 1 },
    });
    const controller = new AbortController();
    for (const end of [
      () => load.runs.at(-1).resolve(),
      () => load.runs.at(-1).reject(),
      () => controller.abort(),
    ]) {
      outcomeOf(f.with({ signal: controller.signal })());
      await time.pass(0);
      assert.equal(time.pending, 2);
      end();
      await time.pass(0);
      assert.equal(time.pending, 0);
    }
    outcomeOf(f());
    await time.pass(1_000);
    assert.equal(time.pending, 0);
  });

  it('a timeout leaves no timer behind when the function throws or returns synchronously', async () => {
    const answers = [() => 1, () => Promise.resolve(1), () => JSON.parse('no')];
    for (const answer of answers) {
      outcomeOf(resilient(answer, { timeout: { seconds: '1s', total: '2s' } })());
      await time.pass(0);
      assert.equal(time.pending, 0);
    }
  });

  it('a timeout turns results and errors of a synchronous function into Promises', async () => {
    const value = resilient(() => 1, { timeout: '1s' })();
    assert.ok(value instanceof Promise);
    assert.equal(await value, 1);
    const error = new Error('at once');
    const failing = resilient(
      () => {
        throw error;
      },
      { timeout: '1s' },
    );
    await assert.rejects(failing(), error);
  });

  it('a timeout applies to a thenable that never settles', async () => {
    const outcome = outcomeOf(resilient(() => thenable(() => {}), { timeout: '1s' })());
    await time.pass(1_000);
    assert.equal(outcome.error.code, 'TIMEOUT');
  });

  it('a result or an error after the timeout is ignored', async () => {
    for (const late of ['resolve', 'reject']) {
      const load = controlled();
      const f = resilient(load, { cache: { ttl: 0 }, timeout: '1s', circuitBreaker: {} });
      const events = [];
      f.addEventListener(EventType.SUCCESS, ({ type }) => events.push(type));
      f.addEventListener(EventType.FAILURE, ({ type }) => events.push(type));
      const outcome = outcomeOf(f());
      await time.pass(1_000);
      const { error } = outcome;
      load.runs[0][late](new Error('late'));
      await time.pass(1_000);
      assert.equal(outcome.error, error);
      assert.deepEqual([events, f.cache.size], [['failure'], 0]);
      assert.equal(f.circuitBreaker.metrics.calls, 1);
    }
  });

  for (const [status, late] of [
    [200, 503],
    [503, 200],
  ]) {
    it(`a late ${late} of an attempt that timed out leaves the outcome to the attempt that answers ${status}`, async () => {
      const load = controlled();
      const events = [];
      const f = resilient(load, {
        http: true,
        timeout: '1s',
        retry: { maxAttempts: 2, delay: 0, statuses: [] },
        circuitBreaker: { failureThreshold: 1 },
        onEvent: ({ type }) => events.push(type),
      });
      const outcome = outcomeOf(f('https://api.example.com/'));
      await time.pass(1_000);
      await time.pass(1);
      assert.equal(load.runs.length, 2);
      load.runs[1].resolve(new Response('', { status }));
      load.runs[0].resolve(new Response('', { status: late }));
      await time.pass(0);
      assert.equal(outcome.value.status, status);
      assert.equal(f.circuitBreaker.state, status === 200 ? 'closed' : 'open');
      assert.equal(events.includes('success'), status === 200);
    });
  }

  it('all waiters share one timeout, counted from the first call', async () => {
    const f = resilient(() => new Promise(() => {}), { cache: { ttl: 0 }, timeout: '1s' });
    const first = outcomeOf(f());
    await time.pass(900);
    const second = outcomeOf(f());
    await time.pass(100);
    assert.equal(first.error.code, 'TIMEOUT');
    assert.equal(second.error, first.error);
  });

  it('a timeout lets the process exit once the call has ended', () => {
    const result = inChild(async () => {
      const { resilient } = await import('holdfast');
      const options = { timeout: { seconds: '1h', total: '2h' }, retry: { delay: '1h' } };
      const quick = resilient(async () => 'quick', options);
      const failing = resilient(async () => Promise.reject(new Error('no')), {
        ...options,
        retry: { maxAttempts: 1 },
      });
      const controller = new AbortController();
      const hanging = resilient(() => new Promise(() => {}), options);
      const left = hanging.with({ signal: controller.signal })();
      controller.abort('left');
      const ends = await Promise.allSettled([quick(), failing(), left]);
      return ends.map(({ value, reason }) => value ?? reason.message ?? reason);
    });
    assert.deepEqual(result, ['quick', 'no', 'left']);
  });
});

describe('a timeout emits an event', () => {
  it('a timeout event has the attempt, the error and whether it was the attempt or the total that ran out', async () => {
    const events = [];
    const f = resilient(() => new Promise(() => {}), {
      name: 'load',
      timeout: { seconds: '1s', total: '2500ms' },
      retry: { delay: 0, jitter: false },
    });
    f.addEventListener(EventType.TIMEOUT, (event) => events.push(event));
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual(
      events.map(({ type, functionName, attempt, detail }) => [
        type,
        functionName,
        attempt,
        detail,
      ]),
      [
        ['timeout', 'load', 1, { scope: 'attempt', seconds: 1 }],
        ['timeout', 'load', 2, { scope: 'attempt', seconds: 1 }],
        ['timeout', 'load', 3, { scope: 'total', seconds: 2.5 }],
      ],
    );
    assert.equal(events[2].error, outcome.error);
  });
});

describe('a fake timer that runs synchronously times a call out', () => {
  it('a fake timer that runs synchronously times a call out before the function is called', async () => {
    const load = controlled();
    for (const timeout of ['1s', { attempt: '2s', total: '1s' }]) {
      const original = globalThis.setTimeout;
      globalThis.setTimeout = (callback) => callback();
      try {
        const call = outcomeOf(resilient(load, { timeout, cache: true })());
        await turn();
        assert.equal(call.error?.code, 'TIMEOUT');
      } finally {
        globalThis.setTimeout = original;
      }
    }
    assert.equal(load.runs.length, 0);
  });
});
