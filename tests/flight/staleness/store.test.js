import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { manualClock } from '../../support/manual-clock.js';
import { outcomeOf } from '../../support/outcome.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

/** A store with windows, over a clock that the test moves. */
function newStore(options) {
  const clock = manualClock();
  return {
    clock,
    store: new ResultCache({ ttl: 10, staleWhileRevalidate: 20, clock, ...options }),
  };
}

/** Functions whose result for `'a'` is stored in one store. */
async function sharing(count, options, cache = {}) {
  const { clock, store } = newStore(options);
  const functions = [];
  for (let n = 0; n < count; n++) {
    const load = controlled();
    const f = resilient(load, { cache: { store, ...cache } });
    const call = f('a');
    load.runs[0].resolve(`old ${n}`);
    await call;
    functions.push({ f, load });
  }
  return { clock, store, functions };
}

describe('functions share a store', () => {
  it('cache of a function is its store, given as an option or instead of options', () => {
    const { store } = newStore();
    assert.equal(resilient(() => {}, { cache: { store } }).cache, store);
    assert.equal(resilient(() => {}, { cache: store }).cache, store);
  });

  it('two functions never share keys in one store', async () => {
    const { store, functions } = await sharing(2);
    const [{ f, load }, { f: g }] = functions;
    assert.deepEqual(await Promise.all([f('a'), g('a')]), ['old 0', 'old 1']);
    assert.notEqual(f.makeKey('a'), g.makeKey('a'));
    assert.equal(store.get(f.makeKey('a')), 'old 0');
    assert.equal(store.get(g.makeKey('a')), 'old 1');
    assert.equal(store.size, 2);
    const h = resilient(load, { cache: { store } });
    h('a');
    assert.equal(load.runs.length, 2, 'without a name, the same function is wrapped separately');
  });

  it('a key option makes no two functions share keys in one store', () => {
    const { store } = newStore();
    const [f, g] = ['f', 'g'].map((name) =>
      resilient((id) => `${name} ${id}`, { cache: { store, key: (id) => id } }),
    );
    assert.deepEqual([f(1), g(1), f(1), g(1)], ['f 1', 'g 1', 'f 1', 'g 1']);
    assert.equal(store.get(f.makeKey(1)), 'f 1');
    assert.equal(store.size, 2);
  });

  it('functions have the windows of their store', async () => {
    const { clock, functions } = await sharing(2);
    clock.time = 30_000;
    for (const { f, load } of functions) {
      assert.match(await f('a'), /^old/);
      load.runs[1].resolve('new');
    }
    await turn();
    assert.deepEqual(await Promise.all(functions.map(({ f }) => f('a'))), ['new', 'new']);
  });

  it('a refresh, a pause and an invalidation of one function leave the other one alone', async () => {
    const { clock, store, functions } = await sharing(2, { maxSize: 10 });
    const [{ f, load }, { f: g, load: loadG }] = functions;
    clock.time = 10_001;
    assert.equal(await f('a'), 'old 0');
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.equal(await g('a'), 'old 1');
    assert.equal(loadG.runs.length, 2);
    f.invalidate('a');
    loadG.runs[1].resolve('new 1');
    await turn();
    assert.equal(await g('a'), 'new 1');
    assert.equal(store.size, 1);
  });

  it('f.clear removes the entries of this function only, stale ones too, and supersedes its refreshes only', async () => {
    const { clock, store, functions } = await sharing(2);
    const [{ f, load }, { f: g, load: loadG }] = functions;
    store.put('put', 1);
    clock.time = 10_001;
    assert.deepEqual(await Promise.all([f('a'), g('a')]), ['old 0', 'old 1']);
    assert.equal(f.clear(), undefined);
    load.runs[1].resolve('late');
    loadG.runs[1].resolve('new 1');
    await turn();
    assert.equal(store.info(f.makeKey('a')), undefined);
    assert.equal(await g('a'), 'new 1');
    assert.equal(store.info('put').value, 1);
  });

  it('each function has its own staleOn and staleBackoff in one store', async () => {
    const { clock, store } = newStore({ staleIfError: 20, staleWhileRevalidate: 0 });
    const wrap = (cache) => {
      const load = controlled();
      return { load, f: resilient(load, { cache: { store, ...cache } }) };
    };
    const functions = [wrap({ staleOn: RangeError }), wrap({ staleBackoff: 0 }), wrap({})];
    const calls = functions.map(({ f }) => f('a'));
    for (const { load } of functions) load.runs[0].resolve('old');
    await Promise.all(calls);
    clock.time = 10_001;
    const outcomes = functions.map(({ f }) => outcomeOf(f('a')));
    for (const { load } of functions) load.runs[1].reject(new TypeError('no'));
    await turn();
    assert.deepEqual(
      outcomes.map(({ state }) => state),
      ['rejected', 'fulfilled', 'fulfilled'],
    );
    for (const { f } of functions) outcomeOf(f('a'));
    assert.deepEqual(
      functions.map(({ load }) => load.runs.length),
      [3, 3, 2],
    );
  });
});

