import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { fakeTimes } from '../../support/fake-time.js';
import { manualClock } from '../../support/manual-clock.js';
import { outcomeOf } from '../../support/outcome.js';
import { storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const WINDOW = { staleWhileRevalidate: 20 };

/** The ways to end the freshness of the entry for `'a'`, which has the tag `'t'`. */
const expirations = {
  'f.expire': (f) => f.expire('a'),
  'cache.expire': (f) => f.cache.expire(f.makeKey('a')),
  'f.expireTag': (f) => f.expireTag('t') === 1,
  'cache.expireTag': (f) => f.cache.expireTag('t') === 1,
};

for (const [name, expire] of Object.entries(expirations)) {
  describe(`${name} ends the freshness only`, () => {
    it(`${name} of a fresh entry is true, and the next caller gets the stale value and starts a refresh`, async () => {
      const { clock, load, f, key } = await storedScene({ ...WINDOW, tags: ['t'] });
      clock.time = 4_000;
      assert.equal(expire(f), true);
      assert.equal(f.cache.peek(key), undefined);
      assert.equal(f.cache.size, 1);
      assert.equal(await f('a'), 'old');
      assert.equal(load.runs.length, 2);
      load.runs[1].resolve('new');
      await turn();
      assert.equal(await f('a'), 'new');
    });

    it(`${name} starts the windows: they count from then, not from the ttl`, async () => {
      const { clock, load, f, key } = await storedScene({ ...WINDOW, tags: ['t'] });
      clock.time = 4_000;
      expire(f);
      clock.time = 23_999;
      assert.equal(f.cache.info(key).value, 'old');
      clock.time = 24_001;
      assert.equal(f.cache.info(key), undefined);
      const late = outcomeOf(f('a'));
      await turn();
      assert.deepEqual([late.state, load.runs.length], ['pending', 2]);
    });

    it(`${name} of a stale entry is false, and extends nothing`, async () => {
      const { clock, f, key } = await storedScene({ ...WINDOW, tags: ['t'] });
      clock.time = 25_000;
      assert.equal(expire(f), false);
      clock.time = 30_000;
      assert.equal(f.cache.info(key).value, 'old');
      clock.time = 30_001;
      assert.equal(f.cache.info(key), undefined);
      assert.equal(expire(f), false);
    });

    it(`${name} of an entry without an end makes it stale`, async () => {
      const { clock, load, f, key } = await storedScene({ ...WINDOW, ttl: 0, tags: ['t'] });
      clock.time = 1e12;
      assert.equal(await f('a'), 'old');
      assert.equal(load.runs.length, 1);
      assert.equal(expire(f), true);
      assert.equal(await f('a'), 'old');
      assert.equal(load.runs.length, 2);
      clock.time += 20_001;
      assert.equal(f.cache.info(key), undefined);
    });

    it(`${name} supersedes a flight: its waiters have the result, which is not stored`, async () => {
      const { load, f } = await storedScene({ ...WINDOW, tags: ['t'] });
      f.invalidate('a');
      const before = f('a');
      expire(f);
      const after = f('a');
      assert.equal(load.runs.length, 3);
      load.runs[1].resolve('late');
      assert.equal(await before, 'late');
      assert.equal(f.cache.size, 0);
      load.runs[2].resolve('new');
      assert.deepEqual([await after, await f('a')], ['new', 'new']);
    });

    it(`${name} without windows removes the entry`, async () => {
      const { load, f } = await storedScene({ tags: ['t'] });
      assert.equal(expire(f), true);
      assert.equal(f.cache.size, 0);
      assert.equal(expire(f), false);
      outcomeOf(f('a'));
      assert.equal(load.runs.length, 2);
    });
  });
}

describe('expire and invalidate of a wrapped function', () => {
  it('f.expire ends the freshness of the entries of these arguments whatever their this', async () => {
    const { load, f } = await storedScene(WINDOW);
    const receiver = {};
    const bound = f.with({ thisArg: receiver });
    const call = bound('a');
    load.runs[1].resolve('bound');
    await call;
    assert.equal(f.expire('a'), true);
    assert.deepEqual(await Promise.all([f('a'), bound('a')]), ['old', 'bound']);
    assert.equal(load.runs.length, 4);
    assert.equal(f.expire('b'), false);
  });

  it('f.expire of other arguments leaves an entry fresh', async () => {
    const { load, f } = await storedScene(WINDOW);
    f.expire('b');
    f.expire('a', undefined);
    f.expireTag('t');
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 1);
  });

  it('invalidate of a stale entry removes it and is false', async () => {
    for (const invalidate of [
      (f) => f.invalidate('a'),
      (f) => f.cache.invalidate(f.makeKey('a')),
      (f) => f.cache.delete(f.makeKey('a')),
    ]) {
      const { clock, load, f } = await storedScene(WINDOW);
      clock.time = 10_001;
      assert.equal(f.cache.size, 1);
      assert.equal(invalidate(f), false);
      assert.equal(f.cache.size, 0);
      const call = outcomeOf(f('a'));
      await turn();
      assert.deepEqual([call.state, load.runs.length], ['pending', 2]);
    }
  });

  it('clear removes stale entries', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 10_001;
    f.cache.clear();
    assert.equal(f.cache.size, 0);
    outcomeOf(f('a'));
    assert.equal(load.runs.length, 2);
    assert.equal(f.cache.stats.misses, 1);
  });
});

