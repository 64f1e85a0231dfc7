import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { eventsOf, storedScene, ways } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();
const CACHE = { staleWhileRevalidate: '1h', clock: undefined };

/** The run that has just failed pauses the key: `load.runs[1]`. */
async function pausing(cache, options) {
  const scene = await storedScene({ ...CACHE, ...cache }, options);
  await time.pass(10_001);
  const { load, f } = scene;
  const call = f('a');
  await turn();
  load.runs[1].reject(new Error('no'));
  assert.equal(await call, 'old');
  await turn();
  return scene;
}

/** A function whose result `'old'` is stored and stale, and which fails from then on. */
async function failingScene(cache, options) {
  const runs = { count: 0 };
  const load = async () => {
    if (runs.count++ > 0) throw runs.error ?? new Error('no');
    return 'old';
  };
  const f = resilient(load, { cache: { ttl: 10, ...CACHE, ...cache }, ...options });
  await f('a');
  await time.pass(10_001);
  return { f, runs };
}

const windows = {
  staleWhileRevalidate: CACHE,
  staleIfError: { staleWhileRevalidate: 0, staleIfError: '1h' },
};

for (const [window, cache] of Object.entries(windows)) {
  for (const [way, call] of Object.entries(ways)) {
    it(`a key with ${window} whose run fails gets one run each staleBackoff, for a thousand calls ${way} in 10 s`, async () => {
      const { f, runs } = await failingScene(cache);
      for (let count = 0; count < 1_000; count++) {
        assert.equal(await call(f), 'old');
        await time.pass(10);
      }
      // At once, and after 5 s.
      assert.equal(runs.count - 1, 2);
    });
  }

  it(`a key with ${window} gets no run during a pause of its own length, and one after it`, async () => {
    const { load, f } = await pausing({ ...cache, staleBackoff: '1m' });
    await time.pass(59_000);
    assert.deepEqual(await Promise.all([f('a'), f('a')]), ['old', 'old']);
    assert.equal(load.runs.length, 2);
    await time.pass(1_001);
    outcomeOf(f('a'));
    assert.equal(load.runs.length, 3);
  });

  it(`a key with ${window} and a staleBackoff of 0 does not pause`, async () => {
    const { load, f } = await pausing({ ...cache, staleBackoff: 0 });
    outcomeOf(f('a'));
    assert.equal(load.runs.length, 3);
  });

  it(`a pause of a key with ${window} is as long as the retryAfter of an error, if that is longer`, async () => {
    const { f, runs } = await failingScene(cache, {
      rateLimiter: { maxCalls: 1, period: '1m' },
    });
    const events = eventsOf(f);
    const refusals = () => events.filter(({ type }) => type === 'rate_limited').length;
    assert.equal(await f('a'), 'old');
    await time.pass(40_000);
    assert.equal(await f('a'), 'old');
    assert.deepEqual([refusals(), runs.count], [1, 1]);
    // A minute after the first run there is another token.
    await time.pass(10_000);
    assert.equal(await f('a'), 'old');
    await turn();
    assert.deepEqual([refusals(), runs.count], [1, 2]);
  });

  it(`a pause of a key with ${window} obeys the retryAfter of an open breaker`, async () => {
    const { f, runs } = await failingScene(cache, {
      circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1m' },
    });
    const refusals = eventsOf(f);
    const refused = () => refusals.filter(({ detail }) => detail?.refused).length;
    assert.equal(await f('a'), 'old');
    await time.pass(6_000);
    assert.deepEqual([runs.count, refused()], [2, 0]);
    for (let second = 6; second < 60; second++) {
      assert.equal(await f('a'), 'old');
      await time.pass(1_000);
    }
    assert.deepEqual([runs.count, refused()], [2, 1]);
    await time.pass(1_000);
    assert.equal(await f('a'), 'old');
    await turn();
    assert.equal(runs.count, 3, 'the probe');
  });
}

