import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { Bulkhead, CircuitBreaker, RateLimiter, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();
const REASON = { why: 'the caller left' };
const listenersOn = (signal) => getEventListeners(signal, 'abort').length;

/**
 * The stages of a call in which its caller may leave. Each has how many runs of the function have
 * started by then, and which of their signals abort; `prepare` gets the shared patterns.
 */
const PLACES = {
  'in the function': {},
  'in the queue of the rate limiter': {
    prepare: ({ limiter }) => void resilient(() => {}, { rateLimiter: limiter })(),
    runs: 0,
    aborted: [],
  },
  'in the queue of the bulkhead': {
    prepare: ({ bulkhead }) => {
      const { promise, end } = holding();
      outcomeOf(resilient(() => promise, { bulkhead })());
      return end;
    },
    runs: 0,
    aborted: [],
  },
  'in the pause of a retry': {
    arrive: async ({ load }) => {
      load.runs[0].reject(new Error('boom'));
      await time.pass(100);
    },
    aborted: [],
  },
  'in the queue of the bulkhead, for another attempt': {
    arrive: async ({ load, bulkhead }) => {
      load.runs[0].reject(new Error('boom'));
      await time.pass(100);
      const { promise, end } = holding();
      outcomeOf(resilient(() => promise, { bulkhead })());
      await time.pass(1_000);
      assert.equal(bulkhead.metrics.waiting, 1);
      return end;
    },
    aborted: [],
  },
  'in the second attempt': {
    arrive: async ({ load }) => {
      load.runs[0].reject(new Error('boom'));
      await time.pass(1_000);
    },
    runs: 2,
    aborted: [1],
  },
  'with a hedge under way': {
    arrive: async () => {
      await time.pass(5_000);
    },
    runs: 2,
    aborted: [0, 1],
  },
};

function holding() {
  let end;
  const promise = new Promise((resolve) => {
    end = resolve;
  });
  return { promise, end };
}

/** A function with every pattern, except those that are overridden, and its shared patterns. */
function scene(without = {}) {
  const load = controlled();
  const heard = [];
  const limiter = new RateLimiter({ maxCalls: 1, period: '3s', maxWait: '1h' });
  const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '1h' });
  const circuitBreaker = new CircuitBreaker({ failureThreshold: 1 });
  const f = resilient(load, {
    cache: { ttl: 0 },
    fallback: 'fallback',
    circuitBreaker,
    timeout: { seconds: '1h', total: '2h' },
    rateLimiter: limiter,
    bulkhead,
    retry: { delay: '1s', jitter: false },
    hedge: { delay: '5s' },
    passContext: true,
    onEvent: ({ type, key, error }) => key && heard.push([type, error]),
    ...without,
  });
  const signalOf = (run) => load.runs[run].args.at(-1).signal;
  return { load, heard, limiter, bulkhead, circuitBreaker, f, signalOf };
}

