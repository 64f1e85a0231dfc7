import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';
import { watchedBody } from '../../support/watched-body.js';

const time = manualTimers();
const settled = () => time.pass(0);
const boom = new Error('boom');

/** A hedged function whose runs the test settles. */
function hedged(hedge, options) {
  const load = controlled();
  const f = resilient(load, { hedge, passContext: true, ...options });
  const contextOf = (run) => load.runs[run].args.at(-1);
  return { f, runs: load.runs, contextOf };
}

/** A hedged function with the signature of `fetch` whose responses the test makes. */
function hedgedFetch() {
  const load = controlled();
  return { f: resilient(load, { http: true, hedge: { delay: '100ms' } }), runs: load.runs };
}

describe('a hedge runs the function again in parallel', () => {
  it('a hedge starts a second run after delay, and not before', async () => {
    const { f, runs } = hedged({ delay: '100ms' });
    outcomeOf(f('a'));
    await time.pass(99);
    assert.equal(runs.length, 1);
    await time.pass(1);
    assert.deepEqual(
      runs.map(({ args }) => args[0]),
      ['a', 'a'],
    );
    await time.pass(1e6);
    assert.equal(runs.length, 2, 'one by default');
    assert.equal(time.pending, 0);
  });

  it('a hedge starts no second run when the first settles in time', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms' });
    const outcome = outcomeOf(f('a'));
    await time.pass(99);
    runs[0].resolve('v');
    await settled();
    assert.equal(outcome.value, 'v');
    assert.equal(time.pending, 0);
    await time.pass(1_000);
    assert.equal(runs.length, 1);
    assert.equal(contextOf(0).signal.aborted, false);
  });

  it('a hedge starts each of maxHedges runs after another delay', async () => {
    const { f, runs } = hedged({ delay: '100ms', maxHedges: 3 });
    outcomeOf(f());
    const counts = [];
    for (let passed = 0; passed < 6; passed++) {
      counts.push(runs.length);
      await time.pass(100);
    }
    assert.deepEqual(counts, [1, 2, 3, 4, 4, 4]);
  });

  it('a hedge with a delay of 0 starts at once, unless the first run has ended by then', async () => {
    const { f, runs } = hedged({ delay: 0 });
    outcomeOf(f());
    assert.equal(runs.length, 1);
    await settled();
    assert.equal(runs.length, 2);

    const ends = [() => 'v', async () => 'v'];
    for (const end of ends) {
      let quick = 0;
      const g = resilient(() => ++quick && end(), { hedge: { delay: 0 } });
      const outcome = outcomeOf(g());
      await settled();
      assert.deepEqual([outcome.value, quick, time.pending], ['v', 1, 0]);
    }
  });

  it('maxHedges takes any integer from 1', async () => {
    const { f, runs } = hedged({ delay: '100ms', maxHedges: 1 });
    outcomeOf(f());
    await time.pass(1_000);
    assert.equal(runs.length, 2);
    for (const maxHedges of [0, -1, 1.5]) {
      assert.throws(() => hedged({ delay: 1, maxHedges }), {
        name: 'RangeError',
        message: /^hedge\.maxHedges must be/,
      });
    }
  });

  it('a hedge runs the function with the same this and arguments, and with a signal for each run', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms' });
    const object = { f };
    const argument = {};
    outcomeOf(object.f(argument));
    await time.pass(100);
    for (const { thisArg, args } of runs) {
      assert.equal(thisArg, object);
      assert.equal(args[0], argument);
    }
    assert.notEqual(contextOf(0).signal, contextOf(1).signal);
  });

  it('a hedge treats any value as a success when nothing rejects it', async () => {
    for (const value of [undefined, null, false, 0, boom]) {
      const { f, runs } = hedged({ delay: '100ms' });
      const outcome = outcomeOf(f());
      await time.pass(100);
      runs[0].resolve(value);
      await settled();
      assert.deepEqual(outcome, { state: 'fulfilled', value });
    }
  });

  it('a hedge cancels no run that is still needed', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms', maxHedges: 2 });
    outcomeOf(f());
    await time.pass(150);
    runs[0].reject(boom);
    await time.pass(50);
    assert.deepEqual(
      [0, 1, 2].map((run) => contextOf(run).signal.aborted),
      [false, false, false],
    );
  });

  it('a hedge does not abort the signal of a run that has already failed', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms' });
    outcomeOf(f());
    await time.pass(100);
    runs[0].reject(boom);
    await settled();
    runs[1].resolve('v');
    await settled();
    assert.equal(contextOf(0).signal.aborted, false);
  });

  it('a hedge takes the first result, whatever the other runs do when they are cancelled', async () => {
    const answers = [
      (resolve) => resolve('called off'),
      (_, reject) => reject(new Error('called off')),
    ];
    for (const answer of answers) {
      let runs = 0;
      const f = resilient(
        ({ signal }) =>
          ++runs === 2
            ? Promise.resolve('v')
            : new Promise((...ends) => signal.addEventListener('abort', () => answer(...ends))),
        { hedge: { delay: '100ms' }, passContext: true },
      );
      const outcome = outcomeOf(f());
      await time.pass(100);
      assert.deepEqual(outcome, { state: 'fulfilled', value: 'v' });
    }
  });

  for (const winner of [0, 1, 2]) {
    it(`a hedge takes the first success, of run ${winner}, aborts the others’ signals and ignores their results`, async () => {
      const { f, runs, contextOf } = hedged({ delay: '100ms', maxHedges: 2 });
      const outcome = outcomeOf(f());
      await time.pass(200);
      runs[winner].resolve(`v${winner}`);
      await settled();
      assert.deepEqual(outcome, { state: 'fulfilled', value: `v${winner}` });
      const losers = [0, 1, 2].filter((run) => run !== winner);
      assert.equal(contextOf(winner).signal.aborted, false);
      for (const loser of losers) {
        const { signal } = contextOf(loser);
        assert.deepEqual([signal.aborted, signal.reason.name], [true, 'AbortError']);
      }
      runs[losers[0]].resolve('late');
      runs[losers[1]].reject(new Error('late'));
      await settled();
      assert.equal(outcome.value, `v${winner}`);
      assert.equal(time.pending, 0);
    });
  }

  it('an error before the hedge delay is the result', async () => {
    const { f, runs } = hedged({ delay: '100ms' });
    const outcome = outcomeOf(f());
    await time.pass(99);
    runs[0].reject(boom);
    await settled();
    assert.equal(outcome.error, boom);
    await time.pass(1_000);
    assert.equal(runs.length, 1);
    assert.equal(time.pending, 0);
  });

  it('a hedge waits for the other runs when one fails, and starts the next in its time', async () => {
    const { f, runs } = hedged({ delay: '100ms', maxHedges: 2 });
    const outcome = outcomeOf(f());
    await time.pass(150);
    runs[0].reject(boom);
    await time.pass(49);
    assert.deepEqual([outcome.state, runs.length], ['pending', 2]);
    await time.pass(1);
    assert.equal(runs.length, 3);
    runs[2].reject(boom);
    await settled();
    assert.equal(outcome.state, 'pending');
    runs[1].resolve('v');
    await settled();
    assert.equal(outcome.value, 'v');
  });

  it('a hedge rejects with the error of the last run when all have failed', async () => {
    const { f, runs } = hedged({ delay: '100ms' });
    const outcome = outcomeOf(f());
    await time.pass(100);
    runs[1].reject(new Error('first to fail'));
    await settled();
    runs[0].reject(boom);
    await settled();
    assert.equal(outcome.error, boom);
    assert.equal(time.pending, 0);
  });

  it('a hedge starts no further run when all runs in flight have failed', async () => {
    const { f, runs } = hedged({ delay: '100ms', maxHedges: 2 });
    const outcome = outcomeOf(f());
    await time.pass(150);
    runs[0].reject(new Error('first to fail'));
    runs[1].reject(boom);
    await settled();
    assert.deepEqual([outcome.error, time.pending], [boom, 0]);
    await time.pass(1_000);
    assert.equal(runs.length, 2);
  });

  it('a hedge ends with the last failure when all runs have failed, an error or a rejected result', async () => {
    const retry = { maxAttempts: 1, retryOnResult: (result) => result === 'bad' };
    const ends = {
      error: (run) => run.reject(boom),
      result: (run) => run.resolve('bad'),
    };
    const expected = {
      error: { state: 'rejected', error: boom },
      result: { state: 'fulfilled', value: 'bad' },
    };
    for (const first of ['error', 'result']) {
      for (const last of ['error', 'result']) {
        const { f, runs } = hedged({ delay: '100ms' }, { retry });
        const outcome = outcomeOf(f());
        await time.pass(100);
        ends[first](runs[0]);
        await settled();
        assert.equal(outcome.state, 'pending');
        ends[last](runs[1]);
        await settled();
        assert.deepEqual(outcome, expected[last]);
        assert.equal(time.pending, 0);
      }
    }
  });

  it('a rejected result before the hedge delay is the result', async () => {
    const retry = { maxAttempts: 1, retryOnResult: () => true };
    const { f, runs } = hedged({ delay: '100ms' }, { retry });
    const outcome = outcomeOf(f());
    await time.pass(99);
    runs[0].resolve('bad');
    await settled();
    assert.equal(outcome.value, 'bad');
    await time.pass(1_000);
    assert.deepEqual([runs.length, time.pending], [1, 0]);
  });

  it('an error thrown by retryOnResult is the error of a hedged call', async () => {
    const retryOnResult = () => {
      throw boom;
    };
    const { f, runs, contextOf } = hedged({ delay: '100ms' }, { retry: { retryOnResult } });
    const outcome = outcomeOf(f());
    await time.pass(100);
    runs[0].resolve('v');
    await settled();
    assert.deepEqual(outcome, { state: 'rejected', error: boom });
    assert.equal(contextOf(1).signal.aborted, true);
    await time.pass(1e6);
    assert.deepEqual([runs.length, time.pending], [2, 0]);
  });

  it('a hedge waits for the other runs when retryOnResult rejects a result', async () => {
    const retry = { maxAttempts: 1, retryOnResult: (result) => result === 'bad' };
    const { f, runs } = hedged({ delay: '100ms' }, { retry });
    const outcome = outcomeOf(f());
    await time.pass(100);
    runs[0].resolve('bad');
    await settled();
    assert.equal(outcome.state, 'pending');
    runs[1].resolve('good');
    await settled();
    assert.equal(outcome.value, 'good');
  });

  it('a hedge treats a function that throws synchronously as a failed run', async () => {
    let runs = 0;
    const f = resilient(
      () => {
        runs++;
        throw boom;
      },
      { hedge: { delay: '100ms' } },
    );
    await assert.rejects(f(), boom);
    assert.deepEqual([runs, time.pending], [1, 0]);
  });

  it('a hedge waits for the first run when the second throws synchronously', async () => {
    const load = controlled();
    let runs = 0;
    const f = resilient(
      () => {
        if (++runs === 2) throw boom;
        return load();
      },
      { hedge: { delay: '100ms' } },
    );
    const outcome = outcomeOf(f());
    await time.pass(100);
    assert.deepEqual([runs, outcome.state], [2, 'pending']);
    load.runs[0].resolve('v');
    await settled();
    assert.deepEqual([outcome.value, time.pending], ['v', 0]);
  });

  it('a hedge emits no events', async () => {
    const heard = [];
    const { f, runs } = hedged(
      { delay: '100ms' },
      { onEvent: ({ type, attempt }) => heard.push([type, attempt]) },
    );
    outcomeOf(f());
    await time.pass(100);
    runs[0].reject(boom);
    runs[1].resolve('v');
    await settled();
    assert.deepEqual(heard, [['success', 0]]);
  });
});

