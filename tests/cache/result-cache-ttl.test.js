import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';

const YEAR = 365 * 86_400_000;

describe('the ttl of a cache ends its entries', () => {
  it('an entry expires once more than its ttl has passed since put, not exactly when it has passed', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 5, clock }).put('a', 1);
    clock.time = 5_000;
    assert.deepEqual([cache.has('a'), cache.peek('a'), cache.size], [true, 1, 1]);
    assert.equal(cache.get('a'), 1);
    clock.time = 5_000.001;
    assert.deepEqual(
      [cache.has('a'), cache.peek('a'), cache.get('a')],
      [false, undefined, undefined],
    );
    assert.equal(cache.size, 0);
  });

  it('get, has, peek and iteration do not extend the life of an entry', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 5, clock }).put('a', 1);
    for (clock.time = 0; clock.time <= 5_000; clock.time += 500) {
      assert.equal(cache.get('a'), 1);
      assert.equal(cache.has('a') && cache.peek('a') === 1 && [...cache].length === 1, true);
    }
    assert.equal(cache.get('a'), undefined);
  });

  it('every put starts the ttl of its entry again', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 5, clock }).put('a', 1);
    clock.time = 4_000;
    cache.put('a', 2);
    clock.time = 9_000;
    assert.equal(cache.get('a'), 2);
    clock.time = 9_001;
    assert.equal(cache.get('a'), undefined);
  });

  it('an entry with a ttl of 0 never expires', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 0, clock }).put('a', 1);
    clock.time = 10_000 * YEAR;
    assert.equal(cache.get('a'), 1);
    assert.equal(cache.size, 1);
  });

  it('a ttl may be years', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: '3650d', clock }).put('a', 1);
    clock.time = 10 * YEAR;
    assert.equal(cache.get('a'), 1);
    clock.time = 10 * YEAR + 1;
    assert.equal(cache.get('a'), undefined);
  });

  it('a ttl is a number of seconds or a string with a unit', () => {
    const durations = [
      [1, 1_000],
      [0.25, 250],
      ['250ms', 250],
      ['5s', 5_000],
      ['5m', 300_000],
    ];
    for (const [ttl, milliseconds] of [...durations, ['2h', 7_200_000], ['1d', 86_400_000]]) {
      const clock = manualClock(17);
      const cache = new ResultCache({ ttl, clock }).put('a', 1);
      clock.time += milliseconds;
      assert.equal(cache.has('a'), true, `${ttl} is over too early`);
      clock.time += 1;
      assert.equal(cache.has('a'), false, `${ttl} is over too late`);
    }
  });

  it('a ttl below one millisecond is one millisecond', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 1e-9, clock }).put('a', 1);
    clock.time = 1;
    assert.equal(cache.has('a'), true);
    clock.time = 2;
    assert.equal(cache.has('a'), false);
  });
});

describe('put and set take a ttl for one entry', () => {
  for (const name of ['put', 'set']) {
    it(`the ttl option of ${name} gives one entry a shorter or longer life`, () => {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 5, clock });
      cache[name]('short', 1, { ttl: '1s' })[name]('long', 2, { ttl: '1h' })[name]('usual', 3);
      clock.time = 1_001;
      assert.deepEqual([...cache.keys()], ['long', 'usual']);
      clock.time = 5_001;
      assert.deepEqual([...cache.keys()], ['long']);
      clock.time = 3_600_001;
      assert.deepEqual([...cache.keys()], []);
    });

    it(`the ttl option of ${name} takes 0 for never, and undefined for the ttl of the cache`, () => {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 5, clock });
      cache[name]('ever', 1, { ttl: 0 })[name]('a', 2, { ttl: undefined });
      cache[name]('b', 3, undefined)[name]('c', 4, {});
      clock.time = 5_000;
      assert.equal(cache.size, 4);
      clock.time = 5_001;
      assert.deepEqual([...cache.keys()], ['ever']);
    });

    it(`${name} of a present key replaces its ttl as well`, () => {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 5, clock });
      cache[name]('a', 1, { ttl: 0 })[name]('a', 2);
      cache[name]('b', 1)[name]('b', 2, { ttl: 0 });
      cache[name]('c', 1, { ttl: 1 })[name]('c', 2, { ttl: 10 });
      clock.time = 5_001;
      assert.deepEqual(
        [...cache],
        [
          ['b', 2],
          ['c', 2],
        ],
      );
    });

    it(`${name} refuses a wrong ttl and changes nothing`, () => {
      const cache = new ResultCache().put('a', 1);
      for (const ttl of [-1, Number.NaN, Infinity, '5 parsecs', '']) {
        assert.throws(() => cache[name]('a', 2, { ttl }), RangeError);
      }
      for (const ttl of [null, {}, true, 1n]) {
        assert.throws(() => cache[name]('a', 2, { ttl }), TypeError);
      }
      for (const options of [null, 'soon', true, [], { tll: 5 }, () => {}]) {
        assert.throws(() => cache[name]('a', 2, options), TypeError);
      }
      assert.throws(() => cache[name]('a', 2, { tll: 5 }), /ttl/);
      assert.deepEqual([...cache], [['a', 1]]);
    });
  }
});

