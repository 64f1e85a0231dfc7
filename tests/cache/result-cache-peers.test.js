import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import { ResultCache } from 'holdfast';
import Keyv from 'keyv';
import memoize, { memoizeClear, memoizeIsCached } from 'memoize';
import pMemoize, { pMemoizeClear } from 'p-memoize';
import { manualClock } from '../support/manual-clock.js';

describe('a ResultCache works as the cache of p-memoize', () => {
  it('p-memoize serves computed results, undefined too, until the ttl of its ResultCache has passed', async () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 10, clock });
    let runs = 0;
    const f = pMemoize(
      async (key) => {
        runs++;
        return key === 'nothing' ? undefined : { key };
      },
      { cache },
    );
    const first = await f('a');
    assert.equal(await f('a'), first);
    assert.equal(await f('nothing'), undefined);
    assert.equal(await f('nothing'), undefined);
    assert.equal(runs, 2);
    assert.equal(cache.size, 2);
    clock.time = 10_001;
    assert.notEqual(await f('a'), first);
    assert.equal(runs, 3);
  });

  it('a ResultCache bounds p-memoize, which keeps its own keys', async () => {
    const cache = new ResultCache({ maxSize: 2 });
    const cacheKey = (args) => ResultCache.makeKey(...args);
    const f = pMemoize(async (object) => object.n, { cache, cacheKey });
    for (const n of [1, 2, 1, 3]) assert.equal(await f({ n }), n);
    assert.deepEqual([...cache.values()], [1, 3]);
  });

  it('pMemoizeClear clears the ResultCache of p-memoize', async () => {
    const cache = new ResultCache();
    const f = pMemoize(async (key) => key, { cache });
    await f('a');
    pMemoizeClear(f);
    assert.equal(cache.size, 0);
  });
});

describe('a ResultCache works as the cache of memoize', () => {
  it('memoize serves computed results until the ttl of its ResultCache has passed', () => {
    const clock = manualClock();
    let runs = 0;
    const f = memoize((key) => [key, ++runs], { cache: new ResultCache({ ttl: 10, clock }) });
    const first = f('a');
    assert.equal(f('a'), first);
    assert.equal(memoizeIsCached(f, 'a'), true);
    clock.time = 10_001;
    assert.equal(memoizeIsCached(f, 'a'), false);
    assert.deepEqual(f('a'), ['a', 2]);
  });

  it('a ResultCache bounds memoize, and memoizeClear clears it', () => {
    const cache = new ResultCache({ maxSize: 2 });
    const f = memoize((key) => key, { cache });
    for (const key of ['a', 'b', 'a', 'c']) f(key);
    assert.deepEqual([...cache.keys()], ['a', 'c']);
    memoizeClear(f);
    assert.equal(cache.size, 0);
  });

  it('a ResultCache leaves maxAge to memoize', () => {
    const time = FakeTimers.install();
    try {
      const cache = new ResultCache({ ttl: 0 });
      const f = memoize((key) => [key], { cache, maxAge: 1_000 });
      const first = f('a');
      time.tick(999);
      assert.equal(f('a'), first);
      time.tick(2);
      assert.equal(cache.size, 0);
      assert.notEqual(f('a'), first);
    } finally {
      time.uninstall();
    }
  });
});

describe('a ResultCache works as the store of Keyv', () => {
  it('Keyv holds, finds, replaces, deletes and clears entries in a ResultCache', async () => {
    const store = new ResultCache({ maxSize: 3 });
    const keyv = new Keyv({ store });
    assert.equal(await keyv.set('a', { n: 1 }), true);
    assert.deepEqual(await keyv.get('a'), { n: 1 });
    assert.equal(await keyv.has('a'), true);
    assert.equal(await keyv.has('b'), false);
    assert.equal(await keyv.get('b'), undefined);
    await keyv.set('a', 2);
    assert.equal(await keyv.get('a'), 2);
    for (const key of ['b', 'c', 'd']) await keyv.set(key, key);
    assert.equal(await keyv.get('a'), undefined);
    assert.deepEqual(await keyv.get(['b', 'c', 'x']), ['b', 'c', undefined]);
    assert.equal(await keyv.delete('b'), true);
    assert.equal(await keyv.delete('b'), false);
    await keyv.clear();
    assert.equal(store.size, 0);
  });

  it('a ResultCache leaves the ttl of Keyv, in milliseconds, to Keyv', async () => {
    const time = FakeTimers.install({ toFake: ['Date'] });
    try {
      const keyv = new Keyv({ store: new ResultCache({ ttl: 0 }), ttl: 5_000 });
      await keyv.set('usual', 1);
      await keyv.set('short', 2, 50);
      await keyv.set('long', 3, 10_000_000);
      time.tick(51);
      assert.equal(await keyv.get('short'), undefined);
      assert.equal(await keyv.get('usual'), 1);
      time.tick(5_000);
      assert.equal(await keyv.get('usual'), undefined);
      assert.equal(await keyv.get('long'), 3);
    } finally {
      time.uninstall();
    }
  });

  it('the ttl of a ResultCache ends entries of Keyv', async () => {
    const clock = manualClock();
    const keyv = new Keyv({ store: new ResultCache({ ttl: 10, clock }), ttl: 60_000 });
    await keyv.set('a', 1);
    clock.time = 10_001;
    assert.equal(await keyv.get('a'), undefined);
  });

  it('set ignores a number as its third argument, and put refuses it', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 10, clock });
    for (const number of [5, 0, -1, Number.NaN, Infinity]) cache.set('a', number, number);
    clock.time = 10_000;
    assert.equal(cache.get('a'), Infinity);
    clock.time = 10_001;
    assert.equal(cache.get('a'), undefined);
    assert.throws(() => cache.put('a', 1, 5), {
      name: 'TypeError',
      message: "put's options must be an object such as { ttl: '5m' }, got 5",
    });
    assert.equal(cache.has('a'), false);
  });

  it('put of a subclass may build on set, as neither calls the other', () => {
    class Logged extends ResultCache {
      puts = 0;
      put(key, value, options) {
        this.puts++;
        return super.set(key, value, options);
      }
    }
    const cache = new Logged().set('a', 1);
    assert.equal(cache.puts, 0);
    cache.put('b', 2);
    assert.equal(cache.puts, 1);
    assert.deepEqual([cache.get('a'), cache.get('b')], [1, 2]);
  });
});
