import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Bulkhead,
  CircuitBreaker,
  httpPolicy,
  policy,
  RateLimiter,
  ResultCache,
  resilient,
} from 'holdfast';
import { importWatched } from '../support/fresh-package.js';
import { turn } from '../support/turn.js';

const fn = () => 'result';

/** Every options object: how to give it, and its fields with accepted values. */
const OBJECTS = {
  '': {
    give: (options) => resilient(fn, options),
    fields: {
      ...{ name: 'f', cache: {}, circuitBreaker: {}, retry: {}, timeout: 1 },
      ...{ onEvent: () => {}, passContext: true, sync: false, http: false },
      ...{ rateLimiter: {}, bulkhead: {}, hedge: { delay: 1 }, fallback: 1 },
    },
  },
  'resilient by a policy': {
    prefix: '',
    give: (options) => policy(options),
    fields: { name: 'f', cache: true, retry: {}, timeout: 1, fallback: null, bulkhead: {} },
  },
  'a function of a policy': {
    prefix: '',
    give: (options) => policy({ retry: {} })(fn, options),
    fields: { name: 'f', cache: true, retry: {}, timeout: 1, fallback: null, bulkhead: {} },
  },
  'a preset': {
    prefix: '',
    give: (options) => httpPolicy(options),
    fields: { name: 'f', cache: true, retry: {}, timeout: 1, fallback: null, bulkhead: {} },
  },
  cache: {
    give: (cache) => resilient(fn, { cache }),
    fields: {
      ...{ maxSize: 1, ttl: 1, clock: Date, key: () => 1 },
      ...{ statuses: [200], maxBodySize: 1 },
      ...{ ttlJitter: 0, staleWhileRevalidate: 1, staleIfError: 1, maxWeight: 1, weigh: () => 1 },
      ...{ tags: ['a'], staleIfSlow: 1, staleOn: Error, staleBackoff: 1, waitUntil: fn },
    },
  },
  'new ResultCache': {
    prefix: '',
    give: (options) => new ResultCache(options),
    fields: {
      ...{ maxSize: 1, ttl: 1, clock: { now: () => 0 } },
      ...{ ttlJitter: 0, staleWhileRevalidate: 1, staleIfError: 1, maxWeight: 1, weigh: () => 1 },
    },
  },
  put: {
    give: (options) => new ResultCache().put(1, 1, options),
    fields: { ttl: 1, tags: ['a'] },
  },
  retry: {
    give: (retry) => resilient(fn, { retry }),
    fields: {
      ...{ maxAttempts: 1, delay: 1, backoffFactor: 1, maxDelay: 1, jitter: false },
      ...{ retryOn: Error, ignoreOn: [], retryOnResult: fn, delayFunc: fn },
    },
  },
  timeout: {
    give: (timeout) => resilient(fn, { timeout }),
    fields: { attempt: 1, seconds: 1, perAttempt: false, total: 1, idle: 1 },
  },
  circuitBreaker: {
    give: (circuitBreaker) => resilient(fn, { circuitBreaker }),
    fields: {
      ...{ failureThreshold: 1, recoveryTimeout: 1, successThreshold: 1, errorTypes: [Error] },
      ...{ ignoreOn: () => false, slidingWindowSize: 1, failureRateThreshold: 1, minimumCalls: 1 },
      ...{ slowCallDuration: 1, slowCallRateThreshold: 1 },
    },
  },
  'new CircuitBreaker': {
    prefix: '',
    give: (options) => new CircuitBreaker(options),
    fields: { failureThreshold: 1, slidingWindowSize: 2, minimumCalls: 2 },
  },
  rateLimiter: {
    give: (rateLimiter) => resilient(fn, { rateLimiter }),
    fields: { maxCalls: 1, period: 1, maxWait: 1 },
  },
  'new RateLimiter': {
    prefix: '',
    give: (options) => new RateLimiter(options),
    fields: { maxCalls: 1, period: 1, maxWait: 1 },
  },
  bulkhead: {
    give: (bulkhead) => resilient(fn, { bulkhead }),
    fields: { maxConcurrent: 1, maxWait: 1 },
  },
  'new Bulkhead': {
    prefix: '',
    give: (options) => new Bulkhead(options),
    fields: { maxConcurrent: 1, maxWait: 1 },
  },
  with: {
    give: (options) => resilient(fn).with(options),
    fields: { signal: new AbortController().signal, refresh: true, thisArg: {} },
  },
};
/** The same objects with the prefix of their fields in messages. */
const EACH = Object.entries(OBJECTS).map(([name, { prefix, give, fields }]) => ({
  title: name || 'resilient',
  prefix: prefix ?? (name && `${name}.`),
  give,
  fields,
}));

