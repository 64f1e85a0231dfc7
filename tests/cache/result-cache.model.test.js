import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';
import { cacheEvents } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';
import { ReferenceCache } from '../support/reference-cache.js';

const KEYS = ['a', 'b', 'c', 'd', '1', 1, Number.NaN, 0, -0, undefined, null, {}, Symbol('s')];

const key = fc.constantFrom(...KEYS);
const value = fc.oneof(fc.nat(), fc.constantFrom(undefined, null, Number.NaN, ''));
const maxSize = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 14 }));
const ttl = fc.constantFrom(0, 1, 2, 3, 10, 1e6);

const step = fc.oneof(
  { weight: 40, arbitrary: fc.tuple(fc.constant('get'), key) },
  { weight: 40, arbitrary: fc.tuple(fc.constant('put'), key, value) },
  { weight: 15, arbitrary: fc.tuple(fc.constant('put'), key, value, ttl) },
  { weight: 15, arbitrary: fc.tuple(fc.constant('pass'), fc.constantFrom(1, 500, 1_000, 2_500)) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('pass'), fc.integer({ min: 1, max: 1e10 })) },
  { weight: 10, arbitrary: fc.tuple(fc.constant('invalidate'), key) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('has'), key) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('peek'), key) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('resize'), maxSize) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('walk')) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('count')) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear')) },
);

/** A cache and its reference, driven and compared step by step. */
class Pair {
  constructor(options, clock) {
    this.clock = clock;
    this.real = new ResultCache({ ...options, ...(clock.now && { clock }) });
    this.reference = new ReferenceCache(options);
    this.reference.pass(clock.time);
    this.events = cacheEvents(this.real);
  }

  run([name, ...args]) {
    const { real, reference } = this;
    switch (name) {
      case 'pass':
        this.clock.time += args[0];
        reference.pass(this.clock.time);
        break;
      case 'get':
        assert.ok(Object.is(real.get(args[0]), reference.get(args[0])));
        this.compareEvents(args[0]);
        break;
      case 'put': {
        const [key, value, ttl] = args;
        reference.put(key, value, ttl);
        assert.equal(real.put(key, value, ttl === undefined ? undefined : { ttl }), real);
        this.compareEvents(key);
        break;
      }
      case 'invalidate':
        assert.equal(real.invalidate(args[0]), reference.take(args[0]) !== undefined);
        break;
      case 'resize':
        reference.resize(args[0]);
        real.resize(args[0]);
        break;
      case 'clear':
        this.compareEvents();
        real.clear();
        reference.clear();
        break;
      case 'walk':
        assert.deepEqual(
          [...real.values()],
          reference.entries.map((entry) => entry.value),
        );
        for (const [key] of real) assert.ok(Object.is(real.get(key), reference.get(key)));
        break;
      case 'count':
        this.compareCounts();
        break;
      default:
        this.compareKey(args[0]);
    }
    this.compareEvents();
    this.compareEntries();
  }

  /** After a `get` or `put` of a key, the expire event of an expired entry of that key must have been dispatched. */
  compareEvents(key = this) {
    const { lapsed, evicted } = this.reference;
    for (const [type, key, value] of this.events.splice(0)) {
      const among = type === 'evict' ? evicted : lapsed;
      const same = (entry) => [entry.key].includes(key) && Object.is(entry.value, value);
      const at = among.findIndex(same);
      // Evictions come in order; the time at which an expired entry is noticed is not defined.
      assert.ok(type === 'evict' ? at === 0 : at >= 0, `${type} of ${String(key)}`);
      among.splice(at, 1);
      if (type === 'expire') this.reference.expirations++;
    }
    assert.deepEqual(evicted, []);
    assert.ok(!lapsed.some((entry) => [entry.key].includes(key)), `${String(key)} was noticed`);
  }

  compareKey(key) {
    const entry = this.reference.find(key);
    assert.equal(this.real.has(key), entry !== undefined);
    assert.ok(Object.is(this.real.peek(key), entry?.value));
  }

