import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CircuitBreaker, EventType, ResultCache, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { thenable } from '../support/thenable.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const PATTERNS = [
  {},
  { cache: true },
  { circuitBreaker: {} },
  { retry: {} },
  { timeout: '1s' },
  { cache: true, circuitBreaker: {}, retry: {}, timeout: { seconds: '1s', total: '5s' } },
];

describe('a wrapped function looks like the function', () => {
  it('a wrapped function has the name and the length of the function', () => {
    function loadUser(_id, _options) {}
    for (const options of PATTERNS) {
      const f = resilient(loadUser, options);
      assert.equal(typeof f, 'function');
      assert.equal(f.name, 'loadUser');
      assert.equal(f.length, 2);
    }
    assert.equal(resilient(() => {}).length, 0);
    assert.equal(resilient((() => () => {})()).name, '');
    assert.equal(resilient(loadUser, { name: 'other' }).name, 'loadUser');
    assert.equal(resilient(loadUser).with({}).name, 'loadUser');
    assert.equal(resilient(loadUser).with({}).length, 2);
  });

  it('a wrapped function passes on this and all arguments, more than it declares and none', async () => {
    for (const options of PATTERNS) {
      const load = controlled();
      const f = resilient(load, options);
      const receiver = { f };
      const extra = { any: 'thing' };
      const calls = [
        receiver.f(1, undefined, extra),
        f.call(receiver),
        f.apply(extra, [undefined]),
      ];
      assert.deepEqual(
        load.runs.map(({ thisArg, args }) => [thisArg, args]),
        [
          [receiver, [1, undefined, extra]],
          [receiver, []],
          [extra, [undefined]],
        ],
      );
      assert.equal(load.runs[0].args[2], extra);
      for (const run of load.runs) run.resolve();
      await Promise.all(calls);
    }
  });

  it('a wrapped strict function gets no this if it is called without one', () => {
    const f = resilient(
      function () {
        return this;
      },
      { cache: true },
    );
    assert.equal(f(), undefined);
  });

  it('a wrapped function has its cache and breaker as members, or undefined', () => {
    const plain = resilient(() => {});
    assert.equal(plain.cache, undefined);
    assert.equal(plain.circuitBreaker, undefined);
    const f = resilient(() => {}, { cache: {}, circuitBreaker: {} });
    assert.ok(f.cache instanceof ResultCache);
    assert.ok(f.circuitBreaker instanceof CircuitBreaker);
    const cache = new ResultCache();
    const circuitBreaker = new CircuitBreaker();
    const g = resilient(() => {}, { cache, circuitBreaker });
    assert.equal(g.cache, cache);
    assert.equal(g.circuitBreaker, circuitBreaker);
  });

  it('cache: true gives a wrapped function 256 entries for five minutes', async () => {
    const f = resilient((x) => x, { cache: true });
    assert.equal(f.cache.stats.maxSize, 256);
    const g = resilient((x) => x, { cache: true });
    assert.notEqual(g.cache, f.cache);
  });

  it('cache options give a wrapped function the cache that they ask for, with their clock', () => {
    let now = 0;
    let runs = 0;
    const f = resilient(() => ++runs, { cache: { maxSize: 2, ttl: 5, clock: { now: () => now } } });
    assert.equal(f.cache.stats.maxSize, 2);
    f('a');
    now = 5_000;
    assert.equal(f('a'), 1);
    now = 5_001;
    assert.equal(f('a'), 2);
  });

  it('Object.keys of a wrapped function is empty, as for any function', () => {
    assert.deepEqual(Object.keys(resilient(() => {}, { cache: true })), []);
  });
});

describe('a wrapped function without patterns only forwards', () => {
  it('a function without patterns returns the same value, whatever it is', () => {
    const lazy = thenable(() => {});
    for (const value of [undefined, null, 0, NaN, {}, Promise.resolve(1), lazy, () => {}]) {
      for (const options of [
        undefined,
        {},
        { name: 'f' },
        { cache: undefined, retry: undefined },
      ]) {
        assert.ok(Object.is(resilient(() => value, options)(), value));
      }
    }
  });

  it('a function without patterns returns the same Promise, even with a listener', async () => {
    const promise = Promise.resolve(1);
    const f = resilient(() => promise);
    const heard = [];
    f.addEventListener(EventType.SUCCESS, ({ type }) => heard.push(type));
    assert.equal(f(), promise);
    await turn();
    assert.deepEqual(heard, ['success']);
  });

  it('a function without patterns throws synchronously, even after it has returned Promises and with a listener', async () => {
    const answers = [() => Promise.resolve(1)];
    const f = resilient(() => answers[0]());
    await f();
    f.addEventListener(EventType.FAILURE, () => {});
    await f();
    answers[0] = () => {
      throw new Error('no');
    };
    assert.throws(f, { message: 'no' });
  });

  it('a function without patterns runs on every call: nothing is stored', () => {
    let runs = 0;
    const f = resilient(() => ++runs);
    assert.deepEqual([f(), f(), f()], [1, 2, 3]);
  });
});

