import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../../support/in-child.js';

/** What a refresh may wait for, as the options of the function, and whether the function fails. */
const waits = {
  'the pause of a retry': [{ retry: { maxAttempts: 3, delay: '1h', jitter: false } }, true],
  'the timeout of an attempt': [{ timeout: '1h' }, false],
  'a total timeout': [{ timeout: { attempt: '2h', total: '1h' } }, false],
  'the delay of a hedge': [{ hedge: { delay: '1h' } }, false],
  'a token of the limiter': [{ rateLimiter: { maxCalls: 1, period: '1h', maxWait: '2h' } }, false],
};

describe('a refresh keeps no process alive', () => {
  for (const [name, [options, fails]] of Object.entries(waits)) {
    it(`a process exits while a refresh waits for ${name}`, () => {
      const program = async (options, fails) => {
        const { resilient } = await import('holdfast');
        let now = 0;
        let runs = 0;
        const load = async () => {
          if (++runs === 1) return 'old';
          if (fails) throw new Error('no');
          return new Promise(() => {});
        };
        const cache = { ttl: 1, staleWhileRevalidate: '1d', clock: { now: () => now } };
        const f = resilient(load, { ...options, cache });
        await f('a');
        now = 1_001;
        const stale = await f('a');
        await new Promise((resolve) => setImmediate(resolve));
        return { stale, refreshes: f.cache.stats.refreshes };
      };
      const text = `() => (${program})(${JSON.stringify(options)}, ${fails})`;
      assert.deepEqual(inChild(text), { stale: 'old', refreshes: 1 });
    });
  }

  it('a process exits while a refresh waits for a slot of the bulkhead', () => {
    const result = inChild(async () => {
      const { Bulkhead, resilient } = await import('holdfast');
      let now = 0;
      const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '1h' });
      const cache = { ttl: 1, staleWhileRevalidate: '1d', clock: { now: () => now } };
      const f = resilient(async () => 'old', { bulkhead, cache });
      await f('a');
      resilient(() => new Promise(() => {}), { bulkhead })();
      now = 1_001;
      const stale = await f('a');
      await new Promise((resolve) => setImmediate(resolve));
      return { stale, waiting: bulkhead.metrics.waiting };
    });
    assert.deepEqual(result, { stale: 'old', waiting: 1 });
  });

  for (const pattern of ['rateLimiter', 'bulkhead']) {
    it(`a process waits for a caller that joined a refresh in the queue of the ${pattern}`, () => {
      const program = async (pattern) => {
        const { resilient } = await import('holdfast');
        let now = 0;
        let runs = 0;
        const patterns = {
          rateLimiter: { maxCalls: 1, period: '50ms', maxWait: '1h' },
          bulkhead: { maxConcurrent: 1, maxWait: '50ms' },
        };
        const cache = { ttl: 1, staleWhileRevalidate: '1d', clock: { now: () => now } };
        const load = async (key) => (key === 'b' ? new Promise(() => {}) : ++runs);
        const f = resilient(load, { [pattern]: patterns[pattern], cache });
        await f('a');
        if (pattern === 'bulkhead') f('b');
        now = 1_001;
        await f('a');
        return f
          .with({ refresh: true })('a')
          .catch((error) => error.code);
      };
      const text = `() => (${program})('${pattern}')`;
      assert.equal(inChild(text), pattern === 'bulkhead' ? 'BULKHEAD_FULL' : 2);
    });
  }

  it('a process exits while a call goes on that took longer than staleIfSlow', () => {
    const result = inChild(async () => {
      const { resilient } = await import('holdfast');
      let now = 0;
      let runs = 0;
      const cache = { ttl: 1, staleIfError: '1d', staleIfSlow: '1ms', clock: { now: () => now } };
      const load = () => (++runs === 1 ? Promise.resolve('old') : new Promise(() => {}));
      const f = resilient(load, { timeout: '1h', cache });
      await f('a');
      now = 1_001;
      return f('a');
    });
    assert.equal(result, 'old');
  });

  it('a process exits when a flight with staleIfSlow has ended: its timer is cleared', () => {
    const result = inChild(async () => {
      const { resilient } = await import('holdfast');
      let now = 0;
      let runs = 0;
      const cache = {
        ...{ ttl: 1, staleIfError: '1d', staleIfSlow: '1h', staleBackoff: 0 },
        clock: { now: () => now },
      };
      const load = async () => {
        if (++runs === 2) throw new Error('no');
        return runs;
      };
      const f = resilient(load, { cache });
      await f('a');
      now = 1_001;
      return [await f('a'), await f('a')];
    });
    assert.deepEqual(result, [1, 3]);
  });

  it('a process survives refreshes that fail, and has no unhandled rejection', () => {
    const result = inChild(async () => {
      const { resilient } = await import('holdfast');
      let now = 0;
      let runs = 0;
      const cache = {
        ...{ ttl: 1, staleWhileRevalidate: 10, staleIfError: 100, staleBackoff: 0 },
        clock: { now: () => now },
      };
      const load = async () => {
        if (++runs > 1) throw new Error('no');
        return 'old';
      };
      const f = resilient(load, { cache });
      await f('a');
      const values = new Set();
      for (let count = 0; count < 100; count++) {
        now += 1_000;
        values.add(await f('a'));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { values: [...values], errors: f.cache.stats.refreshErrors };
    });
    // The value is fresh at 1 s, then stale: for 10 s there are refreshes, for 89 s runs with a caller that waits.
    assert.deepEqual(result, { values: ['old'], errors: 10 });
  });
});
