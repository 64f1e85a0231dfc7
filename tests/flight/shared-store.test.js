import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { removals } from '../support/cache-events.js';
import { controlled } from '../support/controlled.js';
import { manualClock } from '../support/manual-clock.js';
import '../support/unhandled-rejections.js';

/** Two functions over one store, whose results have the tag `x`. */
function two(options) {
  const store = new ResultCache({ ttl: '1h', ...options });
  const loads = [controlled(), controlled()];
  const [f, g] = loads.map((load) => resilient(load, { cache: { store, tags: ['x'] } }));
  return { store, f, g, runs: loads.map((load) => load.runs) };
}

const stored = (f, ...args) => f.cache.peek(f.makeKey(...args));
const infoOf = (f, ...args) => f.cache.info(f.makeKey(...args));

it('a Proxy of a cache is no store', () => {
  const store = new Proxy(new ResultCache(), {});
  const message = /^TypeError: cache.store must be a ResultCache/;
  assert.throws(() => resilient(() => 1, { cache: { store } }), message);
  assert.throws(() => resilient(() => 1, { cache: store }), message);
});

describe('one function is wrapped twice under one name in a store', () => {
  function twice(fn, options) {
    const store = new ResultCache();
    const wrapped = () => resilient(fn, { name: 'fn', ...options, cache: { store } });
    return [wrapped(), wrapped()];
  }

  it('invalidate of one wrapper removes the entries of the other, whatever their this', () => {
    let runs = 0;
    const [f, g] = twice(() => ++runs);
    const receiver = {};
    assert.deepEqual([f.call(receiver, 'a'), g.call(receiver, 'a')], [1, 1]);
    assert.equal(g.invalidate('a'), true);
    assert.equal(f.call(receiver, 'a'), 2);
  });

  describe('one wrapper of a synchronous function has a pattern that waits', () => {
    function mixed() {
      const store = new ResultCache();
      let runs = 0;
      const fn = (x) => `${x}${++runs}`;
      const plain = resilient(fn, { name: 'fn', cache: { store } });
      const waiting = resilient(fn, { name: 'fn', cache: { store }, retry: {} });
      return { plain, waiting, runs: () => runs };
    }

    it('a hit of the wrapper that waits is a Promise, though the other one has stored a value', async () => {
      const { plain, waiting } = mixed();
      assert.equal(plain('a'), 'a1');
      const hit = waiting('a');
      assert.ok(hit instanceof Promise);
      assert.equal(await hit, 'a1');
    });

    it('a hit of the synchronous wrapper is a value, though the other one has returned a Promise', async () => {
      const { plain, waiting, runs } = mixed();
      assert.equal(await waiting('a'), 'a1');
      assert.equal(plain('a'), 'a1');
      assert.equal(runs(), 1);
    });

    it('the synchronous wrapper does not join the flight of the other one', async () => {
      const { plain, waiting } = mixed();
      plain('b');
      const pending = waiting('a');
      assert.equal(plain('a'), 'a3');
      assert.equal(await pending, 'a2');
      assert.equal(plain('a'), 'a2');
    });

    it('a function that returned a Promise returns one to each wrapper', async () => {
      const store = new ResultCache();
      const fn = (x) => Promise.resolve(x);
      const waiting = resilient(fn, { name: 'fn', cache: { store }, retry: {} });
      const plain = resilient(fn, { name: 'fn', cache: { store } });
      await waiting('a');
      const hit = plain('a');
      assert.ok(hit instanceof Promise);
      assert.equal(await hit, 'a');
    });
  });

  it('the global fetch keeps its name in a store after it was replaced', async (t) => {
    const store = new ResultCache();
    const wrapped = () => resilient(fetch, { name: 'fetch', cache: { store } });
    t.mock.method(globalThis, 'fetch', async () => new Response('stubbed'));
    const f = wrapped();
    t.mock.method(globalThis, 'fetch', async () => new Response('stubbed again'));
    const g = wrapped();
    const url = 'https://api.example.com/1';
    const texts = [await (await f(url)).text(), await (await g(url)).text()];
    assert.deepEqual(texts, ['stubbed again', 'stubbed again']);
    assert.equal(g.cache.stats.hits, 1);
    const another = () => resilient(() => 1, { name: 'fetch', cache: { store } });
    assert.throws(another, /^TypeError: name must be unique in cache.store/);
  });

  it('a PUT by one wrapper removes the response to the GET of the other, with any headers', async () => {
    let runs = 0;
    const load = async (_url, init) => new Response(`${init?.method ?? 'GET'} ${++runs}`);
    const [f, g] = twice(load, { http: true });
    const url = 'https://api.example.com/1';
    const headers = { accept: 'text/plain' };
    const get = async () => (await f(url, { headers })).text();
    assert.deepEqual([await get(), await get()], ['GET 1', 'GET 1']);
    await g(url, { method: 'PUT', body: 'x' });
    assert.equal(await get(), 'GET 3');
  });
});

