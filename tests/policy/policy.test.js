import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import {
  Bulkhead,
  BulkheadFullError,
  CircuitBreaker,
  CircuitOpenError,
  httpPolicy,
  policy,
  RateLimitExceededError,
  RateLimiter,
  ResultCache,
  registry,
  resilient,
  TimeoutError,
} from 'holdfast';
import { controlled } from '../support/controlled.js';
import { manualClock } from '../support/manual-clock.js';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

const NAMES = [
  'name',
  'cache',
  'fallback',
  'circuitBreaker',
  'rateLimiter',
  'bulkhead',
  'retry',
  'timeout',
  'hedge',
  'onEvent',
  'passContext',
  'http',
  'sync',
];
const ALL_UNDEFINED = Object.fromEntries(NAMES.map((name) => [name, undefined]));

/** A function that always fails, and records the times of its runs. */
function failing(makeError = () => new Error('down')) {
  const at = [];
  async function fail() {
    at.push(time.now);
    throw makeError();
  }
  return Object.assign(fail, { at });
}

describe('functions of one policy share its patterns', () => {
  it('functions of one policy share a breaker: one opens it and the other is refused', async () => {
    const api = policy({ circuitBreaker: { failureThreshold: 2, successThreshold: 1 } });
    const fail = api(failing());
    let runs = 0;
    const get = api(async function get() {
      return ++runs;
    });
    await assert.rejects(fail(), { message: 'down' });
    assert.equal(await get(), 1);
    for (let n = 0; n < 2; n++) await assert.rejects(fail(), { message: 'down' });
    await assert.rejects(get(), (error) => {
      assert.ok(error instanceof CircuitOpenError);
      assert.deepEqual([error.functionName, error.cause.message], ['get', 'down']);
      return true;
    });
    assert.equal(runs, 1);
    await time.pass(30_000);
    assert.equal(await get(), 2, 'the probe of one');
    assert.equal(api.circuitBreaker.state, 'closed', 'lets the other in');
    await assert.rejects(fail(), { message: 'down' });
  });

  it('functions of one policy share a rate limiter: one takes the token that the other lacks', async () => {
    const api = policy({ rateLimiter: { maxCalls: 2, period: '10s' } });
    const a = api(async () => 'a');
    const b = api(async () => 'b', { name: 'b' });
    assert.deepEqual([await a(), await b()], ['a', 'b']);
    await assert.rejects(a(), RateLimitExceededError);
    await assert.rejects(b(), (error) => {
      assert.ok(error instanceof RateLimitExceededError);
      assert.deepEqual([error.functionName, error.retryAfter], ['b', 5]);
      return true;
    });
    await time.pass(5_000);
    assert.equal(await b(), 'b');
    await assert.rejects(a(), RateLimitExceededError);
  });

  it('functions of one policy wait for tokens in one queue, in the order of arrival', async () => {
    const api = policy({ rateLimiter: { maxCalls: 1, period: '1s', maxWait: '10s' } });
    const start = time.now;
    const order = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) =>
      api(async () => order.push([name, time.now - start])),
    );
    const calls = [a(), b(), c(), b(), a()];
    await time.pass(0);
    assert.deepEqual(api.rateLimiter.metrics, { maxCalls: 1, available: 0, waiting: 4 });
    await time.passAll();
    await Promise.all(calls);
    assert.deepEqual(order, [
      ['a', 0],
      ['b', 1_000],
      ['c', 2_000],
      ['b', 3_000],
      ['a', 4_000],
    ]);
  });

  it('functions of one policy share a bulkhead: one takes the slot that the other lacks', async () => {
    const api = policy({ bulkhead: { maxConcurrent: 1 } });
    const load = controlled();
    const a = api(load);
    const b = api(async () => 'b', { name: 'b' });
    const call = a();
    await time.pass(0);
    await assert.rejects(b(), (error) => {
      assert.ok(error instanceof BulkheadFullError);
      assert.equal(error.functionName, 'b');
      return true;
    });
    load.runs[0].resolve('a');
    assert.equal(await call, 'a');
    assert.equal(await b(), 'b');
  });

  it('functions of one policy wait for slots in one queue, in the order of arrival', async () => {
    const api = policy({ bulkhead: { maxConcurrent: 1, maxWait: '10s' } });
    const load = controlled();
    const [a, b, c] = [1, 2, 3].map(() => api((name) => load(name)));
    const calls = [a('a1'), b('b1'), c('c1'), b('b2'), a('a2')];
    const started = () => load.runs.map(({ args }) => args[0]);
    for (const [index, name] of ['a1', 'b1', 'c1', 'b2', 'a2'].entries()) {
      await time.pass(0);
      assert.equal(started().at(-1), name);
      assert.equal(load.runs.length, index + 1);
      assert.deepEqual(api.bulkhead.metrics, { maxConcurrent: 1, active: 1, waiting: 4 - index });
      load.runs[index].resolve(name);
    }
    assert.deepEqual(await Promise.all(calls), ['a1', 'b1', 'c1', 'b2', 'a2']);
    assert.equal(api.bulkhead.metrics.active, 0);
  });

  for (const cache of [true, { ttl: '1m', maxSize: 10 }]) {
    it(`functions of one policy never share results: each has a cache with cache: ${JSON.stringify(cache)}`, () => {
      const api = policy({ cache });
      const runs = [];
      const [a, b] = ['a', 'b'].map((name) =>
        api((id) => {
          runs.push(name);
          return `${name}${id}`;
        }),
      );
      assert.deepEqual([a(1), b(1), a(1), b(1)], ['a1', 'b1', 'a1', 'b1']);
      assert.deepEqual(runs, ['a', 'b']);
      assert.notEqual(a.cache, b.cache);
      assert.deepEqual([a.cache.size, b.cache.size], [1, 1]);
      assert.equal(a.cache.stats.maxSize, cache === true ? 256 : 10);
      assert.equal(a.invalidate(1), true);
      assert.deepEqual([a.cache.size, b.cache.size], [0, 1]);
    });
  }

  it('two wrappers of the same function in one policy have separate results', () => {
    const api = policy({ cache: true });
    let runs = 0;
    const count = () => ++runs;
    const [a, b] = [api(count), api(count)];
    assert.deepEqual([a(), b(), a(), b()], [1, 2, 1, 2]);
  });

  it('functions of one policy share a given ResultCache, and their keys never collide', () => {
    const cache = new ResultCache({ maxSize: 3 });
    const api = policy({ cache });
    const a = api((id) => `a${id}`);
    const b = api((id) => `b${id}`);
    assert.equal(a.cache, cache);
    assert.equal(b.cache, cache);
    assert.deepEqual([a(1), b(1), a(1), b(1)], ['a1', 'b1', 'a1', 'b1']);
    assert.deepEqual([cache.size, cache.stats.hits], [2, 2]);
    assert.equal(a.invalidate(1), true);
    assert.equal(b.invalidate(2), false);
    assert.equal(cache.size, 1);
    a(1);
    a(2);
    assert.equal(cache.size, 3);
    b(3);
    assert.deepEqual([cache.size, cache.stats.evictions], [3, 1], 'they share its size, too');
  });

  it('functions of one policy join only their own calls', async () => {
    const load = controlled();
    const api = policy({ cache: true });
    const [a, b] = [api(load), api(load)];
    const calls = [a(1), a(1), b(1)];
    assert.equal(load.runs.length, 2);
    load.runs[0].resolve('a');
    load.runs[1].resolve('b');
    assert.deepEqual(await Promise.all(calls), ['a', 'a', 'b']);
  });

  it('functions of two policies share nothing, though the options are the same object', async () => {
    const options = { circuitBreaker: {}, rateLimiter: {}, bulkhead: {} };
    const [one, other] = [policy(options), policy(options)];
    for (const part of ['circuitBreaker', 'rateLimiter', 'bulkhead']) {
      assert.notEqual(one[part], other[part]);
    }
    one.circuitBreaker.forceOpen();
    assert.equal(await other(async () => 1)(), 1);
  });

  it('functions of a policy keep name, length, this and arguments', () => {
    const api = policy({ name: 'api', cache: true, circuitBreaker: {} });
    const f = api(function load(_id, _more) {
      return [this, ...arguments];
    });
    assert.deepEqual([f.name, f.length], ['load', 2]);
    const receiver = { f };
    const returned = receiver.f(1, undefined, 'x');
    assert.equal(returned[0], receiver);
    assert.deepEqual(returned.slice(1), [1, undefined, 'x']);
    assert.equal(f.with({ thisArg: receiver })(2)[0], receiver);
  });
});

