import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RateLimitExceededError, RateLimiter, ResilienceError, resilient } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

/** A function with a rate limiter that records the times and arguments of its runs. */
function limited(rateLimiter, options) {
  const start = time.now;
  const runs = [];
  const f = resilient(
    async (id) => {
      runs.push([id, time.now - start]);
      return id;
    },
    { rateLimiter, name: 'f', ...options },
  );
  return { f, runs };
}

describe('a rate limiter limits calls per period', () => {
  it('a rate limiter lets maxCalls through at once, and refuses the next with the time to wait', async () => {
    const { f, runs } = limited({ maxCalls: 3, period: '6s' });
    const outcomes = ['a', 'b', 'c', 'd'].map((id) => outcomeOf(f(id)));
    await time.pass(0);
    assert.deepEqual(
      outcomes.map(({ value }) => value),
      ['a', 'b', 'c', undefined],
    );
    const { error } = outcomes[3];
    assert.ok(error instanceof RateLimitExceededError && error instanceof ResilienceError);
    assert.deepEqual([error.name, error.code], ['RateLimitExceededError', 'RATE_LIMITED']);
    assert.deepEqual([error.functionName, error.retryAfter], ['f', 2]);
    assert.match(error.message, /f/);
    assert.equal(runs.length, 3);
    assert.equal(time.pending, 0);
  });

  it('a rate limiter lets ten calls per second through by default, without a queue', async () => {
    const { f } = limited({});
    const outcomes = Array.from({ length: 11 }, (_, id) => outcomeOf(f(id)));
    await time.pass(0);
    assert.deepEqual(
      outcomes.map(({ state }) => state),
      [...Array(10).fill('fulfilled'), 'rejected'],
    );
    assert.equal(outcomes[10].error.retryAfter, 0.1);
    assert.deepEqual(f.rateLimiter.metrics, { maxCalls: 10, available: 0, waiting: 0 });
    await time.pass(100);
    assert.equal(await f('later'), 'later');
  });

  it('a rate limiter refills evenly, up to maxCalls and no further', async () => {
    const { f } = limited({ maxCalls: 3, period: '3s' });
    const available = () => f.rateLimiter.metrics.available;
    for (let call = 0; call < 3; call++) f(call);
    const seen = [];
    for (let ms = 0; ms < 4_000; ms += 500) {
      seen.push(available());
      await time.pass(500);
    }
    assert.deepEqual(seen, [0, 0, 1, 1, 2, 2, 3, 3]);
    await time.pass(1e9);
    assert.equal(available(), 3);
  });

  it('a refusal of a rate limiter has the exact time of the next token', async () => {
    const { f } = limited({ maxCalls: 1, period: '5s' });
    await f('a');
    await time.pass(1_250);
    const refused = outcomeOf(f('b'));
    await time.pass(0);
    assert.equal(refused.error.retryAfter, 3.75);
    await time.pass(3_749);
    const early = outcomeOf(f('c'));
    await time.pass(1);
    assert.equal(early.error.retryAfter, 0.001);
    assert.equal(await f('d'), 'd');
  });

  it('a rate limiter has whole tokens even where a third of a second has no exact number', async () => {
    const { f, runs } = limited({ maxCalls: 3, period: '1s', maxWait: '1h' });
    const outcomes = Array.from({ length: 3_003 }, (_, id) => outcomeOf(f(id)));
    await time.pass(1_000_001);
    assert.ok(outcomes.every(({ state }) => state === 'fulfilled'));
    assert.ok(Math.abs(runs.at(-1)[1] - 1_000_000) <= 1, `${runs.at(-1)[1]}`);
  });

  it('a rate limiter is full after a period, however many tokens fit into it', async () => {
    for (let maxCalls = 1; maxCalls <= 100; maxCalls++) {
      const { f } = limited({ maxCalls, period: '1s' });
      for (let call = 0; call < maxCalls; call++) f(call);
      assert.equal(f.rateLimiter.metrics.available, 0);
      await time.pass(1_000);
      assert.equal(f.rateLimiter.metrics.available, maxCalls);
      const outcomes = Array.from({ length: maxCalls }, (_, id) => outcomeOf(f(id)));
      await turn();
      assert.ok(outcomes.every(({ state }) => state === 'fulfilled'));
    }
  });

  it('a rate limiter given to several functions is shared by them', async () => {
    const limiter = new RateLimiter({ maxCalls: 1, period: '1s', maxWait: '1s' });
    const [a, b] = [limited(limiter), limited(limiter, { name: 'g' })];
    assert.equal(a.f.rateLimiter, limiter);
    assert.equal(b.f.rateLimiter, limiter);
    const outcomes = [a.f('a'), b.f('b'), b.f('c')].map(outcomeOf);
    await time.passAll();
    assert.deepEqual([a.runs, b.runs], [[['a', 0]], [['b', 1_000]]]);
    assert.equal(outcomes[2].error.functionName, 'g');
  });

  it('the metrics of a rate limiter are read-only', () => {
    const { metrics } = new RateLimiter({ maxCalls: 2 });
    assert.ok(Object.isFrozen(metrics));
    assert.deepEqual(metrics, { maxCalls: 2, available: 2, waiting: 0 });
  });
});