describe('a name is the scope of a function in a store', () => {
  it('the same function may be wrapped again under its name, and shares the entries', async () => {
    const { clock, store } = newStore();
    const load = controlled();
    const wrap = () => resilient(load, { name: 'load', cache: { store } });
    const [f, again] = [wrap(), wrap()];
    const call = f('a');
    load.runs[0].resolve('v');
    await call;
    assert.equal(again.makeKey('a'), f.makeKey('a'));
    assert.equal(await again('a'), 'v');
    assert.deepEqual([load.runs.length, store.size], [1, 1]);
    clock.time = 10_001;
    assert.equal(await again('a'), 'v');
    load.runs[1].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
    assert.equal(again.invalidate('a'), true);
    assert.equal(store.size, 0);
  });

  for (const [way, cacheOf] of [
    ['an option', (store) => ({ store })],
    ['instead of options', (store) => store],
  ]) {
    it(`another function under the same name is a TypeError (the store is ${way})`, () => {
      const { store } = newStore();
      resilient(async () => 1, { name: 'load', cache: cacheOf(store) });
      assert.throws(() => resilient(async () => 2, { name: 'load', cache: cacheOf(store) }), {
        name: 'TypeError',
        message: /load/,
      });
      // A store of its own is another matter.
      resilient(async () => 2, { name: 'load', cache: cacheOf(newStore().store) });
      resilient(async () => 2, { name: 'load', cache: true });
    });
  }

  it('the own name of a function is no scope: two functions with the same name share nothing', () => {
    const { store } = newStore();
    const functions = [1, 2].map((result) => {
      function load() {
        return result;
      }
      return resilient(load, { cache: { store } });
    });
    assert.deepEqual(
      functions.map((f) => f('a')),
      [1, 2],
    );
  });

  it('no name imitates the scope of another function', () => {
    const { store } = newStore();
    const names = ['a', 'ab', 'a(', 'a\0', '1', '', '"a"', '__proto__', 'a,b'];
    const functions = names.map((name) =>
      resilient((...args) => [name, args], { name, cache: { store } }),
    );
    const unnamed = [1, 2].map((n) => resilient((...args) => [n, args], { cache: { store } }));
    for (const args of [[], ['b'], ['a'], ['b', 'c'], [1], ['']]) {
      for (const f of [...functions, ...unnamed]) f(...args);
      const results = [...functions, ...unnamed].map((f) => f(...args));
      assert.deepEqual(
        results,
        [...names, 1, 2].map((name) => [name, args]),
      );
    }
    assert.equal(store.size, 6 * (names.length + 2));
  });
});

describe('some options belong to the store', () => {
  const { store } = newStore();
  const own = {
    maxSize: 10,
    clock: manualClock(),
    ttlJitter: 0.1,
    staleWhileRevalidate: 1,
    staleIfError: 1,
    maxWeight: 10,
    policy: 'lru',
    weigh: () => 1,
  };
  for (const [field, value] of Object.entries(own)) {
    it(`cache.${field} next to a store is a TypeError that names both`, () => {
      assert.throws(
        () => resilient(() => {}, { cache: { store, [field]: value } }),
        (error) => {
          assert.equal(error.constructor, TypeError);
          assert.match(error.message, new RegExp(`${field}.*store|store.*${field}`));
          return true;
        },
      );
    });
  }

  it('the options of a function are accepted next to its store', () => {
    const f = resilient(async (id) => id, {
      cache: {
        store,
        key: (id) => id,
        ttl: '1m',
        tags: ['t'],
        statuses: [200],
        maxBodySize: 1,
        methods: ['GET'],
        staleOn: [Error],
        staleBackoff: 1,
        waitUntil: () => {},
        // Absent.
        ...{ maxSize: undefined, staleIfError: undefined },
      },
    });
    assert.equal(f.cache, store);
  });
});
