import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import { cacheEvents } from '../support/cache-events.js';
import { inChild } from '../support/in-child.js';
import { manualClock } from '../support/manual-clock.js';
import { importTrapping } from '../support/traps.js';

const { Instance } = WebAssembly;
const { holdfast, instances, names, calls, arm, sprung } = await importTrapping();
const { ResultCache } = holdfast;
after(() => {
  WebAssembly.Instance = Instance;
});

/** Moves the memory, as the growth of a cache does. */
function moveMemory() {
  for (const { exports } of instances.slice(-2)) exports.memory.grow(1);
}

/** Uses every feature of a cache, and compares its contents at each step. */
function exercise() {
  const clock = manualClock();
  const bystander = new ResultCache({ clock, ttl: 0 }).put('x', 1).put('y', 2).put('z', 3);
  bystander.get('x');
  const cache = new ResultCache({ maxSize: 64, ttl: 0, clock });
  const events = cacheEvents(cache);
  const held = new Map();
  const mortal = new Set();
  const put = (key, value, options) => {
    cache.put(key, value, options);
    held.set(key, value);
    if (options) mortal.add(key);
    else mortal.delete(key);
  };
  const compare = (step) => {
    for (const [key, value] of held) assert.equal(cache.peek(key), value, `${key}, ${step}`);
    assert.equal(cache.size, held.size, step);
    assert.deepEqual(new Map(cache), held, step);
  };

  for (let key = 0; key < 20; key++) put(key, -key, key % 2 ? { ttl: 10 + key } : undefined);
  compare('put');
  moveMemory();
  for (const [key, value] of held) assert.equal(cache.get(key), value);
  for (let key = 4; key < 8; key++) put(key, `again ${key}`, { ttl: 60 });
  for (const key of [0, 1, 19]) assert.equal(cache.delete(key) && held.delete(key), true);
  for (let key = 20; key < 30; key++) put(key, key, { ttl: 90 });
  compare('put again');
  clock.time = 40_000;
  for (const key of [3, 9, 11, 13, 15, 17]) held.delete(key);
  assert.equal(cache.get(3), undefined);
  put(9, 'new');
  compare('expired');
  assert.deepEqual(
    events.filter(([type]) => type === 'evict'),
    [],
  );
  cache.resize(held.size);
  compare('resized');
  for (const key of [...held.keys()]) assert.equal(cache.get(key), held.get(key));
  assert.equal(cache.stats.hits, 20 + held.size);
  moveMemory();

  // The cache is full: each put evicts one entry.
  for (let key = 100; key < 110; key++) {
    cache.put(key, key);
    assert.equal(cache.peek(key), key);
    assert.equal(cache.size, held.size);
  }
  clock.time = 200_000;
  for (const key of cache.keys()) assert.ok(!mortal.has(key), `${key} outlived its ttl`);
  cache.resize(5);
  assert.equal(cache.size, 5);
  const { policy, ...counters } = cache.stats;
  assert.equal(policy, 'lru');
  const stats = Object.values(counters);
  assert.ok(stats.every((number) => number >= 0 && Number.isFinite(number)));
  assert.ok(stats.every((number) => Number.isInteger(number) || number === cache.stats.hitRate));

  const third = new ResultCache({ clock }).put('a', 1);
  third.clear();
  assert.deepEqual(third.stats, new ResultCache({ clock }).stats);
  assert.equal(third.put('b', 2).get('b'), 2);
  third[Symbol.dispose]();
  assert.throws(() => third.get('b'), /disposed/);

  return { cache, bystander };
}

/** Asserts exact order from here on. */
function assertExact(cache) {
  cache.resize(5);
  for (const key of ['a', 'b', 'c', 'd', 'e']) cache.put(key, key);
  for (const key of ['c', 'a', 'e', 'b', 'd']) assert.equal(cache.get(key), key);
  for (const [index, key] of ['c', 'a', 'e', 'b', 'd'].entries()) {
    assert.equal(cache.keys().next().value, key);
    cache.put(index, index);
    assert.equal(cache.has(key), false);
  }
}

