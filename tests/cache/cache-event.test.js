import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';
import { turn } from '../support/turn.js';

/** A full cache with the entries `a` and `b`, and its manual clock. */
function full() {
  const clock = manualClock();
  const cache = new ResultCache({ maxSize: 2, ttl: 10, clock }).put('a', 1).put('b', 2);
  return { cache, clock };
}

describe('a cache dispatches events to its listeners', () => {
  it('cache events are Events with type, key and value', () => {
    const { cache } = full();
    const value = {};
    cache.put('a', value).put('b', 2);
    let seen;
    cache.addEventListener('evict', (event) => {
      seen = event;
    });
    cache.put('c', 3);
    assert.ok(seen instanceof Event);
    assert.equal(seen.type, 'evict');
    assert.equal(seen.key, 'a');
    assert.equal(seen.value, value);
  });

  it('cache events are dispatched for undefined and null as keys and values', () => {
    const cache = new ResultCache({ maxSize: 1 });
    const events = cacheEvents(cache);
    cache.put(undefined, null).put(null, undefined).put('a', 1);
    assert.deepEqual(events, [
      ['evict', undefined, null],
      ['evict', null, undefined],
    ]);
  });

  it('a cache event has the key 0 for an entry that was put as -0, as iteration has', () => {
    const cache = new ResultCache({ maxSize: 1 });
    const events = cacheEvents(cache);
    cache.put(-0, 1).put('a', 2);
    assert.deepEqual(events, [['evict', 0, 1]]);
  });

  const ways = {
    get: (cache) => cache.get('a'),
    put: (cache) => cache.put('a', 3),
    size: (cache) => cache.size,
    stats: (cache) => cache.stats,
  };
  for (const [name, use] of Object.entries(ways)) {
    it(`an expire event has the old value when ${name} finds the expired entry`, () => {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 1, clock }).put('a', 1);
      const events = cacheEvents(cache);
      clock.time = 1_001;
      use(cache);
      assert.deepEqual(events, [['expire', 'a', 1]]);
      use(cache);
      assert.deepEqual(events, [['expire', 'a', 1]]);
      assert.equal(cache.stats.expirations, 1);
    });
  }

  it('an evict event is dispatched after the change: the listener sees the new entry and not the old one', () => {
    const { cache } = full();
    let keys;
    cache.addEventListener('evict', () => {
      keys = [...cache.keys()];
    });
    cache.put('c', 3);
    assert.deepEqual(keys, ['b', 'c']);
  });

  it('cache events are dispatched in the order of eviction when one resize evicts several entries', () => {
    const { cache } = full();
    cache.resize(5);
    cache.put('c', 3).put('d', 4);
    const events = cacheEvents(cache);
    cache.resize(1);
    assert.deepEqual(
      events.map(([, key]) => key),
      ['a', 'b', 'c'],
    );
  });
});

describe('a listener may call back into its cache', () => {
  it('an evict listener may put the evicted entry back once', () => {
    const { cache } = full();
    cache.addEventListener('evict', ({ key, value }) => cache.put(key, value), { once: true });
    cache.put('c', 3);
    assert.deepEqual(
      [...cache],
      [
        ['c', 3],
        ['a', 1],
      ],
    );
    assert.equal(cache.stats.evictions, 2);
  });

  it('an evict listener may cause further evictions to any depth', () => {
    const { cache } = full();
    cache.addEventListener('evict', () => {
      const { evictions } = cache.stats;
      if (evictions < 500) cache.put(evictions, 'x');
    });
    cache.put('c', 3);
    assert.equal(cache.stats.evictions, 500);
    assert.deepEqual([...cache.keys()], [498, 499]);
  });

  it('an expire listener may put the expired key again during get', () => {
    const { cache, clock } = full();
    cache.addEventListener('expire', ({ key }) => cache.put(key, 'fresh'));
    clock.time = 10_001;
    assert.equal(cache.get('a'), undefined);
    assert.equal(cache.get('a'), 'fresh');
    assert.deepEqual([cache.stats.hits, cache.stats.misses], [1, 1]);
  });

  it('the value that a listener puts for the key being put is the one that stays', () => {
    const { cache, clock } = full();
    cache.addEventListener('expire', () => cache.put('a', 'of the listener'), { once: true });
    clock.time = 10_001;
    cache.put('a', 'of the caller');
    assert.equal(cache.get('a'), 'of the listener');
  });

  it('a listener may clear its cache', () => {
    const { cache } = full();
    cache.addEventListener('evict', () => cache.clear());
    cache.put('c', 3);
    assert.deepEqual([...cache], []);
    assert.equal(cache.put('d', 4).get('d'), 4);
  });

  it('a listener may resize its cache during a resize', () => {
    const { cache } = full();
    cache.resize(4);
    cache.put('c', 3).put('d', 4);
    cache.addEventListener('evict', () => cache.resize(1));
    cache.resize(3);
    assert.deepEqual([...cache], [['d', 4]]);
    assert.equal(cache.stats.maxSize, 1);
  });

  it('a listener may dispose of its cache during get, put, size and resize', () => {
    const clear = /disposed/;
    for (const use of ['get', 'put', 'size', 'stats', 'resize']) {
      const { cache, clock } = full();
      cache.addEventListener('expire', () => cache[Symbol.dispose]());
      clock.time = 10_001;
      try {
        if (use === 'size') cache.size;
        else if (use === 'stats') assert.fail(`stats: ${JSON.stringify(cache.stats)}`);
        else if (use === 'resize') cache.resize(1);
        else cache[use]('a', 3);
      } catch (error) {
        assert.match(error.message, clear);
      }
      assert.throws(() => cache.get('a'), clear);
    }
  });

  it('a listener may dispose of its cache and make another, whose counters start at zero', () => {
    const { cache, clock } = full();
    let other;
    cache.addEventListener('expire', () => {
      cache[Symbol.dispose]();
      other ??= new ResultCache();
    });
    clock.time = 10_001;
    try {
      cache.get('a');
    } catch {}
    assert.deepEqual(other.stats, new ResultCache().stats);
  });

  it('a listener may get other entries during the iteration that found the expired one', () => {
    const { cache } = full();
    cache.addEventListener('evict', () => cache.get('b'));
    for (const [key] of cache) cache.put(`${key}${key}`, 0);
    assert.equal(cache.size, 2);
  });
});

