import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { countsOf, eventsOf, flightsOf, storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const REVALIDATE = { staleWhileRevalidate: 20, staleBackoff: 0 };
const IF_ERROR = { staleIfError: 20, staleBackoff: 0 };

describe('events of stale values and refreshes', () => {
  it('the event types of staleness have their names', () => {
    assert.deepEqual(
      [EventType.CACHE_STALE, EventType.CACHE_REFRESH],
      ['cache_stale', 'cache_refresh'],
    );
  });

  it('a value given while revalidating: one cache_refresh, cache_stale for each caller, then success of the refresh', async () => {
    const { clock, load, f } = await storedScene(REVALIDATE);
    const events = eventsOf(f);
    clock.time = 10_001;
    await Promise.all([f('a'), f('a')]);
    load.runs[1].resolve('new');
    await turn();
    await f('a');
    assert.deepEqual(flightsOf(events), [
      ['cache_refresh', 1],
      ['cache_stale', 0, 'revalidate'],
      ['cache_stale', 0, 'revalidate'],
      ['success', 1],
      ['cache_hit', 0],
    ]);
  });

  it('a refresh that fails: failure of its flight, in the background, and the next refresh has another number', async () => {
    const { clock, load, f } = await storedScene(REVALIDATE);
    const events = eventsOf(f);
    clock.time = 10_001;
    await f('a');
    load.runs[1].reject(new Error('no'));
    await turn();
    await f('a');
    assert.deepEqual(flightsOf(events), [
      ['cache_refresh', 1],
      ['cache_stale', 0, 'revalidate'],
      ['failure', 1],
      ['cache_refresh', 2],
      ['cache_stale', 0, 'revalidate'],
    ]);
  });

  it('a value that stands in for an error: a miss, its waiters, failure, then cache_stale for each of them', async () => {
    const { clock, load, f } = await storedScene(IF_ERROR);
    const events = eventsOf(f);
    clock.time = 10_001;
    const calls = [f('a'), f('a'), f('a')];
    load.runs[1].reject(new Error('no'));
    await Promise.all(calls);
    assert.deepEqual(flightsOf(events), [
      ['cache_miss', 1],
      ['cache_coalesced', 1],
      ['cache_coalesced', 1],
      ['failure', 1],
      ['cache_stale', 1, 'error'],
      ['cache_stale', 1, 'error'],
      ['cache_stale', 1, 'error'],
    ]);
  });

  it('a value given because its key pauses has the flight 0', async () => {
    const { clock, load, f } = await storedScene({ ...IF_ERROR, staleBackoff: '1h' });
    clock.time = 10_001;
    const call = f('a');
    load.runs[1].reject(new Error('no'));
    await call;
    const events = eventsOf(f);
    await f('a');
    assert.deepEqual(flightsOf(events), [['cache_stale', 0, 'error']]);
  });

  it('cache_stale has the name, the key, and the age beyond the ttl in seconds', async () => {
    const { clock, f, key } = await storedScene(REVALIDATE, { name: 'loader' });
    const events = eventsOf(f);
    for (const at of [10_001, 12_500, 30_000]) {
      clock.time = at;
      await f('a');
    }
    const stale = events.filter(({ type }) => type === 'cache_stale');
    assert.deepEqual(
      stale.map(({ detail }) => detail),
      [0.001, 2.5, 20].map((age) => ({ reason: 'revalidate', age })),
    );
    const [{ functionName, error, attempt, key: itsKey }] = stale;
    assert.deepEqual([functionName, itsKey, error, attempt], ['loader', key, undefined, 0]);
  });

  it('cache_refresh has the key, and success of a refresh has its duration and detail.background', async () => {
    const { clock, load, f, key } = await storedScene(REVALIDATE);
    const events = eventsOf(f);
    clock.time = 10_001;
    await f('a');
    load.runs[1].resolve('new');
    await turn();
    const [refresh, , success] = events;
    assert.deepEqual([refresh.key, success.key], [key, key]);
    assert.equal(success.detail.background, true);
    assert.ok(success.duration >= 0);
  });

  it('success and failure of other flights are not in the background', async () => {
    const load = controlled();
    const f = resilient(load, { cache: { ttl: 10, ...REVALIDATE } });
    const events = eventsOf(f);
    const calls = [f('a'), f('b')].map(outcomeOf);
    load.runs[0].resolve('v');
    load.runs[1].reject('no');
    await turn();
    const refreshed = f.with({ refresh: true })('a');
    load.runs[2].resolve('new');
    await refreshed;
    assert.deepEqual(
      calls.map(({ state }) => state),
      ['fulfilled', 'rejected'],
    );
    const ends = events.filter(({ type }) => type === 'success' || type === 'failure');
    assert.deepEqual(
      ends.map(({ type, detail }) => [type, Boolean(detail?.background)]),
      [
        ['success', false],
        ['failure', false],
        ['success', false],
      ],
    );
  });

  it('a call that joins a refresh has its number', async () => {
    const { clock, load, f } = await storedScene(REVALIDATE);
    const events = eventsOf(f);
    clock.time = 10_001;
    await f('a');
    const refreshed = f.with({ refresh: true })('a');
    clock.time = 30_001;
    const joined = f('a');
    load.runs[1].resolve('new');
    await Promise.all([refreshed, joined]);
    assert.deepEqual(flightsOf(events), [
      ['cache_refresh', 1],
      ['cache_stale', 0, 'revalidate'],
      ['cache_coalesced', 1],
      ['cache_coalesced', 1],
      ['success', 1],
    ]);
  });

  it('onEvent gets the events of staleness before the listeners', async () => {
    const order = [];
    const onEvent = ({ type }) => order.push(`onEvent ${type}`);
    const { clock, f } = await storedScene(REVALIDATE, { onEvent });
    order.length = 0;
    for (const type of ['cache_stale', 'cache_refresh']) {
      f.addEventListener(type, () => order.push(`listener ${type}`));
    }
    clock.time = 10_001;
    await f('a');
    assert.deepEqual(order, [
      'onEvent cache_refresh',
      'listener cache_refresh',
      'onEvent cache_stale',
      'listener cache_stale',
    ]);
  });
});

describe('every event has the number of its flight', () => {
  const time = manualTimers();

  it('all events of a flight have one number, and two flights have different ones', async () => {
    const load = controlled();
    const f = resilient(load, {
      cache: { ttl: '1h' },
      retry: { maxAttempts: 2, delay: '1s', jitter: false },
      timeout: '5s',
      circuitBreaker: { failureThreshold: 1 },
      fallback: 'fallback',
    });
    const events = eventsOf(f);
    const calls = [f('a'), f('b'), f('a')];
    await turn();
    load.runs[1].resolve('b');
    await turn();
    load.runs[0].reject(new Error('no'));
    await time.pass(1_000);
    await time.pass(5_000);
    assert.deepEqual(await Promise.all(calls), ['fallback', 'b', 'fallback']);
    await f('b');
    await f('c');
    assert.deepEqual(flightsOf(events), [
      ['cache_miss', 1],
      ['cache_miss', 2],
      ['cache_coalesced', 1],
      ['success', 2],
      ['retry', 1],
      ['timeout', 1],
      ['retry_exhausted', 1],
      ['circuit_open', 1],
      ['fallback_used', 1],
      ['failure', 1],
      ['cache_hit', 0],
      ['cache_miss', 3],
      ['circuit_open', 3],
      ['fallback_used', 3],
      ['failure', 3],
    ]);
    for (const { flight } of events) assert.ok(Number.isSafeInteger(flight) && flight >= 0);
  });

  it('each uncached call has a number of its own', async () => {
    const f = resilient(async () => Promise.reject(new Error('no')), {
      retry: { maxAttempts: 2, delay: '1s', jitter: false },
    });
    const events = eventsOf(f);
    const calls = [outcomeOf(f(1)), outcomeOf(f(1))];
    await turn();
    await time.pass(1_000);
    assert.deepEqual(
      calls.map(({ state }) => state),
      ['rejected', 'rejected'],
    );
    const lines = flightsOf(events);
    for (const flight of [1, 2]) {
      assert.deepEqual(
        lines.filter(([, number]) => number === flight).map(([type]) => type),
        ['retry', 'retry_exhausted', 'failure'],
      );
    }
    assert.equal(lines.length, 6);
  });

  it('JSON keeps type, error, flight and detail of an event', async () => {
    const { load, f } = await storedScene({ ...REVALIDATE, clock: undefined });
    await time.pass(10_001);
    const events = eventsOf(f);
    await f('a');
    load.runs[1].reject(new TypeError('no'));
    await turn();
    const [refresh, stale, failure] = JSON.parse(JSON.stringify(events));
    assert.deepEqual(
      [stale.type, stale.flight, stale.detail],
      ['cache_stale', 0, { reason: 'revalidate', age: 0.001 }],
    );
    assert.deepEqual([refresh.type, refresh.flight], ['cache_refresh', events[0].flight]);
    assert.deepEqual(
      [failure.type, failure.error.name, failure.error.message, failure.detail.background],
      ['failure', 'TypeError', 'no', true],
    );
  });
});

describe('counters of staleness', () => {
  it('stats of a new cache has every counter, at zero, and is frozen', () => {
    const { stats } = resilient(() => {}, { cache: true }).cache;
    assert.deepEqual(countsOf({ stats }), {
      ...{ hits: 0, misses: 0, coalesced: 0, stale: 0, refreshes: 0, refreshErrors: 0 },
    });
    assert.ok(Object.isFrozen(stats));
  });

  it('a value given while revalidating counts as a hit too; its refresh is no miss', async () => {
    const { clock, load, f } = await storedScene(REVALIDATE);
    clock.time = 10_001;
    await Promise.all([f('a'), f('a'), f('a')]);
    const underWay = { hits: 3, misses: 1, coalesced: 0, stale: 3, refreshes: 1 };
    assert.deepEqual(countsOf(f.cache), { ...underWay, refreshErrors: 0 });
    assert.equal(f.cache.stats.hitRate, 0.75);
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.deepEqual(countsOf(f.cache), { ...underWay, refreshErrors: 1 });
  });

  it('a value given after an error is no hit, and its flight is a miss', async () => {
    const { clock, load, f } = await storedScene(IF_ERROR);
    clock.time = 10_001;
    const calls = [f('a'), f('a')];
    load.runs[1].reject(new Error('no'));
    await Promise.all(calls);
    assert.deepEqual(countsOf(f.cache), {
      ...{ hits: 0, misses: 2, coalesced: 1, stale: 2, refreshes: 0, refreshErrors: 0 },
    });
  });

  it('clear sets the counters of staleness to zero', async () => {
    const { clock, load, f } = await storedScene(REVALIDATE);
    clock.time = 10_001;
    await f('a');
    load.runs[1].reject(new Error('no'));
    await turn();
    f.cache.clear();
    const { stale, refreshes, refreshErrors } = f.cache.stats;
    assert.deepEqual([stale, refreshes, refreshErrors], [0, 0, 0]);
  });

  it('f.clear resets no counter', async () => {
    const { clock, f } = await storedScene(REVALIDATE);
    clock.time = 10_001;
    await f('a');
    const before = countsOf(f.cache);
    f.clear();
    assert.deepEqual(countsOf(f.cache), before);
  });
});
