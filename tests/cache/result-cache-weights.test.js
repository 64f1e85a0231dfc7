import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents, removals } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';
import { NO_WEIGHT_LIMIT } from '../support/reference-cache.js';

const LARGEST_SIZE = 2 ** 23;
const itself = (value) => value;

/** A cache whose values are their own weights. */
const weighing = (options) => new ResultCache({ weigh: itself, maxWeight: 10, ...options });

const keysOf = (cache) => [...cache.keys()];
const sumOf = (cache, keys) => keys.reduce((sum, key) => sum + (cache.info(key)?.weight ?? 0), 0);

describe('weigh gives each entry a weight', () => {
  it('weigh is called once for each put, with the value and the key', () => {
    const calls = [];
    const weigh = (...args) => {
      calls.push(args);
      return 3;
    };
    const cache = new ResultCache({ weigh, maxWeight: 100 });
    const value = {};
    cache.put('a', value).set('b', undefined);
    cache.get('a');
    cache.peek('b');
    cache.info('a');
    cache.stats;
    cache.resize(5);
    assert.deepEqual(calls, [
      [value, 'a'],
      [undefined, 'b'],
    ]);
    assert.equal(calls[0][0], value);
    cache.put('a', value);
    assert.equal(calls.length, 3);
  });

  it('stats.weight is the sum of the weights of the entries', () => {
    const cache = weighing({ maxWeight: 100 });
    assert.deepEqual([cache.stats.weight, cache.stats.maxWeight], [0, 100]);
    cache.put('a', 3).put('b', 4).put('c', 0);
    assert.equal(cache.stats.weight, 7);
    cache.put('a', 10);
    assert.equal(cache.stats.weight, 14);
    cache.put('a', 1);
    assert.equal(cache.stats.weight, 5);
    cache.invalidate('b');
    assert.equal(cache.stats.weight, 1);
    cache.clear();
    assert.equal(cache.stats.weight, 0);
    cache.put('d', 2);
    assert.equal(cache.stats.weight, 2);
  });

  it('a put of the same value weighs it again', () => {
    const cache = new ResultCache({ weigh: ({ length }) => length, maxWeight: 10 });
    const list = [1, 2];
    cache.put('list', list);
    list.push(3);
    assert.equal(cache.stats.weight, 2);
    cache.put('list', list);
    assert.equal(cache.stats.weight, 3);
    assert.equal(cache.info('list').weight, 3);
  });

  it('weigh without maxWeight only counts', () => {
    const cache = new ResultCache({ weigh: itself, maxSize: 2 });
    cache.put('a', Number.MAX_SAFE_INTEGER - 1).put('b', 1);
    const { weight, maxWeight, maxSize } = cache.stats;
    assert.deepEqual([weight, maxWeight, maxSize], [Number.MAX_SAFE_INTEGER, NO_WEIGHT_LIMIT, 2]);
    cache.put('c', 5);
    assert.deepEqual([cache.stats.weight, keysOf(cache)], [6, ['b', 'c']]);
    assert.equal(new ResultCache({ weigh: itself }).stats.maxSize, 256);
  });

  it('a cache without weigh weighs nothing', () => {
    const cache = new ResultCache().put('a', 1_000);
    const { weight, maxWeight } = cache.stats;
    assert.deepEqual([weight, maxWeight, cache.info('a').weight], [0, NO_WEIGHT_LIMIT, 0]);
  });

  it('maxSize is its largest value by default if there is a maxWeight', () => {
    assert.equal(weighing().stats.maxSize, LARGEST_SIZE);
    assert.equal(weighing({ maxSize: undefined }).stats.maxSize, LARGEST_SIZE);
    assert.equal(weighing({ maxSize: 7 }).stats.maxSize, 7);
    const cache = weighing();
    for (let key = 0; key < 1_000; key++) cache.put(key, 0);
    assert.equal(cache.size, 1_000);
  });
});

