import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventType, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const PENDING = { state: 'pending' };

describe('concurrent calls with the same arguments share a run', () => {
  it('concurrent calls with the same arguments share one pending Promise', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const first = f('a');
    assert.equal(f('a'), first);
    await turn();
    assert.equal(f('a'), first);
    load.runs[0].resolve();
    await first;
  });

  it('calls that arrive while the function is being called share its pending Promise', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    let early;
    f.addEventListener(EventType.CACHE_MISS, () => {
      early = f('a');
    });
    const leader = f('a');
    assert.equal(load.runs.length, 1);
    load.runs[0].resolve('v');
    assert.deepEqual(await Promise.all([leader, early, f('a')]), ['v', 'v', 'v']);
    assert.equal(load.runs.length, 1);
  });

  it('concurrent calls with other arguments are not affected', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const calls = [f('a'), f('b'), f('a'), f('b')];
    assert.deepEqual(
      load.runs.map((run) => run.args),
      [['a'], ['b']],
    );
    load.runs[1].resolve('B');
    load.runs[0].resolve('A');
    assert.deepEqual(await Promise.all(calls), ['A', 'B', 'A', 'B']);
  });

  for (const order of ['first', 'last']) {
    it(`concurrent calls are distinguished by keys as Map compares them, with the ${order} to come the first to end`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const keys = [Number.NaN, undefined, 0, '0', null, 'a'];
      const calls = keys.map((key) => f(key));
      const joined = keys.map((key) => f(key === 0 ? -0 : key));
      assert.equal(load.runs.length, keys.length);
      const ends = order === 'first' ? [...keys.keys()] : [...keys.keys()].reverse();
      for (const place of ends) {
        load.runs[place].resolve({ place });
        assert.deepEqual(await calls[place], { place });
        assert.equal(await joined[place], await calls[place]);
        assert.equal(await f(keys[place]), await calls[place]);
      }
      assert.equal(load.runs.length, keys.length);
      assert.equal(f.cache.stats.coalesced, keys.length);
    });
  }

  it('a function never runs twice at a time for one key, whenever calls come and however it settles', async () => {
    const schedule = fc.scheduler();
    const fails = fc.infiniteStream(fc.boolean());
    const callers = fc.integer({ min: 1, max: 12 });
    await fc.assert(
      fc.asyncProperty(schedule, fails, callers, async (s, failing, count) => {
        let running = 0;
        let runs = 0;
        const load = async () => {
          assert.equal(++running, 1);
          const run = ++runs;
          await s.schedule(Promise.resolve(), `run ${run} settles`);
          running--;
          if (failing.next().value) throw `error ${run}`;
          return `value ${run}`;
        };
        const f = resilient(load, { cache: true });
        const expected = [];
        const actual = [];
        const needless = [];
        const call = async () => {
          const served = running > 0 || f.cache.has(f.makeKey());
          const before = runs;
          const promise = f();
          if (served && runs !== before) needless.push(runs);
          expected.push(runs);
          actual.push(promise.then(String, String));
        };
        s.scheduleSequence(Array.from({ length: count }, () => call));
        while (s.count() > 0) {
          await s.waitOne();
          await turn();
        }
        const results = await Promise.all(actual);
        assert.equal(results.length, count);
        assert.deepEqual(needless, []);
        results.forEach((result, index) => {
          assert.match(result, new RegExp(`^(value|error) ${expected[index]}$`));
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe('every waiter gets the error of a failed run', () => {
  it('every waiter gets the same error, and the next call runs again', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const calls = Array.from({ length: 100 }, () => outcomeOf(f('a')));
    const error = new Error('no');
    load.runs[0].reject(error);
    await turn();
    for (const call of calls) assert.equal(call.error, error);
    assert.equal(load.runs.length, 1);
    assert.equal(f.cache.size, 0);

    const again = f('a');
    assert.equal(load.runs.length, 2);
    load.runs[1].resolve('yes');
    assert.equal(await again, 'yes');
    assert.equal(await f('a'), 'yes');
  });

  it('a caller that comes between a rejection and its waiters starts a new run', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const first = outcomeOf(f('a'));
    load.runs[0].reject('no');
    const second = outcomeOf(f('a'));
    await turn();
    assert.deepEqual(first, { state: 'rejected', error: 'no' });
    assert.deepEqual(second, { state: 'rejected', error: 'no' });
  });

  it('every waiter gets the rejection value as it is, undefined and null too', async () => {
    for (const error of [undefined, null, 0, '', NaN, Symbol('s')]) {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const calls = [outcomeOf(f()), outcomeOf(f())];
      load.runs[0].reject(error);
      await turn();
      assert.deepEqual(calls, Array(2).fill({ state: 'rejected', error }));
      assert.equal(f.cache.size, 0);
    }
  });

  it('a function known to be async that throws before its first Promise rejects', async () => {
    let fail = false;
    const f = resilient(
      (key) => {
        if (fail) throw new Error(`no ${key}`);
        return Promise.resolve(key);
      },
      { cache: true },
    );
    await f('a');
    fail = true;
    const promise = f('b');
    assert.ok(promise instanceof Promise);
    await assert.rejects(promise, { message: 'no b' });
    fail = false;
    assert.equal(await f('b'), 'b');
  });

  it('a throw inside an async function is a rejection at the first call, too', async () => {
    const throws = () => {
      throw new Error('at once');
    };
    for (const options of [
      { retry: { maxAttempts: 1 } },
      { timeout: '1s' },
      { retry: { maxAttempts: 1 }, circuitBreaker: {} },
    ]) {
      const f = resilient(throws, { cache: true, ...options });
      await assert.rejects(f('a'), { message: 'at once' });
      assert.equal(f.cache.size, 0);
    }
    const f = resilient(async () => throws(), { cache: true });
    await assert.rejects(f('a'), { message: 'at once' });
  });

  it('a function that throws synchronously leaves nothing behind: the next call runs again', () => {
    let runs = 0;
    const f = resilient(
      (key) => {
        if (++runs === 1) throw new Error('once');
        return key;
      },
      { cache: true },
    );
    assert.throws(() => f('a'), { message: 'once' });
    assert.equal(f.cache.size, 0);
    assert.equal(f('a'), 'a');
    assert.equal(runs, 2);
  });

  it('a listener that joined a flight before the function threw gets the error as well', async () => {
    let fail = false;
    const f = resilient(
      () => {
        if (fail) throw new Error('at once');
        return Promise.resolve();
      },
      { cache: true },
    );
    await f('a');
    fail = true;
    let joined;
    f.addEventListener(EventType.CACHE_MISS, () => {
      joined = outcomeOf(f('b'));
    });
    await assert.rejects(f('b'), { message: 'at once' });
    await turn();
    assert.equal(joined.error?.message, 'at once');
  });
});

describe('calls in flight are not entries', () => {
  it('calls in flight are not counted in size, not listed and not evicted', async () => {
    const load = controlled();
    const f = resilient(load, { cache: { maxSize: 1 } });
    const calls = ['a', 'b', 'c'].map((key) => f(key));
    assert.equal(f.cache.size, 0);
    assert.deepEqual([...f.cache], []);
    assert.equal(f.cache.has(f.makeKey('a')), false);
    assert.equal(f.cache.stats.evictions, 0);
    for (const run of load.runs) run.resolve(run.args[0].toUpperCase());
    assert.deepEqual(await Promise.all(calls), ['A', 'B', 'C']);
    assert.equal(f.cache.size, 1);
    assert.equal(f.cache.stats.evictions, 2);
  });

  it('calls in flight are joined and stored though entries come and go in a cache of one', async () => {
    const load = controlled();
    const f = resilient(load, { cache: { maxSize: 1 } });
    const slow = f('slow');
    for (const key of ['a', 'b', 'c']) {
      const call = f(key);
      load.runs.at(-1).resolve(key);
      await call;
      f.cache.resize(1);
    }
    assert.equal(f('slow'), slow);
    load.runs[0].resolve('at last');
    assert.equal(await slow, 'at last');
    assert.equal(await f('slow'), 'at last');
    assert.equal(load.runs.length, 4);
  });

  it('a call in flight may never settle: others go on, and after invalidate the next call runs again', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const waiting = outcomeOf(f('a'));
    const other = f('b');
    load.runs[1].resolve('b');
    assert.equal(await other, 'b');
    await turn();
    assert.deepEqual(waiting, PENDING);

    f.invalidate('a');
    const fresh = f('a');
    load.runs[2].resolve('fresh');
    assert.equal(await fresh, 'fresh');
    assert.equal(await f('a'), 'fresh');
    assert.deepEqual(waiting, PENDING);
  });

  it('the ttl of a result starts when it arrives', async () => {
    let now = 0;
    const load = controlled();
    const f = resilient(load, { cache: { ttl: '1s', clock: { now: () => now } } });
    const first = f('a');
    now = 5_000;
    load.runs[0].resolve('v');
    await first;
    now = 6_000;
    assert.equal(await f('a'), 'v');
    now = 6_001;
    const second = f('a');
    assert.equal(load.runs.length, 2);
    load.runs[1].resolve('w');
    assert.equal(await second, 'w');
  });
});
