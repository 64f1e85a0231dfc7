import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { dump, load } from 'holdfast/snapshot';
import { manualClock } from '../support/manual-clock.js';

const HOUR = 3_600_000;

/** Runs with `Date.now` moved: another process whose wall clock is ahead. */
function withWallClockAhead(milliseconds, run) {
  const { now } = Date;
  Date.now = () => now() + milliseconds;
  try {
    return run();
  } finally {
    Date.now = now;
  }
}

describe('a snapshot has the fresh entries of a cache', () => {
  it('dump has keys, values, expiry by the wall clock, and tags, the least recently used first', () => {
    const clock = manualClock(1_000);
    const cache = new ResultCache({ ttl: '10s', clock });
    cache
      .put('a', 1)
      .put('b', { id: 2 }, { tags: ['x', 'y'] })
      .put('c', 3, { ttl: 0 });
    cache.get('a');
    clock.time = 3_000;
    const { format, entries, skipped } = dump(cache);
    assert.equal(typeof format, 'string');
    assert.equal(skipped, 0);
    const wall = Date.now();
    assert.deepEqual(
      entries.map(([key, value, , tags]) => [key, value, tags]),
      [
        ['b', { id: 2 }, ['x', 'y']],
        ['c', 3, []],
        ['a', 1, []],
      ],
    );
    assert.equal(entries[1][2], null);
    for (const index of [0, 2]) {
      const left = entries[index][2] - wall;
      assert.ok(left > 7_000 && left <= 8_000, `${left} ms are left of 8,000`);
    }
  });

  it('dump leaves out stale and expired entries, and changes neither counters nor order', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: '1s', staleIfError: '1m', clock });
    cache.put('stale', 1).put('fresh', 2, { ttl: '1h' });
    clock.time = 2_000;
    const before = cache.stats;
    assert.deepEqual(
      dump(cache).entries.map(([key]) => key),
      ['fresh'],
    );
    assert.deepEqual(cache.stats, before);
    assert.equal(cache.info('stale').stale, true);
  });

  it('dump leaves out and counts keys by identity, in any place of a key, and responses', () => {
    const marker = () => {};
    const cache = new ResultCache();
    const keys = [
      marker,
      {},
      Symbol('s'),
      Symbol.for('registered'),
      ResultCache.makeKey(marker),
      ResultCache.makeKey({ a: [new Map([[marker, 1]])] }),
      ResultCache.makeKey('"3:@1,', new (class Own {})()),
      ResultCache.makeKey(
        Array.from({ length: 200_000 }, () => 'long'),
        marker,
      ),
    ];
    for (const key of keys) cache.put(key, 1);
    cache.put('response', new Response('body'));
    assert.deepEqual({ ...dump(cache), format: '' }, { format: '', entries: [], skipped: 9 });
  });

  it('dump leaves out keys that JSON turns into the key of another entry', async () => {
    const f = resilient(async (id) => `value of ${id}`, { cache: true });
    for (const id of [undefined, NaN, Infinity, -Infinity, 1n]) await f(id);
    assert.deepEqual([dump(f.cache).entries, dump(f.cache).skipped], [[], 5]);
    const g = resilient(async (id) => `new value of ${id}`, { cache: true });
    load(g.cache, JSON.parse(JSON.stringify(dump(f.cache))));
    assert.equal(await g(null), 'new value of null');
  });

  it('dump keeps keys whose content looks like an identity', () => {
    const cache = new ResultCache();
    const keys = [
      ...['@1,', '"@1,', '\0@', 'a'.repeat(300), 1, 0.5, true, null, -0],
      ResultCache.makeKey('@1,', ['@2,']),
      ResultCache.makeKey({ '@3,': '"5:@' }),
      ResultCache.makeKey(new Map([['@', new Date(0)]]), /@/u, new Uint8Array([64, 34, 57])),
      ResultCache.makeKey('\0.3:@12'),
      ResultCache.makeKey(Array.from({ length: 100_000 }, () => '@9,')),
    ].filter((key) => !(typeof key === 'string' && key === '\0@'));
    for (const key of keys) cache.put(key, 'kept');
    const copy = new ResultCache();
    assert.deepEqual(load(copy, structuredClone(dump(cache))), { loaded: keys.length, skipped: 0 });
    for (const key of keys) assert.equal(copy.get(key), 'kept', String(key).slice(0, 20));
  });
});

