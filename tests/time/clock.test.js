import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache, resilient } from 'holdfast';
import { importWatched } from '../support/fresh-package.js';
import { manualClock } from '../support/manual-clock.js';

describe('a cache reads the clock that it is given', () => {
  it('get, has and peek each read the given clock, even within one run', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 10, clock }).put('a', 1);
    for (const use of ['get', 'has', 'peek']) {
      for (let n = 0; n < 2_000; n++) {
        const { reads } = clock;
        cache[use]('a');
        assert.ok(clock.reads > reads, `${use} ${n} did not read the clock`);
      }
    }
    clock.time = 10_001;
    assert.equal(cache.get('a'), undefined);
  });

  it('a lookup reads the given clock once, also in a wrapped function', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 10, clock }).put('a', 1);
    const double = resilient((n) => 2 * n, { cache: { ttl: 10, clock } });
    double(4);
    for (const use of [() => cache.get('a'), () => double(4), () => double.with({})(4)]) {
      for (let n = 0; n < 100; n++) {
        const { reads } = clock;
        use();
        assert.equal(clock.reads, reads + 1);
      }
    }
  });

  it('a clock may be any object or function with now(), called as its method', () => {
    class Clock {
      #time = 5;
      now() {
        return this.#time++;
      }
    }
    const callable = Object.assign(() => {}, { now: () => 5 });
    for (const clock of [Date, performance, new Clock(), callable]) {
      assert.equal(new ResultCache({ clock }).put('a', 1).get('a'), 1);
    }
  });

  it('a clock may start anywhere, below zero too', () => {
    for (const start of [-1e15, -1, 0, 0.5, 1.7e12, 1e15]) {
      const clock = manualClock(start);
      const cache = new ResultCache({ ttl: 10, clock }).put('a', 1);
      clock.time = start + 10_000;
      assert.equal(cache.get('a'), 1, `from ${start}, early`);
      clock.time = start + 10_002;
      assert.equal(cache.get('a'), undefined, `from ${start}, late`);
    }
  });

  it('the clock of one cache does not affect another', () => {
    const clock = manualClock();
    const one = new ResultCache({ ttl: 10, clock }).put('a', 1);
    const other = new ResultCache({ ttl: 10 }).put('a', 1);
    clock.time = 1e9;
    assert.equal(one.has('a'), false);
    assert.equal(other.has('a'), true);
  });

  it('a clock that returns no number causes an error that names it, and not a hit', () => {
    for (const wrong of [Number.NaN, Infinity, '5', undefined, null, 5n]) {
      const clock = manualClock();
      const cache = new ResultCache({ clock }).put('a', 1);
      const f = resilient((x) => x, { cache: { clock } });
      f(1);
      clock.time = wrong;
      assert.throws(() => cache.get('a'), { name: 'TypeError', message: /^clock\.now\(\) must/ });
      assert.throws(() => f(1), { name: 'TypeError', message: /^cache\.clock\.now\(\) must/ });
      clock.time = 5;
      assert.equal(cache.get('a'), 1);
    }
  });

  it('the error of a clock that throws reaches the caller and leaves the cache as it was', () => {
    const clock = manualClock();
    const cache = new ResultCache({ clock, maxSize: 2 }).put('a', 1).put('b', 2);
    const { now } = clock;
    const error = new Error('no time');
    clock.now = () => {
      throw error;
    };
    for (const use of ['get', 'has', 'peek', 'delete', 'put']) {
      assert.throws(() => cache[use]('a', 3), error);
    }
    assert.throws(() => cache.put('c', 3), error);
    assert.throws(() => cache.resize(1), error);
    clock.now = now;
    assert.equal(cache.stats.maxSize, 2);
    assert.deepEqual([...cache.values()], [1, 2]);
  });
});

it('a clock that throws keeps a pending call that a put would have ended', async () => {
  const clock = manualClock();
  const f = resilient(async (key) => `${key}!`, { cache: { clock } });
  const call = f('a');
  clock.time = Number.NaN;
  assert.throws(() => f.cache.put('a', 1), TypeError);
  clock.time = 5;
  await call;
  assert.equal(f.cache.get('a'), 'a!');
});

