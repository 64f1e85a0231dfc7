import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  Bulkhead,
  CircuitBreaker,
  health,
  httpPolicy,
  policy,
  RateLimiter,
  Registry,
  ResultCache,
  registry,
  resilient,
} from 'holdfast';
import { controlled } from '../support/controlled.js';
import { inChild } from '../support/in-child.js';
import { manualTimers } from '../support/manual-timers.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

const ALL = { cache: true, circuitBreaker: {}, rateLimiter: {}, bulkhead: {} };

const CLOSED = {
  state: 'closed',
  calls: 0,
  failures: 0,
  slowCalls: 0,
  failureRate: 0,
  slowCallRate: 0,
  consecutiveFailures: 0,
};
const UNUSED = {
  hits: 0,
  misses: 0,
  coalesced: 0,
  hitRate: 0,
  size: 0,
  maxSize: 256,
  weight: 0,
  maxWeight: Number.MAX_SAFE_INTEGER,
  policy: 'lru',
  evictions: 0,
  expirations: 0,
  stale: 0,
  refreshes: 0,
  refreshErrors: 0,
  revalidated: 0,
};

describe('a registry has members by name', () => {
  it('a registry returns a wrapped function that was registered', () => {
    const own = new Registry();
    for (const options of [undefined, {}, ALL]) {
      const f = resilient(async () => 1, options);
      assert.equal(own.register('f', f), f);
      assert.equal(own.get('f'), f);
      const bound = f.with({ refresh: true });
      assert.equal(own.register('f', bound), bound);
    }
  });

  it('a registry returns a policy that was registered', () => {
    const own = new Registry();
    const api = policy({ circuitBreaker: {} });
    assert.equal(own.register('api', api), api);
    assert.equal(own.get('api'), api);
    const f = api(() => {});
    assert.equal(own.register('f', f), f);
  });

  it('a registry makes a policy of options and returns it', async () => {
    const own = new Registry();
    const breaker = new CircuitBreaker();
    const api = own.register('api', {
      circuitBreaker: breaker,
      retry: { maxAttempts: 2, delay: 0 },
    });
    assert.equal(own.get('api'), api);
    assert.equal(api.circuitBreaker, breaker);
    let runs = 0;
    const call = api(async () => {
      if (++runs === 1) throw new Error('down');
      return runs;
    })();
    await time.passAll();
    assert.equal(await call, 2);
    const bare = own.register('bare', Object.assign(Object.create(null), { bulkhead: {} }));
    assert.ok(bare.bulkhead instanceof Bulkhead);
    assert.equal(own.register('none', {})(() => 1)(), 1);
    assert.ok(own.register('http', httpPolicy()).circuitBreaker instanceof CircuitBreaker);
  });

  it('a registry returns undefined for other names', () => {
    const own = new Registry();
    assert.equal(own.get('f'), undefined);
    assert.equal(own.get('toString'), undefined);
    assert.equal(own.get('__proto__'), undefined);
    assert.deepEqual(own.names, []);
    assert.deepEqual(health(own), {});
  });

  it('the names of a registry are a frozen list in the order of first registration', () => {
    const own = new Registry();
    const names = ['z', '10', 'a', '2', '__proto__', 'constructor', ' '];
    for (const name of names) own.register(name, {});
    assert.deepEqual(own.names, names);
    own.register('a', {});
    assert.deepEqual(own.names, names);
    const before = own.names;
    assert.ok(Object.isFrozen(before));
    assert.throws(() => before.push('more'), TypeError);
    own.unregister('z');
    own.register('z', {});
    assert.deepEqual(own.names, [...names.slice(1), 'z']);
    assert.deepEqual(before, names, 'a list is of its time');
  });

  it('a registry replaces the member of a name, and only that', () => {
    const own = new Registry();
    const [a, b, c] = [policy(), resilient(() => {}), policy()];
    own.register('x', a);
    own.register('y', b);
    assert.equal(own.register('x', c), c);
    assert.equal(own.get('x'), c);
    assert.equal(own.get('y'), b);
    assert.equal(own.register('z', c), c, 'one member may have two names');
    own.unregister('x');
    assert.equal(own.get('z'), c);
  });

  it('a registry removes a name once', () => {
    const own = new Registry();
    own.register('a', {});
    own.register('b', {});
    assert.equal(own.unregister('a'), true);
    assert.equal(own.unregister('a'), false);
    assert.equal(own.unregister('never'), false);
    assert.equal(own.get('a'), undefined);
    assert.deepEqual(own.names, ['b']);
    assert.deepEqual(Object.keys(health(own)), ['b']);
  });

  it('a registry refuses a name that is not a non-empty string', () => {
    const own = new Registry();
    for (const [name, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['', "''"],
      [1, '1'],
      [{}, 'an object'],
      [Symbol('s'), 'Symbol\\(s\\)'],
    ]) {
      assert.throws(() => own.register(name, {}), {
        name: 'TypeError',
        message: new RegExp(`^name must be a string that is not empty, got ${shown}$`),
      });
    }
    assert.deepEqual(own.names, []);
  });

  it('a registry refuses a member of another kind, by the name that it was given', () => {
    const own = new Registry();
    const kept = own.register('api', {});
    for (const [member, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [1, '1'],
      ['fetch', "'fetch'"],
      [() => {}, 'a function'],
      [class {}, 'a function'],
      [[], 'an array'],
      [new Map(), 'an object'],
      [new CircuitBreaker(), 'an object'],
      [new Bulkhead(), 'an object'],
      [new RateLimiter(), 'an object'],
      [new ResultCache(), 'an object'],
      [new Registry(), 'an object'],
    ]) {
      assert.throws(() => own.register('api', member), {
        name: 'TypeError',
        message: `api must be a wrapped function, a policy, or options, got ${shown}`,
      });
    }
    assert.equal(own.get('api'), kept, 'what was there stays');
  });

  it('a registry refuses wrong options, and keeps its previous member', () => {
    const own = new Registry();
    const kept = own.register('api', {});
    assert.throws(() => own.register('api', { retrys: {} }), {
      name: 'TypeError',
      message: /^Unknown option retrys; did you mean retry/,
    });
    assert.throws(() => own.register('api', { bulkhead: { maxConcurrent: 0 } }), {
      name: 'RangeError',
      message: /^bulkhead\.maxConcurrent must be/,
    });
    assert.throws(() => own.register('new', { timeout: -1 }), { name: 'RangeError' });
    assert.equal(own.get('api'), kept);
    assert.deepEqual(own.names, ['api']);
  });
});