describe('a pause of a key', () => {
  it('a pause of one key leaves other keys alone', async () => {
    const { load, f } = await pausing();
    const other = f('b');
    load.runs[2].resolve('b');
    assert.equal(await other, 'b');
    await time.pass(10_001);
    assert.equal(await f('b'), 'b');
    assert.equal(load.runs.length, 4);
  });

  it('with({ refresh: true }) runs during a pause, gets its error, and its success ends the pause', async () => {
    const { load, f } = await pausing({ staleBackoff: '1h' });
    const failing = outcomeOf(f.with({ refresh: true })('a'));
    assert.equal(load.runs.length, 3);
    load.runs[2].reject('again');
    await turn();
    assert.deepEqual(failing, { state: 'rejected', error: 'again' });
    const refreshed = f.with({ refresh: true })('a');
    load.runs[3].resolve('new');
    assert.equal(await refreshed, 'new');
    await time.pass(10_001);
    assert.equal(await f('a'), 'new');
    assert.equal(load.runs.length, 5);
  });

  it('a success with the same value ends a pause too', async () => {
    const { load, f } = await pausing({ staleBackoff: '1h' });
    const refreshed = f.with({ refresh: true })('a');
    load.runs[2].resolve('old');
    assert.equal(await refreshed, 'old');
    await time.pass(10_001);
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 4);
  });

  /** What ends a pause of an hour. Each leaves a value that is stale 10 s later. */
  const ends = {
    'cache.put': (f) => f.cache.put(f.makeKey('a'), 'put'),
    'f.put': (f) => f.put(['a'], 'put'),
    'a put of the same value': (f) => f.put(['a'], 'old'),
    'cache.expire': (f) => f.cache.expire(f.makeKey('a')),
    'f.expire': (f) => f.expire('a'),
    'f.expireTag': (f) => f.expireTag('t'),
    'invalidate and put': (f) => f.invalidate('a') || f.put(['a'], 'put'),
    'eviction and put': (f) => {
      f.cache.resize(1);
      f.cache.put('other', 1);
      f.put(['a'], 'put');
    },
    'clear and put': (f) => f.clear() || f.put(['a'], 'put'),
  };
  for (const [name, end] of Object.entries(ends)) {
    it(`a pause ends with ${name}`, async () => {
      const { load, f } = await pausing({ staleBackoff: '1h', tags: ['t'] });
      assert.equal(await f('a'), 'old');
      assert.equal(load.runs.length, 2);
      end(f);
      await time.pass(10_001);
      await f('a');
      assert.equal(load.runs.length, 3);
    });
  }

  it('a pause ends when the windows are over: the next caller leads a run', async () => {
    const { load, f } = await pausing({ staleWhileRevalidate: 20, staleBackoff: '1h' });
    await time.pass(19_999);
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 2);
    await time.pass(1);
    const late = outcomeOf(f('a'));
    assert.equal(load.runs.length, 3);
    load.runs[2].reject('gone');
    await turn();
    assert.deepEqual(late, { state: 'rejected', error: 'gone' });
  });

  it('a value given during a pause beyond staleWhileRevalidate has the reason error and is no hit', async () => {
    const cache = { staleWhileRevalidate: 20, staleIfError: '1h', staleBackoff: '10m' };
    const { f } = await pausing(cache);
    const events = eventsOf(f);
    await f('a');
    assert.equal(f.cache.stats.hits, 2);
    await time.pass(20_000);
    assert.equal(await f('a'), 'old');
    const { hits, misses, stale } = f.cache.stats;
    assert.deepEqual({ hits, misses, stale }, { hits: 2, misses: 1, stale: 3 });
    assert.deepEqual(
      events.map(({ type, flight, detail }) => [type, flight, detail]),
      [
        ['cache_stale', 0, { reason: 'revalidate', age: 0.001 }],
        ['cache_stale', 0, { reason: 'error', age: 20.001 }],
      ],
    );
  });
});