describe('an insert evicts until both limits hold', () => {
  it('an insert evicts the least recent entries until maxWeight holds', () => {
    const cache = weighing().put('a', 3).put('b', 3).put('c', 4);
    const events = cacheEvents(cache);
    assert.equal(cache.size, 3);
    cache.get('a');
    cache.put('d', 5);
    assert.deepEqual(events, [
      ['evict', 'b', 3],
      ['evict', 'c', 4],
    ]);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['a', 'd'], 8]);
    assert.equal(cache.stats.evictions, 2);
  });

  it('an insert that makes the weight equal to maxWeight evicts nothing', () => {
    const cache = weighing().put('a', 4).put('b', 6);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['a', 'b'], 10]);
    cache.put('c', 1);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['b', 'c'], 7]);
  });

  it('an entry as heavy as maxWeight is stored and evicts all others', () => {
    const cache = weighing().put('a', 4).put('b', 0).put('c', 6);
    cache.put('d', 10);
    assert.deepEqual(keysOf(cache), ['d']);
    cache.put('e', 0);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['d', 'e'], 10]);
  });

  it('an insert stops evicting as soon as the limits hold: a less recent entry of weight 0 goes, a more recent one stays', () => {
    const cache = weighing().put('light', 0).put('heavy', 10).put('later', 0);
    cache.put('new', 1);
    assert.deepEqual(keysOf(cache), ['later', 'new']);
  });

  it('an insert obeys maxSize as well as maxWeight', () => {
    const cache = weighing({ maxSize: 2 }).put('a', 1).put('b', 1).put('c', 1);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['b', 'c'], 2]);
    cache.put('d', 10);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['d'], 10]);
    assert.equal(cache.stats.evictions, 3);
  });

  it('a replacement that is heavier evicts the other entries, never itself', () => {
    const cache = weighing().put('a', 1).put('b', 4).put('c', 5);
    const left = removals(cache);
    cache.put('a', 6);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['a'], 6]);
    assert.deepEqual(left, [
      ['replace', 'a', 1],
      ['evict', 'b', 4],
      ['evict', 'c', 5],
    ]);
  });

  it('a replacement that is lighter evicts nothing', () => {
    const cache = weighing().put('a', 5).put('b', 5).put('a', 2).put('c', 3);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['b', 'a', 'c'], 10]);
  });

  it('an insert removes expired entries first', () => {
    const clock = manualClock();
    const cache = weighing({ clock, maxWeight: 10 }).put('a', 4).put('b', 4, { ttl: 1 });
    const events = cacheEvents(cache);
    clock.time = 1_001;
    cache.put('c', 6);
    assert.deepEqual(events, [['expire', 'b', 4]]);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['a', 'c'], 10]);
  });

  it('a stale entry weighs until its windows are over, and then nothing', () => {
    const clock = manualClock();
    const cache = weighing({ clock, ttl: 1, staleIfError: 10 }).put('a', 4);
    clock.time = 11_000;
    assert.deepEqual([cache.has('a'), cache.stats.weight], [false, 4]);
    clock.time = 11_001;
    assert.equal(cache.stats.weight, 0);
    cache.put('b', 4);
    clock.time = 12_002;
    cache.put('c', 7);
    assert.deepEqual([cache.info('b'), cache.stats.weight], [undefined, 7]);
  });

  it('resize evicts down to maxSize and keeps the weight in step', () => {
    const cache = weighing().put('a', 1).put('b', 2).put('c', 3);
    cache.resize(2);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['b', 'c'], 5]);
    cache.resize(5);
    cache.put('d', 6);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['c', 'd'], 9]);
  });

  it('one insert may evict 10,000 entries', () => {
    const cache = weighing({ maxWeight: 10_000 });
    for (let key = 0; key < 10_000; key++) cache.put(key, 1);
    const left = removals(cache);
    cache.put('heavy', 10_000);
    assert.equal(left.length, 10_000);
    assert.deepEqual(left.at(-1), ['evict', 9_999, 1]);
    assert.deepEqual([keysOf(cache), cache.stats.weight], [['heavy'], 10_000]);
  });

  it('weights up to the largest safe integer are exact', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const cache = weighing({ maxWeight: most })
      .put('a', most - 3)
      .put('b', 2);
    assert.equal(cache.stats.weight, most - 1);
    cache.put('c', 1);
    assert.deepEqual([cache.stats.weight, cache.size], [most, 3]);
    cache.put('d', 1);
    assert.deepEqual([cache.stats.weight, keysOf(cache)], [4, ['b', 'c', 'd']]);
    cache.put('e', most);
    assert.deepEqual([cache.stats.weight, keysOf(cache)], [most, ['e']]);
    cache.invalidate('e');
    assert.equal(cache.stats.weight, 0);
  });
});

describe('a value heavier than maxWeight is not stored', () => {
  it('a value heavier than maxWeight removes nothing but what it would replace', () => {
    const cache = weighing().put('a', 1).put('b', 2);
    const events = cacheEvents(cache);
    const left = removals(cache);
    assert.equal(cache.put('c', 11), cache);
    assert.deepEqual(
      [[...cache], left],
      [
        [
          ['a', 1],
          ['b', 2],
        ],
        [],
      ],
    );
    cache.put('a', 11);
    assert.deepEqual([[...cache], left], [[['b', 2]], [['replace', 'a', 1]]]);
    assert.equal(cache.stats.weight, 2);
    assert.deepEqual([events, cache.stats.evictions], [[], 0]);
  });

  it('a value that has become heavier than maxWeight goes when it is put again', () => {
    const cache = new ResultCache({ weigh: ({ length }) => length, maxWeight: 2 });
    const list = [1, 2];
    cache.put('list', list);
    const left = removals(cache);
    list.push(3);
    cache.put('list', list);
    assert.deepEqual([cache.size, cache.stats.weight], [0, 0]);
    assert.deepEqual(left, [['replace', 'list', list]]);
  });

  it('a value heavier than maxWeight removes the stale or expired entry of its key', () => {
    for (const [time, reason] of [
      [5_000, 'replace'],
      [11_001, 'expire'],
    ]) {
      const clock = manualClock();
      const cache = weighing({ clock, ttl: 1, staleIfError: 10 }).put('a', 1);
      const left = removals(cache);
      clock.time = time;
      cache.put('a', 11);
      assert.deepEqual(left, [[reason, 'a', 1]]);
      assert.equal(cache.info('a'), undefined);
    }
  });
});