describe('a call may wait for a token', () => {
  it('a call waits no longer than maxWait, and is refused at once if it would have to', async () => {
    const { f, runs } = limited({ maxCalls: 1, period: '1s', maxWait: '2s' });
    const outcomes = ['a', 'b', 'c', 'd'].map((id) => outcomeOf(f(id)));
    await time.pass(0);
    assert.equal(outcomes[3].error.retryAfter, 3);
    assert.equal(f.rateLimiter.metrics.waiting, 2);
    await time.passAll();
    assert.deepEqual(runs, [
      ['a', 0],
      ['b', 1_000],
      ['c', 2_000],
    ]);
    assert.equal(f.rateLimiter.metrics.waiting, 0);
  });

  it('a waiting call comes before one that arrives when a token has just become available', async () => {
    const { f, runs } = limited({ maxCalls: 1, period: '1s', maxWait: '5s' });
    f('a');
    f('b');
    await time.pass(999);
    f('c');
    await time.pass(1);
    f('d');
    await time.passAll();
    assert.deepEqual(runs, [
      ['a', 0],
      ['b', 1_000],
      ['c', 2_000],
      ['d', 3_000],
    ]);
  });

  it('a rate limiter has one timer for all waiting calls, and none when no call waits', async () => {
    const { f } = limited({ maxCalls: 1, period: '1s', maxWait: '1d' });
    const outcomes = Array.from({ length: 1_000 }, (_, id) => outcomeOf(f(id)));
    assert.equal(time.pending, 1);
    await time.pass(10_000);
    assert.equal(time.pending, 1);
    await time.passAll();
    assert.equal(time.pending, 0);
    assert.ok(outcomes.every(({ state }) => state === 'fulfilled'));
  });

  it('a waiting call leaves at once when its signal aborts, takes no token, and those behind it move up', async () => {
    const { f, runs } = limited({ maxCalls: 1, period: '1s', maxWait: '5s' });
    const controller = new AbortController();
    f('a');
    const leaving = outcomeOf(f.with({ signal: controller.signal })('b'));
    outcomeOf(f('c'));
    await time.pass(500);
    controller.abort('bye');
    await time.pass(0);
    assert.deepEqual(leaving, { state: 'rejected', error: 'bye' });
    assert.equal(f.rateLimiter.metrics.waiting, 1);
    await time.passAll();
    assert.deepEqual(runs, [
      ['a', 0],
      ['c', 1_000],
    ]);
  });

  it('a rate limiter has no timer once its only waiting call has left', async () => {
    const { f } = limited({ maxCalls: 1, period: '1s', maxWait: '5s' });
    const controller = new AbortController();
    f('a');
    const leaving = outcomeOf(f.with({ signal: controller.signal })('b'));
    assert.equal(time.pending, 1);
    controller.abort('bye');
    await time.pass(0);
    assert.equal(leaving.error, 'bye');
    assert.equal(time.pending, 0);
    await time.pass(1_000);
    assert.equal(f.rateLimiter.metrics.available, 1);
  });

  it('a call that has left the queue of a rate limiter is never run, whenever it left', async () => {
    for (let moment = 0; moment < 20; moment++) {
      const { f, runs } = limited({ maxCalls: 1, period: '1s', maxWait: '5s' });
      const controller = new AbortController();
      await f('a');
      const leaving = outcomeOf(f.with({ signal: controller.signal })('b'));
      await time.pass(999);
      time.jump(1);
      for (let microtask = 0; microtask < moment; microtask++) await undefined;
      const ran = runs.length;
      controller.abort('bye');
      await turn();
      assert.equal(runs.length, ran);
      if (ran === 1) assert.equal(leaving.error, 'bye');
    }
  });

  it('a rate limiter lets all due calls through after a time in which the program was busy', async () => {
    const { f, runs } = limited({ maxCalls: 2, period: '2s', maxWait: '1h' });
    for (let id = 0; id < 6; id++) f(id);
    time.jump(10_000);
    await turn();
    assert.equal(runs.length, 6);
    assert.equal(time.pending, 0);
  });

  it('the wait for a token counts for the total timeout, and not for the timeout of an attempt', async () => {
    const wait = { maxCalls: 1, period: '10s', maxWait: '1h' };
    const inTotal = limited(wait, { timeout: { total: '5s' } });
    await inTotal.f('a');
    const late = outcomeOf(inTotal.f('b'));
    await time.pass(5_000);
    assert.equal(late.error.code, 'TIMEOUT');
    assert.equal(inTotal.f.rateLimiter.metrics.waiting, 0);
    assert.equal(time.pending, 0);

    const perAttempt = limited(wait, { timeout: '5s' });
    await perAttempt.f('a');
    const patient = outcomeOf(perAttempt.f('b'));
    await time.pass(10_000);
    assert.equal(patient.value, 'b');
  });
});