describe('two functions share a store, and what one does leaves the results of the other', () => {
  it('f.put stores a result for its own function only', async () => {
    const { store, f, g, runs } = two();
    assert.deepEqual([f.cache, g.cache], [store, store]);
    f.put(['a'], 'of f');
    assert.equal(await f('a'), 'of f');
    g('a');
    assert.deepEqual([runs[0].length, runs[1].length, store.size], [0, 1, 1]);
    g.put(['a'], 'of g');
    assert.deepEqual([stored(f, 'a'), stored(g, 'a')], ['of f', 'of g']);
  });

  it('f.put leaves a flight of the other function with the same arguments as it is', async () => {
    const { f, g, runs } = two();
    const call = g('a');
    f.put(['a'], 'of f');
    assert.equal(g('a'), call);
    runs[1][0].resolve('of g');
    await call;
    assert.equal(stored(g, 'a'), 'of g');
  });

  it('f.clear removes the entries of its own function only, and resets no counters', async () => {
    const { store, f, g } = two();
    f.put(['a'], 1);
    f.put(['b'], 2);
    g.put(['a'], 3);
    store.put('by hand', 4, { tags: ['x'] });
    await f('a');
    const left = removals(store);
    f.clear();
    assert.deepEqual(left, [
      ['clear', f.makeKey('b'), 2],
      ['clear', f.makeKey('a'), 1],
    ]);
    assert.deepEqual([stored(g, 'a'), store.peek('by hand'), store.size], [3, 4, 2]);
    assert.equal(store.stats.hits, 1);
  });

  it('f.clear supersedes the flights of its own function only', async () => {
    const { f, g, runs } = two();
    const calls = [f('a'), g('a')];
    f.clear();
    assert.equal(g('a'), calls[1]);
    calls.push(f('a'));
    assert.deepEqual([runs[0].length, runs[1].length], [2, 1]);
    runs[0][0].resolve('old');
    runs[0][1].resolve('new');
    runs[1][0].resolve('of g');
    assert.deepEqual(await Promise.all(calls), ['old', 'of g', 'new']);
    assert.deepEqual([stored(f, 'a'), stored(g, 'a')], ['new', 'of g']);
  });

  it('f.expire and f.invalidate end the entry of their own function only', () => {
    const { f, g } = two({ staleIfError: '1m' });
    f.put(['a'], 1);
    g.put(['a'], 2);
    assert.equal(f.expire('a'), true);
    assert.deepEqual([infoOf(f, 'a').stale, infoOf(g, 'a').stale], [true, false]);
    assert.equal(f.invalidate('a'), false);
    assert.deepEqual([infoOf(f, 'a'), infoOf(g, 'a').stale], [undefined, false]);
    assert.equal(g.invalidate('a'), true);
  });

  it('store.clear removes the entries and supersedes the flights of all functions', async () => {
    const { store, f, g, runs } = two();
    f.put(['a'], 1);
    const calls = [f('b'), g('b')];
    store.clear();
    runs[0][0].resolve('old');
    runs[1][0].resolve('old');
    assert.deepEqual(await Promise.all(calls), ['old', 'old']);
    assert.equal(store.size, 0);
  });
});