describe('a snapshot can be loaded by another process', () => {
  for (const [name, copyOf] of [
    ['JSON', (data) => JSON.parse(JSON.stringify(data))],
    ['a structured clone', structuredClone],
  ]) {
    it(`load restores order, lifetimes and tags after ${name}`, () => {
      const cache = new ResultCache({ ttl: '1h' });
      for (let key = 0; key < 100; key++) cache.put(`k${key}`, { key }, { tags: [`t${key % 3}`] });
      cache.get('k7');
      const copy = new ResultCache({ ttl: '1h' });
      assert.deepEqual(load(copy, copyOf(dump(cache))), { loaded: 100, skipped: 0 });
      assert.deepEqual([...copy], [...cache]);
      assert.equal([...copy.keys()].at(-1), 'k7');
      assert.ok(Math.abs(copy.info('k7').ttl - 3_600) < 5);
      assert.equal(copy.invalidateTag('t1'), 33);
    });
  }

  it('the lifetime goes on by the wall clock while the data is stored', () => {
    const data = dump(new ResultCache({ ttl: '2h' }).put('a', 1));
    withWallClockAhead(HOUR, () => {
      const cache = new ResultCache({ ttl: '2h' });
      assert.deepEqual(load(cache, data), { loaded: 1, skipped: 0 });
      assert.ok(Math.abs(cache.info('a').ttl - 3_600) < 5);
    });
    withWallClockAhead(3 * HOUR, () => {
      assert.deepEqual(load(new ResultCache(), data), { loaded: 0, skipped: 1 });
    });
    // A wall clock set back makes no life longer than the ttl of the cache.
    withWallClockAhead(-HOUR, () => {
      const cache = new ResultCache({ ttl: '2h' });
      load(cache, data);
      assert.equal(Math.round(cache.info('a').ttl), 7_200);
    });
  });

  it('a lifetime is cut to the ttl of the cache that loads', () => {
    const data = dump(new ResultCache({ ttl: 0 }).put('a', 1).put('b', 2, { ttl: '1d' }));
    const short = new ResultCache({ ttl: '1m', clock: manualClock() });
    load(short, data);
    assert.deepEqual([short.info('a').ttl, short.info('b').ttl], [60, 60]);
    const endless = new ResultCache({ ttl: 0 });
    load(endless, data);
    assert.equal(endless.info('a').ttl, Infinity);
    assert.ok(endless.info('b').ttl < 86_401);
  });

  it('load keeps fresh entries and calls in flight, which are newer', async () => {
    const data = dump(new ResultCache().put('a', 'old').put('b', 'old').put('c', 'old'));
    let answer;
    const f = resilient(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      { cache: true },
    );
    f.cache.put('a', 'new');
    const running = f('b');
    assert.deepEqual(load(f.cache, data), { loaded: 1, skipped: 2 });
    answer('new');
    assert.deepEqual(
      [await running, await f('a'), await f('b'), await f('c')].join(),
      'new,new,new,old',
    );
  });

  it('load respects maxSize, and skips what is too heavy or what weigh refuses', () => {
    const data = dump(new ResultCache().put('a', 1).put('b', 20).put('c', -1).put('d', 4));
    const cache = new ResultCache({ maxWeight: 10, weigh: (value) => value });
    assert.deepEqual(load(cache, data), { loaded: 2, skipped: 2 });
    assert.deepEqual([...cache.keys()], ['a', 'd']);
    assert.equal(cache.stats.weight, 5);
    const small = new ResultCache({ maxSize: 2 });
    load(small, data);
    assert.deepEqual([...small.keys()], ['c', 'd']);
  });

  it('results of functions are found again: in a cache of their own, and by name in a shared one', async () => {
    const wrap = (options, answer) =>
      resilient(async (id, part) => `${answer} ${id} ${part?.x}`, options);
    const f = wrap({ cache: true }, 'first');
    await f(1);
    await f(2, { x: 3 });
    const copy = wrap({ cache: true }, 'second');
    assert.deepEqual(load(copy.cache, structuredClone(dump(f.cache))), { loaded: 2, skipped: 0 });
    assert.deepEqual([await copy(1), await copy(2, { x: 3 })], ['first 1 undefined', 'first 2 3']);

    const [store, other] = [new ResultCache(), new ResultCache()];
    const named = wrap({ name: 'a@"1:', cache: { store } }, 'first');
    const unnamed = wrap({ cache: { store } }, 'first');
    await named(1);
    await unnamed(1);
    const data = structuredClone(dump(store));
    assert.equal(data.skipped, 1);
    assert.deepEqual(load(other, data), { loaded: 1, skipped: 0 });
    assert.equal(
      await wrap({ name: 'a@"1:', cache: { store: other } }, 'second')(1),
      'first 1 undefined',
    );
    assert.equal(
      await wrap({ name: 'b', cache: { store: other } }, 'second')(1),
      'second 1 undefined',
    );
  });

  it('calls with a this that counts by identity are left out, those with a primitive are not', async () => {
    const f = resilient(async () => 1, { cache: true });
    await f.call({}, 1);
    await f.call('text', 1);
    await f.call(undefined, 1);
    assert.equal(dump(f.cache).entries.length, 2);
    const store = new ResultCache();
    const g = resilient(async () => 1, { name: 'g', cache: { store, key: (part) => part } });
    await g('a');
    await g({});
    assert.deepEqual([dump(store).entries.length, dump(store).skipped], [1, 1]);
  });
});

