import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { removals } from '../support/cache-events.js';
import { controlled } from '../support/controlled.js';
import { deferred } from '../support/deferred.js';
import { manualClock } from '../support/manual-clock.js';
import { outcomeOf } from '../support/outcome.js';
import { thenable } from '../support/thenable.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const stored = (f, ...args) => f.cache.peek(f.makeKey(...args));

const PAGE = 'http://server/';

/** Lets the body of a Response be read. */
async function settle() {
  for (let turns = 0; turns < 20; turns++) await turn();
}

const places = [
  ['a cache of its own', (options) => options],
  ['a store', (options) => ({ store: new ResultCache(options) })],
];

for (const [place, cacheOf] of places) {
  describe(`f.put stores a result, in ${place}`, () => {
    it(`f.put stores a result for its arguments, and returns undefined, in ${place}`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: cacheOf({}) });
      assert.equal(f.put(['a', { page: 1 }], 'put'), undefined);
      assert.equal(await f('a', { page: 1 }), 'put');
      assert.equal(stored(f, 'a', { page: 1 }), 'put');
      assert.equal(f.cache.size, 1);
      f('a', { page: 2 });
      f('a');
      assert.equal(load.runs.length, 2);
    });

    it(`f.put is found by calls without arguments if it was given none, in ${place}`, () => {
      const f = resilient(() => 'run', { cache: cacheOf({}), sync: true });
      f.put([], 'put');
      assert.equal(f(), 'put');
      assert.equal(f(undefined), 'run');
    });

    it(`f.put during a flight leaves its waiters their result, which is not stored, in ${place}`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: cacheOf({}) });
      const before = [f('a'), f('a')];
      f.put(['a'], 'put');
      assert.equal(await f('a'), 'put');
      load.runs[0].resolve('old');
      assert.deepEqual(await Promise.all(before), ['old', 'old']);
      assert.equal(await f('a'), 'put');
      assert.equal(load.runs.length, 1);
    });

    it(`f.put during a refresh keeps its result out of the cache, in ${place}`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: cacheOf({}) });
      f.put(['a'], 'old');
      const refreshed = f.with({ refresh: true })('a');
      f.put(['a'], 'put');
      load.runs[0].resolve('refreshed');
      assert.equal(await refreshed, 'refreshed');
      assert.equal(stored(f, 'a'), 'put');
    });

    it(`f.put leaves the flights of other keys as they are, in ${place}`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: cacheOf({}) });
      const call = f('b');
      f.put(['a'], 'put');
      assert.equal(f('b'), call);
      load.runs[0].resolve('b');
      await call;
      assert.equal(stored(f, 'b'), 'b');
    });

    it(`f.put replaces an entry, which leaves with the reason replace, in ${place}`, () => {
      const f = resilient((id) => `run ${id}`, { cache: cacheOf({}) });
      f(1);
      const left = removals(f.cache);
      f.put([1], 'put');
      f.put([1], 'put');
      assert.deepEqual(left, [['replace', f.makeKey(1), 'run 1']]);
      assert.equal(f(1), 'put');
    });

    it(`f.put gives the result the ttl and the tags of its options, in ${place}`, () => {
      const clock = manualClock();
      const f = resilient((id) => `run ${id}`, { cache: cacheOf({ ttl: 5, clock }) });
      f.put([1], 'short', { ttl: '1s', tags: ['x'] });
      f.put([2], 'usual', { ttl: undefined, tags: undefined });
      f.put([3], 'ever', { ttl: 0, tags: ['x', 'y'] });
      f.put([4], 'usual', undefined);
      assert.deepEqual(f.cache.info(f.makeKey(3)).tags, ['x', 'y']);
      clock.time = 1_001;
      assert.deepEqual([f(1), f(2)], ['run 1', 'usual']);
      clock.time = 5_001;
      assert.deepEqual([f(2), f(3), f(4)], ['run 2', 'ever', 'run 4']);
      assert.equal(f.invalidateTag('x'), 1);
      assert.equal(f(3), 'run 3');
    });

    it(`f.put stores undefined and null, in ${place}`, () => {
      let runs = 0;
      const f = resilient(() => ++runs, { cache: cacheOf({}), sync: true });
      f.put(['undefined'], undefined);
      f.put(['null'], null);
      assert.deepEqual([f('undefined'), f('null'), runs], [undefined, null, 0]);
    });

    it(`f.put makes its key at once, and later changes of the arguments do not matter, in ${place}`, () => {
      const f = resilient(() => 'run', { cache: cacheOf({}), sync: true });
      const args = [{ page: 1 }];
      f.put(args, 'put');
      args[0].page = 2;
      args.push('more');
      assert.equal(f({ page: 1 }), 'put');
      assert.equal(f({ page: 2 }), 'run');
    });
  });
}

