import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CircuitBreaker, resilient } from 'holdfast';
import { manualClock } from '../../support/manual-clock.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { countsOf, eventsOf, storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';
import { warningsOf } from '../../support/warnings.js';

const WINDOW = { staleWhileRevalidate: 20, staleBackoff: 0 };

describe('a refresh that fails is an error to no caller', () => {
  it('a refresh that fails leaves the stale value, and is reported and counted', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    const events = eventsOf(f);
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    const error = new Error('no');
    load.runs[1].reject(error);
    await turn();
    const failures = events.filter(({ type }) => type === 'failure');
    assert.deepEqual(
      failures.map(({ error, detail }) => [error, detail.background]),
      [[error, true]],
    );
    assert.equal(f.cache.stats.refreshErrors, 1);
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 3);
  });

  it('a refresh that fails keeps the age of the stale value, whose window is not extended', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    const ages = [];
    f.addEventListener('cache_stale', ({ detail }) => ages.push(detail.age));
    for (const at of [12_000, 20_000, 30_000]) {
      clock.time = at;
      assert.equal(await f('a'), 'old');
      load.runs.at(-1).reject(new Error('no'));
      await turn();
    }
    assert.deepEqual(ages, [2, 10, 20]);
    clock.time = 30_001;
    const late = outcomeOf(f('a'));
    load.runs.at(-1).reject('gone');
    await turn();
    assert.deepEqual(late, { state: 'rejected', error: 'gone' });
    assert.deepEqual([load.runs.length, f.cache.stats.refreshErrors, f.cache.size], [5, 3, 0]);
  });

  it('a function that throws before it returns a Promise fails its refresh, and the caller has the stale value', async () => {
    const clock = manualClock();
    const runs = [
      () => Promise.resolve('old'),
      () => {
        throw new Error('no');
      },
      () => Promise.resolve('new'),
    ];
    let count = 0;
    const f = resilient(() => runs[count++](), { cache: { ttl: 10, clock, ...WINDOW } });
    await f('a');
    clock.time = 10_001;
    const stale = f('a');
    assert.ok(stale instanceof Promise);
    assert.equal(await stale, 'old');
    assert.deepEqual([count, f.cache.stats.refreshErrors], [2, 1]);
    assert.equal(await f('a'), 'old');
    await turn();
    assert.equal(await f('a'), 'new');
  });

  it('a refresh that fails does not store the value of a fallback, and keeps the stale value', async () => {
    const { clock, load, f } = await storedScene(WINDOW, { fallback: 'fallback' });
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.equal(f.cache.stats.refreshErrors, 1);
    assert.equal(await f('a'), 'old');
  });

  it('a breaker counts a refresh that fails as one failure, and refuses the next one', async () => {
    const circuitBreaker = new CircuitBreaker({ failureThreshold: 1 });
    const { clock, load, f } = await storedScene(WINDOW, { circuitBreaker });
    clock.time = 10_001;
    await f('a');
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.equal(circuitBreaker.state, 'open');
    assert.equal(await f('a'), 'old');
    await turn();
    assert.deepEqual([load.runs.length, f.cache.stats.refreshErrors], [2, 2]);
    circuitBreaker.reset();
    const refreshed = f.with({ refresh: true })('a');
    load.runs[2].resolve('new');
    assert.equal(await refreshed, 'new');
  });

  it('a refresh that fails after the window removes nothing but what has expired', async () => {
    const { clock, load, f, key } = await storedScene(WINDOW);
    clock.time = 10_001;
    await f('a');
    clock.time = 30_001;
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.deepEqual([f.cache.size, f.cache.info(key)], [0, undefined]);
    assert.equal(f.cache.stats.refreshErrors, 1);
  });
});

describe('a refresh passes all patterns', () => {
  const time = manualTimers();
  const CACHE = { staleWhileRevalidate: '1h', clock: undefined };

  it('a refresh is retried, and is one failure when its attempts are exhausted', async () => {
    const retry = { maxAttempts: 3, delay: '1s', jitter: false };
    const { load, f } = await storedScene(CACHE, { retry });
    await time.pass(10_001);
    const events = eventsOf(f);
    assert.equal(await f('a'), 'old');
    await turn();
    for (const run of [1, 2, 3]) {
      assert.equal(load.runs.length, run + 1);
      load.runs[run].reject(new Error(`attempt ${run}`));
      await time.pass(run * 1_000);
    }
    assert.equal(load.runs.length, 4);
    const count = (type) => events.filter((event) => event.type === type).length;
    assert.deepEqual(['cache_refresh', 'retry', 'retry_exhausted', 'failure'].map(count), [
      ...[1, 2, 1, 1],
    ]);
    assert.equal(f.cache.stats.refreshErrors, 1);
  });

  it('a refresh that times out fails, and its run is aborted', async () => {
    const { load, f } = await storedScene(CACHE, { timeout: '2s', passContext: true });
    await time.pass(10_001);
    await f('a');
    await turn();
    const { signal } = load.runs[1].args.at(-1);
    await time.pass(1_999);
    assert.deepEqual([signal.aborted, f.cache.stats.refreshErrors], [false, 0]);
    await time.pass(1);
    assert.deepEqual([signal.aborted, f.cache.stats.refreshErrors], [true, 1]);
    assert.equal(await f('a'), 'old');
  });

  it('a refresh that finds the bulkhead full or the limiter empty fails, and callers have the stale value', async () => {
    for (const options of [
      { bulkhead: { maxConcurrent: 1 } },
      { rateLimiter: { maxCalls: 2, period: '1d' } },
    ]) {
      const { load, f } = await storedScene(CACHE, options);
      // Takes the only slot, or the last token.
      f('b');
      await turn();
      await time.pass(10_001);
      assert.equal(await f('a'), 'old');
      await turn();
      assert.deepEqual([load.runs.length, f.cache.stats.refreshErrors], [2, 1]);
      assert.equal(await f('a'), 'old');
    }
  });
});

