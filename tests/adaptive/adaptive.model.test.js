import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';
import { adaptive } from 'holdfast/adaptive';
import { manualClock } from '../support/manual-clock.js';

const key = fc.oneof(fc.nat(60), fc.nat(60).map(String));
const step = fc.oneof(
  { weight: 50, arbitrary: fc.tuple(fc.constant('get'), key) },
  { weight: 60, arbitrary: fc.tuple(fc.constant('put'), key, fc.nat(9), fc.nat(3)) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('invalidate'), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('invalidateTag'), fc.nat(9).map(String)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('pass'), fc.nat(3_000)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('resize'), fc.integer({ min: 1, max: 60 })) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear')) },
);
const limits = fc.oneof(
  fc.record({ maxSize: fc.integer({ min: 1, max: 60 }) }),
  fc.record({
    maxSize: fc.constant(60),
    maxWeight: fc.integer({ min: 9, max: 200 }),
    weigh: fc.constant((value) => value),
  }),
);

/** The entries by recency, the least recent first. Which ones the cache evicts, it says itself. */
class Model {
  entries = new Map();
  clock = manualClock();
  departures = [];

  constructor(limits) {
    this.limits = { ...limits };
    this.cache = new ResultCache({ ...limits, ttl: 0, clock: this.clock, policy: adaptive });
    this.cache.addEventListener('remove', (event) => this.departures.push(event));
  }

  /** What throws in a listener would not reach the test. */
  settle() {
    for (const { key, value, reason } of this.departures.splice(0)) {
      const entry = this.entries.get(key);
      if (reason === 'replace') continue;
      assert.equal(entry?.value, value, `${key} was stored`);
      if (reason === 'evict') assert.notEqual(key, this.justPut, 'what is put is not evicted');
      if (reason === 'expire') assert.ok(entry.end < this.clock.time, `${key} has expired`);
      this.entries.delete(key);
    }
  }

  isFresh(entry) {
    return entry !== undefined && entry.end >= this.clock.time;
  }

  run([name, ...args]) {
    const { cache, entries, clock } = this;
    const [key, value, ttl] = args;
    switch (name) {
      case 'get': {
        const entry = entries.get(key);
        assert.equal(cache.get(key), this.isFresh(entry) ? entry.value : undefined);
        if (!this.isFresh(entry)) break;
        entries.delete(key);
        entries.set(key, entry);
        break;
      }
      case 'put':
        this.justPut = key;
        cache.put(key, value, { ttl, tags: [String(value)] });
        this.settle();
        this.justPut = undefined;
        entries.delete(key);
        entries.set(key, { value, end: ttl === 0 ? Infinity : clock.time + 1_000 * ttl });
        break;
      case 'pass':
        clock.time += args[0];
        break;
      case 'resize':
        this.limits.maxSize = args[0];
        cache.resize(args[0]);
        break;
      case 'invalidate':
        assert.equal(cache.invalidate(key), this.isFresh(entries.get(key)));
        break;
      default:
        cache[name](...args);
    }
    this.compare();
  }

  compare() {
    // Removes expired entries.
    assert.ok(this.cache.size >= 0);
    this.settle();
    const fresh = [...this.entries].filter(([, entry]) => this.isFresh(entry));
    assert.deepEqual(
      [...this.cache],
      fresh.map(([key, { value }]) => [key, value]),
    );
    const { size, weight } = this.cache.stats;
    assert.equal(size, fresh.length);
    assert.ok(size <= this.limits.maxSize, `${size} entries`);
    if (this.limits.maxWeight) assert.ok(weight <= this.limits.maxWeight, `weight ${weight}`);
  }
}

describe('an adaptive cache', () => {
  it('an adaptive cache holds what its plain model holds, in the order of use, and evicts only what is there', () => {
    const steps = fc.array(step, { maxLength: 250, size: 'max' });
    fc.assert(
      fc.property(limits, steps, (limits, steps) => {
        const model = new Model(limits);
        for (const one of steps) model.run(one);
        model.cache[Symbol.dispose]();
      }),
      { numRuns: 400 },
    );
  });
});
