import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache, resilient } from 'holdfast';
import * as namespace from '../support/wrapped-in-a-module.js';
import '../support/unhandled-rejections.js';

/** A method that counts its runs. */
function counting(options = { cache: true }) {
  const runs = [];
  const f = resilient(function (...args) {
    runs.push(args);
    return { receiver: this, args };
  }, options);
  return { f, runs };
}

describe('this is part of the key', () => {
  it('calls on two instances of a class have different keys', () => {
    class Account {
      static #made = 0;
      id = ++Account.#made;
      describe(greeting) {
        return `${greeting}, ${this.id}`;
      }
    }
    Account.prototype.describe = resilient(Account.prototype.describe, { cache: true });
    const [one, two] = [new Account(), new Account()];
    assert.equal(one.describe('Hi'), 'Hi, 1');
    assert.equal(two.describe('Hi'), 'Hi, 2');
    assert.equal(one.describe('Hi'), 'Hi, 1');
    const { hits, misses } = Account.prototype.describe.cache.stats;
    assert.deepEqual({ hits, misses }, { hits: 1, misses: 2 });
  });

  it('the key of a call has the identity of this, not its contents', () => {
    const { f, runs } = counting();
    const receivers = [{}, {}, [], () => {}, class {}, new Map()];
    for (const receiver of receivers) assert.equal(f.call(receiver, 1).receiver, receiver);
    receivers[0].changed = true;
    for (const receiver of receivers) assert.equal(f.call(receiver, 1).receiver, receiver);
    assert.equal(runs.length, receivers.length);
  });

  it('this does not count when it is a module: calls with and without its namespace share an entry', () => {
    const { double } = namespace;
    const first = namespace.double(2);
    assert.equal(double(2), first);
    assert.equal(namespace.double(2), first);
    assert.equal(double.cache.size, 1);
    assert.equal(double.cache.get(double.makeKey(2)), first);
    assert.equal(double.invalidate(2), true);
    assert.equal(double.cache.size, 0);
  });

  it('this counts when it only looks like a module', () => {
    const { f, runs } = counting();
    const imitate = (fields) =>
      Object.preventExtensions(
        Object.create(null, { [Symbol.toStringTag]: { value: 'Module' }, ...fields }),
      );
    const imitations = [
      () => ({ [Symbol.toStringTag]: 'Module' }),
      () => imitate(),
      () => imitate({ a: { value: 1, enumerable: true } }),
      () => imitate({ a: { value: 1, enumerable: true, writable: true } }),
      () => imitate({ a: { get: () => 1, enumerable: true } }),
    ];
    for (const imitation of imitations) {
      f.call(imitation(), 1);
      f.call(imitation(), 1);
    }
    f(1);
    assert.equal(runs.length, 2 * imitations.length + 1);
  });

  it('this does not count when it is the global object, undefined or null', () => {
    const { f, runs } = counting();
    const results = [f(1), f.call(globalThis, 1), f.call(undefined, 1), f.call(null, 1)];
    assert.equal(runs.length, 1);
    assert.equal(new Set(results).size, 1);
  });

  it('this never makes one call look like another, whatever the arguments are', () => {
    const { f } = counting();
    const receiver = {};
    const bound = f.with({ thisArg: receiver });
    const keys = [f.makeKey('a'), bound.makeKey('a'), f.makeKey(bound.makeKey('a'))];
    keys.push(
      bound.makeKey(bound.makeKey('a')),
      f.makeKey(receiver, 'a'),
      f.makeKey([receiver, 'a']),
    );
    assert.equal(new Set(keys).size, keys.length);
  });
});