describe('f.put stores a result as if the function had returned it', () => {
  it('a call after f.put returns a Promise if the function has returned Promises, and a value if not', async () => {
    const f = resilient(async () => 'run', { cache: true });
    await f('first');
    f.put(['a'], 'put');
    const call = f('a');
    assert.ok(call instanceof Promise);
    assert.equal(await call, 'put');

    const g = resilient(() => 'run', { cache: true });
    g('first');
    g.put(['a'], 'put');
    assert.equal(g('a'), 'put');
  });

  it('a call after f.put returns a value if sync is true, before the first run', () => {
    const f = resilient(() => 'run', { cache: true, sync: true });
    f.put(['a'], 'put');
    assert.equal(f('a'), 'put');
  });

  it('f.put gives the result the tags of the function', () => {
    const f = resilient((id) => ({ id }), {
      cache: { tags: ({ id }, argument) => [`user:${id}`, `asked:${argument}`] },
    });
    f.put([7], { id: 8 });
    assert.deepEqual(f.cache.info(f.makeKey(7)).tags, ['user:8', 'asked:7']);
    const g = resilient((id) => ({ id }), { cache: { tags: ['static'] } });
    g.put([7], { id: 8 });
    g.put([9], { id: 9 }, { ttl: 5 });
    assert.equal(g.invalidateTag('static'), 2);
  });

  it('f.put starts the ttl of the cache, and its jitter', (t) => {
    t.mock.method(Math, 'random', () => 0.5);
    const clock = manualClock();
    const f = resilient(() => {}, { cache: { ttl: 100, ttlJitter: 0.5, clock } });
    f.put([1], 'put');
    assert.equal(Math.round(f.cache.info(f.makeKey(1)).ttl), 75);
    f.put([1], 'put', { ttl: 100 });
    assert.equal(f.cache.info(f.makeKey(1)).ttl, 100);
  });

  it('f.put uses the key option', () => {
    const f = resilient(({ id }) => `run ${id}`, { cache: { key: ({ id }) => id } });
    f.put([{ id: 1, noise: 'a' }], 'put');
    assert.equal(f.cache.get(1), 'put');
    assert.equal(f({ id: 1, noise: 'b' }), 'put');
  });

  it('f.put of a bound method is for the object that it is bound to', () => {
    const method = resilient(
      function () {
        return `run ${this.id}`;
      },
      { cache: true },
    );
    const [one, two] = [
      { id: 1, method },
      { id: 2, method },
    ];
    method.with({ thisArg: one }).put([], 'put');
    assert.deepEqual([one.method(), two.method()], ['put', 'run 2']);
  });

  it('f.put of a Response gives each call a copy of its own, without its cookies', async () => {
    let runs = 0;
    const f = resilient(async () => new Response(`run ${++runs}`), { http: true, cache: true });
    const headers = { a: 'b', 'set-cookie': 'c=d' };
    f.put([PAGE], new Response('put', { headers }));
    await settle();
    for (let n = 0; n < 2; n++) {
      const response = await f(PAGE);
      assert.deepEqual([...response.headers.keys()], ['a', 'content-type']);
      assert.equal(await response.text(), 'put');
    }
    assert.equal(runs, 0);
  });

  it('f.put of a Response over an entry makes that leave with the reason replace', async () => {
    const f = resilient(async () => new Response('run'), { http: true, cache: true });
    await (await f(PAGE)).text();
    await settle();
    const left = removals(f.cache);
    f.put([PAGE], new Response('put'));
    await settle();
    assert.deepEqual(
      left.map(([reason, key]) => [reason, key]),
      [['replace', f.makeKey(PAGE)]],
    );
  });

  it('f.put stores no Response that would not be stored if the function had returned it', async () => {
    const f = resilient(async () => new Response('run'), { http: true, cache: { maxBodySize: 3 } });
    const refused = {
      201: new Response('put', { status: 201 }),
      503: new Response('put', { status: 503 }),
      large: new Response('four'),
      stream: new Response('put', { headers: { 'content-type': 'text/event-stream' } }),
    };
    for (const [name, response] of Object.entries(refused)) {
      f.put([PAGE + name], response);
      await settle();
      assert.equal(await (await f(PAGE + name)).text(), 'run', name);
    }
  });

  it('f.put weighs the body of a Response', async () => {
    const f = resilient(async () => new Response('run'), { http: true, cache: { maxWeight: 10 } });
    f.put([`${PAGE}a`], new Response('123456'));
    await settle();
    assert.equal(f.cache.stats.weight, 6);
    f.put([`${PAGE}b`], new Response('1234567'));
    await settle();
    assert.deepEqual([f.cache.stats.weight, f.cache.size], [7, 1]);
    f.put([`${PAGE}c`], new Response('12345678901'));
    await settle();
    assert.deepEqual([f.cache.stats.weight, f.cache.size], [7, 1]);
  });

  describe('f.put of a Response whose body is still arriving', () => {
    /** A Response whose body ends when the test says so. */
    function arriving(text, init) {
      const end = deferred();
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode(text));
          await end.promise.then(
            () => controller.close(),
            (error) => controller.error(error),
          );
        },
      });
      return { response: new Response(body, init), ...end };
    }

    function scene(options) {
      const runs = [];
      const load = async (url) => new Response(`run ${runs.push(url)}`);
      const f = resilient(load, { http: true, cache: { ttl: '1h', ...options } });
      const text = async () => (await f(PAGE)).text();
      return { f, runs, text };
    }

    it('f.put of a Response stores it when its body has ended, with its tags and its ttl', async () => {
      const clock = manualClock();
      const { f, runs, text } = scene({ clock });
      const { response, resolve } = arriving('put');
      f.put([PAGE], response, { ttl: 60, tags: ['x'] });
      await settle();
      assert.equal(f.cache.size, 0);
      clock.time = 5_000;
      resolve();
      await settle();
      assert.equal(await text(), 'put');
      assert.equal(f.cache.info(f.makeKey(PAGE)).ttl, 60);
      assert.equal(f.invalidateTag('x'), 1);
      assert.deepEqual(runs, []);
    });

    const removals = {
      'f.invalidate': (f) => f.invalidate(PAGE),
      'f.expire': (f) => f.expire(PAGE),
      'f.clear': (f) => f.clear(),
      'f.invalidateTag': (f) => f.invalidateTag('x'),
      'f.expireTag': (f) => f.expireTag('x'),
      'cache.invalidate': (f) => f.cache.invalidate(f.makeKey(PAGE)),
      'cache.clear': (f) => f.cache.clear(),
    };
    for (const [name, remove] of Object.entries(removals)) {
      it(`${name} before the body of a Response from f.put has ended keeps it out of the cache`, async () => {
        const { f, text } = scene();
        const { response, resolve } = arriving('put');
        f.put([PAGE], response, { tags: ['x'] });
        await settle();
        remove(f);
        resolve();
        await settle();
        assert.equal(f.cache.size, 0);
        assert.equal(await text(), 'run 1');
      });
    }

    it('f.put again before the body has ended stores the later Response, whichever ends first', async () => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const { f, runs, text } = scene();
        const bodies = [arriving('first'), arriving('second')];
        for (const { response } of bodies) f.put([PAGE], response);
        for (const n of order) {
          bodies[n].resolve();
          await settle();
        }
        assert.equal(await text(), 'second');
        assert.deepEqual(runs, []);
      }
    });

    it('f.put supersedes a flight at once: its result is not stored, though the body has not ended', async () => {
      const { f } = scene();
      const before = f(PAGE);
      const { response, resolve } = arriving('put');
      f.put([PAGE], response);
      assert.equal(await (await before).text(), 'run 1');
      await settle();
      assert.equal(f.cache.size, 0);
      resolve();
      await settle();
      assert.equal(await (await f(PAGE)).text(), 'put');
    });

    it('a Response from f.put whose body breaks off is not stored, and nothing goes unhandled', async () => {
      const { f, text } = scene();
      const { response, reject } = arriving('put');
      f.put([PAGE], response);
      await settle();
      reject(new Error('cut'));
      await settle();
      assert.equal(f.cache.size, 0);
      assert.equal(await text(), 'run 1');
    });

    it('f.put runs nothing, counts nothing and dispatches no event of a call', async () => {
      const events = [];
      const load = async () => new Response('run');
      const onEvent = ({ type }) => events.push(type);
      const f = resilient(load, { http: true, cache: true, onEvent });
      f.put([PAGE], new Response('put'));
      await settle();
      const { hits, misses, coalesced, refreshes, size } = f.cache.stats;
      assert.deepEqual([hits, misses, coalesced, refreshes, size, events], [0, 0, 0, 0, 1, []]);
    });
  });

  it('f.put stores no result that can be consumed only once', async () => {
    const f = resilient(async () => 'run', { cache: true });
    const once = [
      (function* () {
        yield 1;
      })(),
      (async function* () {
        yield 1;
      })(),
      new ReadableStream(),
    ];
    for (const [n, value] of once.entries()) {
      f.put([n], value);
      assert.equal(await f(n), 'run');
    }
  });

  it('f.put of a result that the ttl function does not store removes the entry of its arguments', () => {
    const f = resilient((id) => `run ${id}`, {
      cache: { ttl: (result) => (result === 'not stored' ? false : 60) },
    });
    f.put([1], 'put', { ttl: 5 });
    f.put([1], 'not stored');
    assert.equal(f.cache.size, 0);
    f.put([1], 'not stored', { ttl: 5 });
    assert.equal(f(1), 'not stored');
  });
});

