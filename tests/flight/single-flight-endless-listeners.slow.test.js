import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

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
