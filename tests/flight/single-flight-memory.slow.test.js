import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

describe('a cached result keeps nothing else alive', () => {
  for (const ttl of [0, '5m']) {
    it(`a cached result does not keep the async context of its call alive (ttl: ${ttl})`, () => {
      const program = async () => {
        const { AsyncLocalStorage } = await import('node:async_hooks');
        const { resilient } = await import('holdfast');
        const storage = new AsyncLocalStorage();
        const turn = () => new Promise((resolve) => setTimeout(resolve));
        const f = resilient(
          async (key) => {
            await turn();
            return { key, request: storage.getStore().id };
          },
          { cache: { ttl: TTL } },
        );
        const stores = [];
        const serve = async (id) => {
          const store = { id, body: new Uint8Array(1_000) };
          stores.push(new WeakRef(store));
          const [led, joined] = await storage.run(store, () => Promise.all([f('a'), f('a')]));
          return led === joined && led.request;
        };
        const first = await serve('first');
        const second = await serve('second');
        for (let round = 0; round < 10; round++) {
          await turn();
          globalThis.gc();
        }
        const alive = stores.map((reference) => reference.deref() !== undefined);
        return { first, second, alive, size: f.cache.size };
      };
      const text = String(program).replace('TTL', JSON.stringify(ttl));
      assert.deepEqual(inChild(text), {
        first: 'first',
        second: 'first',
        alive: [false, false],
        size: 1,
      });
    });
  }

  it('a cached result keeps no Promise alive, neither that of the function nor that of callers', () => {
    const result = inChild(async () => {
      const { resilient } = await import('holdfast');
      const turn = () => new Promise((resolve) => setTimeout(resolve));
      const promises = [];
      const f = resilient(
        () => {
          const promise = turn().then(() => 'v');
          promises.push(new WeakRef(promise));
          return promise;
        },
        { cache: true, circuitBreaker: {} },
      );
      await (async () => {
        const { signal } = new AbortController();
        const calls = [f('a'), f('a'), f.with({ signal })('a')];
        for (const call of calls) promises.push(new WeakRef(call));
        await Promise.all(calls);
      })();
      for (let round = 0; round < 10; round++) {
        await turn();
        globalThis.gc();
      }
      return {
        alive: promises.filter((reference) => reference.deref()).length,
        size: f.cache.size,
      };
    });
    assert.deepEqual(result, { alive: 0, size: 1 });
  });

  it('a call that failed, was cancelled or superseded keeps neither its result nor its arguments alive', () => {
    const alive = inChild(async () => {
      const { resilient } = await import('holdfast');
      const turn = () => new Promise((resolve) => setTimeout(resolve));
      const references = [];
      const track = (value) => {
        references.push(new WeakRef(value));
        return value;
      };
      const gate = {};
      gate.promise = new Promise((resolve) => {
        gate.open = resolve;
      });
      const f = resilient(
        async (key) => {
          await gate.promise;
          if (key === 'fails') throw track(new Error('no'));
          return track({ key });
        },
        { cache: true, passContext: true },
      );
      await (async () => {
        const controller = track(new AbortController());
        const cancelled = f.with({ signal: controller.signal })('cancelled');
        const superseded = f('superseded');
        f.invalidate('superseded');
        const calls = [cancelled, superseded, f('fails')];
        controller.abort(track(new Error('bye')));
        gate.open();
        await Promise.allSettled(calls);
      })();
      for (let round = 0; round < 10; round++) {
        await turn();
        globalThis.gc();
      }
      return references.map((reference) => reference.deref() !== undefined);
    });
    assert.deepEqual(alive, [false, false, false, false, false]);
  });

  it('a cache does not keep a wrapped function alive that only the signal it was bound to refers to', () => {
    const alive = inChild(async () => {
      const { resilient } = await import('holdfast');
      const { signal } = new AbortController();
      const turn = () => new Promise((resolve) => setTimeout(resolve));
      const reference = await (async () => {
        const f = resilient(async (key) => key, { cache: { ttl: '1h' } });
        await f.with({ signal })('a');
        return new WeakRef(f.cache);
      })();
      for (let round = 0; round < 10; round++) {
        await turn();
        globalThis.gc();
      }
      return [reference.deref() !== undefined, signal.aborted];
    });
    assert.deepEqual(alive, [false, false]);
  });
});

describe('a process exits when its last calls fail or are left', () => {
  it('a process exits with nothing unhandled, whichever calls failed and whichever callers left', () => {
    const outcomes = inChild(async () => {
      const { resilient } = await import('holdfast');
      const fails = async () => {
        await null;
        throw new Error('no');
      };
      const options = [
        {},
        { retry: { maxAttempts: 2, delay: '1ms' } },
        { timeout: '1h' },
        { timeout: { total: '1h' }, retry: { maxAttempts: 2, delay: '1ms' }, circuitBreaker: {} },
      ];
      const outcomes = [];
      for (const patterns of options) {
        const f = resilient(fails, { cache: true, ...patterns });
        const controllers = Array.from({ length: 3 }, () => new AbortController());
        const [first, middle, last] = controllers.map(({ signal }) => f.with({ signal })('a'));
        controllers[0].abort('left');
        const refreshed = f.with({ refresh: true })('a');
        const joined = f('a');
        f.invalidate('a');
        f.cache.clear();
        controllers[2].abort('left');
        const leaver = new AbortController();
        const alone = f.with({ signal: leaver.signal })('b');
        leaver.abort('left');
        const settled = await Promise.allSettled([first, middle, last, refreshed, joined, alone]);
        outcomes.push(settled.map(({ reason }) => reason.message ?? reason).join());
      }
      return outcomes;
    });
    assert.deepEqual(outcomes, Array(4).fill('left,no,left,no,no,left'));
  });

  it('a process exits while calls that never settle have been left', () => {
    const left = inChild(async () => {
      const { resilient } = await import('holdfast');
      const f = resilient(() => new Promise(() => {}), {
        cache: true,
        timeout: { seconds: '1h', total: '2h' },
        retry: {},
      });
      const controller = new AbortController();
      const call = f.with({ signal: controller.signal })('a');
      controller.abort('left');
      return call.catch((reason) => reason);
    });
    assert.equal(left, 'left');
  });
});
