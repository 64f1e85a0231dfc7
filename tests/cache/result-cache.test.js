import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';

const counters = ({ hits, misses, evictions, expirations }) => [
  hits,
  misses,
  evictions,
  expirations,
];

describe('a new ResultCache starts empty', () => {
  it('a new ResultCache is empty, has a maxSize of 256 and has counted nothing', () => {
    const cache = new ResultCache();
    assert.equal(cache.size, 0);
    assert.deepEqual(cache.stats, {
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
    });
    assert.deepEqual([...cache], []);
  });

  it('the ResultCache constructor ignores an option that is undefined', () => {
    const clock = manualClock();
    const cache = new ResultCache({ maxSize: undefined, ttl: undefined, clock });
    assert.equal(cache.stats.maxSize, 256);
    cache.put('a', 1);
    clock.time = 300_000;
    assert.equal(cache.has('a'), true);
    clock.time = 300_001;
    assert.equal(cache.has('a'), false);
    assert.equal(new ResultCache({ clock: undefined }).put('a', 1).get('a'), 1);
    assert.equal(new ResultCache(undefined).stats.maxSize, 256);
  });

  it('ResultCache cannot be called without new', () => {
    assert.throws(() => ResultCache(), TypeError);
  });
});

describe('get returns a value or undefined', () => {
  it('get returns the very object that was put', () => {
    const value = {};
    assert.equal(new ResultCache().put('a', value).get('a'), value);
  });

  it('get returns undefined for a key that was never put', () => {
    assert.equal(new ResultCache().get('a'), undefined);
  });

  it('get counts a hit or a miss', () => {
    const cache = new ResultCache().put('a', 1);
    cache.get('a');
    cache.get('a');
    cache.get('a');
    cache.get('b');
    const { hits, misses, hitRate } = cache.stats;
    assert.deepEqual({ hits, misses, hitRate }, { hits: 3, misses: 1, hitRate: 0.75 });
  });

  it('get counts a miss for an expired entry', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 1, clock }).put('a', 1);
    clock.time = 1_001;
    assert.equal(cache.get('a'), undefined);
    assert.deepEqual(counters(cache.stats), [0, 1, 0, 1]);
  });
});

describe('put stores a value', () => {
  it('put replaces the value of a key', () => {
    const cache = new ResultCache().put('a', 1).put('a', 2);
    assert.equal(cache.get('a'), 2);
    assert.equal(cache.size, 1);
  });

  it('put dispatches no event when it replaces a value', () => {
    const cache = new ResultCache({ maxSize: 1 });
    const events = cacheEvents(cache);
    cache.put('a', 1).put('a', 2).put('a', 3);
    assert.deepEqual(events, []);
    assert.deepEqual(counters(cache.stats), [0, 0, 0, 0]);
  });

  it('put and set return the cache', () => {
    const cache = new ResultCache();
    assert.equal(cache.put('a', 1), cache);
    assert.equal(cache.set('b', 2), cache);
    assert.equal(cache.put('a', 3, { ttl: 5 }), cache);
    assert.deepEqual(
      [...cache],
      [
        ['b', 2],
        ['a', 3],
      ],
    );
  });

  it('put counts neither a hit nor a miss', () => {
    const cache = new ResultCache({ maxSize: 2 });
    cache.put('a', 1).put('a', 2).put('b', 1).put('c', 1);
    assert.deepEqual(counters(cache.stats), [0, 0, 1, 0]);
  });

  for (const value of [undefined, null, false, 0, '', Number.NaN, 0n, Symbol('s'), () => {}]) {
    it(`put stores the value ${String(value)}`, () => {
      const cache = new ResultCache().put('a', value);
      assert.equal(cache.get('a'), value);
      assert.equal(cache.peek('a'), value);
      assert.equal(cache.has('a'), true);
      assert.equal(cache.size, 1);
      assert.deepEqual([...cache], [['a', value]]);
      assert.equal(cache.stats.hits, 1);
    });
  }
});

describe('keys are compared as Map compares them', () => {
  const keys = [undefined, null, '', 0, false, Number.NaN, 'a', 1n, Symbol('s'), {}, [], () => {}];

  it('a key may be any value, and keys are distinguished as Map distinguishes them', () => {
    const cache = new ResultCache();
    for (const [index, key] of keys.entries()) cache.put(key, index);
    assert.equal(cache.size, keys.length);
    assert.deepEqual(
      keys.map((key) => cache.get(key)),
      [...keys.keys()],
    );
    assert.deepEqual(
      keys.map((key) => cache.delete(key)),
      keys.map(() => true),
    );
    assert.equal(cache.size, 0);
  });

  it('the keys 0 and -0 are equal, two NaN are equal, and two objects are never equal', () => {
    const cache = new ResultCache();
    cache.put(-0, 'zero').put(Number.NaN, 'nan').put({}, 'object').put('1', 'text');
    assert.equal(cache.get(0), 'zero');
    assert.equal(Object.is([...cache.keys()][0], -0), false);
    assert.equal(cache.get(0 / 0), 'nan');
    assert.equal(cache.get({}), undefined);
    assert.equal(cache.get(1), undefined);
  });

  it('a call without a key uses the key undefined', () => {
    const cache = new ResultCache().put(undefined, 1);
    assert.equal(cache.get(), 1);
  });
});