describe('the now() method of a clock may use its cache', () => {
  /** A cache of three entries, and a clock whose next reading runs a callback first. */
  function caught(...keys) {
    let next = () => {};
    const now = () => {
      const action = next;
      next = () => {};
      action();
      return 1;
    };
    const f = resilient((key) => `${key}!`, { cache: { maxSize: 3, clock: { now } } });
    for (const key of keys) f.cache.put(key, `${key}!`);
    return [f.cache, (action) => (next = action), f];
  }

  for (const use of ['get', 'peek']) {
    it(`a clock that uses its cache leaves ${use} with the value of its own key`, () => {
      const [cache, atNext] = caught('a', 'b');
      atNext(() => cache.get('b'));
      assert.equal(cache[use]('a'), 'a!');
      atNext(() => cache.put('a', 'new'));
      assert.equal(cache[use]('a'), 'new');
      atNext(() => {
        cache.delete('a');
        cache.put('z', 'z!');
      });
      assert.equal(cache[use]('a'), undefined);
      assert.deepEqual([...cache.keys()], ['b', 'z']);
    });
  }

  it('a clock that uses its cache leaves a call with the result of its own key', () => {
    const [cache, atNext, f] = caught('a', 'b');
    atNext(() => f('b'));
    assert.equal(f('a'), 'a!');
    atNext(() => cache.delete('a'));
    assert.equal(f('a'), 'a!');
  });

  it('a clock that puts into its cache loses no slot', () => {
    const [cache, atNext] = caught('a', 'b');
    atNext(() => cache.put('c', 'first'));
    cache.put('c', 'second');
    assert.equal(cache.get('c'), 'second');
    for (const key of ['d', 'e', 'f', 'g']) cache.put(key, key);
    assert.deepEqual([...cache.keys()], ['e', 'f', 'g']);
    assert.equal(cache.stats.evictions, 4);
  });

  it('a clock that removes the entry of a lookup leaves no hit counted', () => {
    const clock = manualClock();
    const cache = new ResultCache({ clock }).put('a', 1);
    const { now } = clock;
    clock.now = () => {
      clock.now = now;
      cache.delete('a');
      return 0;
    };
    assert.equal(cache.get('a'), undefined);
    const { hits, misses } = cache.stats;
    assert.deepEqual([hits, misses], [0, 1]);
  });

  it('a clock that disposes of its cache does not affect other caches', async () => {
    const { holdfast, instances, restore } = await importWatched();
    let action = () => {};
    const cache = new holdfast.ResultCache({ clock: { now: () => action() ?? 1 } }).put('a', 1);
    action = () => cache[Symbol.dispose]();
    assert.throws(() => cache.size, /disposed/);
    new holdfast.ResultCache().put('b', 2);
    restore();
    assert.equal(instances.length, 1);
  });

  it('a clock that disposes of its cache makes the operation that read it fail', () => {
    for (const use of ['get', 'peek', 'has', 'delete', 'put', 'resize']) {
      const [cache, atNext] = caught('a');
      atNext(() => cache[Symbol.dispose]());
      assert.throws(() => cache[use](use === 'resize' ? 2 : 'a', 1), /disposed/, use);
    }
  });
});

describe('a clock that runs backwards harms nothing', () => {
  it('a clock that runs backwards expires nothing, and time goes on from there', () => {
    const clock = manualClock(1e6);
    const cache = new ResultCache({ ttl: 10, clock }).put('a', 1);
    clock.time += 6_000;
    assert.equal(cache.get('a'), 1);
    clock.time = 0;
    assert.equal(cache.get('a'), 1);
    clock.time = 4_000;
    assert.equal(cache.get('a'), 1);
    clock.time = 4_002;
    assert.equal(cache.get('a'), undefined);
  });

  it('a clock that runs backwards does not return expired entries', () => {
    const clock = manualClock(1e6);
    const cache = new ResultCache({ ttl: 10, clock }).put('a', 1).put('b', 2, { ttl: 60 });
    clock.time += 10_001;
    assert.equal(cache.has('a'), false);
    clock.time = 0;
    assert.equal(cache.has('a'), false);
    assert.equal(cache.get('a'), undefined);
    assert.deepEqual([...cache.keys()], ['b']);
  });

  it('a clock that runs backwards gives new entries their whole life', () => {
    const clock = manualClock(1e6);
    const cache = new ResultCache({ ttl: 10, clock });
    cache.put('a', 1);
    clock.time = 0;
    cache.put('b', 2);
    clock.time = 10_000;
    assert.equal(cache.get('b'), 2);
    clock.time = 10_002;
    assert.equal(cache.get('b'), undefined);
  });

  it('a clock that runs backwards by less than a millisecond, as rounding does, does not stop time', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 10, clock }).put('a', 1);
    for (let n = 0; n < 20_000; n++) {
      clock.time += n % 2 ? 1 : -0.5;
      cache.has('a');
    }
    assert.ok(clock.time < 10_000);
    clock.time = 10_000;
    assert.equal(cache.has('a'), true);
    clock.time = 10_001;
    assert.equal(cache.has('a'), false);
  });

  it('a clock that jumps at random counts forward time only, and nothing expired returns', () => {
    const jump = fc.integer({ min: -100_000, max: 20_000 });
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 50, size: 'max' }), (jumps) => {
        const clock = manualClock(1e9);
        const cache = new ResultCache({ ttl: 30, clock }).put('a', 1);
        let passed = 0;
        for (const by of jumps) {
          clock.time += by;
          // A step back of at most a millisecond counts as rounding, and time stands still until the clock catches up.
          if (by > 0) passed += by;
          if (passed < 30_000 - jumps.length) assert.equal(cache.has('a'), true);
          else if (passed > 30_000 + jumps.length) assert.equal(cache.has('a'), false);
          else cache.has('a');
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a clock may jump far ahead', () => {
  it('a clock that jumps far ahead expires what was due, and new entries live on', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 10, clock }).put('a', 1).put('ever', 2, { ttl: 0 });
    clock.time = 2 ** 45;
    assert.equal(cache.has('a'), false);
    assert.equal(cache.get('ever'), 2);
    cache.put('a', 3);
    clock.time += 10_000;
    assert.equal(cache.get('a'), 3);
    clock.time += 1;
    assert.equal(cache.get('a'), undefined);
  });
});
