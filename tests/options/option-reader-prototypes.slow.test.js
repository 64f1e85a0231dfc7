import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import {
  Bulkhead,
  CircuitBreaker,
  health,
  httpPolicy,
  policy,
  RateLimiter,
  Registry,
  ResultCache,
  resilient,
} from 'holdfast';
import { inChild } from '../support/in-child.js';
import { inheritedBy } from '../support/inherited-by.js';
import { patterns } from '../support/patterns.js';
import '../support/unhandled-rejections.js';

const fail = async () => Promise.reject(new Error('down'));
const hang = () => new Promise(() => {});

describe('options are read from prototypes', () => {
  class Settings {
    get cache() {
      return { ttl: '1m' };
    }
    get circuitBreaker() {
      return {};
    }
    get name() {
      return 'settings';
    }
    describe() {
      return 'a method is no option';
    }
  }

  it('options of a class are read, getters included', () => {
    const seen = [];
    const f = resilient(fail, Object.assign(new Settings(), { onEvent: (e) => seen.push(e) }));
    assert.ok(f.cache instanceof ResultCache);
    assert.ok(f.circuitBreaker instanceof CircuitBreaker);
    f.circuitBreaker.forceOpen();
    assert.equal(seen[0].functionName, 'settings');
    const api = policy(new Settings());
    assert.ok(api.circuitBreaker instanceof CircuitBreaker);
    assert.ok(api(fail).cache instanceof ResultCache);
    assert.ok(policy({})(fail, new Settings()).cache instanceof ResultCache);
    assert.equal(httpPolicy(new Settings()).name, 'settings');
    assert.deepEqual(httpPolicy(new Settings()).cache, { ttl: '1m' });
  });

  it('options of a class make a policy in a registry', () => {
    const own = new Registry();
    const api = own.register('settings', new Settings());
    assert.ok(api.circuitBreaker instanceof CircuitBreaker);
    assert.ok(own.register('inherited', Object.create({ bulkhead: {} })).bulkhead);
    assert.throws(() => own.register('other', new (class Other {})()), /other must be a wrapped/);
  });

  it('fields of a group are read from its class or prototype', async () => {
    class Size {
      get maxSize() {
        return 3;
      }
    }
    class Attempts {
      get maxAttempts() {
        return 1;
      }
    }
    assert.equal(new ResultCache(new Size()).stats.maxSize, 3);
    assert.equal(resilient(fail, { cache: new Size() }).cache.stats.maxSize, 3);
    assert.equal(policy({ cache: new Size() })(fail).cache.stats.maxSize, 3);
    assert.equal(httpPolicy({ retry: new Attempts() }).retry.maxAttempts, 1);
    const defaults = { maxConcurrent: 4 };
    assert.equal(new Bulkhead(Object.create(defaults)).metrics.maxConcurrent, 4);
    assert.equal(new Bulkhead(Object.create(Object.create(defaults))).metrics.maxConcurrent, 4);
  });

  it('options of another realm are read up to its Object.prototype', () => {
    const [options, shared] = vm.runInNewContext(`
      Object.prototype.http = 'polluted';
      Object.prototype.unknown = 'polluted';
      [Object.create({ cache: { maxSize: 5 } }), { cache: true }];
    `);
    assert.equal(resilient(fail, options).cache.stats.maxSize, 5);
    assert.ok(policy(shared)(fail).cache instanceof ResultCache);
  });

  it('an inherited enumerable name that is unknown is refused', () => {
    assert.throws(() => resilient(fail, Object.create({ retrys: {} })), {
      name: 'TypeError',
      message: 'Unknown option retrys; did you mean retry?',
    });
    assert.throws(() => new ResultCache(Object.create({ maxsize: 1 })), /did you mean maxSize\?$/);
  });

  it('options of a listener are read from their class', () => {
    class Once {
      get once() {
        return true;
      }
    }
    const f = resilient(() => {}, { cache: true });
    let heard = 0;
    f.addEventListener('cache_miss', () => heard++, new Once());
    f(1);
    f(2);
    assert.equal(heard, 1);
  });
});

