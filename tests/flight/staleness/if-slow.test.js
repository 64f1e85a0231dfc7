import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { eventsOf, storedScene, ways } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();
const CACHE = { staleIfError: '1h', staleIfSlow: '2s', clock: undefined };
const OLD = { state: 'fulfilled', value: 'old' };

/** The entry for `'a'` is stale, by 1 ms. */
async function staleScene(cache, options) {
  const scene = await storedScene({ ...CACHE, ...cache }, options);
  await time.pass(10_001);
  return scene;
}

for (const [way, call] of Object.entries(ways)) {
  it(`calls ${way} get the stale value when their flight is as old as staleIfSlow, all by one timer`, async () => {
    const { load, f } = await staleScene();
    const before = time.pending;
    const calls = Array.from({ length: 100 }, () => outcomeOf(call(f)));
    assert.equal(time.pending, before + 1);
    await time.pass(1_500);
    const late = outcomeOf(call(f));
    await time.pass(499);
    assert.deepEqual([...new Set([...calls, late].map(({ state }) => state))], ['pending']);
    await time.pass(1);
    assert.deepEqual(calls, Array(100).fill(OLD));
    assert.deepEqual(late, OLD, 'it does not wait for 2 s of its own');
    assert.deepEqual([time.pending, load.runs.length], [before, 2]);
    const { hits, misses, coalesced, stale } = f.cache.stats;
    assert.deepEqual([hits, misses, coalesced, stale], [0, 2, 100, 101]);
  });

  it(`later calls ${way} get the stale value at once while a slow flight goes on, and its success is stored`, async () => {
    const { load, f } = await staleScene();
    const first = call(f);
    await time.pass(2_000);
    await time.pass(1_000);
    const before = time.pending;
    const later = [outcomeOf(call(f)), outcomeOf(call(f))];
    await turn();
    assert.deepEqual(later, [OLD, OLD]);
    assert.deepEqual([time.pending, load.runs.length, await first], [before, 2, 'old']);
    load.runs[1].resolve('new');
    await turn();
    assert.equal(await call(f), 'new');
    assert.equal(load.runs.length, 2);
  });
}

describe('a flight is faster than staleIfSlow', () => {
  for (const [end, expected] of [
    ['resolve', { state: 'fulfilled', value: 'new' }],
    ['reject', OLD],
  ]) {
    it(`a flight that ends in time clears its timer (by ${end})`, async () => {
      const { load, f } = await staleScene();
      const before = time.pending;
      const call = outcomeOf(f('a'));
      await time.pass(1_999);
      load.runs[1][end]('new');
      await turn();
      assert.deepEqual(call, expected);
      assert.equal(time.pending, before);
    });
  }

  it('the last caller that leaves in time cancels the flight and its timer', async () => {
    const { load, f } = await staleScene({}, { passContext: true });
    const before = time.pending;
    const controller = new AbortController();
    const call = outcomeOf(f.with({ signal: controller.signal })('a'));
    await time.pass(1_000);
    controller.abort('bye');
    await turn();
    assert.deepEqual(call, { state: 'rejected', error: 'bye' });
    assert.equal(load.runs[1].args.at(-1).signal.aborted, true);
    assert.equal(time.pending, before);
  });
});

describe('a slow flight goes on as a refresh', () => {
  it('a slow flight that fails is an error to no caller, keeps the value and pauses the key', async () => {
    const { load, f } = await staleScene();
    const call = outcomeOf(f('a'));
    await time.pass(2_000);
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.deepEqual(call, OLD);
    await time.pass(4_000);
    assert.deepEqual(await Promise.all([f('a'), f('a')]), ['old', 'old']);
    assert.equal(load.runs.length, 2);
    await time.pass(1_001);
    f('a');
    assert.equal(load.runs.length, 3);
  });

  it('a caller that got the stale value and then aborts does not end the flight', async () => {
    const { load, f } = await staleScene({}, { passContext: true });
    const controller = new AbortController();
    const call = f.with({ signal: controller.signal })('a');
    await time.pass(2_000);
    assert.equal(await call, 'old');
    controller.abort('bye');
    await turn();
    assert.equal(load.runs[1].args.at(-1).signal.aborted, false);
    load.runs[1].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
  });

  it('a slow flight that is superseded is not stored, and its waiters have had the stale value', async () => {
    const { load, f, key } = await staleScene();
    const call = outcomeOf(f('a'));
    await time.pass(2_000);
    assert.deepEqual(call, OLD);
    f.invalidate('a');
    load.runs[1].resolve('late');
    await turn();
    assert.equal(f.cache.info(key), undefined);
  });

  for (const [end, expected] of [
    ['resolve', { state: 'fulfilled', value: 'end' }],
    ['reject', { state: 'rejected', error: 'end' }],
  ]) {
    it(`with({ refresh: true }) joins a slow flight and gets its result or its error (${end})`, async () => {
      const { load, f } = await staleScene();
      const call = outcomeOf(f('a'));
      await time.pass(2_000);
      const refreshed = outcomeOf(f.with({ refresh: true })('a'));
      await turn();
      assert.deepEqual([call, refreshed.state, load.runs.length], [OLD, 'pending', 2]);
      load.runs[1][end]('end');
      await turn();
      assert.deepEqual(refreshed, expected);
    });

    it(`calls join a slow flight when the window is over, and get its result or its error (${end})`, async () => {
      const { load, f } = await staleScene({ staleIfError: 3 });
      const call = outcomeOf(f('a'));
      await time.pass(4_000);
      const joined = Object.values(ways).map((way) => outcomeOf(way(f)));
      await turn();
      assert.deepEqual(
        [call, ...joined.map(({ state }) => state), load.runs.length],
        [OLD, 'pending', 'pending', 2],
      );
      load.runs[1][end]('end');
      await turn();
      assert.deepEqual(joined, [expected, expected]);
    });
  }

  it('a slow flight that hangs does not hold its key', async () => {
    const { load, f } = await staleScene();
    outcomeOf(f('a'));
    await time.pass(20_000);
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 2);
    await time.pass(20_000);
    const call = f('a');
    assert.equal(load.runs.length, 3);
    load.runs[2].resolve('new');
    assert.equal(await call, 'new');
    load.runs[1].resolve('late');
    await turn();
    assert.equal(await f('a'), 'new');
  });
});