describe('a token is taken once per call', () => {
  it('a call takes one token for all its attempts', async () => {
    let runs = 0;
    const f = resilient(async () => Promise.reject(new Error(`run ${++runs}`)), {
      rateLimiter: { maxCalls: 2, period: '1d' },
      retry: { maxAttempts: 4 },
    });
    outcomeOf(f());
    await time.passAll();
    assert.deepEqual([runs, f.rateLimiter.metrics.available], [4, 1]);
  });

  it('neither a hit nor a call that joins a flight takes a token', async () => {
    const load = controlled();
    const f = resilient(load, { cache: { ttl: 0 }, rateLimiter: { maxCalls: 1, period: '1d' } });
    const outcomes = [f(1), f(1), f(1)].map(outcomeOf);
    load.runs[0].resolve('v');
    await time.pass(0);
    assert.equal(await f(1), 'v');
    assert.ok(outcomes.every(({ value }) => value === 'v'));
    const refused = outcomeOf(f(2));
    await time.pass(0);
    assert.equal(refused.error.code, 'RATE_LIMITED');
  });

  it('a call that the circuit breaker refuses takes no token', async () => {
    const f = resilient(async () => 1, { circuitBreaker: {}, rateLimiter: { maxCalls: 1 } });
    f.circuitBreaker.forceOpen();
    await assert.rejects(f(), { code: 'CIRCUIT_OPEN' });
    assert.equal(f.rateLimiter.metrics.available, 1);
  });
});

