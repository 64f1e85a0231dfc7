import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import { ResultCache } from 'holdfast';
import { cacheEvents, removals } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';

/** A cache with the fresh entry `fresh` and, more recent, the stale entry `stale`. */
function half(options) {
  const clock = manualClock();
  const cache = new ResultCache({ ttl: 1, staleIfError: 10, clock, ...options });
  cache.put('fresh', 1, { ttl: 100 }).put('stale', 2);
  clock.time = 1_001;
  return { cache, clock };
}

const windows = [
  ['staleWhileRevalidate', { staleWhileRevalidate: 10 }, 10_000],
  ['staleIfError', { staleIfError: '10s' }, 10_000],
  ['the longer of the two, staleIfError', { staleWhileRevalidate: 2, staleIfError: 7 }, 7_000],
  [
    'the longer of the two, staleWhileRevalidate',
    { staleWhileRevalidate: 7, staleIfError: 2 },
    7_000,
  ],
  ['staleIfError, with the other one 0', { staleWhileRevalidate: 0, staleIfError: '250ms' }, 250],
  [
    'staleWhileRevalidate of a day',
    { staleWhileRevalidate: '1d', staleIfError: undefined },
    86_400_000,
  ],
];

describe('an entry is fresh, then stale for the longer window, then expired', () => {
  for (const [name, options, length] of windows) {
    it(`an entry is stale after its ttl for the time of ${name}`, () => {
      const clock = manualClock(17);
      const cache = new ResultCache({ ttl: 5, clock, ...options }).put('a', 1);
      const events = cacheEvents(cache);
      clock.time = 17 + 5_000;
      assert.deepEqual([cache.has('a'), cache.info('a').stale, cache.size], [true, false, 1]);
      clock.time += 0.5;
      assert.deepEqual([cache.has('a'), cache.info('a').stale, cache.size], [false, true, 1]);
      clock.time = 17 + 5_000 + length;
      assert.deepEqual([cache.has('a'), cache.info('a').stale, cache.size], [false, true, 1]);
      assert.deepEqual(events, []);
      clock.time += 0.5;
      assert.deepEqual([cache.has('a'), cache.info('a'), cache.size], [false, undefined, 0]);
      assert.deepEqual(events, [['expire', 'a', 1]]);
      assert.equal(cache.stats.expirations, 1);
    });
  }

  it('an entry of a cache without windows, or with windows of 0, is never stale', () => {
    for (const options of [{}, { staleWhileRevalidate: 0, staleIfError: '0s' }]) {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 5, clock, ...options }).put('a', 1);
      clock.time = 5_000;
      assert.equal(cache.info('a').stale, false);
      clock.time = 5_000.5;
      assert.equal(cache.info('a'), undefined);
      assert.equal(cache.size, 0);
    }
  });

  it('the windows follow the own ttl of an entry', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 5, staleIfError: 10, clock });
    cache.put('short', 1, { ttl: 1 }).put('long', 2, { ttl: 20 });
    clock.time = 11_000;
    assert.deepEqual([cache.info('short').stale, cache.info('long').stale], [true, false]);
    clock.time = 11_001;
    assert.deepEqual([cache.info('short'), cache.has('long')], [undefined, true]);
    clock.time = 30_000;
    assert.equal(cache.info('long').stale, true);
    clock.time = 30_001;
    assert.equal(cache.info('long'), undefined);
  });

  it('an entry with a ttl of 0 is never stale', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 0, staleIfError: 1, clock }).put('a', 1);
    cache.put('b', 2, { ttl: 0 });
    clock.time = 1e15;
    assert.deepEqual([cache.get('a'), cache.get('b')], [1, 2]);
    assert.deepEqual([cache.info('a').stale, cache.info('b').stale], [false, false]);
  });

  it('the longest window leaves the ttl of an entry as it is, but for its rounding', () => {
    const clock = manualClock(1.7e12);
    const staleIfError = `${Number.MAX_SAFE_INTEGER}ms`;
    const cache = new ResultCache({ ttl: 5, staleIfError, clock }).put('a', 1);
    clock.time += 4_996;
    assert.equal(cache.get('a'), 1);
    clock.time += 8;
    assert.equal(cache.get('a'), undefined);
    clock.time += 1e15;
    assert.equal(cache.info('a').stale, true);
  });

  it('an idle cache removes a stale entry within 5 s after its windows, and not before', () => {
    const time = FakeTimers.install();
    try {
      const cache = new ResultCache({ ttl: 5, staleIfError: 60 }).put('a', 1);
      const left = removals(cache);
      time.tick(65_000);
      assert.deepEqual(left, []);
      time.tick(5_001);
      assert.deepEqual(left, [['expire', 'a', 1]]);
    } finally {
      time.uninstall();
    }
  });
});