describe('a stale entry of a function', () => {
  it('get, has, peek and iteration see a stale entry no more than an expired one; size counts it', async () => {
    const { clock, f, key } = await storedScene(WINDOW);
    clock.time = 10_001;
    const { cache } = f;
    assert.deepEqual(
      [cache.get(key), cache.has(key), cache.peek(key)],
      [...[undefined, false, undefined]],
    );
    assert.deepEqual([[...cache], [...cache.keys()], [...cache.values()]], [[], [], []]);
    assert.deepEqual([cache.size, cache.stats.size], [1, 1]);
    assert.equal(await f('a'), 'old', 'get removed nothing');
  });

  it('an entry expires, with its event, when the longer of its windows is over', async () => {
    for (const windows of [
      { staleWhileRevalidate: 5, staleIfError: 20 },
      { staleWhileRevalidate: 20, staleIfError: 5 },
    ]) {
      const { clock, f, key } = await storedScene(windows);
      const expired = [];
      f.cache.addEventListener('expire', (event) => expired.push([event.key, event.value]));
      clock.time = 30_000;
      f.cache.get(key);
      assert.deepEqual([expired, f.cache.size], [[], 1]);
      clock.time = 30_001;
      f.cache.get(key);
      assert.deepEqual(expired, [[key, 'old']]);
      assert.deepEqual([f.cache.size, f.cache.stats.expirations], [0, 1]);
    }
  });

  it('the windows come after the ttl of one put', async () => {
    const { clock, load, f, key } = await storedScene(WINDOW);
    f.cache.put(key, 'short', { ttl: 1 });
    clock.time = 21_000;
    assert.equal(await f('a'), 'short');
    assert.equal(load.runs.length, 2);
    clock.time = 21_001;
    assert.equal(f.cache.info(key), undefined);
  });

  it('info tells how long an entry has been stale', async () => {
    const { clock, f, key } = await storedScene(WINDOW);
    const told = [];
    for (const time of [0, 10_000, 10_500, 30_000]) {
      clock.time = time;
      const { value, ttl, stale } = f.cache.info(key);
      told.push([value, ttl, stale]);
    }
    assert.deepEqual(told, [
      ['old', 10, false],
      ['old', 0, false],
      ['old', -0.5, true],
      ['old', -20, true],
    ]);
  });
});

describe('staleness follows the clock of the cache', () => {
  it('a clock that goes back makes no stale value fresh, and its window goes on', async () => {
    const { clock, load, f } = await storedScene({ ...WINDOW, staleBackoff: 0 });
    clock.time = 12_000;
    assert.equal(await f('a'), 'old');
    load.runs[1].reject(new Error('no'));
    await turn();
    clock.time = 0;
    assert.equal(await f('a'), 'old');
    load.runs[2].reject(new Error('no'));
    await turn();
    assert.equal(load.runs.length, 3);
    clock.time = 18_000;
    assert.equal(await f('a'), 'old');
    load.runs[3].reject(new Error('no'));
    await turn();
    clock.time = 18_001;
    const late = outcomeOf(f('a'));
    await turn();
    assert.deepEqual([late.state, load.runs.length], ['pending', 5]);
  });

  it('a clock that jumps over the windows leaves nothing stale', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 1e12;
    const late = outcomeOf(f('a'));
    await turn();
    assert.deepEqual([late.state, load.runs.length, f.cache.stats.stale], ['pending', 2, 0]);
  });

  for (const [name, start] of Object.entries(fakeTimes)) {
    it(`staleness follows time that a test replaces by ${name}`, () => {
      const time = start();
      try {
        const results = ['old'];
        const f = resilient(
          () => {
            if (results.length === 0) throw new Error('no');
            return results.shift();
          },
          { cache: { ttl: 10, staleWhileRevalidate: 20, staleBackoff: 0 } },
        );
        f('a');
        time.pass(9_999);
        f('a');
        assert.deepEqual([f.cache.stats.hits, f.cache.stats.stale], [1, 0]);
        time.pass(2);
        assert.equal(f('a'), 'old');
        time.pass(19_998);
        assert.equal(f('a'), 'old');
        assert.deepEqual([f.cache.stats.stale, f.cache.stats.refreshErrors], [2, 2]);
        time.pass(2);
        assert.throws(() => f('a'), { message: 'no' });
      } finally {
        time.end();
      }
    });
  }

  it('size is at least the number of entries that iteration sees, and equal without stale ones', async () => {
    const clock = manualClock();
    const f = resilient((n) => n, { cache: { ttl: 10, staleIfError: 20, maxSize: 8, clock } });
    const sizes = [];
    for (let step = 0; step < 12; step++) {
      clock.time = step * 4_000;
      if (step < 4) f(step);
      sizes.push([f.cache.size, [...f.cache].length]);
    }
    assert.deepEqual(sizes, [
      // Entries are put at 0, 4, 8 and 12 s; each is fresh for 10 s and stale for 20 s.
      ...[
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 3],
        [4, 2],
        [4, 1],
      ],
      ...[
        [4, 0],
        [4, 0],
        [3, 0],
        [2, 0],
        [1, 0],
        [0, 0],
      ],
    ]);
  });
});