describe('options are read and checked when they are given', () => {
  for (const { title, prefix, give, fields } of EACH) {
    it(`options of ${title} may be frozen, without a prototype, from a class, or a proxy`, () => {
      give(fields);
      give(Object.freeze({ ...fields }));
      give(Object.assign(Object.create(null), fields));
      give(Object.create(fields));
      give(new Proxy(fields, {}));
      give({});
      give(Object.create(null));
      give(undefined);
    });

    it(`options of ${title} that are undefined are treated as absent`, () => {
      give(Object.fromEntries(Object.keys(fields).map((field) => [field, undefined])));
    });

    it(`options of ${title} with a getter that throws are refused, with the name of the field`, () => {
      const cause = new Error('boom');
      for (const field of Object.keys(fields)) {
        const options = Object.defineProperty({ ...fields }, field, {
          enumerable: true,
          get() {
            throw cause;
          },
        });
        assert.throws(
          () => give(options),
          (error) => {
            assert.equal(error.constructor, TypeError);
            assert.equal(error.message, `${prefix}${field} could not be read: boom`);
            assert.equal(error.cause, cause);
            return true;
          },
        );
      }
    });

    it(`options of ${title} are read once each, when they are given`, () => {
      const reads = {};
      const options = {};
      for (const [field, value] of Object.entries(fields)) {
        const get = () => {
          reads[field] = (reads[field] ?? 0) + 1;
          return value;
        };
        Object.defineProperty(options, field, { enumerable: true, get });
      }
      give(options);
      assert.deepEqual(reads, Object.fromEntries(Object.keys(fields).map((field) => [field, 1])));
    });

    it(`options of ${title} with an unknown name are refused, even if its value is undefined`, () => {
      const known = new Set(Object.keys(fields));
      for (const field of known) {
        for (const wrong of [field.toUpperCase(), `${field}s`, field.slice(0, -1), `x${field}`]) {
          const start = `Unknown option ${prefix}${wrong}; did you mean ${prefix}`;
          assert.throws(
            () => give({ [wrong]: undefined }),
            (error) => {
              assert.equal(error.constructor, TypeError);
              assert.ok(error.message.startsWith(start), error.message);
              return true;
            },
          );
        }
      }
      for (const foreign of ['somethingElseAltogether', '__proto__', 'constructor', 'toString']) {
        const options = JSON.parse(`{ "${foreign}": 1 }`);
        assert.throws(
          () => give(options),
          (error) => {
            assert.equal(error.constructor, TypeError);
            assert.ok(
              error.message.startsWith(`Unknown option ${prefix}${foreign}; `),
              error.message,
            );
            return true;
          },
        );
      }
    });
  }

  it('a refused option name suggests the full name of the nearest option', () => {
    const cases = [
      [{ cache: { maxsize: 5 } }, 'cache.maxsize; did you mean cache.maxSize?'],
      [{ cache: { TTL: 5 } }, 'cache.TTL; did you mean cache.ttl?'],
      [{ retry: { sleep: 5 } }, 'retry.sleep; known are maxAttempts, '],
      [{ retry: { maxAttempt: 5 } }, 'retry.maxAttempt; did you mean retry.maxAttempts?'],
      [{ retry: { retryon: Error } }, 'retry.retryon; did you mean retry.retryOn?'],
      [{ rateLimit: {} }, 'rateLimit; did you mean rateLimiter?'],
      [{ hedge: { delay: 1, hedges: 2 } }, 'hedge.hedges; did you mean hedge.maxHedges?'],
      [{ hedge: { delay: 1, max: 2 } }, 'hedge.max; known are delay, maxHedges'],
      [{ breaker: {} }, 'breaker; did you mean circuitBreaker?'],
      [{ limiter: {} }, 'limiter; did you mean rateLimiter?'],
      [
        { bulkhead: { maxConcurrency: 1 } },
        'bulkhead.maxConcurrency; did you mean bulkhead.maxConcurrent?',
      ],
      [{ cache: { status: [200] } }, 'cache.status; did you mean cache.statuses?'],
      [{ timeOut: 5 }, 'timeOut; did you mean timeout?'],
      [{ circuitbreaker: {} }, 'circuitbreaker; did you mean circuitBreaker?'],
      [{ passcontext: true }, 'passcontext; did you mean passContext?'],
      [{ timeout: { second: 1 } }, 'timeout.second; did you mean timeout.seconds?'],
    ];
    for (const [options, message] of cases) {
      assert.throws(
        () => resilient(fn, options),
        (error) => {
          assert.equal(error.constructor, TypeError);
          assert.ok(error.message.startsWith(`Unknown option ${message}`), error.message);
          return true;
        },
      );
    }
  });

  it('an unknown name suggests the option that another library calls so', () => {
    const cases = [
      [{ retry: { retries: 5 } }, 'retry.maxAttempts'],
      [{ retry: { attempts: 5 } }, 'retry.maxAttempts'],
      [{ retry: { limit: 5 } }, 'retry.maxAttempts'],
      [{ retry: { maxRetries: 5 } }, 'retry.maxAttempts'],
      [{ retry: { minTimeout: 5 } }, 'retry.delay'],
      [{ retry: { factor: 5 } }, 'retry.backoffFactor'],
      [{ retry: { backoffLimit: 5 } }, 'retry.maxDelay'],
      [{ cache: { max: 5 } }, 'cache.maxSize'],
      [{ cache: { maxItems: 5 } }, 'cache.maxSize'],
      [{ cache: { maxEntries: 5 } }, 'cache.maxSize'],
      [{ cache: { cacheKey: String } }, 'cache.key'],
      [{ cache: { ms: 5 } }, 'cache.ttl'],
      [{ cache: { maxAge: 5 } }, 'cache.ttl'],
      [{ cache: { stdTTL: 5 } }, 'cache.ttl'],
      [{ bulkhead: { concurrency: 5 } }, 'bulkhead.maxConcurrent'],
      [{ bulkhead: { limit: 5 } }, 'bulkhead.maxConcurrent'],
      [{ rateLimiter: { limit: 5 } }, 'rateLimiter.maxCalls'],
      [{ rateLimiter: { interval: 5 } }, 'rateLimiter.period'],
      [{ circuitBreaker: { resetTimeout: 5 } }, 'circuitBreaker.recoveryTimeout'],
      [{ circuitBreaker: { halfOpenAfter: 5 } }, 'circuitBreaker.recoveryTimeout'],
      [{ circuitBreaker: { errorThresholdPercentage: 5 } }, 'circuitBreaker.failureRateThreshold'],
      [{ circuitBreaker: { volumeThreshold: 5 } }, 'circuitBreaker.minimumCalls'],
      [{ circuitBreaker: { threshold: 5 } }, 'circuitBreaker.failureThreshold'],
      [{ retries: 5 }, 'retry.maxAttempts'],
      [{ maxAttempts: 5 }, 'retry.maxAttempts'],
      [{ ttl: 5 }, 'cache.ttl'],
      [{ maxAge: 5 }, 'cache.ttl'],
      [{ maxSize: 5 }, 'cache.maxSize'],
      [{ staleIfError: 5 }, 'cache.staleIfError'],
      [{ staleWhileRevalidate: 5 }, 'cache.staleWhileRevalidate'],
      [{ tags: ['a'] }, 'cache.tags'],
      [{ store: new ResultCache() }, 'cache.store'],
      [{ key: () => 1 }, 'cache.key'],
      [{ cache: { graceBackoff: 5 } }, 'cache.staleBackoff'],
      [{ cache: { fallbackToCache: 5 } }, 'cache.staleIfError'],
      [{ cache: { softTimeout: 5 } }, 'cache.staleIfSlow'],
      [{ concurrency: 5 }, 'bulkhead.maxConcurrent'],
    ];
    const groups = ['cache', 'retry', 'bulkhead', 'rateLimiter', 'circuitBreaker'];
    for (const [options, meant] of cases) {
      const [name, given] = Object.entries(options)[0];
      const path = groups.includes(name) ? `${name}.${Object.keys(given)[0]}` : name;
      const expected = {
        name: 'TypeError',
        message: `Unknown option ${path}; did you mean ${meant}?`,
      };
      assert.throws(() => resilient(fn, options), expected);
      assert.throws(() => policy(options), expected);
      assert.throws(() => httpPolicy(options), expected);
    }
    assert.throws(() => new ResultCache({ maxItems: 5 }), /maxItems; did you mean maxSize\?$/);
    assert.throws(
      () => new ResultCache().put(1, 1, { ms: 5 }),
      /put\.ms; did you mean put\.ttl\?$/,
    );
    assert.throws(() => new Bulkhead({ max: 5 }), /max; did you mean maxConcurrent\?$/);
  });

  it('an unknown name suggests no field of another group', () => {
    for (const [options, known] of [
      [{ retry: { maxItems: 5 } }, 'maxAttempts, delay, '],
      [{ cache: { retries: 5 } }, 'maxSize, ttl, '],
      [{ hedge: { delay: 1, resetTimeout: 1 } }, 'delay, maxHedges'],
      [{ interval: 5 }, 'name, cache, .*, rateLimiter, bulkhead, retry, '],
    ]) {
      assert.throws(() => resilient(fn, options), {
        name: 'TypeError',
        message: new RegExp(`; known are ${known}`),
      });
    }
  });

  it('a very long unknown name is refused at once', () => {
    const name = 'x'.repeat(100_000);
    assert.throws(() => resilient(fn, { [name]: 1 }), /known are name, cache, /);
  });

  it('new ResultCache refuses the option key, because it has no calls', () => {
    assert.throws(
      () => new ResultCache({ key: fn }),
      /^TypeError: Unknown option key; known are maxSize, ttl, clock, ttlJitter, staleWhileRevalidate, staleIfError, maxWeight, weigh, policy, advice$/,
    );
  });

  it('options that exclude each other are refused', () => {
    const kinds = [
      [{ retry: {} }, 'with retry, which waits'],
      [{ timeout: 1 }, 'with timeout, which waits'],
      [{ timeout: { perAttempt: false } }, 'with timeout, which waits'],
      [{ rateLimiter: {} }, 'with rateLimiter, which waits'],
      [{ bulkhead: {} }, 'with bulkhead, which waits'],
      [{ hedge: { delay: 1 } }, 'with hedge, which waits'],
      [{ http: true }, 'for a function like fetch'],
    ];
    for (const [options, why] of kinds) {
      assert.throws(() => resilient(fn, { sync: true, ...options }), {
        name: 'TypeError',
        message: `sync cannot be true ${why}`,
      });
    }
    assert.throws(() => resilient(async () => {}, { sync: true }), {
      name: 'TypeError',
      message: 'sync cannot be true for an async function',
    });
    assert.throws(() => new CircuitBreaker({ slidingWindowSize: 5, minimumCalls: 6 }), {
      name: 'RangeError',
      message: 'minimumCalls must be an integer <= 5, got 6',
    });
  });

  it('changes to an options object after it was given have no effect', () => {
    const cache = { maxSize: 2 };
    const retry = { maxAttempts: 1, retryOn: [TypeError] };
    const f = resilient(fn, { cache, retry });
    cache.maxSize = 0;
    retry.maxAttempts = NaN;
    retry.retryOn[0] = 'nonsense';
    assert.equal(f.cache.stats.maxSize, 2);
    return f().then((value) => assert.equal(value, 'result'));
  });

  it('wrong options leave nothing half-built: no call runs, and what was given is unchanged', async () => {
    const heard = [];
    const [cache, circuitBreaker] = [new ResultCache().put('a', 1), new CircuitBreaker()];
    const options = { cache, circuitBreaker, onEvent: ({ type }) => heard.push(type) };
    let runs = 0;
    for (const wrong of [{ retry: { delay: -1 } }, { timeout: 0 }, { unknown: 1 }, { sync: 1 }]) {
      assert.throws(() => resilient(() => runs++, { ...options, ...wrong }));
    }
    assert.throws(() => resilient(() => runs++, { ...options, cache: { maxSize: 0 } }));
    circuitBreaker.forceOpen();
    await turn();
    assert.deepEqual([heard, runs, [...cache]], [[], 0, [['a', 1]]]);

    const f = resilient(fn, { cache });
    const listening = new AbortController();
    assert.throws(() => f.with({ signal: listening.signal, refresh: 'yes' }));
    assert.throws(() => cache.resize(0));
    assert.throws(() => cache.put('b', 2, { ttl: -1 }));
    assert.throws(() => cache.put('a', 2, { ttl: -1 }));
    assert.deepEqual([[...cache], cache.stats.maxSize], [[['a', 1]], 256]);
  });

  it('policies and presets take no memory for a cache until a function is wrapped', async () => {
    const taken = new Set();
    const { holdfast, restore } = await importWatched((exports) => ({
      ...exports,
      create() {
        const cache = exports.create();
        taken.add(cache);
        return cache;
      },
      free(cache) {
        taken.delete(cache);
        exports.free(cache);
      },
    }));
    try {
      const api = holdfast.policy({ cache: { maxSize: 9 } });
      holdfast.httpPolicy({ cache: true });
      holdfast.registry.register('api', { cache: true });
      const cache = new holdfast.ResultCache();
      holdfast.policy({ cache });
      for (const wrong of [{ bulkhead: { maxConcurrent: 0 } }, { sync: 1 }, { unknown: 1 }]) {
        assert.throws(() => holdfast.policy({ cache: true, ...wrong }));
        assert.throws(() => api(fn, wrong));
      }
      assert.equal(taken.size, 1);
      cache.put('a', 1);
      assert.equal(cache.get('a'), 1, 'a shared cache is not disposed of');
      assert.equal(api(fn).cache.stats.maxSize, 9);
      assert.equal(taken.size, 2);
    } finally {
      restore();
    }
  });
});
