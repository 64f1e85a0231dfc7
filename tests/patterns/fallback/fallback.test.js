import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BulkheadFullError,
  CircuitOpenError,
  RateLimitExceededError,
  resilient,
  TimeoutError,
} from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { thenable } from '../../support/thenable.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

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

describe('a fallback may be a value', () => {
  for (const value of VALUES) {
    it(`a fallback value is returned as it is: ${typeof value} ${value === '' ? "''" : String(value)}`, async () => {
      assert.ok(Object.is(await resilient(fails, { fallback: value })(), value));
      assert.ok(Object.is(resilient(failsAtOnce, { fallback: value })(), value));
      assert.ok(Object.is(await resilient(fails, { fallback: { handler: value } })(), value));
    });
  }

  it('a fallback is not used when the call succeeds', async () => {
    assert.equal(await resilient(async () => undefined, { fallback: 1 })(), undefined);
    assert.equal(resilient(() => null, { fallback: 1 })(), null);
  });

  it('a fallback of undefined is absent', async () => {
    await assert.rejects(resilient(fails, { fallback: undefined })(), boom);
    assert.equal(await resilient(fails, { fallback: () => undefined })(), undefined);
  });

  it('a fallback value is distinguished from options by the names of their fields, inherited ones included', async () => {
    class Handling {
      handler() {
        return 'handled';
      }
      get fallbackOn() {
        return RangeError;
      }
    }
    const f = resilient(fails, { fallback: new Handling() });
    await assert.rejects(f, boom);
    const value = Object.create({ handle: 1 });
    assert.equal(await resilient(fails, { fallback: value })(), value);
  });

  it('a fallback value may be an object that looks like options, as handler within options', async () => {
    const value = { handler: 1 };
    assert.equal(await resilient(fails, { fallback: { handler: value } })(), value);
  });

  it('fallback options need a handler', () => {
    for (const fallback of [{ handler: undefined }, { fallbackOn: TypeError }]) {
      assert.throws(() => resilient(fails, { fallback }), {
        name: 'TypeError',
        message: /^fallback\.handler must be a value or a function/,
      });
    }
  });
});