describe('the default registry belongs to the program', () => {
  afterEach(() => {
    for (const name of registry.names) registry.unregister(name);
  });

  it('the default registry is a Registry, separate from all others, and the one that health uses by default', () => {
    assert.ok(registry instanceof Registry);
    const own = new Registry();
    registry.register('global', { bulkhead: {} });
    own.register('own', { rateLimiter: {} });
    assert.deepEqual([registry.names, own.names], [['global'], ['own']]);
    assert.equal(registry.get('own'), undefined);
    assert.deepEqual(Object.keys(health()), ['global']);
    assert.deepEqual(Object.keys(health(undefined)), ['global']);
    assert.deepEqual(Object.keys(health(registry)), ['global']);
    assert.deepEqual(Object.keys(health(own)), ['own']);
    assert.equal(own.unregister('global'), false);
    assert.deepEqual(registry.names, ['global']);
  });
});

describe('health reports the state of registered members', () => {
  it('health returns plain data that JSON preserves', async () => {
    const own = new Registry();
    own.register(
      'f',
      resilient((x) => x, { name: 'f', cache: true, circuitBreaker: {} }),
    )(1);
    own.register(
      'all',
      resilient(async (x) => x, ALL),
    );
    const api = own.register('api', { ...ALL, circuitBreaker: { slidingWindowSize: 3 } });
    const get = api(async (x) => x, { name: 'get' });
    own.register('http', httpPolicy());
    own.register('none', {});
    own.register(
      'bare',
      resilient(() => {}),
    );
    await Promise.all([own.get('all')(1), get(1), get(1)]);
    api.circuitBreaker.forceOpen();
    const report = health(own);
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
    assert.deepEqual(Object.keys(report), own.names);
  });

  it('health lists the patterns that a member has, and no others', () => {
    const own = new Registry();
    for (const [name, options] of Object.entries({
      none: {},
      cache: { cache: true },
      circuitBreaker: { circuitBreaker: {} },
      rateLimiter: { rateLimiter: {} },
      bulkhead: { bulkhead: {} },
      all: ALL,
    })) {
      own.register(
        `function ${name}`,
        resilient(() => {}, options),
      );
      own.register(`policy ${name}`, policy(options));
    }
    own.register('options', { timeout: 1, retry: {}, fallback: null });
    const rateLimiter = { maxCalls: 10, available: 10, waiting: 0 };
    const bulkhead = { maxConcurrent: 10, active: 0, waiting: 0 };
    assert.deepEqual(health(own), {
      'function none': {},
      'policy none': {},
      'function cache': { cache: UNUSED },
      // A policy has no cache of its own, and has wrapped nothing yet.
      'policy cache': {},
      'function circuitBreaker': { circuitBreaker: CLOSED },
      'policy circuitBreaker': { circuitBreaker: CLOSED },
      'function rateLimiter': { rateLimiter },
      'policy rateLimiter': { rateLimiter },
      'function bulkhead': { bulkhead },
      'policy bulkhead': { bulkhead },
      'function all': { cache: UNUSED, circuitBreaker: CLOSED, rateLimiter, bulkhead },
      'policy all': { circuitBreaker: CLOSED, rateLimiter, bulkhead },
      options: {},
    });
  });

  it('health is a snapshot of the current state', async () => {
    const own = new Registry();
    const load = controlled();
    const api = own.register('api', {
      circuitBreaker: { failureThreshold: 2 },
      rateLimiter: { maxCalls: 4, period: '4s', maxWait: '1m' },
      bulkhead: { maxConcurrent: 1, maxWait: '1m' },
    });
    const f = api(load);
    const read = () => {
      const { circuitBreaker, rateLimiter, bulkhead } = health(own).api;
      return [
        circuitBreaker.state,
        circuitBreaker.consecutiveFailures,
        rateLimiter.available,
        rateLimiter.waiting,
        bulkhead.active,
        bulkhead.waiting,
      ];
    };
    const before = health(own);
    const copy = structuredClone(before);
    assert.deepEqual(read(), ['closed', 0, 4, 0, 0, 0]);
    const calls = [f(), f(), f(), f(), f()];
    const ended = Promise.allSettled(calls);
    await time.pass(0);
    assert.deepEqual(read(), ['closed', 0, 0, 1, 1, 3]);
    load.runs[0].reject(new Error('down'));
    await time.pass(0);
    assert.deepEqual(read(), ['closed', 1, 0, 1, 1, 2]);
    load.runs[1].reject(new Error('down'));
    await time.pass(0);
    assert.deepEqual(read(), ['open', 2, 0, 1, 1, 1]);
    await time.pass(1_000);
    assert.deepEqual(read(), ['open', 2, 0, 0, 1, 2]);
    for (const index of [2, 3, 4]) {
      load.runs[index].resolve();
      await time.pass(0);
    }
    await ended;
    await time.pass(30_000);
    assert.deepEqual(read(), ['half-open', 2, 4, 0, 0, 0]);
    api.circuitBreaker.reset();
    assert.deepEqual(read(), ['closed', 0, 4, 0, 0, 0]);
    assert.deepEqual(before, copy);
  });

  it('health has the current statistics of the cache of a function', () => {
    const own = new Registry();
    const f = own.register(
      'f',
      resilient((x) => x, { cache: { maxSize: 2, ttl: 1 } }),
    );
    for (const id of [1, 1, 2, 3, 3, 3]) f(id);
    assert.deepEqual(health(own), {
      f: {
        cache: { ...UNUSED, hits: 3, misses: 3, hitRate: 0.5, size: 2, maxSize: 2, evictions: 1 },
      },
    });
    assert.deepEqual(health(own).f.cache, f.cache.stats);
    f.cache.clear();
    assert.deepEqual(health(own), { f: { cache: { ...UNUSED, maxSize: 2 } } });
  });

  it('health of a policy has the caches of its functions, by the name option or their own name', () => {
    const own = new Registry();
    const api = own.register('api', { circuitBreaker: {} });
    const held = [
      api(function getUser() {}, { cache: true }),
      api(function getOrder() {}, { cache: { maxSize: 5 }, name: 'orders' }),
      api((() => () => {})(), { cache: true }),
      api(function uncached() {}),
    ];
    held[0]();
    assert.deepEqual(health(own).api.caches, {
      getUser: { ...UNUSED, misses: 1, size: 1 },
      orders: { ...UNUSED, maxSize: 5 },
      anonymous: UNUSED,
    });
    held[0]();
    assert.equal(health(own).api.caches.getUser.hits, 1);
    const late = api(() => {}, { cache: true, name: 'late' });
    assert.deepEqual(health(own).api.caches.late, late.cache.stats);
    assert.equal('cache' in health(own).api, false);
  });

  it('health has no caches of a member without a cache', () => {
    const own = new Registry();
    const api = own.register('api', {});
    const f = api(() => {});
    assert.deepEqual(health(own), { api: {} });
    assert.equal(f.cache, undefined);
  });

  it('health numbers caches of the same name, in the order of wrapping', () => {
    const own = new Registry();
    const api = own.register('api', { cache: true });
    const other = own.register('other', { cache: true });
    const get = () => {};
    const held = [api(get), api(get), api(get, { name: 'get (2)' }), api(get), other(get)];
    for (const [index, f] of held.entries()) {
      for (let n = 0; n < index; n++) f(n);
    }
    const { caches } = health(own).api;
    assert.deepEqual(
      Object.entries(caches).map(([name, { size }]) => [name, size]),
      [
        ['get', 0],
        ['get (2)', 1],
        ['get (2) (2)', 2],
        ['get (3)', 3],
      ],
    );
    assert.deepEqual(Object.keys(health(own).other.caches), ['get']);
  });

  it('health has every cache of many functions', () => {
    const own = new Registry();
    const api = own.register('api', { cache: { maxSize: 1 } });
    const held = Array.from({ length: 100 }, (_, n) => api(() => n, { name: `f${n}` }));
    assert.deepEqual(
      Object.keys(health(own).api.caches),
      held.map((_, n) => `f${n}`),
    );
  });

  it('health takes any name, even __proto__', () => {
    const own = new Registry();
    const api = own.register('__proto__', { bulkhead: {}, cache: true });
    own.register('constructor', { circuitBreaker: {} });
    const names = ['__proto__', 'constructor', 'toString'];
    const held = names.map((name) => api(() => {}, { name }));
    const report = health(own);
    assert.equal(Object.getPrototypeOf(report), Object.prototype);
    assert.deepEqual(Object.keys(report), ['__proto__', 'constructor']);
    const { value } = Object.getOwnPropertyDescriptor(report, '__proto__');
    assert.deepEqual(Object.keys(value.caches), names);
    assert.equal(value.bulkhead.active, 0);
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
    assert.deepEqual(Object.keys(Object.prototype), []);
    assert.equal({}.bulkhead, undefined);
    assert.equal(held.length, 3);
  });

  it('health lists only current members', () => {
    const own = new Registry();
    own.register('x', { bulkhead: {} });
    own.register('x', { circuitBreaker: {} });
    assert.deepEqual(health(own), { x: { circuitBreaker: CLOSED } });
    own.unregister('x');
    assert.deepEqual(health(own), {});
  });
});

describe('a dropped cache disappears from health', () => {
  it('a dropped cache of a policy is collected and disappears from health', () => {
    const { before, after } = inChild(async () => {
      const { Registry, health } = await import('holdfast');
      const own = new Registry();
      const api = own.register('api', { cache: true, circuitBreaker: {}, bulkhead: {} });
      globalThis.held = api(() => 1, { name: 'held' });
      globalThis.cache = api(() => 1, { name: 'cache alone' }).cache;
      (() => {
        for (const name of ['gone', 'held', 'gone too']) api(() => 1, { name })();
      })();
      const names = () => Object.keys(health(own).api.caches ?? {});
      const before = names();
      for (let n = 0; n < 10; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
      return { before, after: names() };
    });
    assert.deepEqual(before, ['held', 'cache alone', 'gone', 'held (2)', 'gone too']);
    assert.deepEqual(after, ['held', 'cache alone']);
  });
});
