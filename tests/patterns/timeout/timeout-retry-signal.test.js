import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

/** A wrapped function that never settles, and records the time and context of its runs. */
function hanging(options) {
  const runs = [];
  const f = resilient(
    (context) => {
      runs.push({ at: time.now, ...context });
      return new Promise(() => {});
    },
    { passContext: true, ...options },
  );
  return { f, runs };
}

describe('timeouts and retry work together', () => {
  it('each attempt has its own timeout, and pauses do not count', async () => {
    const { f, runs } = hanging({ timeout: '1s', retry: { delay: '10s', jitter: false } });
    const start = time.now;
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual(
      runs.map(({ at }) => at - start),
      [0, 11_000, 32_000],
    );
    assert.equal(time.now - start, 33_000);
    assert.equal(outcome.error.code, 'TIMEOUT');
  });

  it('retry tries again after an attempt that timed out, and the next result is returned', async () => {
    let runs = 0;
    const f = resilient(() => (++runs === 1 ? new Promise(() => {}) : Promise.resolve('fine')), {
      timeout: '1s',
      retry: {},
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual(outcome, { state: 'fulfilled', value: 'fine' });
  });

  it('a late result of an earlier attempt is ignored while the next is in flight', async () => {
    const runs = [];
    const f = resilient(() => new Promise((resolve, reject) => runs.push({ resolve, reject })), {
      timeout: '1s',
      retry: { delay: 0, maxAttempts: 3 },
    });
    const outcome = outcomeOf(f());
    await time.pass(1_000);
    await time.pass(500);
    runs[0].resolve('late');
    await time.pass(500);
    await time.pass(0);
    runs[1].reject(new Error('late'));
    await time.pass(100);
    assert.deepEqual([outcome.state, runs.length], ['pending', 3]);
    runs[2].resolve('third');
    await time.pass(0);
    assert.deepEqual(outcome, { state: 'fulfilled', value: 'third' });
    assert.equal(time.pending, 0);
  });

  it('the total timeout ends the whole call during an attempt', async () => {
    const { f, runs } = hanging({ timeout: { seconds: '2s', total: '3s' }, retry: { delay: 0 } });
    const start = time.now;
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual([runs.length, time.now - start], [2, 3_000]);
    assert.match(outcome.error.message, /3 s/);
  });

  it('the total timeout ends the whole call during a pause', async () => {
    let runs = 0;
    const f = resilient(async () => Promise.reject(new Error(`attempt ${++runs}`)), {
      timeout: { total: '3s' },
      retry: { delay: '10s', jitter: false },
    });
    const outcome = outcomeOf(f());
    await time.pass(3_000);
    assert.equal(outcome.error.code, 'TIMEOUT');
    assert.equal(time.pending, 0);
    await time.pass(60_000);
    assert.equal(runs, 1);
  });

  it('timeout.seconds limits the whole call with perAttempt: false', async () => {
    const { f, runs } = hanging({ timeout: { seconds: '3s', perAttempt: false }, retry: {} });
    const start = time.now;
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual([runs.length, time.now - start], [1, 3_000]);
    assert.equal(outcome.error.code, 'TIMEOUT');
  });

  it('perAttempt: false alone gives the whole call 30 seconds', async () => {
    const { f } = hanging({ timeout: { perAttempt: false } });
    const start = time.now;
    outcomeOf(f());
    await time.passAll();
    assert.equal(time.now - start, 30_000);
  });

  it('perAttempt: false takes the shorter of seconds and total', async () => {
    for (const timeout of [
      { perAttempt: false, seconds: 2, total: 5 },
      { perAttempt: false, seconds: 5, total: 2 },
    ]) {
      const { f } = hanging({ timeout });
      const start = time.now;
      outcomeOf(f());
      await time.passAll();
      assert.equal(time.now - start, 2_000);
    }
  });

  it('the total timeout starts again with each call', async () => {
    const { f } = hanging({ timeout: { seconds: 5, perAttempt: false } });
    const start = time.now;
    outcomeOf(f());
    await time.pass(4_000);
    const second = outcomeOf(f());
    await time.pass(4_999);
    assert.equal(second.state, 'pending');
    await time.pass(1);
    assert.equal(second.state, 'rejected');
    assert.equal(time.now - start, 9_000);
  });
});

describe('the function gets a signal that aborts on timeout', () => {
  it('the signal of the function aborts with the error that the caller gets', async () => {
    const { f, runs } = hanging({ timeout: '1s' });
    const outcome = outcomeOf(f());
    const { signal } = runs[0];
    assert.ok(signal instanceof AbortSignal);
    await time.pass(999);
    assert.equal(signal.aborted, false);
    await time.pass(1);
    assert.equal(signal.aborted, true);
    assert.equal(signal.reason, outcome.error);
    assert.equal(signal.reason.code, 'TIMEOUT');
  });

  it('each attempt with its own timeout has its own signal', async () => {
    const { f, runs } = hanging({ timeout: '1s', retry: { delay: 0, maxAttempts: 2 } });
    outcomeOf(f());
    await time.pass(1_500);
    assert.notEqual(runs[0].signal, runs[1].signal);
    assert.deepEqual([runs[0].signal.aborted, runs[1].signal.aborted], [true, false]);
  });

  it('the signal of an attempt aborts with the error of the total timeout', async () => {
    const { f, runs } = hanging({ timeout: { seconds: '5s', total: '1s' }, retry: {} });
    const outcome = outcomeOf(f());
    await time.pass(1_000);
    assert.equal(runs[0].signal.reason, outcome.error);
    assert.match(outcome.error.message, /1 s/);
  });

  it('the signal of the function aborts with the reason of the last caller that leaves', async () => {
    const { f, runs } = hanging({ timeout: { seconds: '5s', total: '9s' }, retry: {} });
    const controller = new AbortController();
    const outcome = outcomeOf(f.with({ signal: controller.signal })());
    await time.pass(0);
    controller.abort('bye');
    await time.pass(0);
    assert.deepEqual([runs[0].signal.reason, outcome.error], ['bye', 'bye']);
  });

  it('the signal of the function does not abort when the function settles in time', async () => {
    const signals = [];
    const f = resilient(
      async ({ signal }) => {
        signals.push(signal);
      },
      { passContext: true, timeout: { seconds: '1s', total: '2s' } },
    );
    await f();
    await time.pass(10_000);
    assert.equal(signals[0].aborted, false);
  });

  it('an error by which the function answers the abort of a timeout changes nothing', async () => {
    const f = resilient(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('cleaned up')));
        }),
      { passContext: true, timeout: '1s' },
    );
    const outcome = outcomeOf(f());
    await time.pass(1_000);
    assert.equal(outcome.error.code, 'TIMEOUT');
  });
});