describe('a hedge is inside the other patterns', () => {
  it('each attempt has a new hedge, whose runs share the attempt number', async () => {
    const { f, runs, contextOf } = hedged(
      { delay: '100ms' },
      { retry: { maxAttempts: 2, delay: '1s', jitter: false } },
    );
    const outcome = outcomeOf(f());
    await time.pass(100);
    runs[0].reject(boom);
    runs[1].reject(boom);
    await time.pass(1_000);
    assert.equal(runs.length, 3);
    await time.pass(100);
    assert.equal(runs.length, 4);
    assert.deepEqual(
      [0, 1, 2, 3].map((run) => contextOf(run).attempt),
      [1, 1, 2, 2],
    );
    runs[3].resolve('v');
    await settled();
    assert.equal(outcome.value, 'v');
    assert.equal(time.pending, 0);
  });

  it('the timeout of an attempt ends all runs of its hedge', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms', maxHedges: 5 }, { timeout: '250ms' });
    const outcome = outcomeOf(f());
    await time.pass(250);
    assert.equal(outcome.error.code, 'TIMEOUT');
    assert.equal(runs.length, 3);
    for (const run of [0, 1, 2]) assert.equal(contextOf(run).signal.reason, outcome.error);
    await time.pass(1_000);
    assert.deepEqual([runs.length, time.pending], [3, 0]);
  });

  it('the delay of a hedge counts from the start of each attempt, also of one after a timeout', async () => {
    const start = time.now;
    const startedAt = [];
    const signals = [];
    const f = resilient(
      ({ signal }) => {
        startedAt.push(time.now - start);
        signals.push(signal);
        return new Promise(() => {});
      },
      {
        hedge: { delay: '100ms' },
        timeout: '150ms',
        retry: { maxAttempts: 2, delay: '1s', jitter: false },
        passContext: true,
      },
    );
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual(startedAt, [0, 100, 1_150, 1_250]);
    assert.equal(outcome.error.code, 'TIMEOUT');
    assert.equal(signals[0].reason, signals[1].reason);
    assert.notEqual(signals[0].reason, outcome.error);
    assert.deepEqual([signals[2].reason, signals[3].reason], [outcome.error, outcome.error]);
  });

  it('the total timeout ends all runs of a hedge', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms' }, { timeout: { total: '150ms' } });
    const outcome = outcomeOf(f());
    await time.pass(150);
    assert.equal(outcome.error.code, 'TIMEOUT');
    for (const run of [0, 1]) assert.equal(contextOf(run).signal.reason, outcome.error);
    await time.pass(1_000);
    assert.deepEqual([runs.length, time.pending], [2, 0]);
  });

  it('a timeout of the attempt below the hedge delay prevents the hedge', async () => {
    const { f, runs } = hedged({ delay: '100ms' }, { timeout: '99ms' });
    const outcome = outcomeOf(f());
    await time.pass(1_000);
    assert.equal(outcome.error.code, 'TIMEOUT');
    assert.deepEqual([runs.length, time.pending], [1, 0]);
  });

  it('a hedge goes on when a caller leaves that is not the last', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms' }, { cache: true });
    const controller = new AbortController();
    const leaving = outcomeOf(f.with({ signal: controller.signal })('a'));
    const staying = outcomeOf(f('a'));
    await time.pass(50);
    controller.abort('bye');
    await time.pass(50);
    assert.deepEqual([leaving.error, runs.length], ['bye', 2]);
    for (const run of [0, 1]) assert.equal(contextOf(run).signal.aborted, false);
    runs[1].resolve('v');
    await settled();
    assert.deepEqual([staying.value, contextOf(0).signal.aborted], ['v', true]);
  });

  it('results of hedged runs are ignored after the last caller has left', async () => {
    const { f, runs } = hedged({ delay: '100ms' }, { cache: true, retry: {} });
    const controller = new AbortController();
    const outcome = outcomeOf(f.with({ signal: controller.signal })('a'));
    await time.pass(100);
    controller.abort('bye');
    runs[0].reject(new Error('late'));
    runs[1].resolve('late');
    await time.pass(1e6);
    assert.equal(outcome.error, 'bye');
    assert.deepEqual([runs.length, f.cache.size, time.pending], [2, 0, 0]);
  });

  it('a hedge ends with all its runs when the last caller leaves, and starts none afterwards', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms', maxHedges: 5 });
    const controller = new AbortController();
    const outcome = outcomeOf(f.with({ signal: controller.signal })());
    await time.pass(100);
    controller.abort('bye');
    await settled();
    assert.equal(outcome.error, 'bye');
    for (const run of [0, 1]) assert.equal(contextOf(run).signal.reason, 'bye');
    await time.pass(1_000);
    assert.deepEqual([runs.length, time.pending], [2, 0]);
  });

  it('a hedged attempt needs one slot and one token for all its runs, and stores one result', async () => {
    const { f, runs } = hedged(
      { delay: '100ms' },
      {
        bulkhead: { maxConcurrent: 2 },
        rateLimiter: { maxCalls: 2, period: '1d' },
        cache: { ttl: 0 },
      },
    );
    const outcome = outcomeOf(f('a'));
    await time.pass(100);
    assert.equal(runs.length, 2);
    assert.deepEqual([f.bulkhead.metrics.active, f.rateLimiter.metrics.available], [1, 1]);
    runs[1].resolve('v');
    await settled();
    runs[0].resolve('late');
    await settled();
    assert.deepEqual([outcome.value, await f('a'), f.cache.size], ['v', 'v', 1]);
    assert.equal(f.bulkhead.metrics.active, 0);
  });

  it('a hedged attempt releases its slot when it is decided, though a losing run may go on', async () => {
    const { f, runs } = hedged({ delay: '100ms' }, { bulkhead: { maxConcurrent: 1 } });
    outcomeOf(f('a'));
    await time.pass(100);
    runs[1].resolve('v');
    await settled();
    assert.equal(f.bulkhead.metrics.active, 0);
    outcomeOf(f('b'));
    assert.deepEqual([runs.length, runs[2].args[0]], [3, 'b']);
    runs[0].resolve('late');
    await settled();
    assert.equal(f.bulkhead.metrics.active, 1);
  });

  it('the hedge delay starts when the call has its slot, not when it waits for one', async () => {
    const { f, runs } = hedged(
      { delay: '100ms' },
      { bulkhead: { maxConcurrent: 1, maxWait: '1h' } },
    );
    outcomeOf(f('a'));
    outcomeOf(f('b'));
    await time.pass(1_000);
    runs[0].resolve('v');
    await settled();
    const ids = () => runs.map(({ args }) => args[0]);
    assert.deepEqual(ids(), ['a', 'a', 'b']);
    await time.pass(99);
    assert.equal(runs.length, 3);
    await time.pass(1);
    assert.deepEqual(ids(), ['a', 'a', 'b', 'b']);
  });

  it('a hedged call stores the result of the winning run', async () => {
    const { f, runs } = hedged({ delay: '100ms' }, { cache: { ttl: 0 } });
    const callers = [f('a'), f('a')].map(outcomeOf);
    await time.pass(100);
    runs[0].resolve('v0');
    runs[1].resolve('v1');
    await settled();
    for (const { value } of callers) assert.equal(value, 'v0');
    assert.deepEqual([await f('a'), runs.length], ['v0', 2]);
  });

  it('a hedged call stores no failure: the next call runs again', async () => {
    const retry = { maxAttempts: 1, retryOnResult: (result) => result === 'bad' };
    const { f, runs } = hedged({ delay: '100ms' }, { cache: true, retry });
    outcomeOf(f('a'));
    await time.pass(100);
    runs[0].reject(boom);
    await settled();
    runs[1].resolve('bad');
    await settled();
    assert.equal(f.cache.size, 0);
    outcomeOf(f('a'));
    assert.equal(runs.length, 3);
  });

  it('a fallback replaces the error of a hedged call only when all runs have failed', async () => {
    const { f, runs } = hedged({ delay: '100ms' }, { fallback: (error) => error });
    const outcome = outcomeOf(f());
    await time.pass(100);
    runs[0].reject(new Error('first to fail'));
    await settled();
    assert.equal(outcome.state, 'pending');
    runs[1].reject(boom);
    await settled();
    assert.deepEqual(outcome, { state: 'fulfilled', value: boom });
  });

  it('a hedged call is one outcome for the breaker', async () => {
    const { f, runs } = hedged({ delay: '100ms' }, { circuitBreaker: {} });
    outcomeOf(f());
    await time.pass(100);
    runs[0].reject(boom);
    runs[1].resolve('v');
    await settled();
    const { calls, failures } = f.circuitBreaker.metrics;
    assert.deepEqual([calls, failures], [1, 0]);
  });
});