describe('options of one function override those of its policy', () => {
  it('an option of one function replaces the whole option of the policy with that name', async () => {
    const api = policy({ retry: { maxAttempts: 5, delay: 0 }, timeout: { seconds: 1, total: 2 } });
    const fail = failing();
    const start = time.now;
    // The delay of the policy does not apply: the default is a second.
    const call = outcomeOf(api(fail, { retry: { maxAttempts: 2, jitter: false } })());
    await time.pass(999);
    assert.equal(fail.at.length, 1);
    await time.pass(1);
    assert.deepEqual(fail.at, [start, start + 1_000]);
    assert.equal(call.error.message, 'down');

    const slow = outcomeOf(api(() => new Promise(() => {}), { timeout: '9s', retry: {} })());
    await time.pass(8_999);
    assert.equal(slow.state, 'pending', 'the total is gone with the rest');
    await time.passAll();
    assert.ok(slow.error instanceof TimeoutError);
    assert.match(slow.error.message, /9/);
  });

  it('options of one function do not affect the policy and its other functions', async () => {
    const api = policy({ retry: { maxAttempts: 3, delay: 0 } });
    const [once, thrice] = [failing(), failing()];
    const calls = [api(once, { retry: { maxAttempts: 1 } }), api(thrice)].map((f) =>
      outcomeOf(f()),
    );
    await time.passAll();
    assert.deepEqual([once.at.length, thrice.at.length], [1, 3]);
    assert.deepEqual(
      calls.map(({ error }) => error.message),
      ['down', 'down'],
    );
  });

  it('options of one function may be its own breaker, limiter, bulkhead or cache', async () => {
    const api = policy({ circuitBreaker: {}, rateLimiter: {}, bulkhead: {}, cache: true });
    const parts = { circuitBreaker: new CircuitBreaker(), bulkhead: new Bulkhead() };
    const cache = new ResultCache();
    const own = api(async () => 1, { ...parts, rateLimiter: { maxCalls: 1 }, cache });
    assert.equal(own.circuitBreaker, parts.circuitBreaker);
    assert.equal(own.bulkhead, parts.bulkhead);
    assert.equal(own.cache, cache);
    assert.notEqual(own.rateLimiter, api.rateLimiter);
    assert.equal(own.rateLimiter.metrics.maxCalls, 1);
    api.circuitBreaker.forceOpen();
    assert.equal(await own(), 1);
    assert.deepEqual(api.rateLimiter.metrics.available, 10);
  });

  it('options of one function may be any option', async () => {
    const seen = [];
    const api = policy({
      name: 'policy',
      fallback: 'policy',
      passContext: true,
      onEvent: ({ functionName }) => seen.push(`policy ${functionName}`),
    });
    const own = api(
      async (...args) => {
        throw new Error(`${args.length}`);
      },
      {
        name: 'own',
        fallback: ({ message }) => `own ${message}`,
        passContext: false,
        onEvent: ({ functionName, type }) => seen.push(`${functionName} ${type}`),
      },
    );
    assert.equal(await own(), 'own 0');
    assert.deepEqual(seen, ['own fallback_used', 'own failure']);
    seen.length = 0;
    const f = api(async (...args) => {
      throw new Error(`${args.length}`);
    });
    assert.equal(await f(), 'policy');
    assert.deepEqual(new Set(seen), new Set(['policy policy']));
  });

  it('options of one function may add what the policy does not have', () => {
    const api = policy({ circuitBreaker: {} });
    const f = api((x) => x, { cache: true, bulkhead: {} });
    assert.ok(f.cache instanceof ResultCache);
    assert.ok(f.bulkhead instanceof Bulkhead);
    assert.equal(f.circuitBreaker, api.circuitBreaker);
    assert.equal(api((x) => x).cache, undefined);
    assert.equal(api.bulkhead, undefined);
    const other = api((x) => x, { bulkhead: {} });
    assert.notEqual(other.bulkhead, f.bulkhead);
  });

  it('options of one function that are undefined are treated as absent', async () => {
    const api = policy({
      ...ALL_UNDEFINED,
      retry: { maxAttempts: 2, delay: 0 },
      cache: true,
      circuitBreaker: {},
      rateLimiter: {},
      bulkhead: {},
      fallback: 'fallback',
    });
    const fail = failing();
    for (const own of [undefined, {}, ALL_UNDEFINED]) {
      fail.at.length = 0;
      const f = api(fail, own);
      const call = f();
      await time.passAll();
      assert.equal(await call, 'fallback');
      assert.equal(fail.at.length, 2);
      assert.ok(f.cache instanceof ResultCache);
      for (const part of ['circuitBreaker', 'rateLimiter', 'bulkhead']) {
        assert.equal(f[part], api[part]);
        assert.ok(f[part]);
      }
    }
    const plain = policy(ALL_UNDEFINED);
    const value = Promise.resolve();
    assert.equal(plain(() => value)(), value);
    assert.equal(policy()(() => value)(), value);
  });

  it('options of one function are read when they are given, and later changes have no effect', async () => {
    const api = policy({ retry: { maxAttempts: 9, delay: 0 } });
    const own = { retry: { maxAttempts: 2, delay: 0, retryOn: [TypeError] } };
    const fail = failing(() => new TypeError('down'));
    const f = api(fail, own);
    own.retry.retryOn[0] = RangeError;
    own.retry.maxAttempts = 4;
    own.retry = { maxAttempts: 5 };
    const call = outcomeOf(f());
    await time.passAll();
    assert.equal(fail.at.length, 2);
    assert.equal(call.error.message, 'down');
  });
});

