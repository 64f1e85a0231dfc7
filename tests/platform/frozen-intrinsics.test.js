import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

describe('the package works with frozen intrinsics', () => {
  it('errors, events, caches, patterns and responses work when every intrinsic object is frozen before the import', () => {
    const result = inChild(async () => {
      const frozen = new Set();
      const freeze = (value) => {
        if (Object(value) !== value || frozen.has(value) || ArrayBuffer.isView(value)) return;
        frozen.add(Object.freeze(value));
        freeze(Object.getPrototypeOf(value));
        for (const each of Object.values(Object.getOwnPropertyDescriptors(value))) {
          for (const part of [each.value, each.get, each.set]) freeze(part);
        }
      };
      for (const name of Object.getOwnPropertyNames(globalThis)) {
        if (/^[A-Z]/.test(name) || name === 'fetch') freeze(globalThis[name]);
      }
      for (const value of [async () => {}, async function* () {}, [].values()]) freeze(value);

      const { ResultCache, TimeoutError, resilient } = await import('holdfast');
      const { createRequire } = await import('node:module');
      const { CircuitOpenError } = createRequire(`${process.cwd()}/x.js`)('holdfast');
      const heard = [];
      const load = resilient(
        async (id) => {
          if (id === 'bad') throw new Error('down');
          return `result ${id}`;
        },
        {
          name: 'load',
          cache: { maxSize: 1 },
          circuitBreaker: { failureThreshold: 1 },
          retry: { maxAttempts: 2, delay: 0 },
          timeout: '1m',
          bulkhead: {},
          rateLimiter: {},
          hedge: { delay: '1m' },
          onEvent: ({ type }) => heard.push(type),
        },
      );
      load.cache.addEventListener('evict', ({ key }) => heard.push(`evict ${key}`));
      const results = [await load(1), await load(1), await load(2)];
      const errors = [];
      for (let n = 0; n < 2; n++) await load('bad').catch((error) => errors.push(String(error)));
      const late = resilient(() => new Promise(() => {}), { timeout: '1ms', name: 'late' });
      await late().catch((error) => errors.push(`${error instanceof TimeoutError} ${error}`));
      const open = new CircuitOpenError({ functionName: 'f' });
      const answer = resilient(async () => new Response('body'), { cache: true });
      for (const response of await Promise.all([answer(), answer()])) {
        results.push(await response.text());
      }
      const keys = [{ a: [1, new Map([[new Date(0), /x/g]])] }, new Set([1n, Symbol.for('s')])];
      results.push(
        ResultCache.makeKey(...keys) ===
          ResultCache.makeKey(...structuredClone([keys[0]]), keys[1]),
      );
      return { results, errors, open: String(open), heard: heard.join(' ') };
    });
    assert.deepEqual(result, {
      results: ['result 1', 'result 1', 'result 2', 'body', 'body', true],
      errors: [
        'Error: down',
        'CircuitOpenError: The circuit of load is open',
        'true TimeoutError: late did not answer within 0.001 s',
      ],
      open: 'CircuitOpenError: The circuit of f is open',
      heard:
        'cache_miss success cache_hit cache_miss evict 1 success cache_miss retry ' +
        'retry_exhausted circuit_open failure cache_miss circuit_open failure',
    });
  });

  it('an error can be given a name when every intrinsic object is frozen before the import', () => {
    const names = inChild(async () => {
      Object.freeze(Error.prototype);
      const { ResilienceError, TimeoutError } = await import('holdfast');
      const error = new TimeoutError(1, { functionName: 'f' });
      const { name } = error;
      error.name = 'Other';
      return [name, error.name, ResilienceError.prototype.name];
    });
    assert.deepEqual(names, ['TimeoutError', 'Other', 'ResilienceError']);
  });
});

describe('the package works when Object.prototype has the names of property descriptors', () => {
  it('the package can be imported and prints events when Object.prototype has the names of property descriptors', () => {
    const printed = inChild(async () => {
      const { inspect } = await import('node:util');
      // The first import of Node reads this.
      await import('holdfast');
      const descriptor = { __proto__: null, value: () => 5, configurable: true };
      Object.defineProperty(Object.prototype, 'get', descriptor);
      const { CacheEvent, TimeoutError } = await import(`${import.meta.resolve('holdfast')}?copy`);
      const { name } = new TimeoutError(1, { functionName: 'f' });
      const event = new CacheEvent('evict', 'a', 1);
      delete Object.prototype.get;
      return [name, inspect(event)];
    });
    assert.deepEqual(printed, [
      'TimeoutError',
      "CacheEvent { type: 'evict', key: 'a', value: 1, reason: 'evict' }",
    ]);
  });
});