describe('a refusal of the rate limiter is a failure of the call', () => {
  it('a refusal of the rate limiter emits an event with its error and a failure, without retry or outcome for the breaker', async () => {
    const events = [];
    const { f, runs } = limited(
      { maxCalls: 1, period: '1d' },
      {
        cache: { ttl: 0 },
        retry: {},
        circuitBreaker: { failureThreshold: 1 },
        onEvent: ({ type, key, error }) => events.push([type, key, error]),
      },
    );
    await f('a');
    const refused = outcomeOf(f('c'));
    await time.passAll();
    assert.deepEqual(
      events.filter(([, key]) => key === f.makeKey('c')),
      [
        ['cache_miss', f.makeKey('c'), undefined],
        ['rate_limited', f.makeKey('c'), refused.error],
        ['failure', f.makeKey('c'), refused.error],
      ],
    );
    assert.equal(runs.length, 1);
    const { calls, state } = f.circuitBreaker.metrics;
    assert.deepEqual([calls, state], [1, 'closed']);
    assert.equal(f.cache.size, 1);
  });

  it('a refusal of the rate limiter releases the permit of a half-open breaker', async () => {
    let fails = true;
    const f = resilient(async () => (fails ? Promise.reject(new Error('boom')) : 'fine'), {
      rateLimiter: { maxCalls: 1, period: '1m' },
      circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1s', successThreshold: 1 },
    });
    outcomeOf(f());
    await time.pass(1_000);
    assert.equal(f.circuitBreaker.state, 'half-open');
    for (let call = 0; call < 3; call++) await assert.rejects(f(), { code: 'RATE_LIMITED' });
    await time.pass(60_000);
    fails = false;
    assert.equal(await f(), 'fine');
    assert.equal(f.circuitBreaker.state, 'closed');
  });
});

/** A model of a rate limiter that counts tokens each millisecond. */
class Bucket {
  now = 0;
  runs = [];
  refused = [];
  #tokens;
  #line = [];
  #maxCalls;
  #interval;
  #maxWait;

  constructor(maxCalls, interval, maxWait) {
    this.#tokens = maxCalls * interval;
    this.#maxCalls = maxCalls;
    this.#interval = interval;
    this.#maxWait = maxWait;
  }

  call(id) {
    const missing = (this.#line.length + 1) * this.#interval - this.#tokens;
    if (missing > this.#maxWait) return this.refused.push([id, Math.max(missing, 0) / 1_000]);
    this.#line.push(id);
    this.#serve();
  }

  leave(id) {
    this.#line = this.#line.filter((other) => other !== id);
  }

  tick() {
    this.now++;
    this.#tokens = Math.min(this.#tokens + 1, this.#maxCalls * this.#interval);
    this.#serve();
  }

  get waiting() {
    return this.#line.length;
  }

  get available() {
    return Math.floor(this.#tokens / this.#interval);
  }

  #serve() {
    while (this.#line.length > 0 && this.#tokens >= this.#interval) {
      this.#tokens -= this.#interval;
      this.runs.push([this.#line.shift(), this.now]);
    }
  }
}

describe('a rate limiter behaves like a model of a token bucket', () => {
  it('a rate limiter lets through, queues and refuses the same calls at the same times as its model', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant('call') }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('leave'), which: fc.nat(5) }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('pass'), by: fc.nat(30) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(60),
        fc.array(step, { maxLength: 30 }),
        async (maxCalls, interval, maxWait, steps) => {
          const period = (maxCalls * interval) / 1_000;
          const { f, runs } = limited({ maxCalls, period, maxWait: maxWait / 1_000 });
          const bucket = new Bucket(maxCalls, interval, maxWait);
          const callers = [];
          for (const { type, which, by } of steps) {
            if (type === 'call') {
              const controller = new AbortController();
              const outcome = outcomeOf(f.with({ signal: controller.signal })(callers.length));
              callers.push({ controller, outcome });
              bucket.call(callers.length - 1);
            } else if (type === 'leave') {
              callers.at(-1 - which)?.controller.abort('bye');
              bucket.leave(callers.length - 1 - which);
            } else {
              for (let ms = 0; ms < by; ms++) bucket.tick();
              await time.pass(by);
            }
            await time.pass(0);
            const { available, waiting } = f.rateLimiter.metrics;
            assert.deepEqual([available, waiting], [bucket.available, bucket.waiting]);
          }
          assert.deepEqual(runs, bucket.runs);
          const refused = callers.flatMap(({ outcome: { error } }, id) =>
            error?.code ? [[id, error.retryAfter]] : [],
          );
          assert.deepEqual(refused, bucket.refused);
          for (const { controller } of callers) controller.abort('end');
          await time.pass(0);
          assert.equal(time.pending, 0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
