import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { CircuitBreaker, ResultCache, resilient } from 'holdfast';

describe('a wrapped function, printed by Node', () => {
  it('shows its name, its options, and how its cache and its patterns are', async () => {
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

  it('shows the metrics of a limiter and of a bulkhead', () => {
    const options = { rateLimiter: { maxCalls: 3 }, bulkhead: { maxConcurrent: 2 } };
    const printed = inspect(resilient(async () => 1, options));
    for (const shown of [/rateLimiter: \{/, /bulkhead: \{/, /: 3/, /: 2/])
      assert.match(printed, shown);
  });

  it('shows nothing but its name when it has no pattern, and never throws', () => {
    assert.equal(inspect(resilient(function plain() {})), '[Function: plain] {}');
    const store = new ResultCache();
    const load = resilient(async function load() {}, {
      cache: store,
      circuitBreaker: new CircuitBreaker(),
    });
    store[Symbol.dispose]();
    assert.equal(inspect(load), "[Function: load] { cache: '0 of 256', circuitBreaker: 'closed' }");
  });

  it('changes neither its keys nor what JSON makes of it', () => {
    const load = resilient(async () => {}, { cache: true });
    assert.deepEqual([Object.keys(load), JSON.stringify({ load })], [[], '{}']);
  });
});
