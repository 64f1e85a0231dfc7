import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { manualClock } from '../../support/manual-clock.js';
import { outcomeOf } from '../../support/outcome.js';
import { countsOf, storedScene, ways } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const WINDOW = { staleWhileRevalidate: 20 };

for (const [way, call] of Object.entries(ways)) {
  describe(`a stale value is given while it is revalidated, to a call ${way}`, () => {
    it(`a stale value is given at once and one run replaces it, for a call ${way}`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      clock.time = 10_000;
      assert.equal(await call(f), 'old');
      assert.equal(load.runs.length, 1, 'fresh up to its ttl');
      clock.time = 10_001;
      const stale = call(f);
      assert.ok(stale instanceof Promise);
      assert.equal(await stale, 'old');
      assert.deepEqual(
        load.runs.map(({ args }) => args),
        [['a'], ['a']],
      );
      load.runs[1].resolve('new');
      await turn();
      assert.equal(await call(f), 'new');
      assert.equal(load.runs.length, 2);
    });

    it(`a thousand stale calls get the stale value from one run, up to the last millisecond of the window, for a call ${way}`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      clock.time = 30_000;
      const calls = Array.from({ length: 1_000 }, () => call(f));
      assert.deepEqual([...new Set(await Promise.all(calls))], ['old']);
      assert.equal(load.runs.length, 2);
      load.runs[1].resolve('new');
      await turn();
      assert.equal(await call(f), 'new');
    });

    it(`a call after the window waits for a run of its own, for a call ${way}`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      clock.time = 30_001;
      const late = outcomeOf(call(f));
      await turn();
      assert.equal(late.state, 'pending');
      assert.equal(load.runs.length, 2);
      load.runs[1].resolve('new');
      await turn();
      assert.deepEqual(late, { state: 'fulfilled', value: 'new' });
    });

    it(`calls join a refresh once its window is over, and get its result, for a call ${way}`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      clock.time = 10_001;
      assert.equal(await call(f), 'old');
      clock.time = 30_001;
      const joined = [call(f), call(f)];
      assert.equal(load.runs.length, 2);
      load.runs[1].resolve('new');
      assert.deepEqual(await Promise.all(joined), ['new', 'new']);
      assert.equal(await call(f), 'new');
      assert.deepEqual(countsOf(f.cache), {
        ...{ hits: 2, misses: 1, coalesced: 2 },
        ...{ stale: 1, refreshes: 1, refreshErrors: 0 },
      });
    });
  });
}

describe('a stale value', () => {
  it('no value is stale without a window: a call after the ttl waits, and gets an error if the run fails', async () => {
    const { clock, load, f } = await storedScene({});
    clock.time = 10_001;
    const call = outcomeOf(f('a'));
    await turn();
    assert.equal(call.state, 'pending');
    load.runs[1].reject('no');
    await turn();
    assert.deepEqual(call, { state: 'rejected', error: 'no' });
    assert.deepEqual([f.cache.size, f.cache.stats.stale], [0, 0]);
  });

  it('a stale value becomes the most recent entry when it is given', async () => {
    const { clock, load, f, key } = await storedScene({ ...WINDOW, maxSize: 2 });
    clock.time = 1;
    f.cache.put('b', 1);
    clock.time = 12_000;
    assert.equal(await f('a'), 'old');
    f.cache.put('c', 1);
    assert.equal(f.cache.info('b'), undefined);
    assert.equal(f.cache.info(key).value, 'old');
    assert.equal(load.runs.length, 2);
  });

  it('a refresh starts the ttl again when its result arrives', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 15_000;
    assert.equal(await f('a'), 'old');
    clock.time = 16_000;
    load.runs[1].resolve('new');
    await turn();
    clock.time = 26_000;
    assert.equal(await f('a'), 'new');
    assert.equal(load.runs.length, 2);
    clock.time = 26_001;
    assert.equal(await f('a'), 'new');
    assert.equal(load.runs.length, 3, 'stale again');
  });

  it('undefined and null are stale values like any other', async () => {
    for (const value of [undefined, null]) {
      const clock = manualClock();
      const load = [async () => value, () => new Promise(() => {})];
      let runs = 0;
      const f = resilient(() => load[runs++](), { cache: { ttl: 10, clock, ...WINDOW } });
      await f('a');
      clock.time = 10_001;
      assert.equal(await f('a'), value);
      assert.equal(runs, 2);
    }
  });

  it('a refresh runs with the arguments and the this of the call that starts it', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    const [receiver, query] = [{ id: 1 }, { page: [1] }];
    const bound = f.with({ thisArg: receiver });
    const first = bound(query, 2);
    load.runs[1].resolve('old');
    await first;
    clock.time = 10_001;
    assert.equal(await bound({ page: [1] }, 2), 'old');
    assert.deepEqual(load.runs[2].args, [query, 2]);
    assert.equal(load.runs[2].thisArg, receiver);
  });

  it('refreshes of different keys run at the same time', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    const other = f('b');
    load.runs[1].resolve('old b');
    await other;
    clock.time = 10_001;
    assert.deepEqual(await Promise.all([f('a'), f('b'), f('a'), f('b')]), [
      ...['old', 'old b', 'old', 'old b'],
    ]);
    assert.deepEqual(
      load.runs.slice(2).map(({ args }) => args),
      [['a'], ['b']],
    );
    load.runs[3].resolve('new b');
    load.runs[2].resolve('new');
    await turn();
    assert.deepEqual(await Promise.all([f('a'), f('b')]), ['new', 'new b']);
  });
});

