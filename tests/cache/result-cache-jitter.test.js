import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { manualClock } from '../support/manual-clock.js';

const LARGEST_DRAW = 1 - 2 ** -53;

/** The life of an entry that is put while `Math.random` gives `draw`, in seconds. */
function lifeWith(t, draw, options, put) {
  const random = t.mock.method(Math, 'random', () => draw);
  const cache = new ResultCache({ clock: manualClock(17), ...options }).put('a', 1, put);
  random.mock.restore();
  return cache.info('a').ttl;
}

const near = (actual, expected) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);

describe('ttlJitter shortens the lives of entries at random', () => {
  for (const ttlJitter of [0.1, 0.5, 0.999]) {
    it(`a ttlJitter of ${ttlJitter} shortens a life by up to this part, and never lengthens it`, (t) => {
      const lives = [0, LARGEST_DRAW].map((draw) => lifeWith(t, draw, { ttl: 100, ttlJitter }));
      near(Math.max(...lives), 100);
      near(Math.min(...lives), 100 * (1 - ttlJitter));
      assert.ok(Math.max(...lives) <= 100);
      assert.ok(Math.min(...lives) >= 100 * (1 - ttlJitter) - 1e-9);
    });
  }

  it('ttlJitter spreads lives evenly', (t) => {
    const lives = Array.from({ length: 101 }, (_, draw) =>
      lifeWith(t, draw / 101, { ttl: 1_010, ttlJitter: 0.5 }),
    ).sort((a, b) => a - b);
    for (let n = 1; n < lives.length; n++) near(lives[n] - lives[n - 1], 5);
  });

  it('ttlJitter draws again for every put', (t) => {
    const draws = [0.25, 0.5, 0.75];
    t.mock.method(Math, 'random', () => draws.shift());
    const cache = new ResultCache({ ttl: 100, ttlJitter: 0.4, clock: manualClock() });
    cache.put('a', 1).put('b', 2).put('a', 3);
    const lives = ['a', 'b'].map((key) => cache.info(key).ttl);
    assert.equal(draws.length, 0);
    assert.ok(lives.every((life) => life > 60 && life < 100));
    near(Math.abs(lives[0] - lives[1]), 10);
  });

  it('an entry expires when its shortened life is over, with the windows after it', (t) => {
    const draw = t.mock.method(Math, 'random', () => 0.5);
    for (const staleIfError of [0, 100]) {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 100, ttlJitter: 0.5, staleIfError, clock });
      cache.put('a', 1).set('b', 2);
      assert.ok(draw.mock.callCount() > 0);
      clock.time = 74_999;
      assert.deepEqual([cache.get('a'), cache.get('b')], [1, 2]);
      clock.time = 75_001;
      assert.deepEqual([cache.get('a'), cache.get('b')], [undefined, undefined]);
      assert.equal(cache.size, staleIfError > 0 ? 2 : 0);
      clock.time = 174_999;
      assert.equal(cache.size, staleIfError > 0 ? 2 : 0);
      clock.time = 175_001;
      assert.equal(cache.size, 0);
    }
  });

  it('ttlJitter does not apply to the ttl of a put, or to entries that never expire', (t) => {
    for (const draw of [0, 0.5, LARGEST_DRAW]) {
      const options = { ttl: 100, ttlJitter: 0.9 };
      assert.equal(lifeWith(t, draw, options, { ttl: 7 }), 7);
      assert.equal(lifeWith(t, draw, options, { ttl: '100s' }), 100);
      assert.equal(lifeWith(t, draw, options, { ttl: 0 }), Infinity);
      assert.equal(lifeWith(t, draw, { ttl: 0, ttlJitter: 0.9 }), Infinity);
    }
  });

  it('ttlJitter applies to a put whose ttl is undefined', (t) => {
    const options = { ttl: 100, ttlJitter: 0.5 };
    for (const put of [undefined, {}, { ttl: undefined }]) {
      near(lifeWith(t, 0.5, options, put), 75);
    }
  });

  it('a cache with a ttlJitter of 0, the default, draws nothing', (t) => {
    const random = t.mock.method(Math, 'random');
    for (const options of [{}, { ttlJitter: 0 }, { ttlJitter: undefined }]) {
      const cache = new ResultCache({ ttl: 100, clock: manualClock(), ...options }).put('a', 1);
      assert.equal(cache.info('a').ttl, 100);
    }
    assert.equal(random.mock.callCount(), 0);
  });
});