describe('a refresh may end with nothing to store', () => {
  const excluded = { staleOn: [RangeError] };

  it('a refresh that fails with an error that staleOn excludes removes the entry', async () => {
    const { clock, load, f, key } = await storedScene({ ...WINDOW, ...excluded });
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    load.runs[1].reject(new TypeError('excluded'));
    await turn();
    assert.deepEqual([f.cache.size, f.cache.info(key)], [0, undefined]);
    assert.equal(f.cache.stats.refreshErrors, 1);
    const after = outcomeOf(f('a'));
    await turn();
    assert.deepEqual([after.state, load.runs.length], ['pending', 3]);
  });

  it('a refresh that fails with an error that staleOn accepts keeps the entry', async () => {
    const { clock, load, f } = await storedScene({ ...WINDOW, ...excluded });
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    load.runs[1].reject(new RangeError('accepted'));
    await turn();
    assert.equal(await f('a'), 'old');
  });

  it('a refresh that succeeds with a result that the ttl function refuses removes the entry', async () => {
    const ttl = (result) => (result === null ? false : 10);
    const { clock, load, f, key } = await storedScene({ ...WINDOW, ttl });
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    load.runs[1].resolve(null);
    await turn();
    assert.deepEqual([f.cache.size, f.cache.info(key)], [0, undefined]);
    assert.equal(countsOf(f.cache).refreshErrors, 0);
    const after = f('a');
    load.runs[2].resolve('new');
    assert.equal(await after, 'new');
  });

  it('with({ refresh: true }) that succeeds with a result that the ttl function refuses removes a stale entry', async () => {
    const ttl = (result) => (result === null ? false : 10);
    const { clock, load, f } = await storedScene({ staleIfError: 20, ttl });
    clock.time = 10_001;
    const refreshed = f.with({ refresh: true })('a');
    load.runs[1].resolve(null);
    assert.equal(await refreshed, null);
    assert.equal(f.cache.size, 0);
  });

  it('a refresh that gives a result that can be read only once removes the entry', async () => {
    const clock = manualClock();
    const results = ['old', (async function* () {})()];
    const f = resilient(async () => results.shift(), { cache: { ttl: 10, clock, ...WINDOW } });
    await f('a');
    clock.time = 10_001;
    const warnings = await warningsOf(async () => {
      assert.equal(await f('a'), 'old');
      await turn();
    });
    assert.equal(warnings.length, 1);
    assert.equal(f.cache.size, 0);
  });
});

describe('a call that comes just after a refresh has failed', () => {
  const down = new Error('down');
  const ends = {
    'within the window': { cache: { staleWhileRevalidate: 100 }, after: 11_000 },
    'when nothing stale is left': { cache: { staleWhileRevalidate: 5 }, after: 16_000 },
    'with a result that may replace an error': {
      cache: { staleWhileRevalidate: 5, staleIfError: 100 },
      after: 11_000,
    },
  };
  const around = {
    'no pattern': {},
    retry: { retry: { maxAttempts: 1 } },
    'a timeout': { timeout: '20s' },
    'a fallback': { fallback: 'instead' },
  };
  const calls = {
    'with({ refresh: true })': (f) => f.with({ refresh: true })('a'),
    'a call': (f) => f('a'),
    'a call with a signal': (f) => f.with({ signal: new AbortController().signal })('a'),
  };

  for (const [when, { cache, after }] of Object.entries(ends)) {
    for (const [name, call] of Object.entries(calls)) {
      it(`${name} gets the stale value within the window, else a new result or an error, however few microtasks later it comes, ${when}`, async () => {
        const isRefresh = name.startsWith('with');
        for (const [pattern, options] of Object.entries(around)) {
          for (let ticks = 0; ticks < 12; ticks++) {
            const { f, load, clock } = await storedScene({ ...cache, staleBackoff: 0 }, options);
            clock.time = 11_000;
            assert.equal(await f('a'), 'old');
            await turn();
            clock.time = after;
            load.runs[1].reject(down);
            for (let tick = 0; tick < ticks; tick++) await null;
            const result = call(f).catch(({ message }) => message);
            await turn();
            load.runs[2]?.resolve('new');
            const isInWindow = after < 10_000 + cache.staleWhileRevalidate * 1_000;
            const failed = options.fallback ?? 'down';
            const expected = !isRefresh && isInWindow ? ['old'] : [failed, 'new'];
            const got = await result;
            assert.ok(expected.includes(got), `${got} after ${ticks} microtasks with ${pattern}`);
          }
        }
      });
    }
  }

  it('a call that staleOn makes joins the refresh, and gets its error', async () => {
    let call;
    const { f, load, clock } = await storedScene({
      staleWhileRevalidate: 100,
      staleOn() {
        call ??= f.with({ refresh: true })('a');
        call.catch(() => {});
        return true;
      },
    });
    clock.time = 11_000;
    assert.equal(await f('a'), 'old');
    load.runs[1].reject(down);
    await turn();
    await assert.rejects(call, down);
  });
});