describe('makeKey of a wrapped function returns the key of a call', () => {
  const options = [
    ['cache: true', () => ({ cache: true })],
    ['cache options', () => ({ cache: { ttl: 0 } })],
    ['a ResultCache of its own', () => ({ cache: new ResultCache() })],
    ['a key function', () => ({ cache: { key: (...args) => args[0] } })],
  ];
  for (const [name, make] of options) {
    it(`makeKey of a wrapped function finds the entry (${name})`, async () => {
      const f = resilient(async (...args) => args.length, make());
      const [object, fn, symbol] = [{ a: [1] }, () => {}, Symbol('s')];
      const calls = [[], [1], [undefined], [object, fn], [symbol], ['\0'], ['\0.('], [NaN, -0]];
      for (const args of calls) {
        const result = await f(...args);
        assert.equal(f.cache.has(f.makeKey(...args)), true);
        assert.equal(f.cache.get(f.makeKey(...args)), result);
      }
    });
  }

  it('makeKey of a function bound by with finds the entry of its thisArg', () => {
    const { f } = counting();
    const receiver = {};
    const result = f.call(receiver, 1);
    assert.equal(f.cache.get(f.with({ thisArg: receiver }).makeKey(1)), result);
    assert.equal(f.cache.get(f.makeKey(1)), undefined);
  });

  it('makeKey of a wrapped function with its own cache equals ResultCache.makeKey', () => {
    const { f } = counting();
    assert.equal(f.makeKey('a', { b: 1 }), ResultCache.makeKey('a', { b: 1 }));
  });
});

describe('two functions may share a ResultCache', () => {
  it('two functions share the capacity and the counters of a ResultCache, but never a result', () => {
    const cache = new ResultCache({ maxSize: 3 });
    const f = resilient((x) => `f${x}`, { cache });
    const g = resilient((x) => `g${x}`, { cache });
    for (let round = 0; round < 2; round++) {
      assert.equal(f(1), 'f1');
      assert.equal(g(1), 'g1');
    }
    const { hits, misses, size } = cache.stats;
    assert.deepEqual({ hits, misses, size }, { hits: 2, misses: 2, size: 2 });
    assert.notEqual(f.makeKey(1), g.makeKey(1));
    f(2);
    f(3);
    assert.equal(cache.stats.evictions, 1);
  });

  it('the same function wrapped twice shares no result either', () => {
    const cache = new ResultCache();
    let runs = 0;
    const fn = () => ++runs;
    assert.equal(resilient(fn, { cache })('a'), 1);
    assert.equal(resilient(fn, { cache })('a'), 2);
  });

  it('invalidate of a function leaves the entries of another function in a shared ResultCache', () => {
    const cache = new ResultCache();
    const f = resilient((x) => `f${x}`, { cache });
    const g = resilient((x) => `g${x}`, { cache });
    f(1);
    g(1);
    assert.equal(f.invalidate(1), true);
    assert.equal(f.invalidate(1), false);
    assert.equal(cache.peek(g.makeKey(1)), 'g1');
  });

  it('functions over a shared ResultCache ignore the entries that the user stores in it', () => {
    const cache = new ResultCache();
    const f = resilient((x) => `f${x}`, { cache });
    cache.put('a', 'user');
    cache.put(ResultCache.makeKey('a', 'b'), 'user');
    assert.equal(f('a'), 'fa');
    assert.equal(f('a', 'b'), 'fa');
    assert.equal(cache.get('a'), 'user');
    assert.equal(f.invalidate('a'), true);
    assert.equal(cache.get('a'), 'user');
  });
});

describe('invalidate of a wrapped function removes entries', () => {
  it('invalidate removes the entries of its arguments, and returns whether there were any', () => {
    const { f } = counting();
    f(1);
    f(1, 2);
    f();
    assert.equal(f.invalidate(1), true);
    assert.equal(f.invalidate(1), false);
    assert.equal(f.cache.size, 2);
    assert.equal(f.invalidate(), true);
    assert.equal(f.invalidate(3), false);
  });

  for (const [name, make] of [
    ['a cache of its own', () => ({ cache: true })],
    ['a ResultCache', () => ({ cache: new ResultCache() })],
  ]) {
    it(`invalidate removes entries of any this, from any bound function (${name})`, () => {
      const bindings = [
        (f) => f,
        (f) => f.with({ thisArg: {} }),
        (f, receiver) => f.with({ thisArg: receiver }),
      ];
      for (const bind of bindings) {
        const { f } = counting(make());
        const receivers = [undefined, {}, [], () => {}];
        for (const receiver of receivers) f.call(receiver, 1);
        f(2);
        f.call(receivers[1], 2);
        assert.equal(f.cache.size, 6);
        assert.equal(bind(f, receivers[1]).invalidate(1), true);
        assert.equal(f.cache.size, 2);
        for (const receiver of receivers) f.call(receiver, 1);
        assert.equal(f.cache.stats.hits, 0);
      }
    });

    it(`invalidate leaves entries whose arguments look similar (${name})`, () => {
      const { f } = counting(make());
      const receiver = {};
      const imitations = [f.makeKey('a', 'a'), f.with({ thisArg: receiver }).makeKey('a')];
      for (const imitation of imitations) f.call(receiver, imitation);
      f.call(receiver, 'b', 'a');
      assert.equal(f.invalidate('a'), false);
      assert.equal(f.cache.size, 3);
    });
  }

  it('invalidate of a key ends its calls in flight, whatever their this is', async () => {
    let runs = 0;
    const f = resilient(async () => ++runs, { cache: true });
    const receiver = { f };
    const calls = [f('a'), receiver.f('a')];
    assert.equal(f.invalidate('a'), false);
    assert.deepEqual(await Promise.all(calls), [1, 2]);
    assert.equal(f.cache.size, 0);
  });

  it('invalidate returns false without a cache', () => {
    assert.equal(resilient(() => 1).invalidate(), false);
  });
});