describe('later changes to the options of a policy have no effect', () => {
  it('a policy reads the fields of a fallback once', () => {
    const fallback = { handler: 'first', fallbackOn: [TypeError] };
    const api = policy({ fallback });
    fallback.handler = 'second';
    fallback.fallbackOn.push(RangeError);
    const fail = (error) => {
      throw error;
    };
    assert.equal(api(fail)(new TypeError('down')), 'first');
    assert.throws(() => api(fail)(new RangeError('down')), RangeError);
  });

  it('a policy reads options of a custom class once', async () => {
    class Settings {
      maxAttempts = 3;
      delay = 0;
    }
    const retry = new Settings();
    const api = policy({ retry });
    retry.maxAttempts = 1;
    let runs = 0;
    const f = api(async () => {
      runs++;
      throw new Error('down');
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.error.message, 'down');
    assert.equal(runs, 3);
  });

  it('options of a policy that are replaced, changed or deleted later have no effect', async () => {
    const options = {
      retry: { maxAttempts: 3, delay: 0 },
      timeout: { seconds: 1 },
      cache: { maxSize: 7 },
      circuitBreaker: { failureThreshold: 1 },
      bulkhead: { maxConcurrent: 2 },
      rateLimiter: { maxCalls: 4 },
    };
    const api = policy(options);
    options.retry.maxAttempts = 1;
    options.timeout.seconds = 100;
    options.cache.maxSize = 1;
    options.circuitBreaker.failureThreshold = 100;
    options.bulkhead.maxConcurrent = 100;
    options.rateLimiter.maxCalls = 100;
    options.retry.delay = -1;
    options.retry = { maxAttempts: 1 };
    options.fallback = 'late';
    delete options.timeout;
    options.unknown = 'option';

    const fail = failing();
    const f = api(fail);
    const call = outcomeOf(f());
    await time.passAll();
    assert.equal(fail.at.length, 3);
    assert.equal(call.error.message, 'down');
    assert.equal(f.circuitBreaker.state, 'open');
    assert.equal(f.cache.stats.maxSize, 7);
    assert.equal(f.bulkhead.metrics.maxConcurrent, 2);
    assert.equal(f.rateLimiter.metrics.maxCalls, 4);

    api.circuitBreaker.reset();
    const slow = outcomeOf(
      api(() => new Promise(() => {}), { cache: undefined, retry: { maxAttempts: 1 } })(),
    );
    await time.pass(1_000);
    assert.ok(slow.error instanceof TimeoutError);
  });

  it('lists in options of a policy that change later have no effect', async () => {
    const retry = { maxAttempts: 2, delay: 0, retryOn: [TypeError], ignoreOn: [RangeError] };
    const circuitBreaker = { errorTypes: [TypeError], failureThreshold: 1 };
    const api = policy({ retry, circuitBreaker });
    retry.retryOn.push(SyntaxError);
    retry.retryOn[0] = URIError;
    retry.ignoreOn[0] = TypeError;
    circuitBreaker.errorTypes[0] = SyntaxError;
    const attempts = async (ErrorType) => {
      const fail = failing(() => new ErrorType('down'));
      const call = outcomeOf(api(fail)());
      await time.passAll();
      assert.ok(call.error instanceof ErrorType);
      return fail.at.length;
    };
    assert.equal(await attempts(SyntaxError), 1);
    assert.equal(api.circuitBreaker.state, 'closed');
    assert.equal(await attempts(TypeError), 2);
    assert.equal(api.circuitBreaker.state, 'open');
  });

  it('stored statuses of a policy that change later have no effect', async () => {
    const statuses = [200];
    const api = policy({ http: true, cache: { statuses } });
    statuses[0] = 201;
    statuses.push(404);
    for (const [status, expected] of [
      [200, 1],
      [201, 2],
      [404, 2],
    ]) {
      let runs = 0;
      const f = api(async () => {
        runs++;
        return new Response('x', { status });
      });
      await f('https://api.example.com/');
      await f('https://api.example.com/');
      assert.equal(runs, expected, `${status}`);
    }
  });

  it('a policy reads each option once, and leaves the objects as they are', () => {
    const reads = [];
    const noted = (fields, path = '') =>
      Object.defineProperties(
        {},
        Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [
            name,
            {
              enumerable: true,
              get: () => {
                reads.push(`${path}${name}`);
                return value;
              },
            },
          ]),
        ),
      );
    const retryOn = [TypeError];
    const options = noted({
      retry: noted({ maxAttempts: 2, retryOn }, 'retry.'),
      cache: noted({ ttl: 1 }, 'cache.'),
      name: 'x',
    });
    const api = policy(options);
    for (let n = 0; n < 3; n++) api(() => {});
    assert.deepEqual(reads.sort(), [
      'cache',
      'cache.ttl',
      'name',
      'retry',
      'retry.maxAttempts',
      'retry.retryOn',
    ]);
    assert.equal(Object.isFrozen(options), false);
    assert.equal(Object.isFrozen(retryOn), false);
    const frozen = Object.freeze({ retry: Object.freeze({ retryOn: Object.freeze([TypeError]) }) });
    policy(frozen)(() => {}, frozen);
  });

  it('the clock of a policy is the one given, with its own state', () => {
    class OwnClock {
      #time = 0;
      pass(milliseconds) {
        this.#time += milliseconds;
      }
      now() {
        return this.#time;
      }
    }
    const clock = new OwnClock();
    const plain = manualClock();
    for (const [given, pass] of [
      [clock, () => clock.pass(5_001)],
      [
        plain,
        () => {
          plain.time += 5_001;
        },
      ],
    ]) {
      let runs = 0;
      const f = policy({ cache: { ttl: 5, clock: given } })(() => ++runs);
      assert.deepEqual([f(), f()], [1, 1]);
      pass();
      assert.equal(f(), 2);
    }
  });

  it('a fallback value of a policy is the very one given', () => {
    const value = { some: { thing: [] } };
    const f = policy({ fallback: value })(() => {
      throw new Error('down');
    });
    assert.equal(f(), value);
  });
});

