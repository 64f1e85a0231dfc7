import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { manualClock } from '../../support/manual-clock.js';
import { manualTimers } from '../../support/manual-timers.js';
import { eventsOf, ways } from '../../support/stale-scene.js';
import '../../support/unhandled-rejections.js';

const fail = (message = 'no') => {
  throw new Error(message);
};

/** A synchronous function whose result `'old'` is stored; `results` has what it does next. */
function syncScene(cache, options) {
  const clock = manualClock();
  const results = [() => 'old'];
  const runs = { count: 0 };
  const load = () => {
    runs.count++;
    return results.shift()();
  };
  const f = resilient(load, {
    cache: { ttl: 10, clock, staleBackoff: 0, ...cache },
    ...options,
  });
  f('a');
  return { clock, results, runs, f };
}

for (const [way, call] of Object.entries(ways)) {
  describe(`a refresh of a synchronous function is over at once, for calls ${way}`, () => {
    it(`the caller of a stale synchronous function gets the new result, for calls ${way}`, () => {
      const { clock, results, runs, f } = syncScene({ staleWhileRevalidate: 20 });
      clock.time = 10_001;
      results.push(() => 'new');
      assert.equal(call(f), 'new');
      assert.equal(call(f), 'new');
      assert.equal(runs.count, 2);
    });

    it(`the caller of a stale synchronous function that throws gets the stale value, for calls ${way}`, () => {
      const { clock, results, runs, f } = syncScene({ staleWhileRevalidate: 20 });
      clock.time = 30_000;
      results.push(fail, fail);
      assert.deepEqual([call(f), call(f)], ['old', 'old']);
      assert.equal(runs.count, 3);
      const { stale, refreshes, refreshErrors } = f.cache.stats;
      assert.deepEqual([stale, refreshes, refreshErrors], [2, 2, 2]);
      clock.time = 30_001;
      results.push(() => fail('gone'));
      assert.throws(() => call(f), { message: 'gone' });
    });

    it(`a stale value stands in for what a synchronous function throws within staleIfError, for calls ${way}`, () => {
      const { clock, results, runs, f } = syncScene({ staleIfError: 20 });
      clock.time = 10_001;
      results.push(fail, () => 'new');
      assert.equal(call(f), 'old');
      const { misses, stale, refreshes, refreshErrors } = f.cache.stats;
      assert.deepEqual([misses, stale, refreshes, refreshErrors], [2, 1, 0, 0]);
      assert.equal(call(f), 'new');
      assert.equal(runs.count, 3);
    });

    it(`a synchronous function that throws pauses its key, for calls ${way}`, () => {
      for (const window of ['staleWhileRevalidate', 'staleIfError']) {
        const { clock, results, runs, f } = syncScene({ [window]: 20, staleBackoff: '1h' });
        clock.time = 10_001;
        results.push(fail);
        assert.deepEqual([call(f), call(f), call(f)], ['old', 'old', 'old']);
        assert.equal(runs.count, 2);
      }
    });
  });
}

describe('a stale synchronous function', () => {
  it('a stale synchronous function reports its refresh, and a stale value only if it gives one', () => {
    const { clock, results, f } = syncScene({ staleWhileRevalidate: 20 });
    const events = eventsOf(f);
    clock.time = 10_001;
    results.push(fail);
    f('a');
    results.push(() => 'new');
    f('a');
    assert.deepEqual(
      events.map(({ type, detail }) => [type, detail?.background ?? detail?.reason]),
      [
        ['cache_refresh', undefined],
        ['failure', true],
        ['cache_stale', 'revalidate'],
        ['cache_refresh', undefined],
        ['success', true],
      ],
    );
    assert.equal(f.cache.stats.stale, 1);
  });

  it('a fallback is not called for a synchronous function while a stale value is left', () => {
    const { clock, results, f } = syncScene(
      { staleIfError: 20 },
      { fallback: ({ message }) => `fallback ${message}` },
    );
    clock.time = 10_001;
    results.push(fail, fail);
    assert.equal(f('a'), 'old');
    clock.time = 30_001;
    assert.equal(f('a'), 'fallback no');
  });

  it('a synchronous function whose breaker is open gives the stale value, also with sync: true', () => {
    for (const window of ['staleWhileRevalidate', 'staleIfError']) {
      for (const sync of [true, false]) {
        const { clock, runs, f } = syncScene({ [window]: 20 }, { circuitBreaker: {}, sync });
        f.circuitBreaker.forceOpen();
        clock.time = 10_001;
        assert.equal(f('a'), 'old');
        assert.equal(runs.count, 1);
      }
    }
  });

  it('an error that staleOn excludes is thrown by a synchronous function within staleIfError', () => {
    const { clock, results, f } = syncScene({ staleIfError: 20, staleOn: RangeError });
    clock.time = 10_001;
    results.push(() => fail('excluded'));
    assert.throws(() => f('a'), { message: 'excluded' });
  });

  it('a stale synchronous function that calls itself with the same key gets the stale value inside', () => {
    const clock = manualClock();
    const seen = [];
    const f = resilient(
      (key) => {
        if (clock.time > 0) seen.push(f(key));
        return clock.time;
      },
      { cache: { ttl: 10, staleWhileRevalidate: 20, clock } },
    );
    assert.equal(f('a'), 0);
    clock.time = 10_001;
    assert.equal(f('a'), 10_001);
    assert.deepEqual(seen, [0]);
  });

  it('with({ refresh: true }) of a stale synchronous function throws its error', () => {
    const { clock, results, f } = syncScene({ staleWhileRevalidate: 20, staleIfError: 20 });
    clock.time = 10_001;
    results.push(fail);
    assert.throws(() => f.with({ refresh: true })('a'), { message: 'no' });
    results.push(() => 'new');
    assert.equal(f.with({ refresh: true })('a'), 'new');
  });
});

describe('a synchronous function starts no timer', () => {
  const time = manualTimers();

  it('a refresh of a synchronous function starts no timer, whatever its windows', async () => {
    const results = [() => 'old', fail, () => 'new'];
    const cache = { ttl: 10, staleIfError: '1h', staleIfSlow: '1s', staleBackoff: 0 };
    const f = resilient(() => results.shift()(), { cache });
    f('a');
    await time.pass(10_001);
    const before = time.pending;
    assert.equal(f('a'), 'old');
    assert.equal(f('a'), 'new');
    assert.equal(time.pending, before);
  });
});
