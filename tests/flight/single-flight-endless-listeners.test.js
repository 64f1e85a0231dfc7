import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

describe('a listener that answers every event by causing the next one is stopped', () => {
  it('an endless listener of hits is stopped with a clear error before the stack overflows', async () => {
    const loop = resilient((key) => key, { cache: true, sync: true, name: 'loop' });
    loop.addEventListener(EventType.CACHE_HIT, () => loop('a'));
    loop('a');
    const warnings = await warningsOf(() => assert.equal(loop('a'), 'a'));
    assert.ok(warnings.length > 0);
    for (const warning of warnings) assert.match(warning, /loop.*key/);
  });

  it('an endless listener of failures or successes is stopped with a clear error before the stack overflows', async () => {
    const fails = () => {
      throw new Error('no');
    };
    const endless = [
      [EventType.FAILURE, fails, (loop) => loop('a')],
      [EventType.SUCCESS, () => 'v', (loop) => loop.with({ refresh: true })('a')],
    ];
    for (const [type, fn, again] of endless) {
      const loop = resilient(fn, { cache: true, sync: true, name: 'loop' });
      loop.addEventListener(type, () => again(loop));
      const warnings = await warningsOf(() => {
        try {
          assert.equal(loop('a'), 'v');
        } catch (error) {
          assert.equal(error.message, 'no');
        }
      });
      assert.ok(warnings.some((warning) => /loop.*key/.test(warning)));
      assert.deepEqual(
        warnings.filter((warning) => /stack/.test(warning)),
        [],
      );
    }
  });

  it('an endless listener of joined calls does not keep a call alive that all callers have left', async () => {
    const load = controlled();
    const loop = resilient(load, { cache: true, name: 'loop', passContext: true });
    const controller = new AbortController();
    const mine = loop.with({ signal: controller.signal });
    const calls = [outcomeOf(mine('a'))];
    const join = async () => {
      calls.push(outcomeOf(mine('a')));
    };
    loop.addEventListener(EventType.CACHE_COALESCED, join);
    const warnings = await warningsOf(join);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /loop.*key/);
    controller.abort('bye');
    await turn();
    for (const call of calls) assert.deepEqual(call, { state: 'rejected', error: 'bye' });
    assert.equal(load.runs[0].args.at(-1).signal.aborted, true);
  });

  it('an endless listener with a new key each time gets an error that does not name one key', async () => {
    let calls = 0;
    const loop = resilient(async (key) => key, { cache: true, name: 'loop' });
    loop.addEventListener(EventType.CACHE_MISS, () => loop(++calls));
    const warnings = await warningsOf(() => loop(0));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /loop was called again and again by listeners/);
  });

  it('an endless listener that answers two events of each call is stopped soon, each time', async () => {
    let heard = 0;
    let key = 0;
    const loop = resilient((key) => key, {
      cache: true,
      name: 'loop',
      onEvent() {
        heard++;
        if (heard < 1_000) loop(++key);
      },
    });
    for (let round = 0; round < 3; round++) {
      heard = 0;
      const warnings = await warningsOf(() => loop(++key));
      assert.ok(heard > 100 && heard < 300, `heard ${heard}`);
      for (const warning of warnings) assert.match(warning, /loop was called again and again/);
    }
  });

  it('a listener of many consecutive calls is not stopped', async () => {
    let heard = 0;
    const f = resilient((key) => key, { cache: { maxSize: 10 }, onEvent: () => heard++ });
    const warnings = await warningsOf(() => {
      for (let call = 0; call < 1_000; call++) {
        f(call);
        f(call);
      }
    });
    assert.equal(heard, 3_000);
    assert.deepEqual(warnings, []);
  });
});

