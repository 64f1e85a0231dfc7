import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

/** Records all events of a function as short texts: `timeout 2` is the timeout of the second attempt. */
function log() {
  const entries = [];
  const onEvent = ({ type, attempt, detail }) =>
    entries.push([type, attempt || [], detail?.scope ?? []].flat().join(' '));
  return { entries, onEvent };
}

describe('the patterns have a fixed order', () => {
  it('the patterns run in the order cache, breaker, total timeout, retry, timeout of an attempt, function', async () => {
    const { entries, onEvent } = log();
    const runs = [];
    const f = resilient(
      (id, { attempt }) => {
        runs.push(`${id}${attempt}`);
        return id === 'good' ? Promise.resolve('fine') : new Promise(() => {});
      },
      {
        onEvent,
        passContext: true,
        cache: { ttl: 0 },
        circuitBreaker: { failureThreshold: 1 },
        timeout: { seconds: '1s', total: '10s' },
        retry: { maxAttempts: 9, delay: '2s', backoffFactor: 3, jitter: false },
      },
    );
    assert.equal(await f('good'), 'fine');
    assert.deepEqual(entries.splice(0), ['cache_miss', 'success']);

    const bad = outcomeOf(f('bad'));
    await time.passAll();
    assert.deepEqual(entries.splice(0), [
      'cache_miss', // the cache lets the call through,
      'timeout 1 attempt', // an attempt runs out of time, and is
      'retry 1', // retried, after 2 s,
      'timeout 2 attempt', // again,
      'retry 2', // and in a pause of 6 s
      'timeout 2 total', // the total of 10 s is over: retry is inside it.
      'circuit_open', // The breaker, outside of it, sees one failure,
      'failure', // as does the caller.
    ]);
    assert.equal(bad.error.code, 'TIMEOUT');
    assert.deepEqual(runs.splice(0), ['good1', 'bad1', 'bad2']);

    const refused = outcomeOf(f('other'));
    await time.passAll();
    assert.equal(refused.error.code, 'CIRCUIT_OPEN');
    assert.equal(refused.error.cause, bad.error);
    // Neither a retry nor a timeout: both are inside the breaker.
    assert.deepEqual(entries.splice(0), ['cache_miss', 'circuit_open', 'failure']);

    assert.equal(await f('good'), 'fine');
    assert.deepEqual(entries, ['cache_hit'], 'a hit touches none of the others');
    assert.deepEqual(runs, []);
    assert.equal(f.circuitBreaker.state, 'open');
  });

  it('the patterns run in the order cache, fallback, breaker, total timeout, limiter, bulkhead, retry, timeout, hedge, function', async () => {
    const { entries, onEvent } = log();
    const runs = [];
    const start = time.now;
    const f = resilient(
      (id) => {
        runs.push(`${id} ${time.now - start}`);
        return id === 'good' ? Promise.resolve('fine') : new Promise(() => {});
      },
      {
        onEvent,
        cache: { ttl: 0 },
        fallback: ({ code }, id) => `${code} of ${id}`,
        circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1d' },
        timeout: { seconds: '3s', total: '14.5s' },
        rateLimiter: { maxCalls: 2, period: '8s', maxWait: '4s' },
        bulkhead: { maxConcurrent: 1, maxWait: '1s' },
        retry: { maxAttempts: 9, delay: '5s', jitter: false, backoffFactor: 1 },
        hedge: { delay: '2s' },
      },
    );
    assert.equal(await f('good'), 'fine');
    assert.deepEqual([entries.splice(0), runs.splice(0)], [['cache_miss', 'success'], ['good 0']]);

    const slow = outcomeOf(f('slow'));
    const waiting = outcomeOf(f('waiting'));
    const refused = outcomeOf(f('refused'));
    await time.passAll();
    assert.deepEqual(entries.splice(0), [
      'cache_miss', // The first takes the last token,
      'cache_miss', // the second waits 4 s for another,
      'cache_miss', // and the third
      'rate_limited', // would have to wait longer.
      'fallback_used',
      'failure',
      'timeout 1 attempt', // The first has run out of time after 3 s, with a hedge after 2,
      'retry 1', // and gives its slot to the second, which
      'timeout 1 attempt', // gets it with its token, at 4 s.
      'retry 1', // For the first, the pause is over at 8 s.
      'timeout 2 attempt',
      'retry 2', // The second is in its second attempt, from 12 s on,
      'timeout 2 total', // when both have had 14.5 s. The first opens the breaker:
      'circuit_open',
      'fallback_used', // a failure for the breaker is none for the caller.
      'failure',
      'timeout 2 total',
      'fallback_used',
      'failure',
    ]);
    assert.deepEqual(runs.splice(0), [
      ...['slow 0', 'slow 2000', 'waiting 4000', 'waiting 6000'],
      ...['slow 8000', 'slow 10000', 'waiting 12000', 'waiting 14000'],
    ]);
    assert.deepEqual(
      [slow, waiting, refused].map(({ value }) => value),
      ['TIMEOUT of slow', 'TIMEOUT of waiting', 'RATE_LIMITED of refused'],
    );

    assert.equal(await f('other'), 'CIRCUIT_OPEN of other');
    // No token is taken: the limiter is inside the breaker.
    assert.deepEqual(entries.splice(0), ['cache_miss', 'circuit_open', 'fallback_used', 'failure']);
    assert.equal(await f('good'), 'fine');
    assert.deepEqual([entries, runs], [['cache_hit'], []], 'a hit touches none of the others');
    assert.equal(f.cache.size, 1, 'no fallback is kept');
    assert.equal(time.pending, 0);
  });

  it('a hit counts nothing at the breaker', async () => {
    const f = resilient(async () => 1, { cache: true, circuitBreaker: {} });
    await f();
    await f();
    await f();
    assert.equal(f.circuitBreaker.metrics.calls, 1);
  });

  it('a hit takes no permit of a half-open breaker', async () => {
    const f = resilient(async (x) => x, {
      cache: true,
      circuitBreaker: { recoveryTimeout: 0, failureThreshold: 1, successThreshold: 1 },
    });
    await f('stored');
    const { circuitBreaker } = f;
    const failing = resilient(async () => Promise.reject(new Error('boom')), { circuitBreaker });
    await assert.rejects(failing());
    assert.equal(f.circuitBreaker.state, 'half-open');
    await f('stored');
    assert.equal(f.circuitBreaker.state, 'half-open');
    await f('probe');
    assert.equal(f.circuitBreaker.state, 'closed');
  });
});