describe('a call joins a refresh when there is nothing to give at once', () => {
  it('a call that joined a refresh after its window gets its error', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 10_001;
    await f('a');
    clock.time = 30_001;
    const joined = outcomeOf(f('a'));
    load.runs[1].reject('no');
    await turn();
    assert.deepEqual(joined, { state: 'rejected', error: 'no' });
    assert.equal(load.runs.length, 2);
  });

  it('a call that joined a refresh after its window gets the fallback, which no refresh without callers asks for', async () => {
    let fallbacks = 0;
    const options = { fallback: () => `fallback ${++fallbacks}` };
    const { clock, load, f } = await storedScene({ ...WINDOW, staleBackoff: 0 }, options);
    clock.time = 10_001;
    await f('a');
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.equal(fallbacks, 0);
    await f('a');
    clock.time = 30_001;
    const joined = f('a');
    load.runs[2].reject(new Error('no'));
    assert.equal(await joined, 'fallback 1');
    assert.equal(load.runs.length, 3);
  });

  it('a call that joined a refresh gets the stale value if that fails within staleIfError', async () => {
    const { clock, load, f } = await storedScene({ ...WINDOW, staleIfError: 100 });
    clock.time = 10_001;
    await f('a');
    clock.time = 30_001;
    const joined = outcomeOf(f('a'));
    await turn();
    assert.equal(joined.state, 'pending');
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.deepEqual(joined, { state: 'fulfilled', value: 'old' });
    assert.equal(load.runs.length, 2);
  });

  for (const [end, expected] of [
    ['resolve', { state: 'fulfilled', value: 'end' }],
    ['reject', { state: 'rejected', error: 'end' }],
  ]) {
    it(`with({ refresh: true }) joins a background refresh and gets its result or its error (${end})`, async () => {
      const { clock, load, f } = await storedScene({ ...WINDOW, staleIfError: 20 });
      clock.time = 10_001;
      const stale = f('a');
      const refreshed = outcomeOf(f.with({ refresh: true })('a'));
      assert.equal(await stale, 'old');
      assert.equal(load.runs.length, 2);
      load.runs[1][end]('end');
      await turn();
      assert.deepEqual(refreshed, expected);
    });
  }

  it('a stale call while with({ refresh: true }) is under way gets the stale value and starts no run', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 10_001;
    const refreshed = f.with({ refresh: true })('a');
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 2);
    load.runs[1].resolve('new');
    assert.equal(await refreshed, 'new');
    assert.equal(await f('a'), 'new');
  });
});

describe('a refresh has the signal of no caller', () => {
  const OPTIONS = { passContext: true };
  const signalOf = ({ args }) => args.at(-1).signal;

  it('a caller that starts a refresh and aborts ends neither the refresh nor the signal of fn', async () => {
    const { clock, load, f } = await storedScene(WINDOW, OPTIONS);
    clock.time = 10_001;
    const controller = new AbortController();
    assert.equal(await f.with({ signal: controller.signal })('a'), 'old');
    controller.abort('bye');
    await turn();
    assert.equal(signalOf(load.runs[1]).aborted, false);
    load.runs[1].resolve('new');
    await turn();
    assert.equal(signalOf(load.runs[1]).aborted, false);
    assert.equal(await f('a'), 'new');
    assert.equal(load.runs.length, 2);
  });

  it('the last caller that joined a refresh leaves at once, and the refresh goes on', async () => {
    const { clock, load, f } = await storedScene(WINDOW, OPTIONS);
    clock.time = 10_001;
    await f('a');
    const controller = new AbortController();
    const refreshed = f.with({ refresh: true, signal: controller.signal })('a');
    clock.time = 30_001;
    const joined = f.with({ signal: controller.signal })('a');
    const outcomes = [outcomeOf(refreshed), outcomeOf(joined)];
    controller.abort('bye');
    await turn();
    assert.deepEqual(outcomes, [
      { state: 'rejected', error: 'bye' },
      { state: 'rejected', error: 'bye' },
    ]);
    assert.equal(signalOf(load.runs[1]).aborted, false);
    load.runs[1].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
    assert.equal(load.runs.length, 2);
  });

  it('a caller whose signal is already aborted gets its reason instead of a stale value, and counts nothing', async () => {
    const { clock, load, f } = await storedScene(WINDOW, OPTIONS);
    clock.time = 10_001;
    const before = countsOf(f.cache);
    await assert.rejects(f.with({ signal: AbortSignal.abort(new Error('bye')) })('a'), {
      message: 'bye',
    });
    assert.equal(load.runs.length, 1);
    assert.deepEqual(countsOf(f.cache), before);
  });
});
