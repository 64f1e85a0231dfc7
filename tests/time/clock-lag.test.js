import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import fc from 'fast-check';
import { performanceAlone, within } from '../support/fake-time.js';
import { importFresh } from '../support/fresh-package.js';
import { inChild } from '../support/in-child.js';
import { turn } from '../support/turn.js';

// This copy of the package uses the clock that it finds at import: one that the test controls.
const real = { time: 5_000, reads: 0 };
performance.now = () => {
  real.reads++;
  return real.time;
};
const { ResultCache, resilient } = await importFresh();
after(() => {
  delete performance.now;
});

/** A cache with an entry `a` that lives for ten seconds, during a burst of hits. */
async function busy() {
  await turn();
  const cache = new ResultCache({ ttl: 10 }).put('a', 1);
  for (let n = 0; n < 100; n++) assert.equal(cache.get('a'), 1);
  return cache;
}

describe('a cache reads real time often enough', () => {
  it('a burst of hits does not read the clock for every hit', async () => {
    const cache = await busy();
    const { reads } = real;
    for (let n = 0; n < 100_000; n++) cache.get('a');
    assert.ok(real.reads - reads <= 10_000, `${real.reads - reads} readings for 100,000 hits`);
  });

  it('occasional misses of another cache hardly add clock readings to a burst of hits', async () => {
    const other = new ResultCache();
    const cache = await busy();
    const { reads } = real;
    for (let n = 0; n < 100_000; n++) {
      cache.get('a');
      if (n % 100 === 0) other.get('absent');
    }
    assert.ok(real.reads - reads <= 300, `${real.reads - reads} readings`);
  });

  it('single hits read the clock: an entry never outlives its ttl in an idle process', async () => {
    await turn();
    const cache = new ResultCache({ ttl: 10 }).put('a', 1);
    real.time += 10_000;
    assert.equal(cache.get('a'), 1);
    real.time += 1;
    assert.equal(cache.get('a'), undefined);
  });

  it('a clock reading is never older than the run, even if nextTick was replaced during the first burst', async () => {
    const copy = await importFresh();
    const fake = FakeTimers.install({ toFake: ['nextTick'] });
    const cache = new copy.ResultCache({ ttl: 10 }).put('a', 1);
    for (let n = 0; n < 100; n++) assert.equal(cache.get('a'), 1);
    fake.uninstall();
    for (let run = 0; run < 2; run++) {
      await turn();
      for (let n = 0; n < 100; n++) assert.equal(cache.get('a'), 1);
    }
    await turn();
    real.time += 10_001;
    assert.equal(cache.get('a'), undefined);
  });

  for (const use of ['get', 'has', 'peek', 'delete']) {
    it(`a clock reading is never older than 1,000 operations, failed calls of ${use} included`, async () => {
      const cache = await busy();
      real.time += 10_001;
      for (let n = 0; n < 1_000; n++) cache[use]('absent');
      assert.equal(cache.get('a'), undefined);
    });
  }

  it('get, has, peek and delete use the same clock reading: a deleted entry is not served, and a present one is found', async () => {
    const cache = await busy();
    await turn();
    cache.put('b', 2, { ttl: '1ms' });
    real.time += 0.5;
    for (let n = 0; n < 100; n++) cache.get('a');
    // More than the ttl of `b`, and too little to end the cached clock reading.
    real.time += 0.6;
    cache.put('c', 3);
    assert.equal(cache.peek('b') !== undefined, cache.has('b'));
    const was = cache.has('b');
    assert.equal(cache.delete('b'), was);
    assert.equal(cache.get('b'), undefined);
  });

  const elsewhere = {
    'misses of another cache': () => {
      const other = new ResultCache();
      return (n) => other.get(n);
    },
    'looks into another cache': () => {
      const other = new ResultCache();
      return (n) => other.has(n) || other.peek(n);
    },
    'hits of another cache': () => {
      const other = new ResultCache({ ttl: 60 }).put('b', 2);
      return () => other.get('b');
    },
    'puts into another cache': () => {
      const other = new ResultCache({ maxSize: 10 });
      return (n) => other.put(n, n);
    },
    'calls of a function': () => resilient((n) => n, { cache: true }),
    'calls that join another': () => {
      const load = resilient(() => new Promise(() => {}), { cache: true });
      load('b');
      return () => load('b');
    },
    'calls of two arguments that join another': () => {
      const load = resilient((_a, _b) => new Promise(() => {}), { cache: true });
      load('b', 1);
      return () => load('b', 1);
    },
  };
  for (const [name, make] of Object.entries(elsewhere)) {
    it(`a clock reading is never older than 1,000 operations, ${name} included`, async () => {
      const use = make();
      // The memory has its final size: growth would end all cached clock readings.
      for (let n = 0; n < 1_000; n++) use(-1 - n);
      const cache = await busy();
      real.time += 10_001;
      for (let n = 0; n < 1_000; n++) use(n);
      assert.equal(cache.get('a'), undefined);
    });
  }

  it('a clock reading is never older than 1,000 operations after clear during a burst', async () => {
    const cache = await busy();
    for (let n = 0; n < 10_000; n++) cache.get('a');
    cache.clear();
    cache.put('a', 1);
    real.time += 10_001;
    let served = 0;
    while (served <= 1_000 && cache.get('a')) served++;
    assert.ok(served <= 1_000);
  });

  it('a cache distinguishes live from expired entries where the clock returns large numbers', async () => {
    // As in Workers, where `performance.now` returns the numbers of `Date`.
    for (const start of [7e10, 1.8e12, 9e14]) {
      const lives = inChild(`async () => {
        let time = ${start};
        performance.now = () => time;
        const { ResultCache } = await import('holdfast');
        const cache = new ResultCache({ ttl: 1 }).put('a', 1).put('b', 2, { ttl: 9 });
        time += 2_000;
        for (let n = 0; n < 100; n++) cache.get('b');
        return [cache.get('a') === undefined, cache.get('b')];
      }`);
      assert.deepEqual(lives, [true, 2], `${start}`);
    }
  });

  for (const use of ['get', 'has', 'peek']) {
    it(`${use} reads the clock again in the next run, after a burst that took long`, async () => {
      const cache = await busy();
      real.time += 10_001;
      await turn();
      assert.equal(cache[use]('a') || undefined, undefined);
    });

    it(`a clock reading is never older than 1,000 operations of a run for ${use}`, async () => {
      const cache = await busy();
      real.time += 10_001;
      let served = 0;
      while (served <= 1_000 && cache[use]('a')) served++;
      assert.ok(served <= 1_000);
    });
  }

  it('a clock reading is never older than 1,000 operations when they are spread over caches and methods', async () => {
    const caches = [await busy(), await busy(), await busy()];
    const uses = ['get', 'has', 'peek', 'get'];
    real.time += 10_001;
    let served = 0;
    while (served <= 1_000 && caches[served % 3][uses[served % 4]]('a')) served++;
    assert.ok(served <= 1_000);
  });

  const schedules = {
    'two callbacks of one phase': (first, second) => {
      setImmediate(first);
      setImmediate(second);
    },
    'a microtask and the next callback': (first, second) => {
      setImmediate(() => void Promise.resolve().then(first));
      setImmediate(second);
    },
    'a long chain of microtasks and the next callback': (first, second) => {
      setImmediate(async () => {
        for (let n = 0; n < 100; n++) await null;
        first();
      });
      setImmediate(second);
    },
    'process.nextTick and the next callback': (first, second) => {
      setImmediate(() => process.nextTick(first));
      setImmediate(second);
    },
    'messages of a channel': (first, second) => {
      const { port1, port2 } = new MessageChannel();
      const runs = [first, second];
      port2.on('message', () => {
        runs.shift()();
        if (runs.length === 0) port2.close();
      });
      port1.postMessage(1);
      port1.postMessage(2);
    },
  };
  for (const [name, schedule] of Object.entries(schedules)) {
    it(`a cache reads the clock again between ${name}`, async () => {
      const cache = new ResultCache({ ttl: 10 }).put('a', 1);
      const found = await new Promise((resolve) => {
        schedule(
          () => {
            for (let n = 0; n < 100; n++) cache.get('a');
            real.time += 10_001;
          },
          () => resolve(cache.get('a')),
        );
      });
      assert.equal(found, undefined);
    });
  }

  it('a cache reads the clock again in every run, burst after burst', async () => {
    const cache = new ResultCache({ ttl: 10 });
    for (let round = 0; round < 50; round++) {
      cache.put('a', round);
      for (let n = 0; n < 10; n++) {
        await turn();
        for (let hit = 0; hit < 50; hit++) assert.equal(cache.get('a'), round);
        real.time += 1_000;
      }
      await turn();
      assert.equal(cache.get('a'), round);
      real.time += 1;
      await turn();
      assert.equal(cache.get('a'), undefined);
    }
  });

  it('put reads the clock again: an entry put late in a long run has its whole life', async () => {
    const cache = await busy();
    real.time += 5_000;
    cache.put('b', 2);
    cache.set('c', 3);
    real.time += 5_000;
    await turn();
    assert.equal(cache.get('a'), 1);
    real.time += 5_000;
    await turn();
    assert.deepEqual([...cache.keys()], ['b', 'c']);
    real.time += 1;
    await turn();
    assert.deepEqual([...cache.keys()], []);
  });

  it('eviction reads the clock again: an expired entry is removed before a live one', async () => {
    const cache = await busy();
    cache.resize(2);
    cache.put('b', 2, { ttl: 60 });
    cache.get('a');
    real.time += 10_001;
    cache.put('c', 3);
    assert.deepEqual([...cache.keys()], ['b', 'c']);
    assert.equal(cache.stats.evictions, 0);
  });

  it('a cached clock reading can only lengthen a life, and never beyond the run, on any schedule', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ pass: fc.integer({ min: 0, max: 4_000 }) }) },
      { weight: 4, arbitrary: fc.record({ gets: fc.integer({ min: 1, max: 60 }) }) },
      { weight: 2, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 20 }) }) },
      { weight: 3, arbitrary: fc.constant({ turn: true }) },
      { weight: 2, arbitrary: fc.constant({ microtask: true }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const cache = new ResultCache({ ttl: 10 });
        let end = -Infinity;
        let startOfRun = real.time;
        for (const { pass, gets, put, turn: next, microtask } of steps) {
          if (pass) real.time += pass;
          if (microtask) await null;
          if (next) {
            await turn();
            startOfRun = real.time;
          }
          if (put) {
            cache.put('a', 1, { ttl: put });
            end = real.time + put * 1_000;
          }
          for (let n = 0; n < gets; n++) {
            const live = cache.get('a') !== undefined;
            if (real.time <= end) assert.equal(live, true);
            if (startOfRun > end) assert.equal(live, false);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a miss of an absent key does not read the clock', async () => {
    const cache = await busy();
    const { reads } = real;
    for (let n = 0; n < 5_000; n++) cache.get(n);
    assert.equal(real.reads, reads);
  });

  it('an entry expires in the run after a long one in a process without replaced globals', () => {
    const found = inChild(async () => {
      const { ResultCache } = await import('holdfast');
      const cache = new ResultCache({ ttl: '5ms' }).put('a', 1).put('b', 2, { ttl: '1h' });
      for (let n = 0; n < 100; n++) cache.get('b');
      for (const start = performance.now(); performance.now() - start < 20; ) cache.get('b');
      await new Promise((resolve) => setImmediate(resolve));
      return [cache.has('a'), cache.get('b'), cache.size];
    });
    assert.deepEqual(found, [false, 2, 1]);
  });
});

describe('a cache notices a performance object replaced without Date during a burst of puts', () => {
  for (const [when, pause, puts] of [
    ['by one put in 33', 0, 33],
    ['by the first after a pause', 1, 1],
  ]) {
    it(`a burst of puts notices a replaced performance object ${when}`, () => {
      for (let more = 0; more < 40; more++) {
        const cache = new ResultCache({ ttl: 65 });
        for (let n = 0; n < 100 + more; n++) cache.put(n, n);
        real.time += pause;
        within(performanceAlone, ({ pass }) => {
          for (let n = 0; n < puts; n++) cache.put('a', n);
          pass(65_000);
          cache.put('b', 1);
          assert.equal(cache.has('a'), true);
          pass(1);
          assert.equal(cache.has('a'), false);
        });
      }
    });
  }

  it('the first hit that reads the clock notices a replaced performance object', () => {
    const cache = new ResultCache({ ttl: 65 });
    for (let n = 0; n < 100; n++) cache.put(n, n);
    within(performanceAlone, ({ pass }) => {
      assert.equal(cache.get(99), 99);
      pass(65_001);
      assert.equal(cache.get(99), undefined);
    });
  });
});
