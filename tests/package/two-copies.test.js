import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import * as imported from 'holdfast';
import { importFresh } from '../support/fresh-package.js';
import '../support/unhandled-rejections.js';

const required = createRequire(import.meta.url)('holdfast');
const other = await importFresh();
const withoutWasm = await import('holdfast/js');
const COPIES = { required, other, withoutWasm };

for (const [name, copy] of Object.entries(COPIES)) {
  describe(`two copies of the package, imported and ${name}, work next to each other`, () => {
    it(`the copies imported and ${name} are two modules`, () => {
      assert.notEqual(copy.ResultCache, imported.ResultCache);
      assert.ok(!(new copy.ResultCache() instanceof imported.ResultCache));
    });

    it(`caches of the copies imported and ${name} are separate, whatever one does to its memory`, () => {
      const mine = new imported.ResultCache({ maxSize: 3, ttl: 0 }).put('a', 1).put('b', 2);
      const theirs = new copy.ResultCache({ maxSize: 20_000, ttl: 0 });
      for (let key = 0; key < 30_000; key++) theirs.put(key, key);
      mine.get('a');
      mine.put('c', 3).put('d', 4);
      assert.deepEqual([...mine.keys()], ['a', 'c', 'd']);
      assert.deepEqual([theirs.size, theirs.get(29_999)], [20_000, 29_999]);
    });

    it(`makeKey of the copies imported and ${name} returns the same keys for data`, () => {
      const args = [1, 'a', { b: [new Date(5), new Map([[1, 2]])] }];
      assert.equal(copy.ResultCache.makeKey(...args), imported.ResultCache.makeKey(...args));
    });

    it(`the copies imported and ${name} can wrap functions of each other`, async () => {
      let runs = 0;
      const inner = copy.resilient(async (n) => (++runs < 2 ? Promise.reject(new Error('x')) : n), {
        retry: { delay: '1ms' },
      });
      const outer = imported.resilient(inner, { cache: true, timeout: '1m' });
      assert.deepEqual(await Promise.all([outer(1), outer(1)]), [1, 1]);
      assert.equal(runs, 2);
    });

    it(`functions of the copies imported and ${name} can share a signal, and leave no listener on it`, async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const calls = [imported, copy].map(({ resilient }) =>
        resilient(() => new Promise(() => {}), { cache: true }).with({ signal })(),
      );
      controller.abort('bye');
      for (const { reason } of await Promise.allSettled(calls)) assert.equal(reason, 'bye');
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    });

    it(`the copies imported and ${name} refuse instances of each other by name`, () => {
      const cases = {
        cache: new copy.ResultCache(),
        circuitBreaker: new copy.CircuitBreaker(),
        rateLimiter: new copy.RateLimiter(),
        bulkhead: new copy.Bulkhead(),
      };
      for (const [option, part] of Object.entries(cases)) {
        assert.throws(() => imported.resilient(() => {}, { [option]: part }), {
          name: 'TypeError',
          message: `${option} must be an object of options, got an object (not of this copy of holdfast)`,
        });
      }
    });

    it(`errors of the copies imported and ${name} are recognized by code and name, not by instanceof`, async () => {
      const f = copy.resilient(async () => {}, { circuitBreaker: {} });
      f.circuitBreaker.forceOpen();
      const error = await f().catch((thrown) => thrown);
      assert.ok(!(error instanceof imported.CircuitOpenError));
      assert.deepEqual([error.name, error.code], ['CircuitOpenError', 'CIRCUIT_OPEN']);
    });
  });
}

describe('holdfast/js works without WebAssembly', () => {
  it('holdfast/js has the names of the main entry and needs no WebAssembly', async () => {
    assert.deepEqual(Object.keys(withoutWasm).sort(), Object.keys(imported).sort());
    const { WebAssembly } = globalThis;
    globalThis.WebAssembly = undefined;
    try {
      const copy = await importFresh('holdfast/js');
      assert.equal(new copy.ResultCache().put('a', 1).get('a'), 1);
      const main = await importFresh();
      assert.equal(await main.resilient(async (n) => n, { retry: {} })(5), 5);
      assert.throws(() => new main.ResultCache(), { name: 'Error', message: /holdfast\/js/ });
    } finally {
      globalThis.WebAssembly = WebAssembly;
    }
  });

  it('holdfast/js notices when its memory has moved, as the WebAssembly core does', () => {
    const small = new withoutWasm.ResultCache({ maxSize: 3, ttl: 0 });
    small.put('a', 1).put('b', 2).put('c', 3);
    const large = new withoutWasm.ResultCache({ maxSize: 100_000, ttl: 0 });
    for (let key = 0; key < 100_000; key++) {
      large.put(key, key);
      if (key % 1_000 === 0) assert.equal(small.get('a'), 1);
    }
    small.put('d', 4);
    assert.deepEqual([...small.keys()], ['c', 'a', 'd']);
    assert.equal(small.stats.hits, 100);
  });
});
