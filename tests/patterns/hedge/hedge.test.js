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

/** A hedged function of the signature of `fetch` whose responses the test makes. */
function hedgedFetch() {
  const load = controlled();
  return { f: resilient(load, { http: true, hedge: { delay: '100ms' } }), runs: load.runs };
}

describe('a hedge', () => {
  it('starts a second run after delay, and not a moment before', async () => {
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

  it('starts none when the first answers in time', async () => {
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

  it('starts each of maxHedges after another delay', async () => {
    const { f, runs } = hedged({ delay: '100ms', maxHedges: 3 });
    outcomeOf(f());
    const counts = [];
    for (let passed = 0; passed < 6; passed++) {
      counts.push(runs.length);
      await time.pass(100);
    }
    assert.deepEqual(counts, [1, 2, 3, 4, 4, 4]);
  });

  it('starts at once with a delay of 0, though not if the first run has ended by then', async () => {
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

  it('takes any whole number from 1 for maxHedges', async () => {
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

  it('runs the function with the same object and arguments, and with a signal for each run', async () => {
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

  it('takes any value for a success, when nothing rejects it', async () => {
    for (const value of [undefined, null, false, 0, boom]) {
      const { f, runs } = hedged({ delay: '100ms' });
      const outcome = outcomeOf(f());
      await time.pass(100);
      runs[0].resolve(value);
      await settled();
      assert.deepEqual(outcome, { state: 'fulfilled', value });
    }
  });

  it('has no run called off while it is of use', async () => {
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

  it('does not abort the signal of a run that has failed before', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms' });
    outcomeOf(f());
    await time.pass(100);
    runs[0].reject(boom);
    await settled();
    runs[1].resolve('v');
    await settled();
    assert.equal(contextOf(0).signal.aborted, false);
  });

  it('takes the result of a run, whatever the others answer when they are called off', async () => {
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
    it(`takes the first success, of run ${winner}; the others’ signals abort, their results are ignored`, async () => {
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

  it('leaves an error before the delay to be the answer', async () => {
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

  it('waits for the others when a run fails, and starts the next in its time', async () => {
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

  it('gives the last one’s error when all have failed', async () => {
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

  it('starts no further run when all under way have failed', async () => {
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

  it('gives the last failure when all have failed, be it an error or a rejected result', async () => {
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

  it('leaves a rejected result before the delay to be the answer', async () => {
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

  it('ends with the error of a retryOnResult that throws', async () => {
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

  it('waits for the others when retryOnResult rejects a result', async () => {
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

  it('takes a function that throws at once for one that fails', async () => {
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

  it('waits for the first run when the second throws at once', async () => {
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

  it('reports no events of its own', async () => {
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

describe('a hedge inside the other patterns', () => {
  it('is made anew for each attempt, whose number its runs share', async () => {
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

  it('is within the timeout of the attempt, which ends all its runs', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms', maxHedges: 5 }, { timeout: '250ms' });
    const outcome = outcomeOf(f());
    await time.pass(250);
    assert.equal(outcome.error.code, 'TIMEOUT');
    assert.equal(runs.length, 3);
    for (const run of [0, 1, 2]) assert.equal(contextOf(run).signal.reason, outcome.error);
    await time.pass(1_000);
    assert.deepEqual([runs.length, time.pending], [3, 0]);
  });

  it('counts its delay from the start of each attempt, also of one after a timeout', async () => {
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

  it('is within the total timeout, which ends all its runs', async () => {
    const { f, runs, contextOf } = hedged({ delay: '100ms' }, { timeout: { total: '150ms' } });
    const outcome = outcomeOf(f());
    await time.pass(150);
    assert.equal(outcome.error.code, 'TIMEOUT');
    for (const run of [0, 1]) assert.equal(contextOf(run).signal.reason, outcome.error);
    await time.pass(1_000);
    assert.deepEqual([runs.length, time.pending], [2, 0]);
  });

  it('has none with a timeout of the attempt below its delay', async () => {
    const { f, runs } = hedged({ delay: '100ms' }, { timeout: '99ms' });
    const outcome = outcomeOf(f());
    await time.pass(1_000);
    assert.equal(outcome.error.code, 'TIMEOUT');
    assert.deepEqual([runs.length, time.pending], [1, 0]);
  });

  it('goes on when a caller leaves who is not the last', async () => {
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

  it('ignores what its runs bring after the last caller has left', async () => {
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

  it('ends with all its runs when the last caller leaves, and starts none after', async () => {
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

  it('needs one slot and one token for all its runs, and stores one result', async () => {
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

  it('gives its slot back when it is decided, though a loser may run on', async () => {
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

  it('starts when the call has its slot, not when it waits for one', async () => {
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

  it('keeps the result of the run that won', async () => {
    const { f, runs } = hedged({ delay: '100ms' }, { cache: { ttl: 0 } });
    const callers = [f('a'), f('a')].map(outcomeOf);
    await time.pass(100);
    runs[0].resolve('v0');
    runs[1].resolve('v1');
    await settled();
    for (const { value } of callers) assert.equal(value, 'v0');
    assert.deepEqual([await f('a'), runs.length], ['v0', 2]);
  });

  it('keeps no failure: the next call runs anew', async () => {
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

  it('has a fallback stand in only when all its runs have failed', async () => {
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

  it('is one outcome for the breaker', async () => {
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

describe('a hedge around fetch', () => {
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
    it(`makes ${expected === 1 ? 'no second request' : 'a second request'} of ${kind}`, async () => {
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

  it('waits for the others when a status is bad, and lets go of the bodies that it does not need', async () => {
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

  it('gives the bad status of the last one when all are bad', async () => {
    const { f, runs } = hedgedFetch();
    const outcome = outcomeOf(f(URL));
    await time.pass(100);
    runs[0].resolve(new Response('first', { status: 503 }));
    await settled();
    runs[1].resolve(new Response('last', { status: 500 }));
    await settled();
    assert.deepEqual([outcome.value.status, await outcome.value.text()], [500, 'last']);
  });

  it('takes a status that says something of the request for an answer', async () => {
    const { f, runs } = hedgedFetch();
    const outcome = outcomeOf(f(URL));
    await time.pass(100);
    runs[0].resolve(new Response(null, { status: 404 }));
    await settled();
    assert.equal(outcome.value.status, 404);
  });

  it('gives each request a signal, and aborts that of the loser', async () => {
    const { f, runs } = hedgedFetch();
    const outcome = outcomeOf(f(URL));
    await time.pass(100);
    runs[1].resolve(new Response('v'));
    await settled();
    assert.equal(await outcome.value.text(), 'v');
    const [loser, winner] = runs.map(({ args }) => args[1].signal);
    assert.deepEqual([loser.reason.name, winner.aborted], ['AbortError', false]);
  });

  it('lets go of a body that comes late: after an answer, and after the caller has left', async () => {
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

  it('lets go of the loser of a function that is not like fetch, unless both runs gave one Response', async () => {
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
