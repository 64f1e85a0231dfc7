import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { manualClock } from '../../support/manual-clock.js';
import { storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

/** The largest result of `Math.random`. */
const ALMOST_ONE = 1 - 2 ** -53;

/** Replaces `Math.random` by the numbers in turn; the last one is repeated. */
function mockRandom(t, numbers) {
  let count = 0;
  return t.mock.method(Math, 'random', () => numbers[Math.min(count++, numbers.length - 1)]);
}

/** The seconds for which results of a function with `ttlJitter` are fresh, for each random number. */
function livesOf(t, numbers, cache) {
  mockRandom(t, numbers);
  const f = resilient((n) => n, { cache: { ttl: 10, clock: manualClock(), ...cache } });
  return numbers.map((_, n) => f(n) === n && f.cache.info(n).ttl);
}

/** To the millisecond. */
const near = (life, expected) => Math.abs(life - expected) <= 0.001;

describe('ttlJitter shortens lives', () => {
  for (const jitter of [0.1, 0.5, 0.999]) {
    it(`a life with a ttlJitter of ${jitter} is between the whole ttl and ttl x (1 - ${jitter}), the ends included`, (t) => {
      const lives = livesOf(t, [0, ALMOST_ONE], { ttlJitter: jitter }).sort((a, b) => b - a);
      assert.ok(near(lives[0], 10), `the longest is ${lives[0]}`);
      assert.ok(near(lives[1], 10 * (1 - jitter)), `the shortest is ${lives[1]}`);
      assert.ok(lives[0] <= 10 && lives[1] > 0);
    });
  }

  it('lives with ttlJitter are spread evenly', (t) => {
    const numbers = Array.from({ length: 101 }, (_, n) => (n === 100 ? ALMOST_ONE : n / 100));
    const lives = livesOf(t, numbers, { ttlJitter: 0.5 }).sort((a, b) => b - a);
    for (const [n, life] of lives.entries()) {
      assert.ok(near(life, 10 - n / 20), `life ${n} is ${life}`);
    }
  });

  it('without ttlJitter every life is the ttl', (t) => {
    for (const cache of [{}, { ttlJitter: 0 }]) {
      assert.deepEqual(livesOf(t, [0, 0.5, ALMOST_ONE], cache), [10, 10, 10]);
      t.mock.restoreAll();
    }
  });

  it('real random numbers give lives within the range, of which no two are the same', () => {
    const cache = new ResultCache({ ttl: 10, ttlJitter: 0.2, clock: manualClock() });
    const lives = Array.from({ length: 200 }, (_, n) => cache.put(n, n).info(n).ttl);
    assert.ok(Math.min(...lives) >= 8 && Math.max(...lives) <= 10);
    assert.ok(new Set(lives).size > 100);
  });

  it('an entry ends when its shortened life is over, and its windows follow', async (t) => {
    mockRandom(t, [0, ALMOST_ONE]);
    const clock = manualClock();
    let runs = 0;
    const f = resilient(
      (n) => {
        if (++runs > 2) throw new Error('no');
        return n;
      },
      { cache: { ttl: 10, ttlJitter: 0.5, staleIfError: 2, staleBackoff: 0, clock } },
    );
    const [long, short] = [1, 2]
      .map((n) => ({ n: f(n), life: 1_000 * f.cache.info(n).ttl }))
      .sort((a, b) => b.life - a.life);
    clock.time = Math.floor(short.life);
    assert.equal(f(short.n), short.n);
    assert.equal(runs, 2, 'fresh');
    clock.time = Math.ceil(short.life) + 1;
    assert.equal(f(short.n), short.n);
    assert.equal(runs, 3, 'stale');
    clock.time = Math.ceil(short.life) + 2_001;
    assert.throws(() => f(short.n), { message: 'no' });
    assert.equal(f(long.n), long.n);
    assert.equal(runs, 4, 'fresh');
  });

  it('a refreshed value has a life of its own length', async (t) => {
    const random = mockRandom(t, [0]);
    const { clock, load, f, key } = await storedScene({ ttlJitter: 0.5, staleWhileRevalidate: 20 });
    const first = f.cache.info(key).ttl;
    clock.time = 10_001;
    random.mock.mockImplementation(() => ALMOST_ONE);
    await f('a');
    load.runs[1].resolve('new');
    await turn();
    assert.ok(near(Math.abs(first - f.cache.info(key).ttl), 5));
  });

  it('ttlJitter shortens the life that a ttl function gives', (t) => {
    const lives = livesOf(t, [0, ALMOST_ONE], { ttl: () => 20, ttlJitter: 0.5 });
    lives.sort((a, b) => b - a);
    assert.ok(near(lives[0], 20) && near(lives[1], 10), `${lives}`);
  });
});

describe('ttlJitter leaves some lives alone', () => {
  for (const number of [0, 0.5, ALMOST_ONE]) {
    it(`the ttl of one put and a life without an end are not shortened (random number ${number})`, (t) => {
      mockRandom(t, [number]);
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 10, ttlJitter: 0.9, clock });
      assert.equal(cache.put('a', 1, { ttl: 4 }).info('a').ttl, 4);
      assert.equal(cache.put('b', 1, { ttl: 0 }).info('b').ttl, Infinity);
      const forever = new ResultCache({ ttl: 0, ttlJitter: 0.9, clock });
      assert.equal(forever.put('a', 1).info('a').ttl, Infinity);
      const f = resilient((ttl) => ttl, { cache: { ttl: (ttl) => ttl, ttlJitter: 0.9, clock } });
      f(Infinity);
      assert.equal(f.cache.info(Infinity).ttl, Infinity);
      f.put(['put'], 1, { ttl: 4 });
      assert.equal(f.cache.info('put').ttl, 4);
    });
  }
});