describe('staleIfSlow applies where a stale value could stand in', () => {
  it('a call without a stale value waits for as long as it takes, without a timer', async () => {
    const { load, f } = await staleScene();
    const before = time.pending;
    const call = outcomeOf(f('b'));
    assert.equal(time.pending, before);
    await time.pass(60_000);
    assert.equal(call.state, 'pending');
    load.runs[1].resolve('b');
    await turn();
    assert.equal(call.value, 'b');
  });

  it('a call that joins a refresh of the background waits until that has taken staleIfSlow', async () => {
    const { load, f } = await storedScene({
      ...CACHE,
      staleWhileRevalidate: '1s',
      staleIfSlow: '5s',
    });
    await time.pass(10_500);
    assert.equal(await f('a'), 'old');
    await time.pass(1_000);
    const waiting = outcomeOf(f('a'));
    await time.pass(3_999);
    assert.equal(waiting.state, 'pending');
    await time.pass(1);
    assert.deepEqual(waiting, OLD);
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 2);
    assert.equal(f.cache.stats.refreshes, 1);
  });

  it('a call whose stale value leaves before staleIfSlow waits on', async () => {
    const { load, f } = await staleScene({ staleIfError: 1 });
    const call = outcomeOf(f('a'));
    await time.pass(5_000);
    assert.equal(call.state, 'pending');
    load.runs[1].resolve('new');
    await turn();
    assert.equal(call.value, 'new');
  });

  it('with({ refresh: true }) waits for the new result, and a caller that joined it gets the stale value', async () => {
    const { load, f } = await staleScene();
    const refreshed = outcomeOf(f.with({ refresh: true })('a'));
    const joined = outcomeOf(f('a'));
    await time.pass(2_000);
    assert.deepEqual([refreshed.state, joined], ['pending', OLD]);
    load.runs[1].resolve('new');
    await turn();
    assert.deepEqual(refreshed, { state: 'fulfilled', value: 'new' });
  });

  it('a caller that aborts while it waits gets its reason, and the others the stale value', async () => {
    const { f } = await staleScene();
    const controller = new AbortController();
    const leaving = outcomeOf(f.with({ signal: controller.signal })('a'));
    const staying = outcomeOf(f('a'));
    await time.pass(1_000);
    controller.abort('bye');
    await time.pass(1_000);
    assert.deepEqual([leaving, staying], [{ state: 'rejected', error: 'bye' }, OLD]);
  });

  it('an event of a value given after the wait has the reason slow and the number of its flight', async () => {
    const { f } = await staleScene();
    const events = eventsOf(f);
    f('a');
    await time.pass(2_000);
    const [miss, stale, ...more] = events;
    assert.deepEqual([miss.type, stale.type, more.length], ['cache_miss', 'cache_stale', 0]);
    assert.deepEqual(stale.detail, { reason: 'slow', age: 2.001 });
    assert.equal(stale.flight, miss.flight);
    assert.notEqual(stale.flight, 0);
  });

  it('staleIfSlow of a function uses the staleIfError of its store', async () => {
    const store = new ResultCache({ ttl: 10, staleIfError: '1h' });
    let result = Promise.resolve('old');
    const f = resilient(() => result, { cache: { store, staleIfSlow: '2s' } });
    await f('a');
    result = new Promise(() => {});
    await time.pass(10_001);
    const call = outcomeOf(f('a'));
    await time.pass(2_000);
    assert.deepEqual(call, OLD);
    assert.throws(
      () => resilient(() => {}, { cache: { store: new ResultCache(), staleIfSlow: '2s' } }),
      TypeError,
    );
  });
});

it('a call whose timer for staleIfSlow runs synchronously gets the new result', async () => {
  const { load, f } = await staleScene();
  const original = globalThis.setTimeout;
  let call;
  globalThis.setTimeout = (callback) => callback();
  try {
    call = outcomeOf(f('a'));
  } finally {
    globalThis.setTimeout = original;
  }
  load.runs[1].resolve('new');
  await turn();
  assert.deepEqual(call, { state: 'fulfilled', value: 'new' });
});