for (const name of ['invalidateTag', 'expireTag']) {
  describe(`${name} of a function in a shared store`, () => {
    it(`f.${name} ends the entries of its own function only, and returns how many were fresh`, () => {
      const { store, f, g } = two();
      for (const id of [1, 2, 3]) f.put([id], id);
      f.put([4], 4, { tags: ['other'] });
      for (const id of [1, 2]) g.put([id], id);
      store.put('by hand', 4, { tags: ['x'] });
      assert.equal(f[name]('x', 'unknown'), 3);
      assert.deepEqual([stored(f, 1), stored(f, 4), stored(g, 1)], [undefined, 4, 1]);
      assert.equal(store.size, 4);
      assert.equal(f[name]('x'), 0);
      assert.equal(store[name]('x'), 3);
      assert.equal(store.size, 1);
    });

    it(`f.${name} ends an entry that was put into the store under a key of the function`, () => {
      const { store, f } = two();
      store.put(f.makeKey('a'), 1, { tags: ['y'] });
      assert.equal(f[name]('y'), 1);
      assert.equal(store.size, 0);
    });

    it(`f.${name} does not count or end stale entries of the other function`, () => {
      const clock = manualClock();
      const { f, g, store } = two({ ttl: 1, staleWhileRevalidate: 60, clock });
      f.put(['stale'], 1);
      g.put(['stale'], 2);
      clock.time = 1_001;
      f.put(['fresh'], 3);
      g.put(['fresh'], 4);
      assert.equal(f[name]('x'), 1);
      assert.deepEqual([infoOf(g, 'stale').value, infoOf(g, 'fresh').stale], [2, false]);
      assert.equal(store.size, name === 'expireTag' ? 4 : 2);
    });

    it(`f.${name} ends the flights of its own function only`, async () => {
      const { f, g, runs } = two();
      const calls = [f('a'), g('a')];
      f[name]('x');
      assert.equal(g('a'), calls[1]);
      calls.push(f('a'));
      assert.deepEqual([runs[0].length, runs[1].length], [2, 1]);
      runs[0][0].resolve('old');
      runs[1][0].resolve('of g');
      await Promise.all(calls.slice(0, 2));
      assert.deepEqual([stored(f, 'a'), stored(g, 'a')], [undefined, 'of g']);
      runs[0][1].resolve('new');
      await calls[2];
      assert.equal(stored(f, 'a'), 'new');
    });

    it(`store.${name} ends the flights of all functions`, async () => {
      const { store, f, g, runs } = two();
      const calls = [f('a'), g('a')];
      store[name]('x');
      calls.push(f('a'), g('a'));
      assert.deepEqual([runs[0].length, runs[1].length], [2, 2]);
      for (const each of runs) {
        each[0].resolve('old');
        each[1].resolve('new');
      }
      assert.deepEqual(await Promise.all(calls), ['old', 'old', 'new', 'new']);
      assert.deepEqual([stored(f, 'a'), stored(g, 'a')], ['new', 'new']);
    });

    it(`f.${name} ends no flight of the other function whose tags come from its result`, async () => {
      const store = new ResultCache();
      const tags = (result) => result.tags;
      const loads = [controlled(), controlled()];
      const [f, g] = loads.map((load) => resilient(load, { cache: { store, tags } }));
      const calls = [f('a'), g('a')];
      f[name]('x');
      assert.equal(g('a'), calls[1]);
      assert.notEqual(f('a'), calls[0]);
      loads[1].runs[0].resolve({ tags: ['x'] });
      await calls[1];
      assert.deepEqual(stored(g, 'a'), { tags: ['x'] });
      store[name]('x');
      loads[0].runs[1].resolve({ tags: ['x'] });
      await f.cache;
      await loads[0].runs[1].promise;
      assert.equal(store.size, 0);
    });
  });
}
