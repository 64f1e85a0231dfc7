import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents, removals } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';

/** A full cache with the entries `a` (1) and `b` (2), each with the tag `x`, its clock, and its removals. */
function full(options) {
  const clock = manualClock();
  const cache = new ResultCache({ maxSize: 2, ttl: 10, clock, ...options });
  cache.put('a', 1, { tags: ['x'] }).put('b', 2, { tags: ['x'] });
  return { cache, clock, left: removals(cache) };
}

/** The events of a cache of all types, as `[type, reason, key, value]`. The listeners of `remove` come first. */
function allEvents(cache) {
  const seen = [];
  for (const type of ['remove', 'expire', 'evict']) {
    cache.addEventListener(type, (event) => {
      seen.push([event.type, event.reason, event.key, event.value]);
    });
  }
  return seen;
}

describe('each entry that leaves has one remove event', () => {
  /** What is done to a full cache, and the entries that leave, in order. */
  const departures = {
    'put of a new key': [({ cache }) => cache.put('c', 3), [['evict', 'a', 1]]],
    resize: [({ cache }) => cache.resize(1), [['evict', 'a', 1]]],
    'put of another value': [({ cache }) => cache.put('a', 3), [['replace', 'a', 1]]],
    'set of another value': [({ cache }) => cache.set('b', 3), [['replace', 'b', 2]]],
    'put of the same value': [({ cache }) => cache.put('a', 1), []],
    'put of the same value with another ttl and other tags': [
      ({ cache }) => cache.put('a', 1, { ttl: 1, tags: ['y'] }),
      [],
    ],
    'put of NaN twice': [({ cache }) => cache.put('a', NaN).put('a', NaN), [['replace', 'a', 1]]],
    'put of a value of another type': [({ cache }) => cache.put('a', '1'), [['replace', 'a', 1]]],
    invalidate: [({ cache }) => cache.invalidate('a'), [['invalidate', 'a', 1]]],
    delete: [({ cache }) => cache.delete('b'), [['invalidate', 'b', 2]]],
    'invalidate of an absent key': [({ cache }) => cache.invalidate('c'), []],
    'expire without windows': [({ cache }) => cache.expire('a'), [['invalidate', 'a', 1]]],
    'invalidate, and put again': [
      ({ cache }) => {
        cache.invalidate('a');
        cache.put('a', 1).put('a', 1);
      },
      [['invalidate', 'a', 1]],
    ],
    clear: [
      ({ cache }) => {
        cache.get('a');
        cache.clear();
        cache.clear();
      },
      [
        ['clear', 'b', 2],
        ['clear', 'a', 1],
      ],
    ],
    'Symbol.dispose': [
      ({ cache }) => {
        cache.get('a');
        cache[Symbol.dispose]();
        cache[Symbol.dispose]();
      },
      [
        ['clear', 'b', 2],
        ['clear', 'a', 1],
      ],
    ],
    'get, has, peek, info and iteration': [
      ({ cache }) => [cache.get('a'), cache.has('b'), cache.peek('a'), cache.info('a'), [...cache]],
      [],
    ],
  };
  for (const [name, [use, expected]] of Object.entries(departures)) {
    it(`the remove events of ${name} are ${expected.map(String).join(' ') || 'none'}`, () => {
      const scene = full();
      use(scene);
      assert.deepEqual(scene.left, expected);
    });
  }

  it('the remove events of invalidateTag and expireTag are one for each entry, with the reason invalidate', () => {
    for (const way of ['invalidateTag', 'expireTag']) {
      const { cache, left } = full();
      cache[way]('x');
      assert.deepEqual(left.sort(), [
        ['invalidate', 'a', 1],
        ['invalidate', 'b', 2],
      ]);
    }
  });

  const values = [undefined, null, '', 0, false, 1n, Symbol('s'), {}, () => {}];
  it('a put of the same value, whatever it is, removes nothing', () => {
    const { cache, left } = full({ maxSize: 20 });
    for (const value of values) cache.put('same', value).put('same', value).set('same', value);
    assert.deepEqual(
      left,
      values.slice(0, -1).map((value) => ['replace', 'same', value]),
    );
    assert.equal(cache.peek('same'), values.at(-1));
  });

  it('a put of an equal but other object removes the first', () => {
    const { cache, left } = full();
    const [first, second] = [{ id: 1 }, { id: 1 }];
    cache.put('a', first).put('a', second);
    assert.equal(left.length, 2);
    assert.equal(left[1][2], first);
  });
});

