import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BulkheadFullError,
  CircuitOpenError,
  RateLimitExceededError,
  resilient,
  TimeoutError,
} from 'holdfast';
import { controlled } from './support/controlled.js';
import { manualTimers } from './support/manual-timers.js';
import { outcomeOf } from './support/outcome.js';
import { thenable } from './support/thenable.js';
import { turn } from './support/turn.js';
import './support/unhandled-rejections.js';

const time = manualTimers();
const boom = new TypeError('boom');
const fails = async () => Promise.reject(boom);
const failsAtOnce = () => {
  throw boom;
};

class Config {
  retries = 1;
}
const VALUES = [null, false, true, 0, -0, NaN, '', 'text', 1n, Symbol('s'), [], {}, new Config()];

describe('a fallback that is a value', () => {
  for (const value of VALUES) {
    it(`is given back as it is: ${typeof value} ${value === '' ? "''" : String(value)}`, async () => {
      assert.ok(Object.is(await resilient(fails, { fallback: value })(), value));
      assert.ok(Object.is(resilient(failsAtOnce, { fallback: value })(), value));
      assert.ok(Object.is(await resilient(fails, { fallback: { handler: value } })(), value));
    });
  }

  it('is not used when all is well', async () => {
    assert.equal(await resilient(async () => undefined, { fallback: 1 })(), undefined);
    assert.equal(resilient(() => null, { fallback: 1 })(), null);
  });

  it('is absent when it is undefined', async () => {
    await assert.rejects(resilient(fails, { fallback: undefined })(), boom);
    assert.equal(await resilient(fails, { fallback: () => undefined })(), undefined);
  });
});

describe('a fallback that is a function', () => {
  it('gets the error and the arguments, and the object that the method was called on', async () => {
    const received = [];
    const object = {
      load: resilient(fails, {
        fallback(...all) {
          received.push([this, ...all]);
          return 'stand-in';
        },
      }),
    };
    assert.equal(await object.load('a', { b: 1 }, undefined), 'stand-in');
    assert.deepEqual(received, [[object, boom, 'a', { b: 1 }, undefined]]);
    assert.equal(received[0][0], object);
  });

  it('may answer later', async () => {
    assert.equal(await resilient(fails, { fallback: async (error) => error.message })(), 'boom');
    const later = () => thenable((resolve) => resolve('later'));
    assert.equal(await resilient(fails, { fallback: later })(), 'later');
  });

  it('may fail: its error is the call’s', async () => {
    const worse = new Error('worse');
    const fallback = () => {
      throw worse;
    };
    await assert.rejects(resilient(fails, { fallback })(), worse);
    assert.throws(() => resilient(failsAtOnce, { fallback })(), worse);
    await assert.rejects(resilient(fails, { fallback: () => Promise.reject(worse) })(), worse);
  });

  it('may hand the error on', async () => {
    const fallback = (error) => {
      throw error;
    };
    await assert.rejects(resilient(fails, { fallback })(), boom);
  });
});

describe('fallbackOn', () => {
  const cases = [
    ['a class', TypeError, [boom], [new RangeError('other'), 'text', undefined]],
    ['a parent class', Error, [boom, new RangeError('other')], ['text']],
    ['classes', [RangeError, TypeError], [boom, new RangeError('')], [new SyntaxError('')]],
    ['a predicate', (error) => error === 'text', ['text'], [boom, 'other']],
    ['classes and predicates', [RangeError, (e) => e === 1], [new RangeError(''), 1], [boom, 2]],
    ['nothing at all', [], [], [boom, undefined]],
  ];
  for (const [kind, fallbackOn, meant, others] of cases) {
    it(`that is ${kind} says which errors are meant; the others are not hidden`, async () => {
      for (const error of meant) {
        const f = resilient(() => Promise.reject(error), { fallback: { handler: 0, fallbackOn } });
        assert.equal(await f(), 0);
      }
      for (const error of others) {
        const heard = [];
        const f = resilient(() => Promise.reject(error), {
          fallback: { handler: 0, fallbackOn },
          onEvent: (event) => heard.push([event.type, event.error]),
        });
        const outcome = outcomeOf(f());
        await turn();
        assert.ok(Object.is(outcome.error, error) && outcome.state === 'rejected');
        assert.deepEqual(heard, [['failure', error]]);
      }
    });
  }

  it('that throws is the call’s error', async () => {
    const worse = new Error('worse');
    const fallbackOn = () => {
      throw worse;
    };
    await assert.rejects(resilient(fails, { fallback: { handler: 0, fallbackOn } })(), worse);
  });
});