describe('cache.key makes the key of a call', () => {
  it('cache.key replaces the key of the arguments and of this', () => {
    const { f, runs } = counting({ cache: { key: (user) => user.id } });
    const result = f({ id: 7, name: 'a' }, 1);
    assert.equal(f({ id: 7, name: 'b' }, 2), result);
    assert.equal(f.call({}, { id: 7 }), result);
    assert.equal(runs.length, 1);
    assert.equal(f.cache.get(7), result);
    assert.equal(f.makeKey({ id: 7 }), 7);
    assert.equal(f.invalidate({ id: 7 }), true);
    assert.equal(f.cache.size, 0);
  });

  it('cache.key receives all arguments, and its result is compared as Map compares', () => {
    const seen = [];
    const object = {};
    const keys = [NaN, NaN, -0, 0, object, object, {}, undefined, undefined, null, '0'];
    const { f, runs } = counting({
      cache: {
        key: (...args) => {
          seen.push(args);
          return keys[args[0]];
        },
      },
    });
    for (const index of keys.keys()) f(index, 'x');
    assert.deepEqual(
      seen,
      keys.map((_, index) => [index, 'x']),
    );
    assert.deepEqual(
      runs.map(([index]) => index),
      [0, 2, 4, 6, 7, 9, 10],
    );
    assert.equal(f.cache.has(object), true);
  });
});

describe('invalidate of a wrapped method applies to all receivers', () => {
  it('invalidate of a method removes the entries of all receivers, whatever was evicted, stored and removed before', () => {
    const receivers = [undefined, {}, {}, {}];
    const index = fc.nat({ max: receivers.length - 1 });
    const argument = fc.constantFrom('a', 'b', 'c');
    const step = fc.record({
      kind: fc.constantFrom('call', 'call', 'invalidate'),
      index,
      argument,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, isShared) => {
        const cache = new ResultCache({ maxSize: 5 });
        const { f } = counting({ cache: isShared ? cache : { maxSize: 5 } });
        const keyOf = (thisArg, arg) => f.with({ thisArg }).makeKey(arg);
        for (const { kind, index, argument } of steps) {
          if (kind === 'call') {
            f.call(receivers[index], argument);
          } else {
            const had = receivers.some((receiver) => f.cache.has(keyOf(receiver, argument)));
            assert.equal(f.invalidate(argument), had);
            for (const receiver of receivers) {
              assert.equal(f.cache.has(keyOf(receiver, argument)), false);
            }
          }
        }
      }),
    );
  });

  it('invalidate of a method removes what was put under any key that makeKey returned earlier', () => {
    const { f } = counting({ cache: true });
    const method = f.with({ thisArg: {} });
    const ids = Array.from({ length: 200 }, (_, id) => id);
    const keys = ids.map((id) => method.makeKey(id));
    for (let round = 0; round < 2; round++) {
      for (const key of keys) f.cache.put(key, 'put by hand');
      for (const id of ids) assert.equal(f.invalidate(id), true);
      assert.equal(f.cache.size, 0);
    }
  });
});
