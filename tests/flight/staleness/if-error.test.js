import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bulkhead, CircuitBreaker, RateLimiter, resilient } from 'holdfast';
import { manualClock } from '../../support/manual-clock.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { countsOf, eventsOf, storedScene, ways } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const WINDOW = { staleIfError: 20, staleBackoff: 0 };
const OLD = { state: 'fulfilled', value: 'old' };

for (const [way, call] of Object.entries(ways)) {
  describe(`a stale value stands in for an error, for calls ${way}`, () => {
    it(`calls wait for the run, and all get the stale value when it fails, for calls ${way}`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      clock.time = 30_000;
      const calls = [call(f), call(f), call(f)].map(outcomeOf);
      await turn();
      assert.deepEqual([calls[0].state, load.runs.length], ['pending', 2]);
      load.runs[1].reject(new Error('no'));
      await turn();
      assert.deepEqual(calls, [OLD, OLD, OLD]);
      assert.deepEqual(countsOf(f.cache), {
        ...{ hits: 0, misses: 2, coalesced: 2 },
        ...{ stale: 3, refreshes: 0, refreshErrors: 0 },
      });
    });

    it(`a call after the window gets the error, for calls ${way}`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      clock.time = 30_001;
      const late = outcomeOf(call(f));
      load.runs[1].reject('no');
      await turn();
      assert.deepEqual(late, { state: 'rejected', error: 'no' });
    });

    it(`a run that succeeds replaces the stale value, for calls ${way}`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      clock.time = 10_001;
      const calls = [call(f), call(f)];
      load.runs[1].resolve('new');
      assert.deepEqual(await Promise.all(calls), ['new', 'new']);
      assert.equal(await call(f), 'new');
      assert.deepEqual([load.runs.length, f.cache.stats.stale], [2, 0]);
    });
  });
}

describe('a run fails while a stale value could stand in', () => {
  it('the value keeps its age, and stands in for failure after failure until its window is over', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    for (const at of [10_001, 20_000, 30_000]) {
      clock.time = at;
      const call = outcomeOf(f('a'));
      load.runs.at(-1).reject(new Error('no'));
      await turn();
      assert.deepEqual(call, OLD);
    }
    clock.time = 30_001;
    const late = outcomeOf(f('a'));
    load.runs.at(-1).reject('gone');
    await turn();
    assert.deepEqual(late, { state: 'rejected', error: 'gone' });
    assert.equal(load.runs.length, 5);
  });

  it('a window that ends while the run is under way leaves nothing to stand in', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 29_000;
    const call = outcomeOf(f('a'));
    clock.time = 30_001;
    load.runs[1].reject('gone');
    await turn();
    assert.deepEqual(call, { state: 'rejected', error: 'gone' });
  });

  it('an entry that is invalidated while the run is under way does not stand in', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 10_001;
    const call = outcomeOf(f('a'));
    assert.equal(f.invalidate('a'), false);
    load.runs[1].reject('no');
    await turn();
    assert.deepEqual(call, { state: 'rejected', error: 'no' });
    assert.equal(f.cache.size, 0);
  });

  it('with({ refresh: true }) gets the error, and a caller that joined it the stale value', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 10_001;
    const refreshed = outcomeOf(f.with({ refresh: true })('a'));
    const joined = outcomeOf(f('a'));
    assert.equal(load.runs.length, 2);
    load.runs[1].reject('no');
    await turn();
    assert.deepEqual(refreshed, { state: 'rejected', error: 'no' });
    assert.deepEqual(joined, OLD);
  });

  it('a caller that joined with({ refresh: true }) gets the stale value, not the fallback', async () => {
    const { clock, load, f } = await storedScene(WINDOW, { fallback: 'fallback' });
    clock.time = 10_001;
    const refreshed = f.with({ refresh: true })('a');
    const joined = f('a');
    load.runs[1].reject(new Error('no'));
    assert.equal(await refreshed, 'fallback');
    assert.equal(await joined, 'old');
  });

  it('a run that is superseded by with({ refresh: true }) and fails gives its waiters the stale value', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 10_001;
    const before = outcomeOf(f('a'));
    const refreshed = f.with({ refresh: true })('a');
    assert.equal(load.runs.length, 3);
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.deepEqual(before, OLD);
    load.runs[2].resolve('new');
    assert.equal(await refreshed, 'new');
    assert.equal(await f('a'), 'new');
  });

  it('undefined and null stand in like any other value', async () => {
    for (const value of [undefined, null]) {
      const clock = manualClock();
      const results = [async () => value, async () => Promise.reject(new Error('no'))];
      const f = resilient(() => results.shift()(), { cache: { ttl: 10, clock, ...WINDOW } });
      await f('a');
      clock.time = 10_001;
      assert.equal(await f('a'), value);
    }
  });

  it('a key that was never stored has nothing to stand in', async () => {
    const { load, f } = await storedScene(WINDOW);
    const call = outcomeOf(f('b'));
    load.runs[1].reject('no');
    await turn();
    assert.deepEqual(call, { state: 'rejected', error: 'no' });
  });

  it('the longer staleWhileRevalidate gives no stand-in beyond staleIfError, but the value at once', async () => {
    const { clock, load, f } = await storedScene({ ...WINDOW, staleWhileRevalidate: 100 });
    clock.time = 110_000;
    assert.equal(await f('a'), 'old');
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.equal(await f('a'), 'old');
  });

  it('the longer staleIfError gives no value at once beyond staleWhileRevalidate', async () => {
    const { clock, load, f } = await storedScene({
      ...WINDOW,
      staleIfError: 100,
      staleWhileRevalidate: 20,
    });
    clock.time = 30_001;
    const call = outcomeOf(f('a'));
    await turn();
    assert.equal(call.state, 'pending');
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.deepEqual(call, OLD);
  });
});

