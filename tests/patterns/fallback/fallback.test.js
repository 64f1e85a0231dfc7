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

  it('is told from options by the names of their fields, inherited ones included', async () => {
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

  it('may be an object that looks like options, within options', async () => {
    const value = { handler: 1 };
    assert.equal(await resilient(fails, { fallback: { handler: value } })(), value);
  });

  it('must be there when there are options', () => {
    for (const fallback of [{ handler: undefined }, { fallbackOn: TypeError }]) {
      assert.throws(() => resilient(fails, { fallback }), {
        name: 'TypeError',
        message: /^fallback\.handler must be a value or a function/,
      });
    }
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

  it('may answer later for a synchronous function, which then does so too', async () => {
    const answer = resilient(failsAtOnce, { fallback: async (error) => error.message })();
    assert.ok(answer instanceof Promise);
    assert.equal(await answer, 'boom');
  });

  it('gets no object where there is none', async () => {
    const receivers = [];
    const f = resilient(fails, {
      fallback() {
        receivers.push(this);
      },
    });
    await f();
    assert.deepEqual(receivers, [undefined]);
  });

  it('runs anew for each call', async () => {
    const f = resilient(fails, { cache: true, fallback: () => ({}) });
    assert.notEqual(await f('a'), await f('a'));
  });

  it('hears of whatever was thrown', async () => {
    for (const thrown of [undefined, null, 0, 'text', { code: 1 }]) {
      const f = resilient(() => Promise.reject(thrown), { fallback: (...all) => all });
      const [error, ...rest] = await f();
      assert.ok(Object.is(error, thrown));
      assert.deepEqual(rest, []);
    }
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
    const heard = [];
    const f = resilient(failsAtOnce, {
      fallback: { handler: 0, fallbackOn },
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    assert.throws(() => f(), worse);
    assert.deepEqual(heard, [['failure', worse]]);
  });

  it('is asked once for each call, with the error', async () => {
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

    for (const timeout of ['1s', { seconds: '1s', perAttempt: false }, { total: '1s' }]) {
      const slow = outcomeOf(resilient(() => new Promise(() => {}), { fallback, timeout })());
      await time.pass(1_000);
      assert.equal(slow.value, TimeoutError);
    }
  });

  it('what has waited in vain for a token or a slot', async () => {
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

  it('the refusal of a synchronous function, at once', () => {
    const f = resilient((x) => x, { fallback: 'stand-in', circuitBreaker: {} });
    assert.equal(f(1), 1);
    f.circuitBreaker.forceOpen();
    assert.equal(f(1), 'stand-in');
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

  it('no bad status of fetch', async () => {
    const f = resilient(async () => new Response('down', { status: 503 }), {
      http: true,
      fallback: 'stand-in',
    });
    const response = await f('http://127.0.0.1/x');
    assert.deepEqual([response.status, await response.text()], [503, 'down']);
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

  it('no error that the function ends with after its caller has left', async () => {
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

  it('no caller’s leaving a queue or a pause', async () => {
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

  it('no error of cache.key', async () => {
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

  it('has the call end once, with the reason', async () => {
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

  it('does not keep it from the others', async () => {
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
    assert.deepEqual([runs, f.cache.size], [2, 1]);
  });

  it('is not stored for a synchronous function either', () => {
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

  it('is a copy each time where it is a Response', async () => {
    const f = resilient(fails, { fallback: new Response('stand-in'), cache: true });
    const callers = [f('a'), f('a'), f('b')];
    for (const response of await Promise.all(callers)) {
      assert.equal(await response.text(), 'stand-in');
    }
  });

  it('is a copy each time without a cache, too, and for who waits for the same request', async () => {
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

  it('that is an object is the same one each time', async () => {
    const value = {};
    const f = resilient(fails, { fallback: value });
    assert.equal(await f(), value);
    assert.equal(await f(), value);
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

  it('dispatches the same at once for a synchronous function, in the middle of the call', () => {
    const heard = [];
    const f = resilient(failsAtOnce, {
      fallback: () => heard.push('handler'),
      onEvent: ({ type, error }) => heard.push([type, error]),
    });
    f();
    assert.deepEqual(heard, [['fallback_used', boom], 'handler', ['failure', boom]]);
  });

  it('is told of with an error of undefined where that was thrown', async () => {
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

  it('is no success to come: the next good one is, and then a hit', async () => {
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