describe('with returns a function with call options', () => {
  it('a function bound by with has the same members', () => {
    const f = resilient((x) => x, { cache: true, circuitBreaker: {} });
    const bound = f.with({ refresh: true });
    assert.notEqual(bound, f);
    assert.equal(bound.cache, f.cache);
    assert.equal(bound.circuitBreaker, f.circuitBreaker);
    assert.equal(bound.makeKey(1, 'a'), f.makeKey(1, 'a'));
    for (const member of ['invalidate', 'addEventListener', 'removeEventListener', 'with']) {
      assert.equal(typeof bound[member], 'function', member);
    }
    f(1);
    assert.equal(bound.invalidate(1), true);
    assert.equal(f.cache.size, 0);
  });

  it('a function bound by with shares listeners, also those added or removed later', () => {
    const f = resilient((x) => x, { cache: true });
    const bound = f.with({});
    const seen = [];
    const listen = ({ type }) => seen.push(type);
    bound.addEventListener(EventType.CACHE_MISS, listen);
    f(1);
    assert.deepEqual(seen, ['cache_miss']);
    f.removeEventListener(EventType.CACHE_MISS, listen);
    bound(2);
    assert.equal(seen.length, 1);
  });

  it('with({ thisArg }) sets this, whatever the function is called on', () => {
    const f = resilient(
      function () {
        return this;
      },
      { cache: true },
    );
    const receiver = {};
    const bound = f.with({ thisArg: receiver });
    assert.equal(bound(), receiver);
    assert.equal(bound.call({}), receiver);
    assert.equal({ bound }.bound(), receiver);
    assert.equal(f(), undefined, 'the other one is as it was');
    assert.equal(f.cache.get(bound.makeKey()), receiver);
  });

  it('with leaves this alone without a thisArg', () => {
    const f = resilient(
      function () {
        return this;
      },
      { cache: true },
    );
    const receiver = { f: f.with({ thisArg: undefined, refresh: true }) };
    assert.equal(receiver.f(), receiver);
  });

  it('chained calls of with add up, and the last value of an option counts', async () => {
    let runs = 0;
    const f = resilient(
      async function (x) {
        runs++;
        return [this?.id, x];
      },
      { cache: true },
    );
    const controller = new AbortController();
    const both = f.with({ thisArg: { id: 1 } }).with({ refresh: true });
    assert.deepEqual(await both('a'), [1, 'a']);
    assert.deepEqual(await both('a'), [1, 'a']);
    assert.equal(runs, 2);
    const all = both.with({ signal: controller.signal, thisArg: undefined, refresh: undefined });
    assert.deepEqual(await all('a'), [1, 'a']);
    assert.equal(runs, 3);
    const other = all.with({ thisArg: { id: 2 }, refresh: false });
    assert.deepEqual(await other('a'), [2, 'a']);
    assert.deepEqual(await other('a'), [2, 'a']);
    assert.equal(runs, 4);
    controller.abort('bye');
    await assert.rejects(other('a'), (error) => error === 'bye');
    assert.deepEqual(await f.with({ thisArg: undefined })('a'), [undefined, 'a']);
  });

  it('with({ signal }) works without a cache: the caller leaves, and the function gets the reason', async () => {
    let given;
    const f = resilient(
      (context) => {
        given = context.signal;
        return new Promise(() => {});
      },
      { passContext: true },
    );
    const controller = new AbortController();
    const call = f.with({ signal: controller.signal })();
    controller.abort('bye');
    await assert.rejects(call, (error) => error === 'bye');
    assert.equal(given.reason, 'bye');
  });

  it('with({ refresh }) changes nothing without a cache', () => {
    let runs = 0;
    const f = resilient(() => ++runs);
    assert.deepEqual([f.with({ refresh: true })(), f()], [1, 2]);
  });
});