describe('a listener that calls the function again in microtasks alone is stopped', () => {
  /** More calls than are needed to detect an endless chain. */
  const ENDLESS = 200_000;

  const failing = { retry: { maxAttempts: 2, delay: 0 } };
  const chains = {
    'with no pattern': (fn) => {
      const f = resilient(fn, { name: 'loop', onEvent: () => void f() });
      return f;
    },
    'with a cache': (fn) => {
      const f = resilient(fn, { name: 'loop', cache: { ttl: '1ms', key: () => ({}) } });
      f.addEventListener(EventType.SUCCESS, () => void f());
      return f;
    },
    'with a cache, on every event': (fn) => {
      const f = resilient(fn, {
        name: 'loop',
        cache: { key: () => ({}) },
        onEvent: () => void f().catch(() => {}),
      });
      return f;
    },
    'in an async listener': (fn) => {
      const f = resilient(fn, { name: 'loop', onEvent: async () => await f() });
      return f;
    },
    'twice on each event': (fn) => {
      const f = resilient(fn, { name: 'loop' });
      f.addEventListener(EventType.SUCCESS, () => Promise.all([f(), f()]));
      return f;
    },
    'by way of another function': (fn) => {
      const f = resilient(fn, { name: 'loop', onEvent: () => void other() });
      const other = resilient(fn, { name: 'loop', onEvent: () => void f() });
      return f;
    },
    'on an eviction': (fn) => {
      const f = resilient(fn, { name: 'loop', cache: { maxSize: 1, key: () => ({}) } });
      f.cache.addEventListener('evict', () => void f());
      f.cache.put('a', 1);
      return f;
    },
    'on a retry': (fn) => {
      const f = resilient((...args) => fn(...args).then(() => Promise.reject('no')), {
        name: 'loop',
        ...failing,
      });
      f.addEventListener(EventType.RETRY, () => void f().catch(() => {}));
      return f;
    },
  };
  for (const [name, chain] of Object.entries(chains)) {
    it(`an endless listener in microtasks (${name}) gets an error, and timers fire`, async () => {
      let calls = 0;
      const f = chain(async () => {
        if (++calls > ENDLESS) await new Promise(() => {});
      });
      const warnings = await warningsOf(async () => {
        f().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve));
      });
      assert.ok(calls < ENDLESS, `${calls} calls`);
      assert.ok(warnings.length > 0);
      for (const warning of warnings) assert.match(warning, /loop was called again and again/);
      // The function still works.
      assert.equal(await resilient(async () => 1)(), 1);
      await turn();
    });
  }

  it('a listener whose calls wait for the event loop gets no error, however many there are', async () => {
    let calls = 0;
    let end;
    const ended = new Promise((resolve) => {
      end = resolve;
    });
    const poll = resilient(turn, {
      onEvent: () => (++calls < 12_000 ? void poll() : end()),
    });
    assert.deepEqual(await warningsOf(() => [poll(), ended][1]), []);
    assert.equal(calls, 12_000);
  });

  it('a listener that answers the events of many calls with one call each gets no error', async () => {
    let answers = 0;
    const f = resilient(async (key) => key, { cache: { maxSize: 100_000 } });
    f.addEventListener(EventType.SUCCESS, ({ key }) => {
      if (key < 0) return;
      answers++;
      return f(-1 - key);
    });
    const calls = Array.from({ length: 12_000 }, (_, key) => f(key));
    assert.deepEqual(await warningsOf(() => Promise.all(calls)), []);
    assert.equal(answers, 12_000);
    assert.equal(f.cache.size, 24_000);
  });

  it('a listener that makes many calls on one event gets no error', async () => {
    const warm = resilient(async (key) => key, { cache: { maxSize: 100_000 } });
    const keys = Array.from({ length: 12_000 }, (_, key) => key);
    const start = resilient(async () => 1, {
      onEvent: () => Promise.all(keys.map((key) => warm(key))),
    });
    warm.addEventListener(
      EventType.SUCCESS,
      ({ key }) => key === 0 && Promise.all(keys.map((n) => warm(n))),
    );
    assert.deepEqual(await warningsOf(start), []);
    assert.equal(warm.cache.size, 12_000);
  });
});