describe('f.put refuses wrong arguments and changes nothing', () => {
  const give = (args, value = 'new', options = undefined) => {
    const load = controlled();
    const f = resilient(load, { cache: { tags: ['x'] } });
    f.put(['a'], 'old');
    const flight = f('b');
    const left = removals(f.cache);
    let error;
    try {
      f.put(args, value, options);
    } catch (thrown) {
      error = thrown;
    }
    assert.equal(stored(f, 'a'), 'old');
    assert.deepEqual([f.cache.size, left], [1, []]);
    assert.equal(f('b'), flight, 'the flight goes on');
    return error;
  };

  it('f.put refuses arguments that are no array', () => {
    for (const args of ['a', undefined, null, 5, {}, new Set(['a']), { length: 1, 0: 'a' }]) {
      const error = give(args);
      assert.equal(error?.constructor, TypeError, String(args));
      assert.match(error.message, /arguments|args/);
      assert.match(error.message, /array/);
    }
  });

  it('f.put refuses a Promise and any thenable', () => {
    for (const value of [
      Promise.resolve(1),
      thenable(() => {}),
      thenable(
        () => {},
        () => {},
      ),
    ]) {
      for (const args of [['a'], ['b']]) assert.equal(give(args, value)?.constructor, TypeError);
    }
  });

  it('f.put refuses wrong options', () => {
    for (const [options, kind] of [
      [{ ttl: -1 }, RangeError],
      [{ ttl: 'soon' }, RangeError],
      [{ ttl: null }, TypeError],
      [{ tags: 'x' }, TypeError],
      [{ tags: ['x', ''] }, TypeError],
      [{ tags: [5] }, TypeError],
      [{ tll: 5 }, TypeError],
      [null, TypeError],
      [5, TypeError],
      [[], TypeError],
    ]) {
      for (const args of [['a'], ['b']]) {
        assert.equal(give(args, 'new', options)?.constructor, kind, JSON.stringify(options));
      }
    }
  });

  it('f.put passes on the error of an argument that cannot be read', () => {
    const f = resilient(() => {}, { cache: true });
    const thrown = new Error('no key');
    const argument = {
      get id() {
        throw thrown;
      },
    };
    assert.throws(
      () => f.put([argument], 1),
      (error) => error === thrown,
    );
    assert.equal(f.cache.size, 0);
  });
});