describe('all that can fail in a call is covered by a stale value, before the fallback', () => {
  const time = manualTimers();
  const full = new Bulkhead({ maxConcurrent: 1 });
  const empty = new RateLimiter({ maxCalls: 1, period: '1d' });
  const open = new CircuitBreaker({ recoveryTimeout: '1d' });

  /** Each with the options, what makes it fail once the entry is stale, and the number of runs by then. */
  const failures = {
    'an error': [{}, ({ load }) => load.runs[1].reject(new Error('no')), 2],
    'a timeout': [{ timeout: '1s' }, () => time.pass(1_000), 2],
    'a total timeout': [{ timeout: { attempt: '1m', total: '1s' } }, () => time.pass(1_000), 2],
    'exhausted retries': [
      { retry: { maxAttempts: 2, delay: '1s', jitter: false } },
      async ({ load }) => {
        load.runs[1].reject(new Error('no'));
        await time.pass(1_000);
        load.runs[2].reject(new Error('no'));
      },
      3,
    ],
    'an open breaker': [{ circuitBreaker: open }, () => {}, 1, () => open.forceOpen()],
    'an empty limiter': [{ rateLimiter: empty }, () => {}, 1],
    'a full bulkhead': [
      { bulkhead: full },
      () => {},
      1,
      () => void resilient(() => new Promise(() => {}), { bulkhead: full })(),
    ],
  };

  for (const [name, [options, fail, runs, prepare]] of Object.entries(failures)) {
    it(`a stale value stands in for ${name}, and the fallback is not called`, async () => {
      let fallbacks = 0;
      const fallback = () => ++fallbacks;
      const cache = { staleIfError: '1h', clock: undefined };
      const { load, f } = await storedScene(cache, { ...options, fallback });
      await time.pass(10_001);
      prepare?.();
      const events = eventsOf(f);
      const calls = [outcomeOf(f('a')), outcomeOf(f('a'))];
      await turn();
      await fail({ load });
      await turn();
      assert.deepEqual(calls, [OLD, OLD]);
      assert.deepEqual([load.runs.length, fallbacks], [runs, 0]);
      const count = (type) => events.filter((event) => event.type === type).length;
      assert.deepEqual(
        ['cache_miss', 'failure', 'cache_stale', 'fallback_used', 'cache_refresh'].map(count),
        [1, 1, 2, 0, 0],
      );
    });
  }

  it('the fallback is called once no stale value is left', async () => {
    const { load, f } = await storedScene(
      { staleIfError: 20, clock: undefined },
      { fallback: (error, key) => `${error.message} ${key}` },
    );
    await time.pass(30_001);
    const call = f('a');
    load.runs[1].reject(new Error('no'));
    assert.equal(await call, 'no a');
  });
});

describe('some failures belong to one caller', () => {
  it('a caller that aborts gets its reason instead of the stale value, and the last one cancels the run', async () => {
    const { clock, load, f } = await storedScene(WINDOW, { passContext: true });
    clock.time = 10_001;
    const [first, last] = [new AbortController(), new AbortController()];
    const calls = [first, last].map(({ signal }) => outcomeOf(f.with({ signal })('a')));
    first.abort('bye');
    await turn();
    assert.deepEqual(calls[0], { state: 'rejected', error: 'bye' });
    const { signal } = load.runs[1].args.at(-1);
    assert.deepEqual([calls[1].state, signal.aborted], ['pending', false]);
    last.abort('bye too');
    await turn();
    assert.deepEqual(calls[1], { state: 'rejected', error: 'bye too' });
    assert.equal(signal.aborted, true);
    assert.equal(f.cache.stats.stale, 0);
  });

  it('a caller that stays gets the stale value though another one left', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    clock.time = 10_001;
    const controller = new AbortController();
    const leaving = outcomeOf(f.with({ signal: controller.signal })('a'));
    const staying = outcomeOf(f('a'));
    controller.abort('bye');
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.deepEqual(leaving, { state: 'rejected', error: 'bye' });
    assert.deepEqual(staying, OLD);
    assert.equal(f.cache.stats.stale, 1);
  });

  it('a key that throws is the error of its caller', async () => {
    let key = (id) => id;
    const { clock, load, f } = await storedScene({ ...WINDOW, key: (id) => key(id) });
    clock.time = 10_001;
    key = () => {
      throw new Error('no key');
    };
    await assert.rejects(async () => f('a'), { message: 'no key' });
    assert.deepEqual([load.runs.length, f.cache.stats.stale], [1, 0]);
  });

  it('the breaker counts one failure for all callers that got the stale value', async () => {
    const circuitBreaker = new CircuitBreaker({ failureThreshold: 3 });
    const { clock, load, f } = await storedScene(WINDOW, { circuitBreaker });
    clock.time = 10_001;
    const calls = Array.from({ length: 50 }, () => f('a'));
    load.runs[1].reject(new Error('no'));
    assert.deepEqual([...new Set(await Promise.all(calls))], ['old']);
    assert.equal(circuitBreaker.metrics.consecutiveFailures, 1);
  });
});