describe('size and stats ignore expired entries', () => {
  it('size and stats count live entries only', () => {
    const clock = manualClock();
    const cache = new ResultCache({ clock });
    for (let ttl = 1; ttl <= 10; ttl++) cache.put(ttl, ttl, { ttl });
    for (let second = 0; second <= 10; second++) {
      clock.time = second * 1_000 + 1;
      assert.equal(cache.size, 10 - second);
      const { size, expirations } = cache.stats;
      assert.deepEqual([size, expirations], [10 - second, second]);
    }
  });

  it('size and stats dispatch expire events in the order in which entries expired', () => {
    const clock = manualClock();
    const cache = new ResultCache({ clock });
    for (const ttl of [3, 1, 2, 5, 4]) cache.put(ttl, ttl, { ttl });
    const events = cacheEvents(cache);
    for (clock.time = 0; clock.time < 6_000; clock.time += 500) cache.size;
    assert.deepEqual(
      events.map(([, key]) => key),
      [1, 2, 3, 4, 5],
    );
  });
});

describe('Symbol.dispose ends the use of a cache', () => {
  const disposed = /disposed/;

  it('every use of a disposed cache throws an error that says so', () => {
    const cache = new ResultCache().put('a', 1);
    cache[Symbol.dispose]();
    const uses = {
      get: () => cache.get('a'),
      put: () => cache.put('a', 1),
      set: () => cache.set('a', 1),
      has: () => cache.has('a'),
      peek: () => cache.peek('a'),
      invalidate: () => cache.invalidate('a'),
      delete: () => cache.delete('a'),
      clear: () => cache.clear(),
      size: () => cache.size,
      stats: () => cache.stats,
      resize: () => cache.resize(5),
      'keys, before the first of them': () => cache.keys(),
      'values, before the first of them': () => cache.values(),
      'entries, before the first of them': () => cache.entries(),
      addEventListener: () => cache.addEventListener('evict', () => {}),
      keys: () => [...cache.keys()],
      values: () => [...cache.values()],
      entries: () => [...cache.entries()],
      iteration: () => [...cache],
      forEach: () => cache.forEach(() => {}),
    };
    for (const [name, use] of Object.entries(uses)) {
      assert.throws(use, { name: 'Error', message: disposed }, name);
    }
  });

  it('Symbol.dispose may be called twice', () => {
    const cache = new ResultCache();
    cache[Symbol.dispose]();
    cache[Symbol.dispose]();
  });

  it('Symbol.dispose ends an iteration in progress with an error', () => {
    const cache = new ResultCache().put('a', 1).put('b', 2);
    const walk = cache.keys();
    walk.next();
    const notBegun = cache.keys();
    cache[Symbol.dispose]();
    assert.throws(() => walk.next(), disposed);
    assert.throws(() => notBegun.next(), disposed);
  });

  it('Symbol.dispose does not affect other caches that reuse the memory', () => {
    const caches = Array.from({ length: 100 }, (_, n) => new ResultCache().put('n', n));
    for (let n = 0; n < 100; n += 2) caches[n][Symbol.dispose]();
    const later = Array.from({ length: 100 }, (_, n) => new ResultCache().put('n', -n));
    for (let n = 1; n < 100; n += 2) assert.equal(caches[n].get('n'), n);
    for (let n = 0; n < 100; n++) assert.equal(later[n].get('n'), -n);
    for (let n = 0; n < 100; n += 2) assert.throws(() => caches[n].get('n'), disposed);
  });

  it('removeEventListener of a disposed cache does not throw', () => {
    const cache = new ResultCache();
    const listener = () => {};
    cache.addEventListener('evict', listener);
    cache[Symbol.dispose]();
    cache.removeEventListener('evict', listener);
  });
});
