import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { controlled } from './support/controlled.js';
import { manualTimers } from './support/manual-timers.js';
import { outcomeOf } from './support/outcome.js';
import './support/unhandled-rejections.js';

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

  it('starts at once with a delay of 0', async () => {
    const { f, runs } = hedged({ delay: 0 });
    outcomeOf(f());
    await settled();
    assert.equal(runs.length, 2);
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
    await settled();
    assert.equal(outcome.state, 'pending');
    await time.pass(50);
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
    const load = controlled();
    const f = resilient(load, { http: true, hedge: { delay: '100ms' } });
    const outcome = outcomeOf(f(URL));
    await time.pass(100);
    let cancelled = false;
    const body = new ReadableStream({
      cancel() {
        cancelled = true;
      },
    });
    load.runs[0].resolve(new Response(body, { status: 503 }));
    await settled();
    assert.deepEqual([outcome.state, cancelled], ['pending', true]);
    load.runs[1].resolve(new Response('good'));
    await settled();
    assert.equal(await outcome.value.text(), 'good');
  });
});