describe('only info and size see a stale entry', () => {
  it('get, has, peek and iteration do not see a stale entry', () => {
    const { cache } = half();
    assert.deepEqual(
      [cache.get('stale'), cache.has('stale'), cache.peek('stale')],
      [undefined, false, undefined],
    );
    assert.deepEqual([...cache.keys()], ['fresh']);
    assert.deepEqual([...cache.values()], [1]);
    assert.deepEqual([...cache.entries()], [['fresh', 1]]);
    assert.deepEqual([...cache], [['fresh', 1]]);
    const seen = [];
    cache.forEach((...args) => {
      seen.push(args);
    });
    assert.deepEqual(seen, [[1, 'fresh', cache]]);
    assert.equal(cache.info('stale').value, 2);
  });

  it('size and stats count a stale entry, and expirations do not', () => {
    const { cache } = half();
    assert.equal(cache.size, 2);
    const { size, expirations } = cache.stats;
    assert.deepEqual([size, expirations], [2, 0]);
  });

  it('get of a stale entry is a miss and leaves the entry and the order as they are', () => {
    const { cache } = half({ maxSize: 2 });
    cache.get('fresh');
    const left = removals(cache);
    assert.equal(cache.get('stale'), undefined);
    assert.deepEqual([cache.stats.hits, cache.stats.misses], [1, 1]);
    cache.put('new', 3);
    assert.deepEqual(left, [['evict', 'stale', 2]]);
  });

  it('an iteration leaves out an entry that becomes stale while it goes on', () => {
    const clock = manualClock();
    const cache = new ResultCache({ staleIfError: 10, clock });
    cache.put('a', 1).put('b', 2, { ttl: 1 }).put('c', 3);
    const seen = [];
    for (const key of cache.keys()) {
      seen.push(key);
      clock.time = 1_001;
    }
    assert.deepEqual(seen, ['a', 'c']);
  });
});

describe('a stale entry takes room like any other', () => {
  it('a stale entry that is the least recent is evicted', () => {
    const { cache } = half({ maxSize: 2 });
    const events = cacheEvents(cache);
    cache.get('fresh');
    cache.put('new', 3);
    assert.deepEqual(events, [['evict', 'stale', 2]]);
    assert.deepEqual([...cache.keys()], ['fresh', 'new']);
  });

  it('a fresh entry that is less recent than a stale one is evicted before it', () => {
    const { cache } = half({ maxSize: 2 });
    const events = cacheEvents(cache);
    cache.put('new', 3);
    assert.deepEqual(events, [['evict', 'fresh', 1]]);
    assert.equal(cache.info('stale').stale, true);
  });

  it('an entry whose windows are over is removed before any other', () => {
    const { cache, clock } = half({ maxSize: 2 });
    const events = cacheEvents(cache);
    clock.time = 11_001;
    cache.put('new', 3);
    assert.deepEqual(events, [['expire', 'stale', 2]]);
    assert.deepEqual([...cache.keys()], ['fresh', 'new']);
  });

  it('resize counts stale entries and evicts the least recent, fresh or stale', () => {
    const { cache } = half();
    const events = cacheEvents(cache);
    cache.resize(1);
    assert.deepEqual(events, [['evict', 'fresh', 1]]);
    assert.equal(cache.size, 1);
    assert.equal(cache.info('stale').value, 2);
  });
});

describe('put, invalidate and clear treat a stale entry as an entry', () => {
  it('put over a stale entry makes the key fresh again, for a whole ttl', () => {
    const { cache, clock } = half();
    const left = removals(cache);
    cache.put('stale', 3);
    assert.deepEqual(left, [['replace', 'stale', 2]]);
    clock.time = 2_001;
    assert.equal(cache.get('stale'), 3);
    clock.time = 2_002;
    assert.deepEqual([cache.get('stale'), cache.info('stale').value], [undefined, 3]);
    assert.equal(cache.size, 2);
  });

  it('put of the same value over a stale entry makes it fresh again, and no entry leaves', () => {
    const { cache } = half();
    const left = removals(cache);
    cache.put('stale', 2);
    assert.deepEqual(left, []);
    assert.equal(cache.get('stale'), 2);
  });

  for (const name of ['invalidate', 'delete']) {
    it(`${name} removes a stale entry and returns false`, () => {
      const { cache } = half();
      const left = removals(cache);
      assert.equal(cache[name]('stale'), false);
      assert.deepEqual(left, [['invalidate', 'stale', 2]]);
      assert.deepEqual([cache.info('stale'), cache.size], [undefined, 1]);
      assert.equal(cache.stats.expirations, 0);
    });
  }

  it('clear removes stale entries, too', () => {
    const { cache } = half();
    const left = removals(cache);
    cache.clear();
    assert.deepEqual(left, [
      ['clear', 'fresh', 1],
      ['clear', 'stale', 2],
    ]);
    assert.deepEqual([cache.info('stale'), cache.size], [undefined, 0]);
  });
});

describe('a cache without a clock of its own finds stale entries', () => {
  let time;
  beforeEach(() => {
    time = FakeTimers.install();
  });
  afterEach(() => time.uninstall());

  it('get, has, peek and iteration of a cache with the time of the runtime do not see a stale entry', () => {
    const cache = new ResultCache({ ttl: 5, staleWhileRevalidate: 60 }).put('a', 1);
    for (let n = 0; n < 100; n++) assert.equal(cache.get('a'), 1);
    time.tick(5_001);
    assert.equal(cache.get('a'), undefined);
    assert.deepEqual([cache.has('a'), cache.peek('a'), [...cache]], [false, undefined, []]);
    assert.deepEqual([cache.info('a').stale, cache.size], [true, 1]);
  });
});