describe('a put whose weigh fails changes nothing', () => {
  const faults = {
    throws: () => {
      throw new Error('no weight');
    },
    'returns -1': () => -1,
    'returns a text': () => '5',
    'returns undefined': () => {},
  };
  for (const [name, fault] of Object.entries(faults)) {
    it(`a put whose weigh ${name} throws and changes nothing`, () => {
      const clock = manualClock();
      let weigh = itself;
      const cache = new ResultCache({
        ...{ ttl: 5, maxWeight: 10, clock },
        weigh: (value) => weigh(value),
      });
      cache.put('a', 1, { ttl: 9, tags: ['t'] }).put('b', 2);
      const events = cacheEvents(cache);
      const left = removals(cache);
      const before = [cache.info('a'), cache.info('b'), cache.stats];
      weigh = fault;
      assert.throws(() => cache.put('a', 3, { ttl: 1, tags: ['u'] }));
      assert.throws(() => cache.set('new', 3));
      assert.deepEqual([cache.info('a'), cache.info('b'), cache.stats], before);
      assert.deepEqual([keysOf(cache), events, left], [['a', 'b'], [], []]);
      weigh = itself;
      assert.equal(cache.put('a', 3).stats.weight, 5);
    });
  }

  it('a put passes on the very error that weigh throws', () => {
    for (const thrown of [new Error('no weight'), 'text', undefined, null]) {
      const cache = weighing({
        weigh: () => {
          throw thrown;
        },
      });
      try {
        cache.put('a', 1);
      } catch (error) {
        assert.equal(error, thrown);
        continue;
      }
      assert.fail('put did not throw');
    }
  });
});

describe('weigh may call its cache', () => {
  it('a weigh that uses the cache while a put is under way leaves the sum of the weights right', () => {
    const uses = {
      'puts another key': (cache) => cache.put('other', 4),
      'puts the same key': (cache) => cache.put('a', 4),
      'gets and reads': (cache) => [cache.get('b'), cache.info('a'), cache.stats],
      'invalidates the key': (cache) => cache.invalidate('a'),
      'invalidates another key': (cache) => cache.invalidate('b'),
      clears: (cache) => cache.clear(),
      resizes: (cache) => cache.resize(1),
      'fills the cache': (cache) => cache.put('other', 10),
    };
    for (const [name, use] of Object.entries(uses)) {
      let nested = true;
      const cache = weighing({
        weigh: (value) => {
          if (!nested) {
            nested = true;
            use(cache);
          }
          return value;
        },
      });
      cache.put('a', 1).put('b', 2);
      nested = false;
      cache.put('a', 3);
      assert.equal(cache.peek('a'), 3, name);
      assert.equal(keysOf(cache).at(-1), 'a', name);
      const { weight, size } = cache.stats;
      assert.equal(weight, sumOf(cache, ['a', 'b', 'other']), name);
      assert.ok(weight <= 10 && size === keysOf(cache).length, name);
    }
  });

  it('a weigh that disposes of its cache makes put throw', () => {
    const cache = weighing({
      weigh: () => {
        cache[Symbol.dispose]();
        return 1;
      },
    });
    assert.throws(() => cache.put('a', 1), /disposed/);
  });
});

describe('weights survive many entries', () => {
  it('the weight of 100,000 entries is exact while they come and go', () => {
    const cache = weighing({ maxWeight: 1_000_000 });
    let weight = 0;
    for (let key = 0; key < 100_000; key++) {
      cache.put(key, key % 10);
      weight += key % 10;
    }
    assert.equal(cache.stats.weight, weight);
    for (let key = 0; key < 100_000; key += 3) {
      cache.invalidate(key);
      weight -= key % 10;
    }
    assert.equal(cache.stats.weight, weight);
    for (let key = 0; key < 100_000; key += 3) {
      cache.put(key, 9);
      weight += 9;
    }
    assert.equal(cache.stats.weight, weight);
    cache.put('heavy', 999_999);
    assert.ok(cache.stats.weight <= 1_000_000);
    assert.equal(
      cache.stats.weight,
      [...cache].reduce((sum, [, value]) => sum + value, 0),
    );
  });

  it('the caches of one program have weights of their own', () => {
    const caches = Array.from({ length: 50 }, () => weighing({ maxWeight: 100 }));
    for (const [n, cache] of caches.entries()) {
      for (let key = 0; key < n; key++) cache.put(key, 1);
    }
    for (let n = 0; n < 50; n += 2) caches[n][Symbol.dispose]();
    const later = Array.from({ length: 25 }, () => weighing().put('a', 7));
    for (let n = 1; n < 50; n += 2) assert.equal(caches[n].stats.weight, n);
    for (const cache of later) assert.equal(cache.stats.weight, 7);
    assert.equal(new ResultCache().put('a', 1).stats.weight, 0);
  });
});