describe('a caller may leave a call at any time', () => {
  const cases = Object.entries(PLACES).flatMap(([place, parts]) => {
    const all = [place, parts, {}];
    if (place === 'with a hedge under way') return [all];
    return [all, [`${place}, without hedge`, parts, { hedge: undefined }]];
  });
  for (const [place, { prepare, arrive, runs = 1, aborted = [0] }, without] of cases) {
    it(`the last caller that leaves while the call is ${place} rejects at once, and nothing of the call remains`, async () => {
      const { load, heard, limiter, bulkhead, circuitBreaker, f, signalOf } = scene(without);
      const before = await prepare?.({ limiter, bulkhead });
      await turn();
      const controller = new AbortController();
      const outcome = outcomeOf(f.with({ signal: controller.signal })('a'));
      await turn();
      const later = await arrive?.({ load, bulkhead });
      await turn();
      assert.deepEqual([outcome.state, load.runs.length], ['pending', runs]);
      heard.length = 0;

      controller.abort(REASON);
      await undefined;
      assert.deepEqual(outcome, { state: 'rejected', error: REASON });
      assert.equal(listenersOn(controller.signal), 0);
      assert.deepEqual(heard, [['failure', REASON]]);
      for (const run of aborted) assert.equal(signalOf(run).reason, REASON);
      before?.();
      later?.();
      await time.pass(0);
      assert.equal(bulkhead.metrics.active, 0);
      assert.equal(bulkhead.metrics.waiting, 0);
      assert.equal(limiter.metrics.waiting, 0);
      const { calls, state } = circuitBreaker.metrics;
      assert.deepEqual([calls, state], [0, 'closed']);
      assert.equal(time.pending, 0);

      await time.pass(1e6);
      assert.equal(load.runs.length, runs, 'no attempt is made without a caller');
      assert.deepEqual(heard, [['failure', REASON]]);
      const next = outcomeOf(f('a'));
      await turn();
      load.runs[runs].resolve('again');
      await turn();
      assert.deepEqual(next, { state: 'fulfilled', value: 'again' });
    });

    it(`a caller that leaves while the call is ${place} does not affect the others, which get the result`, async () => {
      const { load, limiter, bulkhead, circuitBreaker, f } = scene(without);
      const before = await prepare?.({ limiter, bulkhead });
      await turn();
      const controllers = [new AbortController(), new AbortController(), new AbortController()];
      const callers = controllers.map(({ signal }) => outcomeOf(f.with({ signal })('a')));
      const patient = outcomeOf(f('a'));
      await turn();
      const later = await arrive?.({ load, bulkhead });
      await turn();
      controllers[0].abort(REASON);
      controllers[2].abort(REASON);
      await turn();
      assert.deepEqual(
        callers.map(({ state }) => state),
        ['rejected', 'pending', 'rejected'],
      );
      before?.();
      later?.();
      await time.pass(4_000);
      for (const run of load.runs) run.resolve('v');
      await time.pass(4_000);
      for (const run of load.runs) run.resolve('v');
      await turn();
      assert.deepEqual([callers[1].value, patient.value], ['v', 'v']);
      assert.equal(circuitBreaker.metrics.calls, 1);
      assert.equal(bulkhead.metrics.active, 0);
      assert.equal(time.pending, 0);
      for (const { signal } of controllers) assert.equal(listenersOn(signal), 0);
    });
  }

  it('a caller that leaves a probe of a half-open breaker releases its permit, so that the next call may probe', async () => {
    for (const arrive of [() => {}, ({ load }) => load.runs[1].reject(new Error('again'))]) {
      const load = controlled();
      const f = resilient(load, {
        circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1s', successThreshold: 1 },
        retry: { maxAttempts: 2, delay: '1m', retryOn: (error) => error.message === 'again' },
      });
      outcomeOf(f('fails'));
      load.runs[0].reject(new Error('boom'));
      await time.pass(1_000);
      assert.equal(f.circuitBreaker.state, 'half-open');
      const controller = new AbortController();
      const probe = outcomeOf(f.with({ signal: controller.signal })('probe'));
      arrive({ load });
      await turn();
      await assert.rejects(f('refused'), { code: 'CIRCUIT_OPEN' });
      controller.abort(REASON);
      await turn();
      assert.equal(probe.error, REASON);
      assert.equal(f.circuitBreaker.state, 'half-open');
      const next = outcomeOf(f('probe'));
      load.runs[2].resolve('v');
      await turn();
      assert.equal(next.value, 'v');
      assert.equal(f.circuitBreaker.state, 'closed');
    }
  });

  it('a call whose last caller has left starts nothing more, whenever it left', async () => {
    for (let moment = 0; moment < 60; moment++) {
      for (const settle of ['resolve', 'reject']) {
        const without = moment % 2 ? {} : { hedge: undefined, timeout: undefined };
        const { load, bulkhead, circuitBreaker, f, signalOf } = scene(without);
        const controller = new AbortController();
        const outcome = outcomeOf(f.with({ signal: controller.signal })('a'));
        await turn();
        const held = holding();
        load.runs[0].reject(new Error('boom'));
        await time.pass(500);
        const other = resilient(() => held.promise, { bulkhead });
        outcomeOf(other());
        await time.pass(600);
        held.end();
        for (let microtask = 0; microtask < moment / 2; microtask++) await undefined;
        const { length } = load.runs;
        if (length === 2) load.runs[1][settle](new Error('boom'));
        controller.abort(REASON);
        await turn();
        assert.equal(outcome.error, REASON);
        assert.equal(load.runs.length, length, `after ${moment / 2} microtasks`);
        if (length === 2) assert.equal(signalOf(1).aborted, true);
        assert.deepEqual([bulkhead.metrics.active, bulkhead.metrics.waiting], [0, 0]);
        assert.deepEqual([circuitBreaker.metrics.calls, time.pending], [0, 0]);
      }
    }
  });
});

describe('with takes a signal and refresh', () => {
  it('with refuses a signal that has aborted before anything else, even before a hit, and counts nothing', async () => {
    const load = controlled();
    const heard = [];
    const options = { cache: { ttl: 0 }, circuitBreaker: {}, rateLimiter: { maxCalls: 5 } };
    const f = resilient(load, { ...options, onEvent: ({ type }) => heard.push(type) });
    const stored = f('a');
    load.runs[0].resolve('v');
    await stored;
    heard.length = 0;
    const gone = f.with({ signal: AbortSignal.abort(REASON) });
    for (const id of ['a', 'b']) {
      assert.deepEqual(await gone(id).then(assert.fail, (error) => error), REASON);
    }
    assert.deepEqual(heard, []);
    const { hits, misses, coalesced } = f.cache.stats;
    assert.deepEqual([hits, misses, coalesced, load.runs.length], [0, 1, 0, 1]);
    assert.equal(f.rateLimiter.metrics.available, 4);
  });

  it('with({ refresh: true }) runs the function again and replaces the stored result', async () => {
    const load = controlled();
    const f = resilient(load, { cache: { ttl: 0 } });
    const first = f('a');
    load.runs[0].resolve('old');
    await first;
    const fresh = f.with({ refresh: true })('a');
    assert.equal(await f('a').then((value) => value), 'old', 'a hit until the new one is there');
    load.runs[1].resolve('new');
    assert.equal(await fresh, 'new');
    assert.equal(await f('a'), 'new');
    const failing = outcomeOf(f.with({ refresh: true })('a'));
    load.runs[2].reject(REASON);
    await turn();
    assert.equal(failing.error, REASON);
    assert.equal(await f('a'), 'new');
  });

  it('a caller that leaves a refresh keeps the old result in the cache', async () => {
    const load = controlled();
    const f = resilient(load, { cache: { ttl: 0 } });
    const first = f('a');
    load.runs[0].resolve('old');
    await first;
    const controller = new AbortController();
    const { signal } = controller;
    const fresh = outcomeOf(f.with({ refresh: true, signal })('a'));
    controller.abort(REASON);
    load.runs[1].resolve('new');
    await turn();
    assert.equal(fresh.error, REASON);
    assert.equal(await f('a'), 'old');
  });
});
