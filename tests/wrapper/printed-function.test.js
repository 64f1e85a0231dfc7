import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { CircuitBreaker, ResultCache, resilient } from 'holdfast';

describe('inspect of a wrapped function shows its state', () => {
  it('inspect of a wrapped function shows its name, its options, and the state of its cache and patterns', async () => {
    const getUser = resilient(async (id) => ({ id }), {
      cache: { maxSize: 9 },
      circuitBreaker: {},
      retry: { maxAttempts: 2 },
      timeout: '5s',
      bulkhead: undefined,
    });
    await Promise.all([getUser(1), getUser(2)]);
    getUser.circuitBreaker.forceOpen();
    assert.equal(
      inspect(resilient(function load() {}, { fallback: null })),
      '[Function: load] { fallback: null }',
    );
    assert.equal(
      inspect(getUser.with({ refresh: true }), { breakLength: Infinity }),
      "[Function: anonymous] { cache: '2 of 9', circuitBreaker: 'open', retry: { maxAttempts: 2 }, timeout: '5s' }",
    );
  });

  it('inspect of a wrapped function shows the metrics of a rate limiter and of a bulkhead', () => {
    const options = { rateLimiter: { maxCalls: 3 }, bulkhead: { maxConcurrent: 2 } };
    const printed = inspect(resilient(async () => 1, options));
    for (const shown of [/rateLimiter: \{/, /bulkhead: \{/, /: 3/, /: 2/])
      assert.match(printed, shown);
  });

  it('inspect of a wrapped function without patterns shows only its name and never throws', () => {
    assert.equal(inspect(resilient(function plain() {})), '[Function: plain] {}');
    const store = new ResultCache();
    const load = resilient(async function load() {}, {
      cache: store,
      circuitBreaker: new CircuitBreaker(),
    });
    store[Symbol.dispose]();
    assert.equal(inspect(load), "[Function: load] { cache: '0 of 256', circuitBreaker: 'closed' }");
  });

  it('inspect support changes neither the keys nor the JSON of a wrapped function', () => {
    const load = resilient(async () => {}, { cache: true });
    assert.deepEqual([Object.keys(load), JSON.stringify({ load })], [[], '{}']);
  });
});