describe('a fallback stands in for', () => {
  it('what the other patterns refuse or give up', async () => {
    const fallback = (error) => error.constructor;
    const open = resilient(async () => 1, { fallback, circuitBreaker: {} });
    open.circuitBreaker.forceOpen();
    assert.equal(await open(), CircuitOpenError);

    const limited = resilient(async () => 1, { fallback, rateLimiter: { maxCalls: 1 } });
    assert.deepEqual([await limited(), await limited()], [1, RateLimitExceededError]);

    const pooled = resilient(() => turn(), { fallback, bulkhead: { maxConcurrent: 1 } });
    assert.deepEqual(await Promise.all([pooled(), pooled()]), [undefined, BulkheadFullError]);

    for (const timeout of ['1s', { seconds: '1s', perAttempt: false }]) {
      const slow = outcomeOf(resilient(() => new Promise(() => {}), { fallback, timeout })());
      await time.pass(1_000);
      assert.equal(slow.value, TimeoutError);
    }
  });

  it('the last error of all attempts, once', async () => {
    let runs = 0;
    const used = [];
    const f = resilient(async () => Promise.reject(++runs), {
      retry: { maxAttempts: 3 },
      fallback: (error) => used.push(error),
    });
    outcomeOf(f());
    await time.passAll();
    assert.deepEqual([runs, used], [3, [3]]);
  });

  it('no result that retryOnResult rejects to the end', async () => {
    const f = resilient(async () => 'bad', {
      fallback: 'stand-in',
      retry: { maxAttempts: 2, retryOnResult: (result) => result === 'bad' },
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.value, 'bad');
  });

  it('no caller’s leaving', async () => {
    const heard = [];
    const f = resilient(controlled(), {
      fallback: () => heard.push('handler'),
      onEvent: ({ type }) => heard.push(type),
    });
    const controller = new AbortController();
    const leaving = outcomeOf(f.with({ signal: controller.signal })());
    controller.abort('bye');
    await turn();
    assert.deepEqual([leaving.error, heard], ['bye', ['failure']]);
    await assert.rejects(f.with({ signal: AbortSignal.abort(boom) })(), boom);
  });

  it('no error of cache.key', async () => {
    const key = failsAtOnce;
    await assert.rejects(resilient(fails, { fallback: 'stand-in', cache: { key } })(), boom);
  });
});

describe('a caller who leaves while a fallback is being made', () => {
  it('leaves at once, and what becomes of it is of no interest', async () => {
    for (const end of ['resolve', 'reject']) {
      const handler = controlled();
      const f = resilient(fails, { fallback: handler, cache: true });
      const controller = new AbortController();
      const leaving = outcomeOf(f.with({ signal: controller.signal })());
      await turn();
      assert.equal(handler.runs.length, 1);
      controller.abort('bye');
      await turn();
      assert.equal(leaving.error, 'bye');
      handler.runs[0][end](new Error('late'));
      await turn();
      assert.equal(f.cache.size, 0);
    }
  });
});

describe('a fallback’s value', () => {
  it('is never stored: the next call runs the function anew', async () => {
    let runs = 0;
    const f = resilient(async () => (++runs < 3 ? Promise.reject(boom) : 'fine'), {
      cache: { ttl: 0 },
      fallback: 'stand-in',
    });
    assert.deepEqual([await f(), f.cache.size], ['stand-in', 0]);
    assert.deepEqual([await f(), f.cache.size], ['stand-in', 0]);
    assert.deepEqual([await f(), f.cache.size], ['fine', 1]);
    assert.equal(await f(), 'fine');
    assert.equal(runs, 3);
  });

  it('is made once for all who wait for the same call', async () => {
    const load = controlled();
    const handler = controlled();
    const f = resilient(load, { cache: true, fallback: handler });
    const callers = [f('a'), f('a'), f('a')].map(outcomeOf);
    load.runs[0].reject(boom);
    await turn();
    const late = outcomeOf(f('a'));
    handler.runs[0].resolve('stand-in');
    await turn();
    for (const { value } of [...callers, late]) assert.equal(value, 'stand-in');
    assert.deepEqual([load.runs.length, handler.runs.length], [1, 1]);
  });

  it('leaves what is stored alone when a refresh fails', async () => {
    let runs = 0;
    const f = resilient(async () => (++runs === 1 ? 'old' : Promise.reject(boom)), {
      cache: { ttl: 0 },
      fallback: 'stand-in',
    });
    await f();
    assert.equal(await f.with({ refresh: true })(), 'stand-in');
    assert.equal(await f(), 'old');
  });

  it('is a copy each time where it is a Response', async () => {
    const f = resilient(fails, { fallback: new Response('stand-in'), cache: true });
    const callers = [f('a'), f('a'), f('b')];
    for (const response of await Promise.all(callers)) {
      assert.equal(await response.text(), 'stand-in');
    }
  });

  it('comes at once from a synchronous function', () => {
    const f = resilient((x) => (x ? x : failsAtOnce()), {
      cache: true,
      circuitBreaker: {},
      fallback: { handler: (_error, x) => `no ${x}`, fallbackOn: TypeError },
    });
    assert.deepEqual([f(1), f(0), f(1)], [1, 'no 0', 1]);
    const other = resilient(() => JSON.parse('{'), {
      fallback: { handler: 0, fallbackOn: TypeError },
    });
    assert.throws(() => other(), SyntaxError);
  });
});

describe('a call that ends with a fallback', () => {
  it('is a failure for the breaker, which is inside', async () => {
    const f = resilient(fails, { fallback: 'stand-in', circuitBreaker: { failureThreshold: 2 } });
    await f();
    await f();
    assert.equal(f.circuitBreaker.state, 'open');
    assert.equal(f.circuitBreaker.metrics.failures, 2);
  });

  it('dispatches FALLBACK_USED before the handler runs, then FAILURE, with the error stood in for', async () => {
    const heard = [];
    const f = resilient(fails, {
      cache: true,
      fallback: () => heard.push('handler'),
      onEvent: ({ type, key, error, attempt }) => heard.push([type, key, error, attempt]),
    });
    await f('a');
    const key = f.makeKey('a');
    assert.deepEqual(heard, [
      ['cache_miss', key, undefined, 0],
      ['fallback_used', key, boom, 0],
      'handler',
      ['failure', key, boom, 0],
    ]);
  });

  it('ends with the error of the handler where that fails', async () => {
    const heard = [];
    const f = resilient(fails, {
      fallback: () => Promise.reject('worse'),
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    await assert.rejects(f(), (error) => error === 'worse');
    assert.deepEqual(heard, [
      ['fallback_used', boom],
      ['failure', 'worse'],
    ]);
  });
});