describe('a policy has its shared patterns as members', () => {
  it('the breaker, limiter and bulkhead of a policy are the same as on its functions', () => {
    const api = policy({ circuitBreaker: {}, rateLimiter: {}, bulkhead: {} });
    assert.ok(api.circuitBreaker instanceof CircuitBreaker);
    assert.ok(api.rateLimiter instanceof RateLimiter);
    assert.ok(api.bulkhead instanceof Bulkhead);
    for (const f of [api(() => {}), api(() => {}), api(() => {}).with({})]) {
      assert.equal(f.circuitBreaker, api.circuitBreaker);
      assert.equal(f.rateLimiter, api.rateLimiter);
      assert.equal(f.bulkhead, api.bulkhead);
    }
  });

  it('members of a policy are undefined for patterns that it does not have', () => {
    const parts = ['circuitBreaker', 'rateLimiter', 'bulkhead'];
    for (const on of [...parts, undefined]) {
      const api = policy(on ? { [on]: {} } : {});
      for (const part of parts) {
        assert.ok(part in api);
        assert.equal(api[part] !== undefined, part === on, part);
        assert.equal(api(() => {})[part], api[part]);
      }
    }
  });

  it('members of a policy are the very instances that were given', () => {
    const parts = {
      circuitBreaker: new CircuitBreaker(),
      rateLimiter: new RateLimiter(),
      bulkhead: new Bulkhead(),
    };
    const [one, other] = [policy(parts), policy(parts)];
    for (const [name, part] of Object.entries(parts)) {
      assert.equal(one[name], part);
      assert.equal(other[name], part);
      assert.equal(one(() => {})[name], part);
    }
    assert.equal('cache' in one, false);
  });
});

