import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { manualTimers } from '../support/manual-timers.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

manualTimers();
const REASON = { why: 'the caller left' };
const listenersOn = (signal) => getEventListeners(signal, 'abort').length;

describe('a signal that outlives its calls collects no listeners', () => {
  const CALLS = 100_000;
  const { signal } = new AbortController();
  const most = { listeners: 0 };
  const observe = () => {
    most.listeners = Math.max(most.listeners, listenersOn(signal));
  };
  const kinds = {
    'that are hits': [(id) => id, { cache: { ttl: 0 } }, () => 0],
    'that run one after the other': [(id) => id, { cache: { ttl: 0, maxSize: 10 } }, (n) => n],
    'that are not cached': [async (id) => id, { retry: {}, bulkhead: {} }, (n) => n],
    'that fail': [async () => Promise.reject(REASON), { cache: true }, (n) => n],
    'that are refused': [async (id) => id, { rateLimiter: { maxCalls: 1, period: 1e9 } }, (n) => n],
  };
  for (const [kind, [fn, options, argument]] of Object.entries(kinds)) {
    it(`a signal has no listener after ${CALLS} calls ${kind}`, async () => {
      const f = resilient(fn, options).with({ signal });
      for (let call = 0; call < CALLS; call++) {
        const result = f(argument(call));
        if (call % 1_000 === 0) observe();
        if (result instanceof Promise) await result.catch(() => {});
      }
      await turn();
      assert.equal(listenersOn(signal), 0);
      assert.ok(most.listeners <= 1, `${most.listeners} at a time`);
    });
  }

  it(`a signal has one listener during ${CALLS} concurrent calls, and none afterwards`, async () => {
    const load = controlled();
    const f = resilient(load, { cache: { maxSize: 100 } }).with({ signal });
    const calls = Array.from({ length: CALLS }, (_, call) => f(call % 50));
    assert.equal(listenersOn(signal), 1);
    for (const run of load.runs) run.resolve('v');
    assert.equal((await Promise.all(calls)).length, CALLS);
    await turn();
    assert.equal(listenersOn(signal), 0);
  });
});
