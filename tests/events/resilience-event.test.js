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
  /** The types of events since the last call. */
  const types = () => events.splice(0).map(({ type }) => type);
  return { f, events, types };
}

describe('EventType lists the event types', () => {
  it('EventType has a name for each type and is frozen', () => {
    assert.ok(Object.isFrozen(EventType));
    const { RATE_LIMITED, BULKHEAD_REJECTED, FALLBACK_USED, ...built } = EventType;
    assert.deepEqual(built, {
      CACHE_HIT: 'cache_hit',
      CACHE_MISS: 'cache_miss',
      CACHE_STALE: 'cache_stale',
      CACHE_REFRESH: 'cache_refresh',
      CACHE_REVALIDATED: 'cache_revalidated',
      CACHE_COALESCED: 'cache_coalesced',
      TIER_HIT: 'tier_hit',
      TIER_MISS: 'tier_miss',
      TIER_WAIT: 'tier_wait',
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

describe('a ResilienceEvent has all fields', () => {
  it('an event is an Event and a ResilienceEvent with all fields', async () => {
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

  it('an event has the own name of the function if no name is given, and a placeholder if it has none', async () => {
    const named = recorded(function loadUser() {});
    named.f();
    assert.equal(named.events[0].functionName, 'loadUser');
    const nameless = recorded((() => () => {})());
    nameless.f();
    assert.equal(nameless.events[0].functionName, 'anonymous');
  });
});

describe('the cache emits hits, misses and coalesced calls', () => {
  it('a first call emits a miss and a success, and the next one only a hit', async () => {
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

  it('a flight emits one miss, and a coalesced event for each caller that joins it', async () => {
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

  it('a flight that is refused emits a miss, too', async () => {
    const { f, types } = recorded(async () => 1, { cache: true, circuitBreaker: {} });
    f.circuitBreaker.forceOpen();
    types();
    await assert.rejects(f());
    assert.deepEqual(types(), ['cache_miss', 'circuit_open', 'failure']);
  });

  it('a caller that had already left emits no cache event', async () => {
    const { f, types } = recorded(async () => 1, { cache: true });
    await f();
    types();
    await assert.rejects(f.with({ signal: AbortSignal.abort() })());
    assert.deepEqual(types(), []);
  });

  it('a function emits only its own hits and misses in a cache that two functions share', async () => {
    const cache = new ResultCache();
    const first = recorded(async () => 1, { cache });
    const second = recorded(async () => 2, { cache });
    await first.f();
    assert.deepEqual([first.types(), second.types()], [['cache_miss', 'success'], []]);
    await second.f();
    assert.deepEqual([first.types(), second.types()], [[], ['cache_miss', 'success']]);
  });
});

describe('every uncached call emits success or failure', () => {
  it('an uncached call emits success or failure once, at its end, with its duration in seconds', async () => {
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

  it('a synchronous function emits success or failure before the call returns', () => {
    const { f, types } = recorded((fails) => {
      time.jump(250);
      if (fails) throw new Error('boom');
    });
    f(false);
    assert.deepEqual(types(), ['success']);
    assert.throws(() => f(true));
    assert.deepEqual(types(), ['failure']);
  });

  it('a call with several attempts emits success or failure once, with the time of all attempts', async () => {
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

  it('a call whose last caller has left emits a failure with the reason, and nothing later', async () => {
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

  it('a call whose result retry rejects to the end emits a failure', async () => {
    const { f, types } = recorded(async () => null, {
      retry: { maxAttempts: 1, retryOnResult: () => true },
    });
    await f();
    assert.deepEqual(types(), ['retry_exhausted', 'failure']);
  });
});

describe('a circuit breaker emits its changes of state', () => {
  const failing = () => {
    throw new Error('boom');
  };

  it('a circuit breaker emits each change of state and each refusal to all functions that share it', () => {
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

  it('a circuit breaker emits an event when it is opened or closed by hand, unless it is in that state already', () => {
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

  it('a circuit_open event has the failure that opened the breaker', () => {
    const { f, events } = recorded(failing, { circuitBreaker: { failureThreshold: 1 } });
    assert.throws(f);
    assert.equal(events[0].error.message, 'boom');
  });

  it('a slow_call event is emitted from slowCallDuration on, with the duration, on success and on failure', () => {
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

describe('an event can be printed', () => {
  it('inspect of an event shows its type and fields', () => {
    const event = new ResilienceEvent('retry', { functionName: 'load', key: 42, attempt: 1 });
    assert.match(
      inspect(event),
      /^ResilienceEvent \{\s+type: 'retry',\s+functionName: 'load',\s+key: 42,/,
    );
    const evicted = [];
    const cache = new ResultCache({ maxSize: 1 });
    cache.addEventListener('evict', (event) => evicted.push(event));
    cache.put('a', { id: 1 }).put('b', 2);
    const text = "CacheEvent { type: 'evict', key: 'a', value: { id: 1 }, reason: 'evict' }";
    assert.equal(inspect(evicted, { breakLength: 100 }), `[ ${text} ]`);
  });
});

describe('events of a function without patterns do not change its results', () => {
  it('a listener neither hides an unhandled rejection nor makes a handled one unhandled', () => {
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

  it('a function that returns a thenable emits its outcome, and calls then once', async () => {
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