describe('addEventListener and removeEventListener follow EventTarget', () => {
  const evict = (cache, times = 1) => {
    for (let n = 0; n < times; n++) cache.put({}, n);
  };

  it('addEventListener adds the same listener once, and removeEventListener removes it', () => {
    const { cache } = full();
    let calls = 0;
    const listener = () => calls++;
    cache.addEventListener('evict', listener);
    cache.addEventListener('evict', listener);
    evict(cache);
    assert.equal(calls, 1);
    cache.removeEventListener('evict', listener);
    cache.removeEventListener('evict', listener);
    evict(cache);
    assert.equal(calls, 1);
  });

  it('addEventListener takes the option once', () => {
    const { cache } = full();
    let calls = 0;
    cache.addEventListener('evict', () => calls++, { once: true });
    evict(cache, 3);
    assert.equal(calls, 1);
  });

  it('addEventListener takes a signal that aborts later or has already aborted', () => {
    const { cache } = full();
    let calls = 0;
    const controller = new AbortController();
    cache.addEventListener('evict', () => calls++, { signal: controller.signal });
    evict(cache);
    controller.abort();
    evict(cache);
    assert.equal(calls, 1);
    cache.addEventListener('evict', () => calls++, { signal: AbortSignal.abort() });
    evict(cache);
    assert.equal(calls, 1);
  });

  it('addEventListener takes an object with handleEvent, and ignores null', () => {
    const { cache } = full();
    const listener = {
      calls: 0,
      handleEvent() {
        this.calls++;
      },
    };
    cache.addEventListener('evict', listener);
    cache.addEventListener('evict', null);
    cache.removeEventListener('evict', null);
    evict(cache);
    assert.equal(listener.calls, 1);
  });

  it('a listener may remove itself and other listeners, and add one for the next event', () => {
    const { cache } = full();
    const calls = [];
    const second = () => calls.push('second');
    const first = () => {
      calls.push('first');
      cache.removeEventListener('evict', first);
      cache.removeEventListener('evict', second);
      cache.addEventListener('evict', third);
    };
    const third = () => calls.push('third');
    cache.addEventListener('evict', first);
    cache.addEventListener('evict', second);
    evict(cache);
    assert.deepEqual(calls, ['first']);
    evict(cache);
    assert.deepEqual(calls, ['first', 'third']);
  });
});

describe('a listener that throws or rejects does not affect the cache', () => {
  it('a listener that throws or rejects causes a warning and changes nothing for the caller and other listeners', async () => {
    const warn = mock.method(process, 'emitWarning', () => {});
    try {
      const { cache } = full();
      let calls = 0;
      cache.addEventListener('evict', () => {
        throw new Error('thrown');
      });
      cache.addEventListener('evict', async () => {
        throw new Error('rejected');
      });
      cache.addEventListener('evict', () => calls++);
      assert.equal(cache.put('c', 3), cache);
      await turn();
      assert.equal(calls, 1);
      assert.deepEqual([...cache.keys()], ['b', 'c']);
      const messages = warn.mock.calls.map((call) => String(call.arguments[0]));
      assert.equal(messages.length, 2);
      assert.match(messages[0], /'evict'.*thrown/);
      assert.match(messages[1], /'evict'.*rejected/);
    } finally {
      warn.mock.restore();
    }
  });
});
