import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CircuitBreaker, EventType, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

/** The options for a function whose events are listed, and the list. */
function listed(options) {
  const events = [];
  return { events, options: { ...options, onEvent: ({ type }) => events.push(type) } };
}

describe('a caller that joins a flight counts as coalesced', () => {
  it('a caller that joins a flight is neither a hit nor a miss, and counts as coalesced', async () => {
    const load = controlled();
    const { events, options } = listed({ cache: true });
    const f = resilient(load, options);
    const calls = [f('a'), f('a'), f('a')];
    assert.deepEqual(events, ['cache_miss', 'cache_coalesced', 'cache_coalesced']);
    load.runs[0].resolve();
    await Promise.all(calls);
    await f('a');
    const { hits, misses, coalesced, hitRate } = f.cache.stats;
    assert.deepEqual(
      { hits, misses, coalesced, hitRate },
      { hits: 1, misses: 1, coalesced: 2, hitRate: 0.5 },
    );
    assert.deepEqual(events.slice(3), ['success', 'cache_hit']);
  });

  it('the coalesced event has the key and the function name', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true, name: 'loader' });
    const seen = [];
    f.addEventListener(EventType.CACHE_COALESCED, ({ key, functionName, attempt }) => {
      seen.push({ key, functionName, attempt });
    });
    const calls = [f('a', 1), f('b', 2), f('b', 2)];
    assert.deepEqual(seen, [{ key: f.makeKey('b', 2), functionName: 'loader', attempt: 0 }]);
    for (const run of load.runs) run.resolve();
    await Promise.all(calls);
  });

  it('the statistics of a shared cache count the coalesced calls of both functions', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const g = resilient(load, { cache: f.cache });
    const calls = [f('a'), f('a'), g('a'), g('a')];
    assert.equal(load.runs.length, 2);
    const { hits, misses, coalesced } = f.cache.stats;
    assert.deepEqual({ hits, misses, coalesced }, { hits: 0, misses: 2, coalesced: 2 });
    for (const run of load.runs) run.resolve();
    await Promise.all(calls);
  });

  it('after clear a joined call sees counters at zero, and the next caller is a miss', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const calls = [f('a'), f('a')];
    f.cache.clear();
    assert.equal(f.cache.stats.misses + f.cache.stats.coalesced, 0);
    calls.push(f('a'));
    assert.equal(f.cache.stats.misses, 1);
    for (const run of load.runs) run.resolve();
    await Promise.all(calls);
  });
});

describe('a refresh counts as a miss only without a stored result', () => {
  it('a refresh counts no miss while a result is stored, and one where none is', async () => {
    const load = controlled();
    const { events, options } = listed({ cache: true });
    const f = resilient(load, options);
    const fresh = f.with({ refresh: true });
    const first = fresh('a');
    load.runs[0].resolve();
    await first;
    assert.equal(f.cache.stats.misses, 1);
    const second = fresh('a');
    load.runs[1].resolve();
    await second;
    assert.equal(f.cache.stats.misses, 1);
    assert.equal(f.cache.stats.hits, 0);
    assert.deepEqual(events, ['cache_miss', 'success', 'success']);
  });
});

describe('retry, timeout and breaker act once for all waiters', () => {
  it('retry makes three attempts for fifty callers', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let attempts = 0;
    const { events, options } = listed({
      cache: true,
      retry: { maxAttempts: 3, delay: '1s', jitter: false },
    });
    const f = resilient(async () => {
      if (++attempts < 3) throw new Error(`attempt ${attempts}`);
      return 'v';
    }, options);
    const calls = Array.from({ length: 49 }, () => f('a'));
    await turn();
    t.mock.timers.tick(1_000);
    await turn();
    assert.equal(attempts, 2);
    calls.push(f('a'));
    t.mock.timers.tick(2_000);
    assert.deepEqual(await Promise.all(calls), Array(50).fill('v'));
    assert.equal(attempts, 3);
    const count = (type) => events.filter((event) => event === type).length;
    assert.deepEqual(
      ['cache_miss', 'cache_coalesced', 'retry', 'success'].map(count),
      [1, 49, 2, 1],
    );
  });

  it('a late caller shares the rest of a timeout, and gets the same error', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const load = controlled();
    const f = resilient(load, { cache: true, timeout: '1s' });
    const first = outcomeOf(f('a'));
    await turn();
    t.mock.timers.tick(999);
    const late = outcomeOf(f('a'));
    await turn();
    assert.equal(first.state, 'pending');
    t.mock.timers.tick(1);
    await turn();
    assert.equal(first.error?.code, 'TIMEOUT');
    assert.equal(late.error, first.error);
    assert.equal(load.runs.length, 1);

    load.runs[0].resolve('too late');
    await turn();
    assert.equal(f.cache.size, 0);
    const again = f('a');
    load.runs[1].resolve('in time');
    assert.equal(await again, 'in time');
  });

  it('the breaker counts one failure for fifty callers', async () => {
    const load = controlled();
    const circuitBreaker = new CircuitBreaker({ failureThreshold: 2 });
    const f = resilient(load, { cache: true, circuitBreaker });
    const calls = Array.from({ length: 50 }, () => outcomeOf(f('a')));
    load.runs[0].reject('no');
    await turn();
    assert.ok(calls.every(({ error }) => error === 'no'));
    assert.equal(circuitBreaker.metrics.consecutiveFailures, 1);
    assert.equal(circuitBreaker.state, 'closed');
  });
});
