import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { Bulkhead, RateLimiter, resilient } from 'holdfast';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import { thenable } from '../support/thenable.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

const time = manualTimers();
const boom = new Error('boom');
const other = new Error('other');
const frozen = Object.freeze({ a: 1 });
const promise = Promise.resolve(1);
const fulfilled = (value) => ({ state: 'fulfilled', value });
const rejected = (error) => ({ state: 'rejected', error });
const PENDING = { state: 'pending' };

const throwing = (thrown) => () => {
  throw thrown;
};

const UNREADABLE_THEN = 'gives an object whose then cannot be read';

/** Faulty functions, and the outcomes of their calls. */
const FAULTS = {
  'throws an error': [throwing(boom), rejected(boom)],
  'throws a text': [throwing('text'), rejected('text')],
  'throws undefined': [throwing(undefined), rejected(undefined)],
  'throws null': [throwing(null), rejected(null)],
  'throws a frozen object': [throwing(frozen), rejected(frozen)],
  'throws a Promise': [throwing(promise), rejected(promise)],
  'rejects with undefined': [() => Promise.reject(), rejected(undefined)],
  'rejects with a Proxy that throws at everything': (() => {
    const hostile = new Proxy({}, { get: throwing(other), has: throwing(other) });
    return [() => Promise.reject(hostile), rejected(hostile)];
  })(),
  'gives a thenable that calls both back, the value first': [
    () => thenable((resolve, reject) => [resolve('v'), reject(boom)]),
    fulfilled('v'),
  ],
  'gives a thenable that calls both back, the error first': [
    () => thenable((resolve, reject) => [reject(boom), resolve('v')]),
    rejected(boom),
  ],
  'gives a thenable that settles twice': [
    () => thenable((resolve) => [resolve('first'), resolve('second')]),
    fulfilled('first'),
  ],
  'gives a thenable whose then throws': [() => thenable(throwing(boom)), rejected(boom)],
  'gives a thenable whose then throws after it has resolved': [
    () =>
      thenable((resolve) => {
        resolve('v');
        throw boom;
      }),
    fulfilled('v'),
  ],
  [UNREADABLE_THEN]: [
    () => Object.defineProperty({}, 'then', { get: throwing(boom) }),
    rejected(boom),
  ],
  'gives a thenable of a thenable of a rejection': [
    () => thenable((resolve) => resolve(thenable((_, reject) => reject(boom)))),
    rejected(boom),
  ],
  'gives a Promise that never settles': [() => new Promise(() => {}), PENDING],
  'gives a thenable that never settles': [() => thenable(() => {}), PENDING],
};

/** The patterns around a faulty function. */
const AROUND = {
  'a cache': { cache: { ttl: 0 } },
  'a breaker': { circuitBreaker: {} },
  'a retry': { retry: { maxAttempts: 2, delay: '1s', jitter: false } },
  'a timeout': { timeout: '5s' },
  'a total timeout': { timeout: { seconds: '5s', perAttempt: false } },
  'a rate limiter': { rateLimiter: {} },
  'a bulkhead': { bulkhead: { maxConcurrent: 1 } },
  'a hedge': { hedge: { delay: '1s' } },
  'all of them': {
    cache: { ttl: 0 },
    circuitBreaker: {},
    retry: { maxAttempts: 2, delay: '1s', jitter: false },
    timeout: { seconds: '5s', total: '30s' },
    rateLimiter: {},
    bulkhead: { maxConcurrent: 1 },
    hedge: { delay: '1s' },
    fallback: { handler: 'instead', fallbackOn: (error) => error === 'never' },
  },
};

/** Asserts that no call has left a timer, a listener, a slot or a waiter. */
function assertNothingLeft({ bulkhead, rateLimiter }, signal) {
  assert.equal(time.pending, 0);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  if (bulkhead) assert.deepEqual([bulkhead.metrics.active, bulkhead.metrics.waiting], [0, 0]);
  if (rateLimiter) assert.equal(rateLimiter.metrics.waiting, 0);
}

/** Compares values and errors by identity. */
function assertSame(outcome, expected) {
  assert.equal(outcome.state, expected.state);
  assert.ok(Object.is(outcome.value, expected.value));
  assert.ok(Object.is(outcome.error, expected.error));
}

/** A direct call, and a call with a signal. */
const callers = (f) => {
  const { signal } = new AbortController();
  return { calls: [() => f('x'), () => f.with({ signal })('x')], signal };
};

for (const [name, options] of Object.entries(AROUND)) {
  describe(`${name} handles a faulty function`, () => {
    for (const [fault, [fn, expected]] of Object.entries(FAULTS)) {
      it(`${name} handles a function that ${fault}, and leaves nothing behind`, async () => {
        const f = resilient(fn, options);
        const { calls, signal } = callers(f);
        for (const call of calls) {
          const started = new Promise((resolve) => resolve(call()));
          const outcome = outcomeOf(started);
          await time.pass(60_000);
          if (expected === PENDING && options.timeout) {
            assert.equal(outcome.error.code, 'TIMEOUT');
          } else {
            assertSame(outcome, expected);
          }
          if (outcome.state === 'pending') return;
        }
        assertNothingLeft(f, signal);
        if (expected === PENDING || !f.circuitBreaker) return;
        // Without a pattern that waits the object is a result, though no Promise can resolve to it.
        const isResult = fault === UNREADABLE_THEN && !options.timeout;
        const failed = expected.state === 'rejected' && !isResult;
        assert.equal(f.circuitBreaker.metrics.failures, failed ? 2 : 0);
      });
    }
  });
}