for (const [place, cacheOf] of places) {
  describe(`f.clear removes the entries of a function, in ${place}`, () => {
    it(`f.clear removes all entries, returns undefined and resets no counters, in ${place}`, () => {
      const f = resilient((id) => `run ${id}`, { cache: cacheOf({}) });
      for (const id of [1, 2, 1]) f(id);
      const left = removals(f.cache);
      assert.equal(f.clear(), undefined);
      assert.deepEqual(left, [
        ['clear', f.makeKey(2), 'run 2'],
        ['clear', f.makeKey(1), 'run 1'],
      ]);
      const { hits, misses, size } = f.cache.stats;
      assert.deepEqual([hits, misses, size], [1, 2, 0]);
      f(1);
      assert.equal(f.cache.stats.misses, 3);
    });

    it(`f.clear removes stale entries, too, in ${place}`, () => {
      const clock = manualClock();
      const f = resilient((id) => id, { cache: cacheOf({ ttl: 1, staleIfError: 60, clock }) });
      f(1);
      clock.time = 1_001;
      assert.equal(f.cache.size, 1);
      f.clear();
      assert.equal(f.cache.size, 0);
    });

    it(`f.clear during flights keeps their results out of the cache, and later callers start a new run, in ${place}`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: cacheOf({}) });
      const before = [f('a'), f('b')];
      f.clear();
      const after = f('a');
      assert.equal(load.runs.length, 3);
      for (const [n, run] of load.runs.entries()) run.resolve(n);
      assert.deepEqual(await Promise.all([...before, after]), [0, 1, 2]);
      assert.deepEqual([stored(f, 'a'), stored(f, 'b')], [2, undefined]);
    });
  });

  describe(`f.expire ends the freshness of a result, in ${place}`, () => {
    it(`f.expire without windows removes an entry and returns whether it was fresh, in ${place}`, () => {
      const f = resilient((id) => `run ${id}`, { cache: cacheOf({}) });
      f('a', { page: 1 });
      f('a');
      const left = removals(f.cache);
      assert.equal(f.expire('a', { page: 1 }), true);
      assert.equal(f.expire('a', { page: 1 }), false);
      assert.equal(f.expire('never called'), false);
      assert.deepEqual(left, [['invalidate', f.makeKey('a', { page: 1 }), 'run a']]);
      assert.equal(f.cache.size, 1);
    });

    it(`f.expire with windows makes an entry stale, and returns whether it was fresh, in ${place}`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: cacheOf({ ttl: '1h', staleIfError: '1m' }) });
      f.put(['a'], 'old');
      assert.equal(f.expire('a'), true);
      assert.equal(f.expire('a'), false);
      assert.deepEqual([f.cache.size, f.cache.info(f.makeKey('a')).stale], [1, true]);
      const call = f('a');
      assert.equal(load.runs.length, 1);
      load.runs[0].resolve('new');
      assert.equal(await call, 'new');
      assert.equal(f.cache.info(f.makeKey('a')).stale, false);
    });

    it(`f.expire during a flight keeps its result out of the cache, and later callers start a new run, in ${place}`, async () => {
      for (const options of [{}, { staleIfError: '1m' }]) {
        const load = controlled();
        const f = resilient(load, { cache: cacheOf(options) });
        const before = f('a');
        assert.equal(f.expire('a'), false);
        const after = f('a');
        assert.equal(load.runs.length, 2);
        load.runs[0].resolve('old');
        assert.equal(await before, 'old');
        assert.equal(f.cache.size, 0);
        load.runs[1].resolve('new');
        assert.equal(await after, 'new');
        assert.equal(stored(f, 'a'), 'new');
      }
    });
  });
}

describe('f.expire reaches the entries of a call whatever their this', () => {
  it('f.expire without windows removes the entries of all objects for its arguments', () => {
    const method = resilient(
      function (argument) {
        return `${this.id}, ${argument}`;
      },
      { cache: true },
    );
    const objects = [1, 2].map((id) => ({ id, method }));
    for (const object of objects) for (const argument of ['a', 'b']) object.method(argument);
    assert.equal(method.expire('a'), true);
    assert.equal(method.cache.size, 2);
    assert.equal(method.expire('a'), false);
  });

  it('a call that joined a flight before f.expire still gets its result', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const calls = [outcomeOf(f('a')), outcomeOf(f('a'))];
    f.expire('a');
    load.runs[0].reject('no');
    await turn();
    for (const call of calls) assert.deepEqual(call, { state: 'rejected', error: 'no' });
  });
});