function finish({ cache, bystander }, order) {
  assertExact(cache);
  const entries = [
    ['y', 2],
    ['z', 3],
    ['x', 1],
  ];
  if (order) assert.deepEqual([...bystander], entries);
  else assert.deepEqual(new Map(bystander), new Map(entries));
  assertExact(bystander);
  cache.clear();
  assert.equal(cache.size, 0);
  assertExact(cache);
  cache[Symbol.dispose]();
  bystander[Symbol.dispose]();
}

const untrapped = exercise();
const totals = new Map(calls);
finish(untrapped, true);

describe('a cache survives a trap in the core', () => {
  for (const when of ['before', 'after', 'forever']) {
    for (const name of names) {
      it(`a trap in ${name} (${when}) loses no value and revives none, and order is exact afterwards`, () => {
        for (let number = 1; number <= (totals.get(name) ?? 0); number++) {
          arm(name, number, when);
          try {
            const caches = exercise();
            assert.equal(sprung(), true);
            finish(caches, when !== 'forever');
          } catch (error) {
            sprung();
            error.message = `call ${number} of ${name}: ${error.message}`;
            throw error;
          }
        }
      });
    }
  }

  it('a trap that breaks an instance forever moves all of its caches into one new instance', () => {
    const caches = Array.from({ length: 10 }, (_, n) => new ResultCache().put('n', n));
    const before = instances.length;
    arm('reserve', 1, 'forever');
    caches[5].put('trap', true);
    for (const [n, cache] of caches.entries()) cache.put('n', -n);
    for (const [n, cache] of caches.entries()) assert.equal(cache.get('n'), -n);
    assert.equal(new ResultCache().put('a', 1).get('a'), 1);
    assert.equal(instances.length, before + 1);
    assert.equal(sprung(), true);
  });

  it('a trap keeps the order when a newer entry has reused the record of an older one', () => {
    const cache = new ResultCache({ maxSize: 3, ttl: 0 }).put('a', 1).put('b', 2).put('c', 3);
    cache.delete('a');
    cache.put('d', 4).put('e', 5);
    arm('remove', 1, 'before');
    cache.delete('e');
    assert.equal(sprung(), true);
    cache.put('f', 6);
    assert.deepEqual([...cache.keys()], ['c', 'd', 'f']);
    cache.put('g', 7);
    assert.deepEqual([...cache.keys()], ['d', 'f', 'g']);
  });

  it('the trap tests reach every export that a cache calls', () => {
    assert.ok([...totals.values()].filter((total) => total > 0).length >= 8);
  });

  it('a trap during the sweep of an idle cache does not stop the removal of entries', () => {
    for (const when of ['before', 'after', 'forever']) {
      for (const name of names) {
        const time = FakeTimers.install();
        try {
          const cache = new ResultCache({ ttl: 10 }).put('a', 1).put('b', 2, { ttl: 60 });
          arm(name, 1, when);
          time.tick(15_000);
          sprung();
          assert.deepEqual([...cache], [['b', 2]], `${name}, ${when}`);
          time.tick(60_000);
          assert.equal(cache.size, 0);
        } finally {
          sprung();
          time.uninstall();
        }
      }
    }
  });

  it('a trap during the collection of a dropped cache does not affect other caches', () => {
    const freed = inChild(async () => {
      const { Instance } = WebAssembly;
      let freed = 0;
      WebAssembly.Instance = class {
        constructor(...args) {
          const { exports } = new Instance(...args);
          const free = () => {
            freed++;
            throw new WebAssembly.RuntimeError('trap');
          };
          this.exports = { ...exports, free };
        }
      };
      const { ResultCache } = await import('holdfast');
      const kept = new ResultCache().put('a', 1);
      for (let n = 0; n < 100; n++) new ResultCache().put('a', n);
      for (let n = 0; n < 10; n++) {
        gc();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return [freed > 0, kept.get('a'), new ResultCache().put('b', 2).get('b')];
    });
    assert.deepEqual(freed, [true, 1, 2]);
  });
});
