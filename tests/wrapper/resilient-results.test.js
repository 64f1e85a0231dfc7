import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CircuitBreaker, resilient } from 'holdfast';
import { thenable } from '../support/thenable.js';
import '../support/unhandled-rejections.js';

const SYNC_PATTERNS = [
  { cache: true },
  { circuitBreaker: {} },
  { cache: true, circuitBreaker: {} },
];

const WAITING_PATTERNS = [
  { timeout: '1s' },
  { retry: {} },
  { cache: true, timeout: '1s' },
  { cache: true, retry: {}, circuitBreaker: {} },
];

function assertRejection(promise, message) {
  assert.ok(promise instanceof Promise);
  return assert.rejects(promise, { message });
}

describe('a synchronous function stays synchronous', () => {
  it('a synchronous function with a cache and a breaker stays synchronous on a hit and on a miss', () => {
    for (const options of SYNC_PATTERNS) {
      const value = {};
      const f = resilient(() => value, options);
      assert.equal(f('a'), value);
      assert.equal(f('a'), value);
    }
  });

  it('a wrapped synchronous function throws as it did before', () => {
    for (const options of SYNC_PATTERNS) {
      const error = new Error('no');
      const f = resilient(() => {
        throw error;
      }, options);
      assert.throws(f, (thrown) => thrown === error);
      assert.throws(f, (thrown) => thrown === error);
    }
  });

  it('a synchronous function with a pattern that waits returns Promises on a hit and on a miss', async () => {
    for (const options of WAITING_PATTERNS) {
      const f = resilient((x) => x * 2, options);
      for (const call of [f(4), f(4), f(4)]) {
        assert.ok(call instanceof Promise);
        assert.equal(await call, 8);
      }
      const hit = f(4);
      assert.ok(hit instanceof Promise);
      assert.equal(await hit, 8);
    }
  });

  it('the results undefined and null of a synchronous function are cached like any other', () => {
    for (const value of [undefined, null, 0, '', false, NaN]) {
      let runs = 0;
      const f = resilient(
        () => {
          runs++;
          return value;
        },
        { cache: true },
      );
      assert.ok(Object.is(f(), value));
      assert.ok(Object.is(f(), value));
      assert.equal(runs, 1);
    }
  });
});

describe('a cached result is returned as the function returned it', () => {
  it('a hit of an async function returns a Promise of the result each time', async () => {
    const value = {};
    const f = resilient(async () => value, { cache: true });
    assert.equal(await f(), value);
    const hits = [f(), f()];
    for (const hit of hits) assert.ok(hit instanceof Promise);
    assert.deepEqual(await Promise.all(hits), [value, value]);
    assert.equal(f.cache.get(f.makeKey()), value);
  });

  it('a hit of a function that is async for some arguments is async for these', async () => {
    const runs = [];
    const f = resilient(
      (key) => {
        runs.push(key);
        return key.startsWith('sync') ? key : Promise.resolve(key);
      },
      { cache: true },
    );
    for (let round = 0; round < 2; round++) {
      assert.equal(f('sync 1'), 'sync 1');
      const promise = f('async 1');
      assert.ok(promise instanceof Promise);
      assert.equal(f('async 1') instanceof Promise, true);
      assert.equal(await promise, 'async 1');
      assert.equal(f('sync 2'), 'sync 2');
    }
    assert.deepEqual(runs, ['sync 1', 'async 1', 'sync 2']);
  });

  it('a hit of a function that changes between sync and async for the same arguments follows its last call', async () => {
    let answer = () => 'value';
    const f = resilient(() => answer(), { cache: true });
    assert.equal(f(), 'value');
    answer = async () => 'promised';
    const refreshed = f.with({ refresh: true })();
    assert.equal(f(), 'value');
    assert.equal(await refreshed, 'promised');
    const hit = f();
    assert.ok(hit instanceof Promise);
    assert.equal(await hit, 'promised');
  });

  it('a thenable result counts as a Promise, and its then is called once', async () => {
    let asked = 0;
    const f = resilient(
      (value) =>
        thenable((resolve) => {
          asked++;
          resolve(value);
        }),
      { cache: true },
    );
    const calls = [f('v'), f('v')];
    for (const call of calls) assert.ok(call instanceof Promise);
    assert.deepEqual(await Promise.all(calls), ['v', 'v']);
    const hit = f('v');
    assert.ok(hit instanceof Promise);
    assert.equal(await hit, 'v');
    assert.equal(asked, 1);
  });

  it('a thenable result may be a function, reject or throw', async () => {
    const f = resilient((then) => thenable(then, () => {}), { cache: true });
    assert.equal(await f((resolve) => resolve('v')), 'v');
    await assertRejection(
      f((_, reject) => reject(new Error('no'))),
      'no',
    );
    const throws = () => {
      throw new Error('thrown');
    };
    await assertRejection(f(throws), 'thrown');
    assert.equal(f.cache.size, 1);
  });

  it('a value put into the cache by the user is returned as the function has returned so far', async () => {
    const sync = resilient((x) => x, { cache: true });
    sync.cache.put(sync.makeKey('a'), 'put');
    assert.equal(sync('a'), 'put');
    for (const fn of [async (x) => x, (x) => Promise.resolve(x)]) {
      const f = resilient(fn, { cache: true });
      await f('b');
      f.cache.put(f.makeKey('a'), 'put');
      const hit = f('a');
      assert.ok(hit instanceof Promise);
      assert.equal(await hit, 'put');
    }
    const early = resilient(async (x) => x, { cache: true });
    early.cache.put(early.makeKey('a'), 'put');
    assert.equal(await early('a').then((value) => value), 'put');
  });
});

