import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { CircuitBreaker, EventType, ResilienceEvent, ResultCache, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { inChild } from '../support/in-child.js';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import { thenable } from '../support/thenable.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

/** The events of a function from its first call on, and their types. */
function recorded(fn, options) {
  const events = [];
  const f = resilient(fn, { ...options, onEvent: (event) => events.push(event) });
  /** The types since the last time somebody asked. */
  const types = () => events.splice(0).map(({ type }) => type);
  return { f, events, types };
}

describe('EventType', () => {
  it('has a name for each type, and is frozen', () => {
    assert.ok(Object.isFrozen(EventType));
    const { RATE_LIMITED, BULKHEAD_REJECTED, FALLBACK_USED, ...built } = EventType;
    assert.deepEqual(built, {
      CACHE_HIT: 'cache_hit',
      CACHE_MISS: 'cache_miss',
      CACHE_COALESCED: 'cache_coalesced',
      RETRY: 'retry',
      RETRY_EXHAUSTED: 'retry_exhausted',
      TIMEOUT: 'timeout',
      CIRCUIT_OPEN: 'circuit_open',
      CIRCUIT_HALF_OPEN: 'circuit_half_open',
      CIRCUIT_CLOSED: 'circuit_closed',
      SLOW_CALL: 'slow_call',
      SUCCESS: 'success',
      FAILURE: 'failure',
    });
  });
});

describe('an event', () => {
  it('is an Event and a ResilienceEvent, with all fields', async () => {
    const { f, events } = recorded(async () => 1, { name: 'load', cache: true });
    await f('a');
    for (const event of events) {
      assert.ok(event instanceof Event && event instanceof ResilienceEvent);
      assert.equal(event.functionName, 'load');
      assert.equal(event.key, 'a');
      assert.deepEqual([event.attempt, event.error, event.detail], [0, undefined, undefined]);
      assert.equal(typeof event.timeStamp, 'number');
    }
  });

  it('carries the function’s own name where none is given, and something where it has none', async () => {
    const named = recorded(function loadUser() {});
    named.f();
    assert.equal(named.events[0].functionName, 'loadUser');
    const nameless = recorded((() => () => {})());
    nameless.f();
    assert.equal(nameless.events[0].functionName, 'anonymous');
  });
});

describe('the events of the cache', () => {
  it('are a miss and a success for the first call, and a hit alone for the next', async () => {
    const { f, types } = recorded(async (x) => x, { cache: true });
    await f(1);
    assert.deepEqual(types(), ['cache_miss', 'success']);
    await f(1);
    assert.deepEqual(types(), ['cache_hit']);
    const sync = recorded((x) => x, { cache: true });
    sync.f(1);
    sync.f(1);
    assert.deepEqual(sync.types(), ['cache_miss', 'success', 'cache_hit']);
  });

  it('are one miss for a flight, and a coalesced call for each who joins it', async () => {
    const load = controlled();
    const { f, events, types } = recorded(load, { cache: true });
    const calls = [f('a'), f('a'), f('a')];
    assert.deepEqual(
      events.map(({ key }) => key),
      ['a', 'a', 'a'],
    );
    assert.deepEqual(types(), ['cache_miss', 'cache_coalesced', 'cache_coalesced']);
    load.runs[0].resolve();
    await Promise.all(calls);
    assert.deepEqual(types(), ['success']);
  });

  it('are a miss for a flight that is refused, too', async () => {
    const { f, types } = recorded(async () => 1, { cache: true, circuitBreaker: {} });
    f.circuitBreaker.forceOpen();
    types();
    await assert.rejects(f());
    assert.deepEqual(types(), ['cache_miss', 'circuit_open', 'failure']);
  });

  it('are none for a caller who had already left', async () => {
    const { f, types } = recorded(async () => 1, { cache: true });
    await f();
    types();
    await assert.rejects(f.with({ signal: AbortSignal.abort() })());
    assert.deepEqual(types(), []);
  });

  it('tell hits and misses of one’s own alone in a cache that two functions share', async () => {
    const cache = new ResultCache();
    const first = recorded(async () => 1, { cache });
    const second = recorded(async () => 2, { cache });
    await first.f();
    assert.deepEqual([first.types(), second.types()], [['cache_miss', 'success'], []]);
    await second.f();
    assert.deepEqual([first.types(), second.types()], [[], ['cache_miss', 'success']]);
  });
});

describe('success and failure', () => {
  it('come once per uncached call, at its end, with its duration in seconds', async () => {
    const load = controlled();
    const { f, events, types } = recorded(load);
    const calls = [outcomeOf(f()), outcomeOf(f())];
    assert.deepEqual(types(), []);
    const error = new Error('boom');
    await time.pass(1_500);
    load.runs[0].resolve(1);
    await time.pass(1_000);
    load.runs[1].reject(error);
    await time.pass(0);
    assert.deepEqual(
      events.map(({ duration }) => duration),
      [1.5, 2.5],
    );
    assert.deepEqual(
      events.map(({ error: thrown }) => thrown),
      [undefined, error],
    );
    assert.deepEqual(types(), ['success', 'failure']);
    assert.deepEqual(
      calls.map(({ state }) => state),
      ['fulfilled', 'rejected'],
    );
  });

  it('come for synchronous functions, before the call returns', () => {
    const { f, types } = recorded((fails) => {
      time.jump(250);
      if (fails) throw new Error('boom');
    });
    f(false);
    assert.deepEqual(types(), ['success']);
    assert.throws(() => f(true));
    assert.deepEqual(types(), ['failure']);
  });

  it('come once for all attempts, with the time of all of them', async () => {
    const { f, events } = recorded(async () => Promise.reject(new Error('boom')), {
      retry: { maxAttempts: 3, delay: '1s', jitter: false },
    });
    outcomeOf(f());
    await time.passAll();
    const ends = events.filter(({ type }) => type === 'success' || type === 'failure');
    assert.deepEqual(
      ends.map(({ type, duration }) => [type, duration]),
      [['failure', 3]],
    );
  });

  it('are a failure when the last caller has left, with the reason, and nothing later', async () => {
    const load = controlled();
    const { f, events, types } = recorded(load, { cache: true });
    const controllers = [new AbortController(), new AbortController()];
    for (const { signal } of controllers) outcomeOf(f.with({ signal })());
    types();
    controllers[0].abort();
    assert.deepEqual(types(), []);
    await time.pass(500);
    controllers[1].abort('bye');
    assert.deepEqual([events[0].error, events[0].duration], ['bye', 0.5]);
    assert.deepEqual(types(), ['failure']);
    load.runs[0].resolve();
    await time.pass(0);
    assert.deepEqual(types(), []);
  });

  it('are a failure when retry rejects the result to the end', async () => {
    const { f, types } = recorded(async () => null, {
      retry: { maxAttempts: 1, retryOnResult: () => true },
    });
    await f();
    assert.deepEqual(types(), ['retry_exhausted', 'failure']);
  });
});

describe('the events of a breaker', () => {
  const failing = () => {
    throw new Error('boom');
  };

  it('come at each change of state, and at each refusal, to all who share it', () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1, successThreshold: 1 });
    const bad = recorded(failing, { circuitBreaker: breaker, sync: true, name: 'bad' });
    const good = recorded(() => 1, { circuitBreaker: breaker, sync: true, name: 'good' });
    assert.throws(bad.f);
    assert.equal(good.events[0].functionName, 'good');
    assert.deepEqual(good.events[0].detail, { refused: false });
    assert.deepEqual(bad.types(), ['circuit_open', 'failure']);
    assert.deepEqual(good.types(), ['circuit_open']);
    assert.throws(good.f, { code: 'CIRCUIT_OPEN' });
    assert.equal(good.events[0].error.code, 'CIRCUIT_OPEN');
    assert.deepEqual(good.events[0].detail, { refused: true });
    assert.deepEqual([bad.types(), good.types()], [[], ['circuit_open', 'failure']]);
    time.jump(30_000);
    good.f();
    assert.deepEqual(bad.types(), ['circuit_half_open', 'circuit_closed']);
    assert.deepEqual(good.types(), ['circuit_half_open', 'circuit_closed', 'success']);
  });

  it('come when it is opened and closed by hand, and not when it is so already', () => {
    const { f, types } = recorded(failing, { circuitBreaker: {} });
    const { circuitBreaker } = f;
    circuitBreaker.reset();
    circuitBreaker.forceClose();
    assert.deepEqual(types(), []);
    circuitBreaker.forceOpen();
    circuitBreaker.forceOpen();
    assert.deepEqual(types(), ['circuit_open']);
    circuitBreaker.reset();
    assert.deepEqual(types(), ['circuit_closed']);
  });

  it('carry the failure that opened it', () => {
    const { f, events } = recorded(failing, { circuitBreaker: { failureThreshold: 1 } });
    assert.throws(f);
    assert.equal(events[0].error.message, 'boom');
  });

  it('tell of a slow call from slowCallDuration on, with its duration, well or badly ended', () => {
    const { f, events, types } = recorded(
      (milliseconds, fails) => {
        time.jump(milliseconds);
        if (fails) throw new Error('boom');
      },
      { circuitBreaker: { slowCallDuration: '1s' }, sync: true },
    );
    f(999);
    assert.deepEqual(types(), ['success']);
    f(1_000);
    assert.equal(events[0].duration, 1);
    assert.deepEqual(types(), ['slow_call', 'success']);
    assert.throws(() => f(2_000, true));
    assert.equal(events[0].duration, 2);
    assert.deepEqual(types(), ['slow_call', 'failure']);
  });
});