describe('an entry that is past its windows leaves with the reason expire, whatever finds it', () => {
  const finds = {
    get: (cache) => cache.get('a'),
    put: (cache) => cache.put('a', 3),
    'put of the same value': (cache) => cache.put('a', 1),
    'put of another key in a full cache': (cache) => cache.put('c', 3).put('d', 4),
    invalidate: (cache) => assert.equal(cache.invalidate('a'), false),
    invalidateTag: (cache) => assert.equal(cache.invalidateTag('x'), 0),
    resize: (cache) => cache.resize(1),
    size: (cache) => cache.size,
    stats: (cache) => cache.stats,
    clear: (cache) => cache.clear(),
    'Symbol.dispose': (cache) => cache[Symbol.dispose](),
  };
  for (const [options, time] of [
    [{}, 10_001],
    [{ staleWhileRevalidate: 5, staleIfError: 20 }, 30_001],
  ]) {
    for (const [name, find] of Object.entries(finds)) {
      it(`an entry that ${name} finds at ${time} ms leaves with the reason expire, once`, () => {
        const { cache, clock, left } = full(options);
        const expired = cacheEvents(cache);
        clock.time = time;
        find(cache);
        const of = (key) => left.filter(([, each]) => each === key);
        assert.deepEqual(of('a'), [['expire', 'a', 1]]);
        assert.deepEqual(
          expired.filter(([, key]) => key === 'a'),
          [['expire', 'a', 1]],
        );
        if (name !== 'Symbol.dispose') cache.size;
        assert.deepEqual(of('a'), [['expire', 'a', 1]]);
        assert.ok(of('b').every(([reason]) => reason === 'expire'));
      });
    }
  }

  it('clear removes expired entries before the others, and counts from zero afterwards', () => {
    const { cache, clock, left } = full({ maxSize: 9 });
    cache.put('c', 3, { ttl: 1 }).put('d', 4).put('e', 5, { ttl: 2 });
    cache.get('a');
    clock.time = 2_001;
    cache.clear();
    assert.deepEqual(left.slice(0, 2).sort(), [
      ['expire', 'c', 3],
      ['expire', 'e', 5],
    ]);
    assert.deepEqual(left.slice(2), [
      ['clear', 'b', 2],
      ['clear', 'd', 4],
      ['clear', 'a', 1],
    ]);
    const { hits, expirations, evictions } = cache.stats;
    assert.deepEqual([hits, expirations, evictions], [0, 0, 0]);
  });
});

describe('the events of an entry come in order', () => {
  it('an eviction dispatches evict, then remove, and both have the reason', () => {
    const { cache } = full();
    const seen = allEvents(cache);
    cache.put('c', 3);
    assert.deepEqual(seen, [
      ['evict', 'evict', 'a', 1],
      ['remove', 'evict', 'a', 1],
    ]);
  });

  it('several evictions dispatch their events entry by entry, the least recent first', () => {
    const { cache } = full({ maxSize: 4 });
    cache.put('c', 3).put('d', 4);
    cache.get('a');
    const seen = allEvents(cache);
    cache.resize(2);
    assert.deepEqual(seen, [
      ['evict', 'evict', 'b', 2],
      ['remove', 'evict', 'b', 2],
      ['evict', 'evict', 'c', 3],
      ['remove', 'evict', 'c', 3],
    ]);
  });

  it('an expiration dispatches expire, then remove, and both have the reason', () => {
    const { cache, clock } = full();
    const seen = allEvents(cache);
    clock.time = 10_001;
    cache.get('a');
    assert.deepEqual(seen.slice(0, 2), [
      ['expire', 'expire', 'a', 1],
      ['remove', 'expire', 'a', 1],
    ]);
  });

  it('other departures dispatch remove only', () => {
    const { cache } = full();
    const seen = allEvents(cache);
    cache.put('a', 3);
    cache.invalidate('a');
    cache.clear();
    assert.deepEqual(seen, [
      ['remove', 'replace', 'a', 1],
      ['remove', 'invalidate', 'a', 3],
      ['remove', 'clear', 'b', 2],
    ]);
  });

  it('a remove event is an Event with type, key, value and reason', () => {
    const { cache } = full();
    let seen;
    cache.addEventListener('remove', (event) => {
      seen = event;
    });
    const value = {};
    cache.put('c', value);
    cache.invalidate('c');
    assert.ok(seen instanceof Event);
    assert.deepEqual([seen.type, seen.key, seen.reason], ['remove', 'c', 'invalidate']);
    assert.equal(seen.value, value);
  });

  it('a remove event has the key 0 for an entry that was put as -0', () => {
    const { cache, left } = full();
    cache.put(-0, 3);
    cache.invalidate(-0);
    assert.ok(Object.is(left.at(-1)[1], 0));
  });
});

