import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Bulkhead,
  CircuitBreaker,
  httpPolicy,
  llmPolicy,
  policy,
  RateLimiter,
  ResultCache,
  registry,
  resilient,
} from 'holdfast';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import { patterns } from '../support/patterns.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();
const SHARED = patterns.filter(({ shared }) => shared).map(({ option }) => option);
const PARTS = {
  cache: ResultCache,
  circuitBreaker: CircuitBreaker,
  rateLimiter: RateLimiter,
  bulkhead: Bulkhead,
};
/** For `fallback`, `true` and `false` are values; `hedge` has no default `delay`. */
const SWITCHES = ['cache', ...patterns.map(({ option }) => option).filter((o) => o !== 'fallback')];
const PATTERNS = SWITCHES.filter((option) => option !== 'hedge');
const ALL_OFF = Object.fromEntries(SWITCHES.map((name) => [name, false]));

/** The times at which a failing function runs, in seconds. */
async function attemptsOf(wrap) {
  const start = time.now;
  const at = [];
  const fail = async () => {
    at.push((time.now - start) / 1_000);
    throw new Error('down');
  };
  const call = outcomeOf(wrap(fail)());
  await time.passAll();
  assert.equal(call.error.message, 'down');
  return at;
}

describe('false turns an option off', () => {
  it('false turns a pattern or the cache off', () => {
    const value = Promise.resolve();
    const f = resilient(() => value, ALL_OFF);
    assert.equal(f(), value);
    for (const name of Object.keys(PARTS)) assert.equal(f[name], undefined);
    assert.equal(resilient(() => 1, { ...ALL_OFF, sync: true })(), 1);
  });

  it('false from a condition leaves the pattern off', async () => {
    for (const needed of [false, true]) {
      const retry = needed && { maxAttempts: 2, delay: 0 };
      const attempts = await attemptsOf((fn) => resilient(fn, { retry }));
      assert.equal(attempts.length, needed ? 2 : 1);
    }
  });

  it('false in a policy turns the pattern off for all its functions', () => {
    const api = policy(ALL_OFF);
    for (const name of SHARED) {
      assert.equal(api[name], undefined);
    }
    assert.equal(api(() => 1)(), 1);
    assert.equal(registry.register('off', ALL_OFF)(() => 1)(), 1);
    registry.unregister('off');
  });

  it('false for one function of a policy turns off what the policy has', async () => {
    const on = { retry: { maxAttempts: 3, delay: 0 }, timeout: 1, hedge: { delay: 1 } };
    const api = policy({ ...on, cache: true, circuitBreaker: {}, rateLimiter: {}, bulkhead: {} });
    const f = api(() => 1, ALL_OFF);
    assert.equal(f(), 1);
    for (const name of Object.keys(PARTS)) assert.equal(f[name], undefined);
    assert.equal((await attemptsOf((fn) => api(fn, { retry: false }))).length, 1);
    assert.equal((await attemptsOf(api)).length, 3);
    assert.equal(api(fnOf(), { bulkhead: false }).circuitBreaker, api.circuitBreaker);
  });

  it('false turns off what a preset has', async () => {
    const preset = llmPolicy({ bulkhead: false, retry: false });
    assert.deepEqual([preset.bulkhead, preset.retry], [false, false]);
    assert.deepEqual(await attemptsOf((fn) => resilient(fn, preset)), [0]);
    assert.equal(policy(preset).bulkhead, undefined);
    assert.equal(
      resilient(fnOf(), httpPolicy({ circuitBreaker: false })).circuitBreaker,
      undefined,
    );
  });

  it('false and true are values as a fallback', async () => {
    for (const fallback of [true, false]) {
      const fail = async () => Promise.reject(new Error('down'));
      assert.equal(await resilient(fail, { fallback })(), fallback);
      assert.equal(await policy({ fallback })(fail)(), fallback);
      assert.equal(await resilient(fail, { fallback: { handler: fallback } })(), fallback);
    }
  });
});

describe('true turns an option on', () => {
  it('true turns a pattern or the cache on with its defaults', async () => {
    const f = resilient(async () => 1, { ...Object.fromEntries(PATTERNS.map((n) => [n, true])) });
    for (const [name, Part] of Object.entries(PARTS)) assert.ok(f[name] instanceof Part, name);
    assert.equal(f.cache.stats.maxSize, 256);
    assert.equal(f.rateLimiter.metrics.maxCalls, 10);
    assert.equal(f.bulkhead.metrics.maxConcurrent, 10);
    assert.equal((await attemptsOf((fn) => resilient(fn, { retry: true }))).length, 3);

    const slow = outcomeOf(resilient(() => new Promise(() => {}), { timeout: true })());
    await time.pass(29_999);
    assert.equal(slow.state, 'pending');
    await time.pass(1);
    assert.equal(slow.error.code, 'TIMEOUT');
  });

  it('true in a policy turns the pattern on with its defaults', async () => {
    const api = policy({ circuitBreaker: true, bulkhead: true, rateLimiter: true, cache: true });
    const [f, g] = [api(fnOf()), api(fnOf())];
    for (const [name, Part] of Object.entries(PARTS)) assert.ok(f[name] instanceof Part, name);
    assert.equal(f.bulkhead, api.bulkhead);
    assert.notEqual(f.cache, g.cache);
    const retries = policy({ retry: { maxAttempts: 5, delay: 0 } });
    assert.equal((await attemptsOf((fn) => retries(fn, { retry: true }))).length, 3);
  });

  it('true in a preset keeps the values of the preset', () => {
    assert.deepEqual(httpPolicy({ retry: true, timeout: true }), httpPolicy());
    assert.equal(httpPolicy({ bulkhead: true }).bulkhead, true);
  });

  it('true is an error for a hedge, which needs its delay', () => {
    for (const wrap of [resilient.bind(undefined, fnOf()), policy, httpPolicy]) {
      assert.throws(() => wrap({ hedge: true }), {
        name: 'TypeError',
        message: /^hedge\.delay must be .* got undefined$/,
      });
    }
  });
});

function fnOf() {
  return async () => 1;
}