describe('load refuses what no dump has made, whole', () => {
  const { format } = dump(new ResultCache());
  const good = ['a', 1, null, []];
  const holed = [good, good, good];
  delete holed[1];
  for (const [data, message] of [
    [undefined, /^data\.format must be .*, got undefined$/],
    [null, /^data\.format/],
    [42, /^data\.format/],
    [[], /^data\.format/],
    [{ format: 'other', entries: [] }, /^data\.format must be .*, got 'other'$/],
    [{ format }, /^data\.entries must be an array, got undefined$/],
    [{ format, entries: {} }, /^data\.entries must be an array, got an object$/],
    [{ format, entries: [good, null] }, /^data\.entries\[1\] must be .*, got null$/],
    [{ format, entries: [good, ['b', 1, null]] }, /^data\.entries\[1\]/],
    [
      { format, entries: [good, good, ['b', 1, 'soon', []]] },
      /^data\.entries\[2\]\[2\] .* 'soon'$/,
    ],
    [{ format, entries: [['b', 1, NaN, []]] }, /^data\.entries\[0\]\[2\]/],
    [{ format, entries: [['b', 1, null, 'tag']] }, /^data\.entries\[0\]\[3\]/],
    [{ format, entries: [['b', 1, null, ['']]] }, /^data\.entries\[0\]\[3\]/],
    [{ format, entries: [good, undefined] }, /^data\.entries\[1\]/],
    [{ format, entries: holed }, /^data\.entries\[1\]/],
  ]) {
    it(`load refuses ${JSON.stringify(data)}, and stores nothing`, () => {
      const cache = new ResultCache();
      assert.throws(
        () => load(cache, data),
        (error) => {
          assert.equal(error.constructor, TypeError);
          assert.match(error.message, message);
          return true;
        },
      );
      assert.equal(cache.size, 0);
    });
  }

  it('dump and load refuse anything but a ResultCache', () => {
    for (const wrong of [
      undefined,
      null,
      {},
      new Map(),
      'cache',
      new Proxy(new ResultCache(), {}),
    ]) {
      assert.throws(() => dump(wrong), /^TypeError: cache must be a ResultCache/);
      assert.throws(
        () => load(wrong, dump(new ResultCache())),
        /^TypeError: cache must be a ResultCache/,
      );
    }
  });

  it('dump and load use the entries of a subclass, whatever its own methods return', () => {
    class Prefixed extends ResultCache {
      *entries() {
        for (const [key, value] of super.entries()) yield [`p:${key}`, `${value}!`];
      }
      [Symbol.iterator]() {
        return this.entries();
      }
      has() {
        return true;
      }
    }
    const clock = manualClock(5_000);
    const cache = new Prefixed({ ttl: '1h', clock }).put('a', 1, { tags: ['x'] });
    const data = dump(cache);
    const [[key, value, expiresAt, tags]] = data.entries;
    assert.deepEqual([data.entries.length, key, value, tags], [1, 'a', 1, ['x']]);
    assert.ok(Math.abs(expiresAt - Date.now() - HOUR) < 60_000);
    const copy = new Prefixed();
    assert.deepEqual(load(copy, data), { loaded: 1, skipped: 0 });
    assert.equal(copy.get('a'), 1);
  });
});