describe('an event that is printed', () => {
  it('shows what it tells', () => {
    const event = new ResilienceEvent('retry', { functionName: 'load', key: 42, attempt: 1 });
    assert.match(
      inspect(event),
      /^ResilienceEvent \{\s+type: 'retry',\s+functionName: 'load',\s+key: 42,/,
    );
    const evicted = [];
    const cache = new ResultCache({ maxSize: 1 });
    cache.addEventListener('evict', (event) => evicted.push(event));
    cache.put('a', { id: 1 }).put('b', 2);
    const text = "CacheEvent { type: 'evict', key: 'a', value: { id: 1 } }";
    assert.equal(inspect(evicted), `[ ${text} ]`);
  });
});

describe('where no pattern is on', () => {
  it('a listener hides no rejection that nobody handles, and makes none of one that is', () => {
    const unhandled = inChild(async () => {
      const { EventType, resilient } = await import('holdfast');
      const errors = [];
      process.on('uncaughtException', () => {});
      process.on('unhandledRejection', (error) => errors.push(error));
      for (const type of [EventType.SUCCESS, EventType.FAILURE]) {
        const f = resilient(async (text) => {
          throw text;
        });
        f.addEventListener(type, () => {});
        f(`unhandled with ${type}`);
        await f('handled').catch(() => {});
      }
      await new Promise((resolve) => setTimeout(resolve));
      return errors;
    });
    assert.deepEqual(unhandled, ['unhandled with success', 'unhandled with failure']);
  });

  it('a thenable ends as it settles, and is asked once', async () => {
    const asked = [];
    const settles = {
      fulfilled: (resolve) => resolve('v'),
      rejected: (_, reject) => reject('no'),
    };
    const f = resilient((how) =>
      thenable((...handlers) => {
        asked.push(how);
        settles[how](...handlers);
      }),
    );
    const heard = [];
    for (const type of [EventType.SUCCESS, EventType.FAILURE]) {
      f.addEventListener(type, ({ error }) => heard.push([type, error]));
    }
    assert.equal(await f('fulfilled'), 'v');
    await assert.rejects(
      async () => f('rejected'),
      (error) => error === 'no',
    );
    assert.deepEqual(heard, [
      ['success', undefined],
      ['failure', 'no'],
    ]);
    assert.deepEqual(asked, ['fulfilled', 'rejected']);
  });
});