describe('a fallback may be a function', () => {
  it('a fallback function gets the error, the arguments and the object of a method call as this', async () => {
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

  it('a fallback function may be async', async () => {
    assert.equal(await resilient(fails, { fallback: async (error) => error.message })(), 'boom');
    const later = () => thenable((resolve) => resolve('later'));
    assert.equal(await resilient(fails, { fallback: later })(), 'later');
  });

  it('a synchronous function with an async fallback returns a Promise', async () => {
    const answer = resilient(failsAtOnce, { fallback: async (error) => error.message })();
    assert.ok(answer instanceof Promise);
    assert.equal(await answer, 'boom');
  });

  it('a fallback function has no this without an object', async () => {
    const receivers = [];
    const f = resilient(fails, {
      fallback() {
        receivers.push(this);
      },
    });
    await f();
    assert.deepEqual(receivers, [undefined]);
  });

  it('a fallback function runs again for each call', async () => {
    const f = resilient(fails, { cache: true, fallback: () => ({}) });
    assert.notEqual(await f('a'), await f('a'));
  });

  it('a fallback function gets whatever was thrown', async () => {
    for (const thrown of [undefined, null, 0, 'text', { code: 1 }]) {
      const f = resilient(() => Promise.reject(thrown), { fallback: (...all) => all });
      const [error, ...rest] = await f();
      assert.ok(Object.is(error, thrown));
      assert.deepEqual(rest, []);
    }
  });

  it('an error of a fallback function is the error of the call', async () => {
    const worse = new Error('worse');
    const fallback = () => {
      throw worse;
    };
    await assert.rejects(resilient(fails, { fallback })(), worse);
    assert.throws(() => resilient(failsAtOnce, { fallback })(), worse);
    await assert.rejects(resilient(fails, { fallback: () => Promise.reject(worse) })(), worse);
  });

  it('a fallback function may throw the error that it got', async () => {
    const fallback = (error) => {
      throw error;
    };
    await assert.rejects(resilient(fails, { fallback })(), boom);
  });
});

describe('fallbackOn selects errors', () => {
  const cases = [
    ['a class', TypeError, [boom], [new RangeError('other'), 'text', undefined]],
    ['a parent class', Error, [boom, new RangeError('other')], ['text']],
    ['classes', [RangeError, TypeError], [boom, new RangeError('')], [new SyntaxError('')]],
    ['a predicate', (error) => error === 'text', ['text'], [boom, 'other']],
    ['classes and predicates', [RangeError, (e) => e === 1], [new RangeError(''), 1], [boom, 2]],
    ['nothing at all', [], [], [boom, undefined]],
  ];
  for (const [kind, fallbackOn, meant, others] of cases) {
    it(`fallbackOn as ${kind} selects errors; the others reach the caller`, async () => {
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

  it('an error thrown by fallbackOn is the error of the call', async () => {
    const worse = new Error('worse');
    const fallbackOn = () => {
      throw worse;
    };
    await assert.rejects(resilient(fails, { fallback: { handler: 0, fallbackOn } })(), worse);
    const heard = [];
    const f = resilient(failsAtOnce, {
      fallback: { handler: 0, fallbackOn },
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    assert.throws(() => f(), worse);
    assert.deepEqual(heard, [['failure', worse]]);
  });

  it('fallbackOn is called once for each call, with the error', async () => {
    const asked = [];
    const fallbackOn = (...all) => asked.push(all) > 0;
    const f = resilient(fails, {
      fallback: { handler: 0, fallbackOn },
      retry: { maxAttempts: 3, delay: 0 },
    });
    const outcome = outcomeOf(f('a'));
    await time.passAll();
    assert.equal(outcome.value, 0);
    assert.deepEqual(asked, [[boom]]);
  });
});

describe('a fallback replaces errors of a call', () => {
  it('a fallback replaces errors of the other patterns', async () => {
    const fallback = (error) => error.constructor;
    const open = resilient(async () => 1, { fallback, circuitBreaker: {} });
    open.circuitBreaker.forceOpen();
    assert.equal(await open(), CircuitOpenError);

    const limited = resilient(async () => 1, { fallback, rateLimiter: { maxCalls: 1 } });
    assert.deepEqual([await limited(), await limited()], [1, RateLimitExceededError]);

    const pooled = resilient(() => turn(), { fallback, bulkhead: { maxConcurrent: 1 } });
    assert.deepEqual(await Promise.all([pooled(), pooled()]), [undefined, BulkheadFullError]);

    for (const timeout of ['1s', { seconds: '1s', perAttempt: false }, { total: '1s' }]) {
      const slow = outcomeOf(resilient(() => new Promise(() => {}), { fallback, timeout })());
      await time.pass(1_000);
      assert.equal(slow.value, TimeoutError);
    }
  });

  it('a fallback replaces the error of a call that waited in vain for a token or a slot', async () => {
    const fallback = (error) => error.constructor;
    const pooled = resilient(() => new Promise(() => {}), {
      fallback,
      bulkhead: { maxConcurrent: 1, maxWait: '1s' },
    });
    outcomeOf(pooled());
    const refused = outcomeOf(pooled());
    await time.pass(999);
    assert.equal(refused.state, 'pending');
    await time.pass(1);
    assert.equal(refused.value, BulkheadFullError);

    const limited = resilient(async () => 1, {
      fallback,
      rateLimiter: { maxCalls: 1, period: '1h', maxWait: '1h' },
      timeout: { total: '1s' },
    });
    await limited();
    const late = outcomeOf(limited());
    await time.pass(1_000);
    assert.equal(late.value, TimeoutError);
  });

  it('a fallback replaces the refusal of a synchronous function synchronously', () => {
    const f = resilient((x) => x, { fallback: 'stand-in', circuitBreaker: {} });
    assert.equal(f(1), 1);
    f.circuitBreaker.forceOpen();
    assert.equal(f(1), 'stand-in');
  });

  it('a fallback replaces the last error of all attempts, once', async () => {
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

  it('a fallback does not replace a result that retryOnResult rejects to the end', async () => {
    const heard = [];
    const f = resilient(async () => 'bad', {
      fallback: 'stand-in',
      retry: { maxAttempts: 2, retryOnResult: (result) => result === 'bad' },
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.value, 'bad');
    assert.deepEqual(heard, [
      ['retry', undefined],
      ['retry_exhausted', undefined],
      ['failure', undefined],
    ]);
  });

  it('a fallback does not replace a bad status of fetch', async () => {
    const f = resilient(async () => new Response('down', { status: 503 }), {
      http: true,
      fallback: 'stand-in',
    });
    const response = await f('http://127.0.0.1/x');
    assert.deepEqual([response.status, await response.text()], [503, 'down']);
  });

  it('a fallback does not replace the reason of a caller that leaves', async () => {
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

  it('a fallback does not replace an error that the function ends with after its caller has left', async () => {
    const load = controlled();
    const heard = [];
    const f = resilient(load, {
      passContext: true,
      fallback: {
        handler: () => heard.push('handler'),
        fallbackOn: () => heard.push('fallbackOn') > 0,
      },
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    const controller = new AbortController();
    const leaving = outcomeOf(f.with({ signal: controller.signal })());
    controller.abort('bye');
    assert.equal(load.runs[0].args[0].signal.reason, 'bye');
    load.runs[0].reject(boom);
    await turn();
    assert.deepEqual([leaving.error, heard], ['bye', [['failure', 'bye']]]);
  });

  it('a fallback does not replace the reason of a caller that leaves a queue or a pause', async () => {
    const cases = [
      { bulkhead: { maxConcurrent: 1, maxWait: '1h' } },
      { rateLimiter: { maxCalls: 1, period: '1h', maxWait: '1h' } },
      { retry: { delay: '1h', jitter: false } },
    ];
    for (const options of cases) {
      const used = [];
      const f = resilient((fail) => (fail ? Promise.reject(boom) : new Promise(() => {})), {
        fallback: (error) => used.push(error),
        ...options,
      });
      outcomeOf(f(false));
      const controller = new AbortController();
      const leaving = outcomeOf(f.with({ signal: controller.signal })(true));
      await time.pass(1_000);
      controller.abort('bye');
      await time.pass(0);
      assert.deepEqual([leaving.error, used], ['bye', []]);
    }
  });

  it('a fallback does not replace an error of cache.key', async () => {
    const heard = [];
    const f = resilient(fails, {
      fallback: () => heard.push('handler'),
      cache: { key: failsAtOnce },
      onEvent: ({ type }) => heard.push(type),
    });
    await assert.rejects(f(), boom);
    assert.deepEqual(heard, []);
  });
});

describe('a caller may leave while a fallback runs', () => {
  it('a caller that leaves while a fallback runs rejects at once, and the fallback is ignored', async () => {
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

  it('a call whose last caller leaves while a fallback runs ends once, with the reason', async () => {
    const handler = controlled();
    const heard = [];
    const f = resilient(fails, {
      fallback: handler,
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    const controller = new AbortController();
    const leaving = outcomeOf(f.with({ signal: controller.signal })());
    await turn();
    controller.abort('bye');
    handler.runs[0].resolve('late');
    await turn();
    assert.equal(leaving.error, 'bye');
    assert.deepEqual(heard, [
      ['fallback_used', boom],
      ['failure', 'bye'],
    ]);
  });

  it('a caller that leaves while a fallback runs does not keep it from the other callers', async () => {
    const handler = controlled();
    const f = resilient(fails, { fallback: handler, cache: true });
    const controller = new AbortController();
    const leaving = outcomeOf(f.with({ signal: controller.signal })('a'));
    const staying = outcomeOf(f('a'));
    await turn();
    controller.abort('bye');
    handler.runs[0].resolve('stand-in');
    await turn();
    assert.deepEqual([leaving.error, staying.value], ['bye', 'stand-in']);
    assert.equal(handler.runs.length, 1);
  });
});

describe('a fallback value is not stored', () => {
  it('a fallback value is never stored: the next call runs the function again', async () => {
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

  it('a fallback runs once for all waiters of a call', async () => {
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

  it('a fallback of a failed refresh leaves the stored result alone', async () => {
    let runs = 0;
    const f = resilient(async () => (++runs === 1 ? 'old' : Promise.reject(boom)), {
      cache: { ttl: 0 },
      fallback: 'stand-in',
    });
    await f();
    assert.equal(await f.with({ refresh: true })(), 'stand-in');
    assert.equal(await f(), 'old');
    assert.deepEqual([runs, f.cache.size], [2, 1]);
  });

  it('a fallback value of a synchronous function is not stored either', () => {
    let runs = 0;
    const f = resilient(
      () => {
        if (++runs === 2) throw boom;
        return runs;
      },
      { cache: { ttl: 0 }, fallback: 'stand-in' },
    );
    assert.deepEqual([f('a'), f('b'), f.cache.size], [1, 'stand-in', 1]);
    assert.deepEqual([f('b'), f('b'), f('a')], [3, 3, 1]);
  });

  it('a Response as a fallback is copied for each call', async () => {
    const f = resilient(fails, { fallback: new Response('stand-in'), cache: true });
    const callers = [f('a'), f('a'), f('b')];
    for (const response of await Promise.all(callers)) {
      assert.equal(await response.text(), 'stand-in');
    }
  });

  it('a Response as a fallback is copied without a cache, too, and for waiters of the same request', async () => {
    const value = new Response('stand-in', { status: 203, headers: { 'x-from': 'fallback' } });
    const f = resilient(fails, { fallback: value });
    for (const response of [await f(), await f()]) {
      assert.notEqual(response, value);
      assert.deepEqual([response.status, response.headers.get('x-from')], [203, 'fallback']);
      assert.equal(await response.text(), 'stand-in');
    }

    const get = resilient(fails, { http: true, cache: true, fallback: new Response('stand-in') });
    const url = 'http://127.0.0.1/x';
    const [one, other] = await Promise.all([get(url), get(url)]);
    assert.deepEqual([await one.text(), await other.text()], ['stand-in', 'stand-in']);
    assert.equal(get.cache.size, 0);
  });

  it('a Response as a fallback of a synchronous function is returned synchronously', () => {
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

  it('an object as a fallback is the same each time', async () => {
    const value = {};
    const f = resilient(fails, { fallback: value });
    assert.equal(await f(), value);
    assert.equal(await f(), value);
  });
});

describe('a call that ends with a fallback is a failure inside', () => {
  it('a call that ends with a fallback is a failure for the breaker, which is inside', async () => {
    const f = resilient(fails, { fallback: 'stand-in', circuitBreaker: { failureThreshold: 2 } });
    await f();
    await f();
    assert.equal(f.circuitBreaker.state, 'open');
    assert.equal(f.circuitBreaker.metrics.failures, 2);
  });

  it('FALLBACK_USED is emitted before the handler runs, then FAILURE, with the error that was replaced', async () => {
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

  it('FALLBACK_USED and FAILURE are emitted synchronously for a synchronous function', () => {
    const heard = [];
    const f = resilient(failsAtOnce, {
      fallback: () => heard.push('handler'),
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    f();
    assert.deepEqual(heard, [['fallback_used', boom], 'handler', ['failure', boom]]);
  });

  it('FALLBACK_USED has the error undefined where undefined was thrown', async () => {
    const heard = [];
    const f = resilient(() => Promise.reject(), {
      fallback: 'stand-in',
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    assert.equal(await f(), 'stand-in');
    assert.deepEqual(heard, [
      ['fallback_used', undefined],
      ['failure', undefined],
    ]);
  });

  it('a call that ends with a fallback emits no success: the next good call does, and then a hit', async () => {
    let up = false;
    const heard = [];
    const f = resilient(async () => (up ? 'fine' : Promise.reject(boom)), {
      cache: { ttl: 0 },
      fallback: 'stand-in',
      onEvent: ({ type }) => heard.push(type),
    });
    await f();
    up = true;
    assert.deepEqual([await f(), await f()], ['fine', 'fine']);
    assert.deepEqual(heard, [
      ...['cache_miss', 'fallback_used', 'failure'],
      ...['cache_miss', 'success', 'cache_hit'],
    ]);
  });

  it('a call whose fallback handler fails ends with the error of the handler', async () => {
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
