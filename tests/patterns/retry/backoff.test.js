import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

const failing = async () => Promise.reject(new Error('boom'));

describe('retry.delayFunc determines the pause', () => {
  /** The start times of the runs of a function that always fails. */
  async function startsWith(retry) {
    const starts = [];
    const from = time.now;
    const f = resilient(
      () => {
        starts.push(time.now - from);
        return failing();
      },
      { retry },
    );
    outcomeOf(f());
    await time.passAll();
    return starts;
  }

  it('retry.delayFunc returns the pause, in seconds or with a unit', async () => {
    const pauses = [0.5, '2s', 0, '1m'];
    assert.deepEqual(
      await startsWith({ maxAttempts: 5, delayFunc: () => pauses.shift() }),
      [0, 500, 2_500, 2_500, 62_500],
    );
  });

  it('a pause of delayFunc is taken as it is, without cap, growth or jitter', async () => {
    const retry = { delay: '9s', backoffFactor: 5, maxDelay: '1s', jitter: true };
    assert.deepEqual(await startsWith({ ...retry, delayFunc: () => '3s' }), [0, 3_000, 6_000]);
  });

  it('retry.delayFunc gets the number of the failed attempt, and its error or its result', async () => {
    const error = new Error('first');
    const outcomes = [Promise.reject(error), 'second', 'third'];
    const asked = [];
    const f = resilient(async () => outcomes.shift(), {
      retry: {
        retryOnResult: () => true,
        delayFunc: (...args) => {
          asked.push(args);
          return 0;
        },
      },
    });
    outcomeOf(f());
    await time.passAll();
    assert.deepEqual(asked, [
      [1, error],
      [2, 'second'],
    ]);
    assert.equal(asked[0][1], error);
  });

  it('a delayFunc that returns no duration fails the call with an error that says so', async () => {
    const duration = "a number of seconds or a string such as '250ms', '5s', '5m', '2h' or '1d'";
    const the = `the result of retry.delayFunc must be ${duration}`;
    const cases = [
      [null, TypeError, `${the}, got null`],
      [{}, TypeError, `${the}, got an object`],
      [-1, RangeError, `${the}, not negative, got -1`],
      [NaN, RangeError, `${the}, not negative, got NaN`],
      ['soon', RangeError, `${the}, not negative, got 'soon'`],
      [Infinity, RangeError, `${the}, at most 9007199254740991 ms, got Infinity`],
    ];
    for (const [answer, kind, message] of cases) {
      const outcome = outcomeOf(resilient(failing, { retry: { delayFunc: () => answer } })());
      await time.passAll();
      assert.equal(outcome.error.constructor, kind);
      assert.equal(outcome.error.message, message);
    }
  });
});

describe('retry emits events', () => {
  const TYPES = [EventType.RETRY, EventType.RETRY_EXHAUSTED];

  function heard(f) {
    const events = [];
    for (const type of TYPES) f.addEventListener(type, (event) => events.push(event));
    return events;
  }

  it('retry emits an event before each pause, and one after the last attempt', async () => {
    const load = controlled();
    const f = resilient(load, { name: 'load', retry: { jitter: false } });
    const events = heard(f);
    outcomeOf(f());
    for (const [n, pause] of [1_000, 2_000].entries()) {
      assert.equal(events.length, n);
      const error = new Error(`attempt ${n + 1}`);
      load.runs[n].reject(error);
      await time.pass(0);
      assert.equal(load.runs.length, n + 1, 'the pause has only begun');
      const { type, attempt, error: of, detail, functionName, key } = events[n];
      assert.deepEqual([type, attempt, functionName, key], ['retry', n + 1, 'load', undefined]);
      assert.equal(of, error);
      assert.equal(detail.delay, pause / 1_000);
      await time.pass(pause);
    }
    const last = new Error('attempt 3');
    load.runs[2].reject(last);
    await time.passAll();
    assert.equal(events.length, 3);
    const { type, attempt, error, functionName } = events[2];
    assert.deepEqual([type, attempt, functionName], ['retry_exhausted', 3, 'load']);
    assert.equal(error, last);
  });

  it('a retry event has the pause with jitter and with delayFunc', async (t) => {
    t.mock.method(Math, 'random', () => 0.5);
    for (const retry of [{}, { delayFunc: () => '500ms' }]) {
      const f = resilient(failing, { retry: { ...retry, maxAttempts: 2 } });
      const events = heard(f);
      outcomeOf(f());
      await time.passAll();
      assert.equal(events[0].detail.delay, 0.5);
    }
  });

  it('a retry event has the result where there is no error', async () => {
    const f = resilient(async () => 'empty', {
      retry: { maxAttempts: 2, retryOnResult: () => true },
    });
    const events = heard(f);
    outcomeOf(f());
    await time.passAll();
    assert.deepEqual(
      events.map(({ type, error, detail }) => [type, error, detail.result]),
      [
        ['retry', undefined, 'empty'],
        ['retry_exhausted', undefined, 'empty'],
      ],
    );
  });

  it('a retry event has the key of a cached call', async () => {
    const f = resilient(async (id) => failing(id), { cache: true, retry: { maxAttempts: 2 } });
    const events = heard(f);
    outcomeOf(f({ id: 1 }));
    await time.pass(10_000);
    assert.deepEqual(
      events.map(({ key }) => key),
      [f.makeKey({ id: 1 }), f.makeKey({ id: 1 })],
    );
  });

  it('a retry with a single attempt emits only the last event', async () => {
    const f = resilient(failing, { retry: { maxAttempts: 1 } });
    const events = heard(f);
    outcomeOf(f());
    await time.passAll();
    assert.deepEqual(
      events.map(({ type, attempt }) => [type, attempt]),
      [['retry_exhausted', 1]],
    );
  });

  it('retry emits no event for an error that is not retried, nor for success', async () => {
    const notRetried = resilient(failing, { retry: { retryOn: TypeError } });
    const fine = resilient(async () => 1, { retry: {} });
    for (const f of [notRetried, fine]) {
      const events = heard(f);
      outcomeOf(f());
      await time.passAll();
      assert.deepEqual(events, []);
    }
  });

  it('retry emits no event after the caller has left', async () => {
    const load = controlled();
    const f = resilient(load, { retry: {} });
    const events = heard(f);
    const controller = new AbortController();
    outcomeOf(f.with({ signal: controller.signal })());
    controller.abort();
    load.runs[0].reject(new Error('late'));
    await time.passAll();
    assert.deepEqual(events, []);
  });

  it('a retry listener may cancel the call before the pause', async () => {
    const controller = new AbortController();
    const f = resilient(failing, { retry: {} });
    f.addEventListener(EventType.RETRY, () => controller.abort('enough'));
    const outcome = outcomeOf(f.with({ signal: controller.signal })());
    await time.pass(0);
    assert.deepEqual([outcome.error, time.pending], ['enough', 0]);
  });
});