describe('the events of an entry are dispatched after the operation', () => {
  it('a listener sees the cache as the operation leaves it', () => {
    const { cache } = full();
    const seen = [];
    cache.addEventListener('remove', ({ reason, key }) => {
      seen.push([reason, key, cache.peek(key), cache.size]);
    });
    cache.put('a', 3);
    cache.put('c', 4);
    cache.invalidate('c');
    cache.clear();
    assert.deepEqual(seen, [
      ['replace', 'a', 3, 2],
      ['evict', 'b', undefined, 2],
      ['invalidate', 'c', undefined, 1],
      ['clear', 'a', undefined, 0],
    ]);
  });

  it('a listener of clear sees the counters at zero and no entry, from the first event on', () => {
    const { cache } = full();
    cache.get('a');
    const seen = [];
    cache.addEventListener('remove', () => seen.push([cache.stats.hits, [...cache]]));
    cache.clear();
    assert.deepEqual(seen, [
      [0, []],
      [0, []],
    ]);
  });

  it('a listener of Symbol.dispose sees that the cache is disposed of', () => {
    const { cache, left } = full();
    const seen = [];
    cache.addEventListener('remove', () => {
      assert.throws(() => cache.get('a'), /disposed/);
      seen.push('disposed');
    });
    cache[Symbol.dispose]();
    assert.deepEqual([seen, left.length], [['disposed', 'disposed'], 2]);
  });
});

describe('a listener of remove may call back into its cache', () => {
  it('a listener of remove may put 10,000 deep, and each entry leaves once, in order', () => {
    const cache = new ResultCache({ maxSize: 1 }).put(0, 'v0');
    const left = removals(cache);
    cache.addEventListener('remove', ({ key }) => {
      if (key < 10_000) cache.put(key + 2, `v${key + 2}`);
    });
    cache.put(1, 'v1');
    assert.equal(left.length, 10_001);
    for (const [n, each] of left.entries()) assert.deepEqual(each, ['evict', n, `v${n}`]);
    assert.deepEqual([...cache], [[10_001, 'v10001']]);
    assert.equal(cache.stats.evictions, 10_001);
  });

  it('a listener of remove may replace the value of its key 10,000 deep', () => {
    const { cache, left } = full();
    cache.addEventListener('remove', ({ key, value }) => {
      if (value < 10_000) cache.put(key, value + 2);
    });
    cache.put('a', 2);
    assert.equal(left.length, 10_000);
    for (const [n, each] of left.entries()) assert.deepEqual(each, ['replace', 'a', n + 1]);
    assert.equal(cache.peek('a'), 10_001);
  });

  it('a listener of remove that clears its cache lets each entry leave once', () => {
    for (const use of [
      (cache) => cache.clear(),
      (cache) => cache[Symbol.dispose](),
      (cache) => cache.invalidateTag('x'),
      (cache) => cache.resize(1),
    ]) {
      for (const first of ['clear', 'invalidateTag', 'resize']) {
        const { cache, left } = full({ maxSize: 5 });
        cache.put('c', 3, { tags: ['x'] });
        cache.addEventListener('remove', () => use(cache), { once: true });
        cache[first](first === 'resize' ? 2 : 'x');
        const keys = left.map(([, key]) => key);
        assert.equal(new Set(keys).size, keys.length, `${first}: ${keys}`);
      }
    }
  });

  it('an entry that a listener puts while clear dispatches its events stays', () => {
    const { cache, left } = full();
    cache.addEventListener('remove', ({ key }) => cache.put(key, 'back'), { once: true });
    cache.clear();
    assert.deepEqual([...cache], [['a', 'back']]);
    assert.deepEqual(left, [
      ['clear', 'a', 1],
      ['clear', 'b', 2],
    ]);
  });

  it('a listener of remove that throws affects neither the operation nor the other events', async (t) => {
    const warn = t.mock.method(process, 'emitWarning', () => {});
    const cache = new ResultCache({ maxSize: 2 }).put('a', 1).put('b', 2);
    cache.addEventListener('remove', () => {
      throw new Error('thrown');
    });
    const left = removals(cache);
    cache.clear();
    assert.deepEqual(left, [
      ['clear', 'a', 1],
      ['clear', 'b', 2],
    ]);
    assert.equal(warn.mock.callCount() >= 1, true);
    assert.match(String(warn.mock.calls[0].arguments[0]), /'remove'.*thrown/);
  });
});