describe('a call has one outcome for the breaker', () => {
  it('a call that succeeds after several attempts is one success for the breaker', async () => {
    let runs = 0;
    const f = resilient(async () => (++runs < 3 ? Promise.reject(new Error('boom')) : 'fine'), {
      retry: {},
      circuitBreaker: { failureThreshold: 1 },
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.value, 'fine');
    const { state, calls, failures } = f.circuitBreaker.metrics;
    assert.deepEqual([state, calls, failures], ['closed', 1, 0]);
  });

  it('a call that fails after several attempts is one failure for the breaker', async () => {
    const f = resilient(async () => Promise.reject(new Error('boom')), {
      retry: {},
      circuitBreaker: { failureThreshold: 2 },
    });
    outcomeOf(f());
    await time.passAll();
    const { state, calls, failures } = f.circuitBreaker.metrics;
    assert.deepEqual([state, calls, failures], ['closed', 1, 1]);
  });

  it('a refused call has no outcome for the breaker', async () => {
    const f = resilient(async () => {}, { circuitBreaker: { slidingWindowSize: 9 } });
    f.circuitBreaker.forceOpen();
    await assert.rejects(f());
    assert.equal(f.circuitBreaker.metrics.calls, 0);
  });

  it('a call whose caller left has no outcome for the breaker, even if the function fails later', async () => {
    const load = controlled();
    const f = resilient(load, {
      circuitBreaker: { failureThreshold: 1 },
      timeout: '9s',
      retry: {},
    });
    const controller = new AbortController();
    const outcome = outcomeOf(f.with({ signal: controller.signal })());
    await turn();
    controller.abort('bye');
    load.runs[0].reject(new Error('late'));
    await time.passAll();
    assert.equal(outcome.error, 'bye');
    const { state, calls } = f.circuitBreaker.metrics;
    assert.deepEqual([state, calls], ['closed', 0]);
  });

  it('all waiters of a call share its attempts, outcome, events and error', async () => {
    const { entries, onEvent } = log();
    let runs = 0;
    const f = resilient(async () => Promise.reject(new Error(`attempt ${++runs}`)), {
      onEvent,
      cache: { ttl: 0 },
      retry: { maxAttempts: 2 },
      circuitBreaker: { failureThreshold: 2 },
      timeout: { seconds: '1s', total: '1m' },
    });
    const outcomes = Array.from({ length: 50 }, () => outcomeOf(f()));
    await time.passAll();
    assert.equal(runs, 2);
    assert.equal(outcomes[0].error.message, 'attempt 2');
    for (const { error } of outcomes) assert.equal(error, outcomes[0].error);
    assert.equal(f.circuitBreaker.metrics.failures, 1);
    const others = entries.filter((entry) => entry !== 'cache_coalesced');
    assert.deepEqual(others, ['cache_miss', 'retry 1', 'retry_exhausted 2', 'failure']);
    assert.equal(entries.length - others.length, 49);
  });

  it('a breaker refuses all waiters alike, and the next call again', async () => {
    const f = resilient(async () => {}, { cache: true, circuitBreaker: {}, retry: {}, timeout: 1 });
    f.circuitBreaker.forceOpen();
    await assert.rejects(f(), { code: 'CIRCUIT_OPEN' });
    f.circuitBreaker.reset();
    assert.equal(await f(), undefined);
  });
});

describe('passContext gives the function a context', () => {
  it('passContext gives the context as the last parameter, or after the last argument', () => {
    fc.assert(
      fc.property(fc.nat({ max: 6 }), fc.array(fc.anything(), { maxLength: 6 }), (length, args) => {
        let received;
        const fn = (...all) => {
          received = all;
        };
        Object.defineProperty(fn, 'length', { value: length });
        resilient(fn, { passContext: true })(...args);
        const at = Math.max(length - 1, args.length);
        assert.equal(received.length, at + 1);
        args.forEach((arg, n) => {
          assert.ok(Object.is(received[n], arg));
        });
        for (let n = args.length; n < at; n++) assert.equal(received[n], undefined);
        assert.ok(received[at].signal instanceof AbortSignal);
      }),
      { numRuns: 1_000 },
    );
  });

  it('the context has signal, attempt and key, and nothing else', () => {
    const f = resilient((_id, context) => context, { passContext: true });
    const context = f('x');
    assert.deepEqual(Object.keys(context).sort(), ['attempt', 'key', 'signal']);
    assert.deepEqual([context.attempt, context.key], [1, undefined]);
    assert.equal(context.signal.aborted, false);
  });

  it('the context has the key of a cached call, also a custom one', async () => {
    const keyed = (_id, { key }) => ({ key });
    const f = resilient(keyed, { passContext: true, cache: true });
    assert.equal(f({ id: 1 }).key, f.makeKey({ id: 1 }));
    const g = resilient(keyed, { passContext: true, cache: { key: ({ id }) => id } });
    assert.equal(g({ id: 'seven' }).key, 'seven');
  });

  it('the context is not part of the key: the second call is a hit', () => {
    let runs = 0;
    const f = resilient((_id, _context) => ++runs, { passContext: true, cache: true });
    assert.deepEqual([f(1), f(1), f(2)], [1, 1, 2]);
  });

  it('the attempt of the context counts from 1 in each call', async () => {
    const attempts = [];
    const f = resilient(
      async (_id, { attempt }) => {
        attempts.push(attempt);
        throw new Error('boom');
      },
      { passContext: true, retry: {} },
    );
    for (const id of ['a', 'b']) {
      outcomeOf(f(id));
      await time.passAll();
    }
    assert.deepEqual(attempts, [1, 2, 3, 1, 2, 3]);
  });

  it('passContext is off by default and with false', () => {
    const args = (...all) => all;
    assert.deepEqual(resilient(args)(1), [1]);
    assert.deepEqual(resilient(args, { passContext: false, circuitBreaker: {} })(1), [1]);
  });

  it('passContext leaves a synchronous function synchronous', () => {
    assert.equal(resilient((a, { attempt }) => a + attempt, { passContext: true })(1), 2);
  });
});
