import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents } from '../support/cache-events.js';
import { importWatched } from '../support/fresh-package.js';
import { manualClock } from '../support/manual-clock.js';

const LARGEST = 2 ** 23;

describe('a full cache evicts in exact LRU order', () => {
  it('a full cache evicts the entry that was least recently put or got', () => {
    const cache = new ResultCache({ maxSize: 3 }).put('a', 1).put('b', 2).put('c', 3);
    cache.get('a');
    cache.put('b', 4);
    cache.put('d', 5);
    assert.deepEqual(
      [...cache],
      [
        ['a', 1],
        ['b', 4],
        ['d', 5],
      ],
    );
    cache.put('e', 6);
    assert.deepEqual([...cache.keys()], ['b', 'd', 'e']);
    assert.equal(cache.stats.evictions, 2);
  });

  it('a missed get does not count as a use', () => {
    const cache = new ResultCache({ maxSize: 2 }).put('a', 1).put('b', 2);
    cache.get('x');
    assert.deepEqual([...cache.keys()], ['a', 'b']);
    assert.equal(cache.put('x', 3).has('a'), false);
  });

  it('a full cache removes an expired entry before a live one, however recent', () => {
    const clock = manualClock();
    const cache = new ResultCache({ maxSize: 3, ttl: 10, clock });
    const events = cacheEvents(cache);
    cache.put('a', 1).put('b', 2).put('short', 3, { ttl: 1 });
    cache.get('short');
    clock.time = 1_001;
    cache.put('c', 4);
    assert.deepEqual([...cache.keys()], ['a', 'b', 'c']);
    assert.deepEqual(events, [['expire', 'short', 3]]);
    cache.put('d', 5);
    assert.deepEqual(events.slice(1), [['evict', 'a', 1]]);
    assert.deepEqual([cache.stats.evictions, cache.stats.expirations], [1, 1]);
  });

  it('replacing a value in a full cache evicts nothing', () => {
    const cache = new ResultCache({ maxSize: 2 }).put('a', 1).put('b', 2).put('a', 3);
    assert.deepEqual(
      [...cache],
      [
        ['b', 2],
        ['a', 3],
      ],
    );
  });

  it('a cache of one entry always holds the last one', () => {
    const cache = new ResultCache({ maxSize: 1 });
    const events = cacheEvents(cache);
    for (const key of ['a', 'b', 'b', 'c']) {
      cache.put(key, key);
      assert.deepEqual([...cache], [[key, key]]);
    }
    assert.equal(cache.get('c'), 'c');
    assert.equal(cache.get('a'), undefined);
    assert.deepEqual(events, [
      ['evict', 'a', 'a'],
      ['evict', 'b', 'b'],
    ]);
  });

  it('a cache keeps exact order over a million hits between two evictions', () => {
    const cache = new ResultCache({ maxSize: 100, ttl: 0 });
    for (let key = 0; key < 100; key++) cache.put(key, key);
    for (let n = 0; n < 1_000_000; n++) cache.get(n % 100);
    for (let key = 99; key >= 0; key--) cache.get(key);
    for (let key = 0; key < 50; key++) cache.put(`new ${key}`, key);
    const old = Array.from({ length: 50 }, (_, index) => 49 - index);
    assert.deepEqual([...cache.keys()].slice(0, 50), old);
    assert.equal(cache.stats.hits, 1_000_100);
  });
});

describe('maxSize bounds the number of entries', () => {
  it('a maxSize up to 2^23 costs nothing until it is filled', async () => {
    const memory = async (maxSize) => {
      const { holdfast, instances, restore } = await importWatched();
      restore();
      const { ResultCache } = holdfast;
      const caches = Array.from({ length: 1_000 }, () => new ResultCache({ maxSize }).put('a', 1));
      assert.equal(caches[999].stats.maxSize, maxSize);
      return instances[0].exports.memory.buffer.byteLength;
    };
    assert.equal(await memory(LARGEST), await memory(1));
  });

  it('a maxSize above 2^23 is refused, by resize too', () => {
    const tooLarge = {
      name: 'RangeError',
      message: 'maxSize must be an integer <= 8388608, got 8388609',
    };
    assert.throws(() => new ResultCache({ maxSize: LARGEST + 1 }), tooLarge);
    assert.throws(() => new ResultCache().resize(LARGEST + 1), tooLarge);
    new ResultCache({ maxSize: LARGEST }).resize(LARGEST);
  });

  it('a maxSize of 200,000 is used up to the last entry', () => {
    const cache = new ResultCache({ maxSize: 200_000 });
    for (let key = 0; key <= 200_000; key++) cache.put(key, -key);
    assert.equal(cache.size, 200_000);
    assert.equal(cache.get(0), undefined);
    for (let key = 1; key <= 200_000; key++) assert.equal(cache.get(key), -key);
  });
});