describe('Object.prototype gives no options', () => {
  it('Object.prototype gives no option to any function, policy, preset, cache or pattern', () => {
    const wrong = Symbol('polluted');
    const names = [
      ...patterns.flatMap(({ option, fields }) => [option, ...fields]),
      ...['name', 'cache', 'onEvent', 'passContext', 'http', 'sync', 'maxSize', 'ttl', 'clock'],
      ...['key', 'statuses', 'maxBodySize', 'methods', 'signal', 'refresh', 'thisArg', 'once'],
      ...['capture', 'passive', 'put', 'metrics'],
    ];
    inheritedBy(Object.fromEntries(names.map((name) => [name, wrong])), () => {
      const on = { cache: {}, circuitBreaker: {}, rateLimiter: {}, bulkhead: {}, retry: {} };
      for (const options of [{}, on, { ...on, timeout: {}, hedge: { delay: 1 } }]) {
        resilient(() => {}, options).with({});
        policy(options)(() => {}, {});
        policy({})(() => {}, options);
      }
      httpPolicy({ cache: {}, fallback: {} });
      new Registry().register('options', {});
      for (const Part of [ResultCache, CircuitBreaker, RateLimiter, Bulkhead]) new Part({});
      new ResultCache().put(1, 1, {}).addEventListener('evict', () => {}, {});
    });
  });

  it('Object.prototype turns on no cache, no breaker and no http', () => {
    const polluted = { cache: true, http: true, name: 'x', circuitBreaker: {}, fallback: 'x' };
    inheritedBy(polluted, () => {
      let runs = 0;
      const f = resilient(() => ++runs, {});
      assert.deepEqual([f(), f()], [1, 2]);
      assert.deepEqual(
        [f.name, f.cache, f.circuitBreaker, policy({}).circuitBreaker],
        ['', undefined, undefined, undefined],
      );
    });
  });

  it('Object.prototype does not turn a fallback value into options', async () => {
    const value = { empty: true };
    await inheritedBy({ handler: 'x', fallbackOn: TypeError }, async () => {
      assert.equal(await resilient(fail, { fallback: value })(), value);
      assert.equal(await policy({ fallback: value })(fail)(), value);
    });
  });

  it('Object.prototype changes neither the storage nor the copies of a response', async () => {
    let runs = 0;
    const wrong = Symbol('polluted');
    const names = ['http', 'tier', 'version', 'value', 'body', 'restart', 'accepts', 'isFor'];
    const load = async () => new Response(`run ${++runs}`);
    await inheritedBy(Object.fromEntries(names.map((name) => [name, wrong])), async () => {
      const get = resilient(load, { http: true, cache: { staleWhileRevalidate: 60 } });
      const text = async () => (await get('https://api.example.com/')).text();
      assert.deepEqual([await text(), await text()], ['run 1', 'run 1']);
      assert.equal(get.cache.size, 1);
    });
  });

  it('Object.prototype neither refreshes a bound function nor aborts it', () => {
    let runs = 0;
    const f = resilient(() => ++runs, { cache: true });
    const { signal } = new AbortController();
    const gone = AbortSignal.abort();
    inheritedBy({ refresh: true, signal: gone, signals: [gone], receiver: {} }, () => {
      const bound = f.with({ thisArg: undefined }).with({});
      assert.deepEqual([bound(), bound(), f.with({ signal })(), f()], [1, 1, 1, 1]);
    });
    assert.equal(runs, 1);
  });

  it('Object.prototype neither removes a listener after an event nor keeps it out', () => {
    const f = resilient(() => {}, { cache: true });
    let heard = 0;
    inheritedBy({ once: true, signal: AbortSignal.abort(), capture: true }, () => {
      f.addEventListener('cache_miss', () => heard++, {});
      f.addEventListener('cache_miss', () => heard++, true);
      f(1);
      f(2);
    });
    assert.equal(heard, 4);
  });

  it('Object.prototype gives no ttl to a put, and is no clock', () => {
    const cache = new ResultCache();
    inheritedBy({ ttl: -1, now: () => 0 }, () => {
      cache.put('a', 1, {});
      assert.throws(() => new ResultCache({ clock: {} }), /^TypeError: clock must be/);
    });
    assert.equal(cache.get('a'), 1);
  });

  it('Object.prototype adds nothing to an event', () => {
    const events = [];
    const f = resilient((x) => x, { cache: true, onEvent: (event) => events.push(event) });
    inheritedBy({ error: 'x', detail: 'x', duration: 9, attempt: 9, key: 'x' }, () => f(1));
    for (const { error, detail, attempt } of events) {
      assert.deepEqual([error, detail, attempt], [undefined, undefined, 0]);
    }
    assert.equal(events[0].duration, 0);
  });

  it('Object.prototype gives no cause to an error', () => {
    const f = resilient(() => {}, { circuitBreaker: {}, sync: true });
    f.circuitBreaker.forceOpen();
    let caught;
    inheritedBy({ cause: 'x', retryAfter: 9 }, () => {
      try {
        f();
      } catch (error) {
        caught = error;
      }
    });
    assert.deepEqual(
      [caught.code, caught.cause, caught.retryAfter],
      ['CIRCUIT_OPEN', undefined, undefined],
    );
  });

  it('Object.prototype adds nothing to health, and makes no function a member', () => {
    const own = new Registry();
    own.register(
      'f',
      resilient(() => {}, {}),
    );
    inheritedBy({ cache: { stats: 1 }, circuitBreaker: { metrics: 1 }, bulkhead: {} }, () => {
      assert.deepEqual(JSON.stringify(health(own)), '{"f":{}}');
      assert.throws(() => own.register('g', () => {}), /^TypeError: g must be a wrapped function/);
    });
  });

  it('Object.prototype does not replace the signal of a call', async () => {
    const caller = new AbortController();
    const f = resilient(hang, { cache: true }).with({ signal: caller.signal });
    const polluted = { signal: AbortSignal.abort(), once: false, passive: 'x', capture: 'x' };
    const call = inheritedBy(polluted, () => f());
    caller.abort(new Error('left'));
    await assert.rejects(call, { message: 'left' });
  });
});

describe('an enumerable property of Object.prototype is ignored', () => {
  for (const name of ['extra', 'get', 'set', 'value', 'writable', 'enumerable', 'configurable']) {
    it(`an enumerable Object.prototype.${name} lets the package be imported and used`, () => {
      const program = `async () => {
        const { inspect } = await import('node:util');
        // The loader of Node needs a first import without such a property.
        await import('holdfast');
        Object.prototype.${name} = false;
        const { resilient } = await import(import.meta.resolve('holdfast') + '?copy');
        delete Object.prototype.${name};
        let event;
        const fail = async () => { throw new Error('down') };
        Object.prototype.${name} = false;
        const f = resilient(fail, {
          onEvent: (given) => { event = given },
          retry: { maxAttempts: 2, delayFunc: () => { throw new Error('asked') } },
        });
        const call = f().catch((error) => [error.message, error.cause.message]);
        const g = resilient((x) => x, { cache: true });
        const results = [g(1), g(1), g.length];
        delete Object.prototype.${name};
        return [await call, results, inspect(event).includes('functionName')];
      }`;
      assert.deepEqual(inChild(program), [['asked', 'down'], [1, 1, 1], true]);
    });
  }
});