describe('a hedge works around fetch', () => {
  const URL = 'http://127.0.0.1/x';
  const stream = () => new Blob(['body']).stream();
  const cases = [
    ['a GET', [URL], 2],
    ['a HEAD', [URL, { method: 'HEAD' }], 2],
    ['a PUT', [URL, { method: 'PUT', body: 'text' }], 2],
    ['a POST', [URL, { method: 'POST', body: 'text' }], 1],
    ['a PATCH', [URL, { method: 'PATCH', body: 'text' }], 1],
    ['a PUT of a stream', [URL, { method: 'PUT', body: stream(), duplex: 'half' }], 1],
    ['a Request', [new Request(URL)], 2],
    ['a Request to POST', [new Request(URL, { method: 'POST', body: 'text' })], 1],
  ];
  for (const [kind, args, expected] of cases) {
    it(`a hedge makes ${expected === 1 ? 'no second request' : 'a second request'} for ${kind}`, async () => {
      let runs = 0;
      const f = resilient(() => ++runs && new Promise(() => {}), {
        http: true,
        hedge: { delay: '100ms' },
      });
      outcomeOf(f(...args));
      await time.pass(1_000);
      assert.equal(runs, expected);
    });
  }

  it('a hedge waits for the other requests when a status is bad, and cancels the bodies that it does not need', async () => {
    const { f, runs } = hedgedFetch();
    const outcome = outcomeOf(f(URL));
    await time.pass(100);
    const bad = watchedBody();
    runs[0].resolve(new Response(bad.body, { status: 503 }));
    await settled();
    assert.deepEqual([outcome.state, bad.cancelled], ['pending', true]);
    runs[1].resolve(new Response('good'));
    await settled();
    assert.equal(await outcome.value.text(), 'good');
  });

  it('a hedge returns the bad status of the last request when all are bad', async () => {
    const { f, runs } = hedgedFetch();
    const outcome = outcomeOf(f(URL));
    await time.pass(100);
    runs[0].resolve(new Response('first', { status: 503 }));
    await settled();
    runs[1].resolve(new Response('last', { status: 500 }));
    await settled();
    assert.deepEqual([outcome.value.status, await outcome.value.text()], [500, 'last']);
  });

  it('a hedge accepts a status that blames the request as the result', async () => {
    const { f, runs } = hedgedFetch();
    const outcome = outcomeOf(f(URL));
    await time.pass(100);
    runs[0].resolve(new Response(null, { status: 404 }));
    await settled();
    assert.equal(outcome.value.status, 404);
  });

  it('a hedge gives each request a signal, and aborts that of the loser', async () => {
    const { f, runs } = hedgedFetch();
    const outcome = outcomeOf(f(URL));
    await time.pass(100);
    runs[1].resolve(new Response('v'));
    await settled();
    assert.equal(await outcome.value.text(), 'v');
    const [loser, winner] = runs.map(({ args }) => args[1].signal);
    assert.deepEqual([loser.reason.name, winner.aborted], ['AbortError', false]);
  });

  it('a hedge cancels a body that arrives late: after a result, and after the caller has left', async () => {
    const { f, runs } = hedgedFetch();
    const answered = outcomeOf(f(URL));
    await time.pass(100);
    runs[1].resolve(new Response('v'));
    await settled();
    const afterAnswer = watchedBody();
    runs[0].resolve(new Response(afterAnswer.body));
    await settled();
    assert.equal(afterAnswer.cancelled, true);
    assert.equal(await answered.value.text(), 'v');

    const controller = new AbortController();
    const left = outcomeOf(f(URL, { signal: controller.signal }));
    await time.pass(100);
    controller.abort('bye');
    const afterLeaving = watchedBody();
    runs[3].resolve(new Response(afterLeaving.body));
    await settled();
    assert.deepEqual([left.error, afterLeaving.cancelled], ['bye', true]);
  });

  it('a hedge cancels the losing body of any function, unless both runs returned one Response', async () => {
    for (const same of [false, true]) {
      const { f, runs } = hedged({ delay: '100ms' });
      outcomeOf(f());
      await time.pass(100);
      const winner = watchedBody();
      const loser = watchedBody();
      const response = new Response(winner.body);
      runs[0].resolve(response);
      await settled();
      runs[1].resolve(same ? response : new Response(loser.body));
      await settled();
      assert.deepEqual([winner.cancelled, loser.cancelled], [false, !same]);
    }
  });
});