describe('only results of the function are cached', () => {
  it('an error of a sync or async function is not cached', async () => {
    let runs = 0;
    const fails = () => {
      runs++;
      throw new Error('no');
    };
    const sync = resilient(fails, { cache: true });
    const later = resilient(async () => fails(), { cache: true });
    for (let call = 0; call < 2; call++) {
      assert.throws(sync, { message: 'no' });
      await assertRejection(later(), 'no');
    }
    assert.equal(runs, 4);
    assert.equal(sync.cache.size + later.cache.size, 0);
  });

  it('an Error that the function returns is cached like any other result', () => {
    const error = new Error('returned');
    const f = resilient(() => error, { cache: true });
    assert.equal(f(), error);
    assert.equal(f(), error);
    assert.equal(f.cache.size, 1);
  });

  it('a result that retry still rejects is returned but not cached', async () => {
    let runs = 0;
    const f = resilient(async () => ++runs, {
      cache: true,
      retry: { maxAttempts: 2, delay: 0, retryOnResult: (result) => result < 4 },
    });
    assert.equal(await f(), 2);
    assert.equal(f.cache.size, 0);
    assert.equal(await f(), 4);
    assert.equal(f.cache.size, 1);
    assert.equal(await f(), 4);
  });

  it('a cached result is returned by reference', async () => {
    const f = resilient(async () => ({}), { cache: true });
    const [first, second] = [await f(), await f()];
    assert.equal(first, second);
  });
});

/** Errors before the function has run: of a key that cannot be made, and of an open breaker. */
const refusals = [
  {
    by: 'a key that cannot be made',
    make: (fn, options) => {
      let fail = false;
      const key = () => {
        if (fail) throw new Error('refused');
        return {};
      };
      const f = resilient(fn, { ...options, cache: { key } });
      return { f, refuse: () => (fail = true) };
    },
    message: 'refused',
  },
  {
    by: 'an argument whose getter throws',
    make: (fn, options) => {
      const f = resilient(fn, { ...options, cache: true });
      const argument = {
        get bad() {
          throw new Error('refused');
        },
      };
      let args = [];
      return { f: () => f(...args), refuse: () => (args = [argument]) };
    },
    message: 'refused',
  },
  {
    by: 'an open breaker',
    make: (fn, options) => {
      const circuitBreaker = new CircuitBreaker();
      const f = resilient(fn, { ...options, circuitBreaker });
      return { f, refuse: () => circuitBreaker.forceOpen() };
    },
    message: /open/,
  },
];

for (const { by, make, message } of refusals) {
  describe(`an error before the function ran (${by}) is thrown or rejects`, () => {
    it(`an error before the first run of the function (${by}) is a rejection`, async () => {
      for (const fn of [async () => 1, () => Promise.resolve(1), () => assert.fail('it ran')]) {
        const { f, refuse } = make(fn, {});
        refuse();
        await assertRejection(f(), message);
        await assertRejection(f(), message);
      }
    });

    it(`an error before the function ran (${by}) is a rejection once the function has returned a Promise`, async () => {
      for (const fn of [async () => 1, () => Promise.resolve(1)]) {
        const { f, refuse } = make(fn, {});
        await f();
        refuse();
        await assertRejection(f(), message);
      }
    });

    it(`an error before the function ran (${by}) is thrown once the function has returned anything else`, () => {
      for (const value of [1, undefined, null]) {
        const { f, refuse } = make(() => value, {});
        f();
        refuse();
        assert.throws(f, { message });
      }
    });

    it(`an error before the function ran (${by}) is thrown at the first call with sync: true`, () => {
      const { f, refuse } = make(() => 1, { sync: true });
      refuse();
      assert.throws(f, { message });
    });

    it(`an error before the function ran (${by}) is a rejection with a pattern that waits, even of a synchronous function`, async () => {
      const { f, refuse } = make(() => 1, { timeout: '1s' });
      await f();
      refuse();
      await assertRejection(f(), message);
    });
  });
}