describe('a function that never settles can be left', () => {
  it('a function that never settles holds nothing once its last caller has left', async () => {
    const f = resilient(() => new Promise(() => {}), {
      ...AROUND['all of them'],
      timeout: undefined,
    });
    const controllers = [new AbortController(), new AbortController()];
    const outcomes = controllers.map(({ signal }) => outcomeOf(f.with({ signal })('x')));
    await time.pass(60_000);
    for (const controller of controllers) controller.abort('bye');
    await time.pass(0);
    assert.deepEqual(outcomes, [rejected('bye'), rejected('bye')]);
    for (const { signal } of controllers) assertNothingLeft(f, signal);
  });
});

const failing = async () => Promise.reject(boom);
const fine = async () => 'fine';

/** Callbacks of patterns that throw `other`, and the outcomes of their calls. */
const CALLBACKS = {
  'retry.retryOn': [failing, { retry: { retryOn: throwing(other) } }, rejected(other)],
  'retry.ignoreOn': [failing, { retry: { ignoreOn: throwing(other) } }, rejected(other)],
  'retry.retryOnResult': [fine, { retry: { retryOnResult: throwing(other) } }, rejected(other)],
  'retry.delayFunc': [failing, { retry: { delayFunc: throwing(other) } }, rejected(other)],
  'circuitBreaker.errorTypes': [
    failing,
    { circuitBreaker: { errorTypes: throwing(other) } },
    rejected(other),
  ],
  'circuitBreaker.ignoreOn': [
    failing,
    { circuitBreaker: { ignoreOn: throwing(other) } },
    rejected(other),
  ],
  'fallback.fallbackOn': [
    failing,
    { fallback: { handler: 'v', fallbackOn: throwing(other) } },
    rejected(other),
  ],
  'fallback.handler': [failing, { fallback: { handler: throwing(other) } }, rejected(other)],
  'fallback.handler, asynchronous,': [
    failing,
    { fallback: async () => throwing(other)() },
    rejected(other),
  ],
  'cache.key': [fine, { cache: { key: throwing(other) } }, rejected(other)],
};

describe('a callback that throws leaves nothing behind', () => {
  for (const [name, [fn, options, expected]] of Object.entries(CALLBACKS)) {
    it(`an error thrown by ${name} is the error of the call, and leaves nothing behind`, async () => {
      const bulkhead = new Bulkhead({ maxConcurrent: 1 });
      const rateLimiter = new RateLimiter();
      const f = resilient(fn, { bulkhead, rateLimiter, timeout: '1m', ...options });
      const { calls, signal } = callers(f);
      for (const call of calls) {
        const outcome = outcomeOf(call());
        await time.pass(60_000);
        assert.deepEqual(outcome, expected);
      }
      assertNothingLeft(f, signal);
    });
  }

  it('an error thrown by a listener of any event is reported and changes nothing', async () => {
    let attempt = 0;
    const f = resilient(async () => (++attempt < 3 ? Promise.reject(boom) : 'fine'), {
      ...AROUND['all of them'],
      retry: { maxAttempts: 3, delay: 1 },
      onEvent: throwing(other),
    });
    const types = ['cache_miss', 'cache_hit', 'cache_coalesced', 'retry', 'success'];
    for (const type of types) f.addEventListener(type, throwing(boom));
    const { calls, signal } = callers(f);
    const warnings = await warningsOf(async () => {
      const outcomes = calls.map((call) => outcomeOf(call()));
      await time.pass(60_000);
      assert.deepEqual(outcomes, [fulfilled('fine'), fulfilled('fine')]);
      assert.equal(await f('x'), 'fine');
    });
    // A miss, a coalesced caller, two retries, a success and a hit, for two listeners each.
    assert.equal(warnings.length, 12);
    for (const warning of warnings) assert.match(warning, /boom|other/);
    assertNothingLeft(f, signal);
  });
});

describe('a clearTimeout that throws changes no result', () => {
  for (const [name, options] of Object.entries({
    timeout: { cache: true, timeout: '1s' },
    hedge: { cache: true, hedge: { delay: '1s' } },
    bulkhead: { cache: true, bulkhead: { maxConcurrent: 1, maxWait: '1s' } },
    'cache.staleIfSlow': { cache: { ttl: '1s', staleIfError: '1h', staleIfSlow: '1s' } },
  })) {
    it(`each call of a function with ${name} gets its result although clearTimeout throws`, async () => {
      const f = resilient(async (key) => key, options);
      await f(1);
      await time.pass(1_001);
      const { clearTimeout } = globalThis;
      globalThis.clearTimeout = throwing(boom);
      const calls = [1, 2, 3].map((key) => outcomeOf(f(key)));
      await time.pass(0);
      globalThis.clearTimeout = clearTimeout;
      assert.deepEqual(calls, [1, 2, 3].map(fulfilled));
      assert.deepEqual([await f(1), await f(2), await f(3)], [1, 2, 3]);
    });
  }
});