describe('wrong options of a policy are refused', () => {
  it('a policy names a field of a group that throws when it is read, as resilient does', () => {
    const options = {
      retry: {
        get delay() {
          throw new Error('broken');
        },
      },
    };
    const expected = { name: 'TypeError', message: /^retry\.delay could not be read: broken/ };
    assert.throws(() => resilient(() => {}, options), expected);
    assert.throws(() => policy(options), expected);
    assert.throws(() => httpPolicy(options), expected);
    assert.throws(() => registry.register('api', options), expected);
  });

  const WRONG = [
    [null, TypeError, /^options must be an object of options, got null/],
    [5, TypeError, /^options must be an object of options, got 5/],
    [[], TypeError, /^options must be .* got an array/],
    [new Map(), TypeError, /^options must be/],
    [{ retries: 3 }, TypeError, /^Unknown option retries; did you mean retry\.maxAttempts\?/],
    [{ retry: { maxAttempt: 3 } }, TypeError, /retry\.maxAttempt; did you mean retry\.maxAttempts/],
    [{ retry: { maxAttempts: 0 } }, RangeError, /^retry\.maxAttempts must be/],
    [{ retry: { retryOn: ['x'] } }, TypeError, /^retry\.retryOn must be/],
    [{ timeout: -1 }, RangeError, /^timeout must be/],
    [{ timeout: { total: 'soon' } }, RangeError, /^timeout\.total must be/],
    [{ cache: 1 }, TypeError, /^cache must be/],
    [{ cache: { ttl: -1 } }, RangeError, /^cache\.ttl must be/],
    [{ cache: { clock: {} } }, TypeError, /^cache\.clock must be/],
    [{ circuitBreaker: { failureThreshold: 1.5 } }, RangeError, /^circuitBreaker\.failureThre/],
    [{ circuitBreaker: 1 }, TypeError, /^circuitBreaker must be/],
    [{ circuitBreaker: new Bulkhead() }, TypeError, /^circuitBreaker must be/],
    [{ rateLimiter: { period: 0 } }, RangeError, /^rateLimiter\.period must be/],
    [{ bulkhead: { maxConcurrent: 'x' } }, TypeError, /^bulkhead\.maxConcurrent must be/],
    [{ hedge: {} }, TypeError, /^hedge\.delay must be/],
    [{ hedge: true }, TypeError, /^hedge\.delay must be/],
    [{ fallback: { fallbackOn: TypeError } }, TypeError, /^fallback\.handler must be/],
    [{ onEvent: 'x' }, TypeError, /^onEvent must be/],
    [{ name: 1 }, TypeError, /^name must be/],
    [{ passContext: 1 }, TypeError, /^passContext must be/],
    [{ http: 1 }, TypeError, /^http must be/],
    [{ sync: true, retry: {} }, TypeError, /^sync cannot be true/],
  ];
  for (const [options, Class, message] of WRONG) {
    it(`a policy refuses wrong options when they are given: ${message.source}`, () => {
      const check = (error) => {
        assert.equal(error.constructor, Class);
        assert.match(error.message, message);
        return true;
      };
      assert.throws(() => policy(options), check);
      assert.throws(() => policy({})(() => {}, options), check);
    });
  }

  it('a policy names options that throw when they are read', () => {
    const options = {
      get retry() {
        throw new Error('broken');
      },
    };
    const expected = { name: 'TypeError', message: /^retry could not be read: broken/ };
    assert.throws(() => policy(options), expected);
    assert.throws(() => policy({})(() => {}, options), expected);
  });

  it('a policy refuses options that do not fit the function when it wraps it', () => {
    const api = policy({ sync: true });
    assert.equal(api(() => 1)(), 1);
    assert.throws(() => api(async () => {}), { message: /^sync cannot be true for an async/ });
    assert.throws(() => api(() => {}, { timeout: 1 }), { message: /^sync cannot be true with/ });
  });

  it('a policy refuses to wrap what is not a function', () => {
    for (const fn of [undefined, null, 'f', {}]) {
      assert.throws(() => policy({})(fn), { name: 'TypeError', message: /^fn must be a function/ });
    }
  });
});