describe('resize changes maxSize', () => {
  it('resize evicts the least recent entries down to the new maxSize', () => {
    const cache = new ResultCache({ maxSize: 4 }).put('a', 1).put('b', 2).put('c', 3).put('d', 4);
    const events = cacheEvents(cache);
    cache.get('a');
    cache.resize(2);
    assert.deepEqual(
      [...cache],
      [
        ['d', 4],
        ['a', 1],
      ],
    );
    assert.deepEqual(events, [
      ['evict', 'b', 2],
      ['evict', 'c', 3],
    ]);
    assert.deepEqual([cache.stats.maxSize, cache.stats.evictions], [2, 2]);
    cache.put('e', 5);
    assert.deepEqual([...cache.keys()], ['a', 'e']);
  });

  it('resize removes expired entries first', () => {
    const clock = manualClock();
    const cache = new ResultCache({ clock }).put('a', 1).put('b', 2, { ttl: 1 }).put('c', 3);
    const events = cacheEvents(cache);
    clock.time = 1_001;
    cache.resize(2);
    assert.deepEqual([...cache.keys()], ['a', 'c']);
    assert.deepEqual(events, [['expire', 'b', 2]]);
  });

  it('resize to a larger maxSize makes room and keeps all entries', () => {
    const cache = new ResultCache({ maxSize: 1 }).put('a', 1);
    cache.resize(3);
    cache.put('b', 2).put('c', 3);
    assert.deepEqual([...cache.keys()], ['a', 'b', 'c']);
    cache.put('d', 4);
    assert.deepEqual([...cache.keys()], ['b', 'c', 'd']);
  });

  it('resize changes nothing when it refuses the new maxSize', () => {
    const cache = new ResultCache({ maxSize: 2 }).put('a', 1).put('b', 2);
    for (const wrong of [0, -1, 1.5, Number.NaN, Infinity]) {
      assert.throws(() => cache.resize(wrong), RangeError);
    }
    for (const wrong of [undefined, null, '1', 1n, {}]) {
      assert.throws(() => cache.resize(wrong), TypeError);
    }
    assert.throws(() => cache.resize(0), {
      message: 'maxSize must be an integer >= 1, got 0',
    });
    assert.deepEqual([cache.size, cache.stats.maxSize], [2, 2]);
  });
});

describe('keys, values, entries, iteration and forEach visit the live entries', () => {
  const filled = () => {
    const cache = new ResultCache().put('a', 1).put('b', 2).put('c', 3);
    cache.get('a');
    return cache;
  };

  it('iteration goes from the least to the most recent entry', () => {
    const cache = filled();
    assert.deepEqual([...cache.keys()], ['b', 'c', 'a']);
    assert.deepEqual([...cache.values()], [2, 3, 1]);
    assert.deepEqual(
      [...cache.entries()],
      [
        ['b', 2],
        ['c', 3],
        ['a', 1],
      ],
    );
    assert.deepEqual([...cache], [...cache.entries()]);
    const seen = [];
    const thisArg = {};
    cache.forEach(function (...args) {
      seen.push([this, ...args]);
    }, thisArg);
    assert.deepEqual(
      seen.map((args) => args.slice(1, 3)),
      [
        [2, 'b'],
        [3, 'c'],
        [1, 'a'],
      ],
    );
    assert.ok(seen.every((args) => args[0] === thisArg && args[3] === cache));
  });

  it('iteration counts nothing and changes no order', () => {
    const cache = filled();
    for (const walk of [cache.keys(), cache.values(), cache.entries(), cache]) [...walk];
    cache.forEach(() => {});
    assert.deepEqual([...cache.keys()], ['b', 'c', 'a']);
    assert.deepEqual([cache.stats.hits, cache.stats.misses], [1, 0]);
  });

  it('iteration skips expired entries', () => {
    const clock = manualClock();
    const cache = new ResultCache({ clock }).put('a', 1, { ttl: 1 }).put('b', 2);
    clock.time = 1_001;
    assert.deepEqual([...cache], [['b', 2]]);
    assert.deepEqual([...cache.values()], [2]);
  });

  it('iteration ends, in the order of its start, when each entry is got or put on the way', () => {
    const cache = filled();
    const seen = [];
    for (const [key] of cache) {
      seen.push(key);
      cache.get(key);
      if (key === 'b') cache.put('c', 4);
    }
    assert.deepEqual(seen, ['b', 'c', 'a']);
    for (const [key] of cache) cache.put(`${key}${key}`, 0);
    assert.equal(cache.size, 6);
  });

  it('iteration skips entries that are removed on the way', () => {
    const cache = filled();
    const seen = [];
    for (const key of cache.keys()) {
      seen.push(key);
      cache.delete('c');
    }
    assert.deepEqual(seen, ['b', 'a']);
    cache.forEach(() => {
      cache.clear();
    });
    assert.equal(cache.size, 0);
  });

  it('cache iterators can be walked by hand and left early', () => {
    const cache = filled();
    const walk = cache.entries();
    assert.equal(walk[Symbol.iterator](), walk);
    assert.deepEqual(walk.next(), { value: ['b', 2], done: false });
    assert.deepEqual(
      new Map(cache),
      new Map([
        ['b', 2],
        ['c', 3],
        ['a', 1],
      ]),
    );
    for (const _ of cache) break;
    assert.deepEqual(
      [...walk],
      [
        ['c', 3],
        ['a', 1],
      ],
    );
    assert.equal(walk.next().done, true);
  });
});

for (const entry of ['holdfast', 'holdfast/js']) {
  describe(`${entry} keeps exact order while memory grows`, () => {
    it(`a cache of ${entry} keeps exact order when the memory of another cache grows during a burst of hits`, async () => {
      const { ResultCache } = await import(entry);
      const cache = new ResultCache({ maxSize: 3 }).put('a', 1).put('b', 2).put('c', 3);
      for (let n = 0; n < 200; n++) assert.equal(cache.get('c'), 3);
      const other = new ResultCache({ maxSize: 100_000, ttl: 0 });
      for (let n = 0; n < 100_000; n++) other.put(n, n);
      assert.equal(cache.get('a'), 1);
      assert.equal(cache.get('b'), 2);
      cache.put('d', 4);
      assert.deepEqual([...cache.keys()], ['a', 'b', 'd']);
    });
  });
}
