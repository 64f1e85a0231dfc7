import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { ResultCache } from 'holdfast';
import { inChild } from '../support/in-child.js';

describe('a cache does not keep its process alive', () => {
  it('a process with caches that hold live entries exits', () => {
    const sizes = inChild(async () => {
      const { ResultCache } = await import('holdfast');
      globalThis.caches = [
        new ResultCache().put('a', 1),
        new ResultCache({ ttl: '365d' }).put('a', 1),
        new ResultCache({ ttl: 0 }).put('a', 1),
        new ResultCache({ clock: Date }).put('a', 1),
      ];
      return globalThis.caches.map((cache) => cache.size);
    });
    assert.deepEqual(sizes, [1, 1, 1, 1]);
  });
});

describe('a cache without references is garbage collected', () => {
  it('a dropped cache is collected with its keys and values, though its entries have not expired', () => {
    const left = inChild(async () => {
      const { ResultCache } = await import('holdfast');
      const refs = [];
      const options = [{}, { ttl: '365d' }, { ttl: 0 }, { clock: Date }, { ttl: '1ms' }];
      (() => {
        for (const option of options) {
          const key = {};
          const value = {};
          const cache = new ResultCache(option).put(key, value);
          cache.addEventListener('expire', () => {});
          cache.get(key);
          refs.push(...[cache, key, value].map((object) => new WeakRef(object)));
        }
      })();
      for (let n = 0; n < 10; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
      return refs.map((ref, index) => [index, ref.deref() === undefined]);
    });
    assert.equal(left.length, 15);
    assert.deepEqual(
      left.filter(([, gone]) => !gone),
      [],
    );
  });

  it('a dropped cache leaves no timer, however long its ttl', () => {
    const [before, after] = inChild(async () => {
      const running = new Set();
      const { setTimeout: start, clearTimeout: stop } = globalThis;
      globalThis.setTimeout = (callback, milliseconds) => {
        const timer = start(() => {
          running.delete(timer);
          callback();
        }, milliseconds);
        running.add(timer);
        return timer;
      };
      globalThis.clearTimeout = (timer) => {
        running.delete(timer);
        stop(timer);
      };
      const { ResultCache, resilient } = await import('holdfast');
      (() => {
        for (let n = 0; n < 50; n++) {
          new ResultCache({ ttl: '365d' }).put('a', n);
          resilient((x) => x, { cache: true })(n);
        }
      })();
      await new Promise((resolve) => setImmediate(resolve));
      const before = running.size;
      for (let n = 0; n < 10; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
      return [before, running.size];
    });
    assert.ok(before >= 100);
    // An engine may keep the last objects of a loop alive.
    assert.ok(after <= 2, `${after} timers are left of ${before}`);
  });

  it('neither a burst of hits nor the async context of its use keeps a dropped cache alive', () => {
    const left = inChild(async () => {
      const { AsyncLocalStorage } = await import('node:async_hooks');
      const { ResultCache } = await import('holdfast');
      const storage = new AsyncLocalStorage();
      const held = new ResultCache({ ttl: '1h' });
      const refs = [];
      (() => {
        const context = {};
        storage.run(context, () => {
          const cache = new ResultCache().put('a', 1);
          held.put('a', 1);
          for (let n = 0; n < 5_000; n++) cache.get('a');
          refs.push(new WeakRef(cache), new WeakRef(context));
        });
      })();
      for (let n = 0; n < 10; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
      return [held.size, ...refs.map((ref) => ref.deref() === undefined)];
    });
    assert.deepEqual(left, [1, true, true]);
  });
});

describe('a disposed cache does not affect the caches that reuse its memory', () => {
  it('the collection of a disposed cache takes nothing from the caches that reuse its memory', () => {
    const result = inChild(async () => {
      const { ResultCache } = await import('holdfast');
      const make = (count) =>
        Array.from({ length: count }, () => new ResultCache({ maxSize: 3 }).put('a', 1));
      const collect = async () => {
        for (let n = 0; n < 5; n++) {
          gc();
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      (() => {
        for (const cache of make(100)) cache[Symbol.dispose]();
      })();
      const caches = make(100);
      await collect();
      caches.push(...make(100));
      for (const cache of caches) cache.put('b', 2).put('c', 3).get('a');
      for (const cache of caches) cache.put('d', 4);
      return caches.map((cache) => [[...cache.keys()].join(''), cache.stats.hits]);
    });
    assert.deepEqual(result, Array(200).fill(['cad', 1]));
  });
});

describe('a cache keeps keys and values alive only while it holds their entry', () => {
  it('a key and a value can be collected once their entry is gone, however it was removed', () => {
    const left = inChild(async () => {
      const { ResultCache } = await import('holdfast');
      let time = 0;
      const clock = { now: () => time };
      const ways = {
        invalidate: (cache, key) => cache.invalidate(key),
        clear: (cache) => cache.clear(),
        dispose: (cache) => cache[Symbol.dispose](),
        evict: (cache) => cache.put('other', 1),
        resize: (cache) => {
          cache.resize(2);
          cache.put('other', 1);
          cache.resize(1);
        },
        get: (cache, key) => {
          time += 10_001;
          cache.get(key);
        },
        size: (cache) => {
          time += 10_001;
          return cache.size;
        },
        crowdedOut: (cache) => {
          time += 10_001;
          cache.put('other', 1);
        },
      };
      const refs = [];
      const caches = Object.entries(ways).map(([name, leave]) => {
        const cache = new ResultCache({ maxSize: 1, ttl: 10, clock });
        const key = {};
        const value = {};
        cache.put(key, value).get(key);
        leave(cache, key);
        refs.push([`${name}: key`, new WeakRef(key)], [`${name}: value`, new WeakRef(value)]);
        return cache;
      });
      const replaced = new ResultCache();
      (() => {
        const value = {};
        refs.push(['replaced: value', new WeakRef(value)]);
        replaced.put('a', value).put('a', 1);
      })();
      for (let n = 0; n < 10; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
      const kept = refs.filter(([, ref]) => ref.deref() !== undefined).map(([name]) => name);
      return [caches.length, replaced.size, refs.length, kept];
    });
    assert.deepEqual(left, [8, 1, 17, []]);
  });
});

describe('caches made one after the other reuse memory', () => {
  it('the memory of disposed caches is reused at once', () => {
    const [one, many] = inChild(async () => {
      const { wasmBytes } = await import('./support/wasm-instances.js');
      const { ResultCache } = await import('holdfast');
      const use = () => {
        const cache = new ResultCache();
        for (let n = 0; n < 10; n++) cache.put(n, n);
        cache[Symbol.dispose]();
      };
      use();
      const one = wasmBytes();
      for (let n = 0; n < 20_000; n++) use();
      return [one, wasmBytes()];
    });
    assert.ok(one > 0);
    assert.equal(many, one);
  });
});

describe('mock timers of node:test work with caches', () => {
  it('mock timers of node:test fire all timers of a later test, though it clears a cache of an earlier one', () => {
    const apis = ['Date', 'setTimeout'];
    for (const empty of [(cache) => cache.clear(), (cache) => cache[Symbol.dispose]()]) {
      const cache = new ResultCache({ ttl: '1m' });
      mock.timers.enable({ apis });
      cache.put(1, 1);
      mock.timers.reset();
      mock.timers.enable({ apis });
      empty(cache);
      let fired = 0;
      for (let n = 0; n < 2; n++) setTimeout(() => fired++, 10);
      mock.timers.tick(20);
      mock.timers.reset();
      assert.equal(fired, 2);
    }
  });
});