describe('a policy emits the events of its functions', () => {
  it('a policy calls onEvent for its functions only, not for validation', () => {
    const seen = [];
    const onEvent = ({ functionName, type }) => seen.push(`${functionName} ${type}`);
    const api = policy({ circuitBreaker: {}, onEvent });
    const held = api(async function get() {});
    api.circuitBreaker.forceOpen();
    assert.deepEqual(seen, ['get circuit_open']);
    assert.ok(held);
  });

  it('a preset without a function emits nothing', () => {
    const seen = [];
    const circuitBreaker = new CircuitBreaker();
    httpPolicy({ circuitBreaker, onEvent: ({ type }) => seen.push(type) });
    circuitBreaker.forceOpen();
    assert.deepEqual(seen, []);
  });

  it('a change of the shared breaker is emitted on every function of a policy', async () => {
    const api = policy({ circuitBreaker: { failureThreshold: 1, successThreshold: 1 } });
    const seen = [];
    const [a, b] = ['a', 'b'].map((name) => {
      const f = api(async (error) => error && Promise.reject(error), { name });
      for (const type of ['circuit_open', 'circuit_half_open', 'circuit_closed']) {
        f.addEventListener(type, (event) => {
          assert.equal(event.functionName, name);
          seen.push(`${name} ${event.type}${event.detail.refused ? ' refused' : ''}`);
        });
      }
      return f;
    });
    const apart = api(async () => 1, { circuitBreaker: {} });
    apart.addEventListener('circuit_open', () => seen.push('another breaker'));
    const take = () => seen.splice(0).sort();

    await assert.rejects(a(new Error('down')));
    assert.deepEqual(take(), ['a circuit_open', 'b circuit_open']);
    await assert.rejects(b(), CircuitOpenError);
    assert.deepEqual(take(), ['b circuit_open refused'], 'the refusal is of the one called');
    await time.pass(30_000);
    await b();
    assert.deepEqual(take(), [
      'a circuit_closed',
      'a circuit_half_open',
      'b circuit_closed',
      'b circuit_half_open',
    ]);
    api.circuitBreaker.forceOpen();
    assert.deepEqual(take(), ['a circuit_open', 'b circuit_open']);
    api.circuitBreaker.reset();
    assert.deepEqual(take(), ['a circuit_closed', 'b circuit_closed']);
  });

  it('events of calls come from the function that was called, and go to onEvent of the policy as well', async () => {
    const seen = [];
    const heard = [];
    const onEvent = ({ functionName, type }) => seen.push(`${functionName} ${type}`);
    const api = policy({ rateLimiter: { maxCalls: 1 }, onEvent });
    const a = api(async function a() {});
    const b = api(async () => {}, { name: 'b' });
    const c = api(async () => {});
    b.addEventListener('rate_limited', ({ functionName }) => heard.push(functionName));
    a.addEventListener('rate_limited', ({ functionName }) => heard.push(functionName));
    await a();
    await assert.rejects(b(), RateLimitExceededError);
    await assert.rejects(c(), RateLimitExceededError);
    assert.deepEqual(seen, [
      'a success',
      'b rate_limited',
      'b failure',
      // An arrow function without a name.
      'anonymous rate_limited',
      'anonymous failure',
    ]);
    assert.deepEqual(heard, ['b']);
  });
});