  /** Compares the counters only, so that expired entries stay unnoticed for the next steps. */
  compareEntries() {
    const { real, reference } = this;
    assert.deepEqual(
      [...real],
      reference.entries.map(({ key, value }) => [key, value]),
    );
    for (const key of KEYS) this.compareKey(key);
  }

  compareCounts() {
    const { real, reference } = this;
    assert.equal(real.size, reference.entries.length);
    this.compareEvents();
    assert.deepEqual(reference.lapsed, []);
    const { hits, misses, evictions, expirations, maxSize } = reference;
    assert.deepEqual(real.stats, {
      hits,
      misses,
      coalesced: 0,
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      size: reference.entries.length,
      maxSize,
      evictions,
      expirations,
    });
  }
}

function check(makeClock, numRuns) {
  const start = fc.constantFrom(0, 1_000, 2 ** 31 - 1_500, 2 ** 32 - 2_000, 1.7e12);
  const steps = fc.array(step, { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(maxSize, ttl, start, steps, (maxSize, ttl, start, steps) => {
      const { clock, end } = makeClock(start);
      try {
        const pair = new Pair({ maxSize, ttl }, clock);
        for (const one of steps) pair.run(one);
        pair.compareCounts();
      } finally {
        end();
      }
    }),
    { numRuns },
  );
}

describe('a cache behaves like its plain model at every step', () => {
  it('a cache with its own clock behaves like its plain model', () => {
    check((start) => ({ clock: manualClock(start), end: () => {} }), 3_000);
  });

  it('a cache with a replaced performance.now behaves like its plain model', () => {
    const performanceNow = Object.getOwnPropertyDescriptor(performance, 'now');
    check((time) => {
      const clock = { time };
      performance.now = () => clock.time;
      return {
        clock,
        end: () => {
          if (performanceNow) Object.defineProperty(performance, 'now', performanceNow);
          else delete performance.now;
        },
      };
    }, 1_000);
  });

  it('many caches used in turn behave like their plain models', () => {
    const turns = fc.array(fc.tuple(fc.nat(4), step), { maxLength: 150, size: 'max' });
    fc.assert(
      fc.property(fc.array(maxSize, { minLength: 5, maxLength: 5 }), turns, (sizes, turns) => {
        const pairs = sizes.map((maxSize) => new Pair({ maxSize, ttl: 2 }, manualClock()));
        for (const [number, one] of turns) pairs[number].run(one);
        for (const pair of pairs) pair.compareCounts();
      }),
      { numRuns: 500 },
    );
  });
});

describe('a large cache behaves like its plain model', () => {
  it('a large cache has the order of its plain model after thousands of random steps', () => {
    const sizes = { maxSize: 300, ttl: 20 };
    const number = fc.integer({ min: 0, max: 600 });
    const one = fc.oneof(
      { weight: 5, arbitrary: fc.tuple(fc.constant('get'), number) },
      { weight: 5, arbitrary: fc.tuple(fc.constant('put'), number, number) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('invalidate'), number) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('pass'), fc.integer({ min: 1, max: 200 })) },
    );
    const steps = fc.array(one, { minLength: 5_000, maxLength: 5_000, size: 'max' });
    fc.assert(
      fc.property(steps, (steps) => {
        const clock = manualClock();
        const real = new ResultCache({ ...sizes, clock });
        const reference = new ReferenceCache(sizes);
        reference.pass(0);
        for (const [name, ...args] of steps) {
          if (name === 'pass') {
            clock.time += args[0];
            reference.pass(clock.time);
          } else if (name === 'get') {
            assert.equal(real.get(args[0]), reference.get(args[0]));
          } else if (name === 'put') {
            real.put(...args);
            reference.put(...args);
          } else {
            assert.equal(real.delete(args[0]), reference.take(args[0]) !== undefined);
          }
        }
        assert.deepEqual(
          [...real.keys()],
          reference.entries.map((entry) => entry.key),
        );
        assert.equal(real.stats.evictions, reference.evictions);
      }),
      { numRuns: 20 },
    );
  });
});