describe('has and peek have no side effects', () => {
  it('has and peek count nothing', () => {
    const cache = new ResultCache().put('a', 1);
    assert.deepEqual(
      [cache.has('a'), cache.has('b'), cache.peek('a'), cache.peek('b')],
      [true, false, 1, undefined],
    );
    assert.deepEqual(counters(cache.stats), [0, 0, 0, 0]);
  });

  it('has and peek do not save an entry from eviction', () => {
    const cache = new ResultCache({ maxSize: 2 }).put('a', 1).put('b', 2);
    cache.has('a');
    cache.peek('a');
    cache.put('c', 3);
    assert.deepEqual([...cache.keys()], ['b', 'c']);
  });

  it('has and peek see no expired entry', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 1, clock }).put('a', 1);
    clock.time = 1_001;
    assert.equal(cache.has('a'), false);
    assert.equal(cache.peek('a'), undefined);
  });
});

for (const name of ['invalidate', 'delete']) {
  describe(`${name} removes an entry`, () => {
    it(`${name} removes an entry and returns whether there was one`, () => {
      const cache = new ResultCache().put('a', 1).put('b', 2);
      assert.equal(cache[name]('a'), true);
      assert.equal(cache[name]('a'), false);
      assert.equal(cache.get('a'), undefined);
      assert.deepEqual([...cache], [['b', 2]]);
    });

    it(`${name} counts neither an eviction nor an expiration`, () => {
      const cache = new ResultCache().put('a', 1);
      const events = cacheEvents(cache);
      cache[name]('a');
      assert.deepEqual(events, []);
      assert.deepEqual(counters(cache.stats), [0, 0, 0, 0]);
    });

    it(`${name} returns false for an expired entry`, () => {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 1, clock }).put('a', 1);
      clock.time = 1_001;
      assert.equal(cache[name]('a'), false);
    });

    it(`${name} makes room: the next put evicts nothing`, () => {
      const cache = new ResultCache({ maxSize: 2 }).put('a', 1).put('b', 2);
      cache[name]('b');
      cache.put('c', 3);
      assert.deepEqual([...cache.keys()], ['a', 'c']);
      assert.equal(cache.stats.evictions, 0);
    });
  });
}

describe('clear empties a cache', () => {
  it('clear removes all entries and sets all counters but maxSize to zero', () => {
    const clock = manualClock();
    const cache = new ResultCache({ maxSize: 2, clock });
    cache.put('a', 1).put('b', 2).put('c', 3).put('d', 4, { ttl: 1 });
    cache.get('c');
    cache.get('x');
    clock.time = 1_001;
    cache.get('d');
    assert.deepEqual(counters(cache.stats), [1, 2, 2, 1]);
    const events = cacheEvents(cache);
    cache.clear();
    assert.deepEqual(cache.stats, new ResultCache({ maxSize: 2 }).stats);
    assert.deepEqual([...cache], []);
    assert.equal(cache.get('c'), undefined);
    assert.deepEqual(events, []);
  });

  it('a cleared cache works as before, with the same ttl and maxSize', () => {
    const clock = manualClock();
    const cache = new ResultCache({ maxSize: 2, ttl: 1, clock }).put('a', 1);
    cache.clear();
    cache.put('a', 2).put('b', 3).put('c', 4);
    assert.deepEqual(
      [...cache],
      [
        ['b', 3],
        ['c', 4],
      ],
    );
    clock.time = 1_001;
    assert.equal(cache.size, 0);
    cache.clear();
    cache.clear();
    assert.equal(cache.put('a', 5).get('a'), 5);
  });

  it('clear frees memory: another large cache fits into it', () => {
    const cache = new ResultCache({ maxSize: 100_000 });
    for (let round = 0; round < 3; round++) {
      for (let key = 0; key < 100_000; key++) cache.put(key, key);
      assert.equal(cache.get(99_999), 99_999);
      cache.clear();
      assert.equal(cache.size, 0);
    }
  });
});

describe('stats returns a snapshot of the counters', () => {
  it('stats is frozen and does not change later', () => {
    const cache = new ResultCache().put('a', 1);
    const before = cache.stats;
    assert.equal(Object.isFrozen(before), true);
    cache.get('a');
    assert.equal(before.hits, 0);
    assert.equal(cache.stats.hits, 1);
  });

  it('hitRate is 0 when all lookups missed, and 1 when none did', () => {
    const cache = new ResultCache();
    cache.get('a');
    assert.equal(cache.stats.hitRate, 0);
    cache.clear();
    cache.put('a', 1).get('a');
    assert.equal(cache.stats.hitRate, 1);
  });
});