describe('a policy may wrap fetch', () => {
  it('a policy with maxWeight needs no weigh for a function with http, and for any other one does', async () => {
    const api = policy({ cache: { maxWeight: 5 } });
    const get = api(async (url) => new Response(url.slice(-4)), { http: true });
    await (await get('https://a.example/aaaa')).text();
    await (await get('https://a.example/bbbb')).text();
    await new Promise(setImmediate);
    assert.equal(get.cache.stats.weight, 4);
    assert.throws(() => api(() => 1), /^TypeError: cache.weigh must be a function/);
    assert.throws(() => policy({ cache: { maxWeight: 0 } }), /^RangeError: cache.maxWeight must/);
  });

  it('a policy treats bad statuses as failures only for fetch', async () => {
    const api = policy({ circuitBreaker: { failureThreshold: 1 }, retry: { maxAttempts: 1 } });
    const answer = async () => new Response('down', { status: 503 });
    const fetch = mock.method(globalThis, 'fetch', answer);
    try {
      const own = api(answer);
      assert.equal((await own('https://api.example.com/')).status, 503);
      assert.equal(api.circuitBreaker.state, 'closed', 'any other function may answer so');
      const get = api(globalThis.fetch);
      assert.equal((await get('https://api.example.com/')).status, 503);
      assert.equal(api.circuitBreaker.state, 'open');
      await assert.rejects(own('https://api.example.com/'), CircuitOpenError);
      assert.equal(fetch.mock.callCount(), 1);
      api.circuitBreaker.reset();
      const off = api(globalThis.fetch, { http: false });
      await off('https://api.example.com/');
      assert.equal(api.circuitBreaker.state, 'closed');
      const on = api(answer, { http: true });
      await on('https://api.example.com/');
      assert.equal(api.circuitBreaker.state, 'open');
    } finally {
      fetch.mock.restore();
    }
  });
});
