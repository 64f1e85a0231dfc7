import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';
import { advice } from 'holdfast/adaptive';
import { manualClock } from '../support/manual-clock.js';

const key = fc.oneof(fc.nat(30), fc.nat(30).map(String));
const step = fc.oneof(
  { weight: 50, arbitrary: fc.tuple(fc.constant('get'), key) },
  { weight: 50, arbitrary: fc.tuple(fc.constant('put'), key, fc.nat(9), fc.nat(3)) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('invalidate'), key) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('expire'), key) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('pass'), fc.nat(3_000)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('resize'), fc.integer({ min: 1, max: 20 })) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear')) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('read')) },
);
const limits = fc.oneof(
  fc.record({ maxSize: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    maxSize: fc.constant(20),
    maxWeight: fc.integer({ min: 9, max: 60 }),
    weigh: fc.constant((value) => value),
    staleIfError: fc.constantFrom(0, 1),
  }),
);

/** What a cache did, and what it has. */
class Recorded {
  clock = manualClock();
  events = [];

  constructor(options) {
    this.cache = new ResultCache({ ttl: '2s', clock: this.clock, ...options });
    for (const type of ['evict', 'expire', 'remove']) {
      this.cache.addEventListener(type, ({ key, value, reason }) => {
        this.events.push([type, reason, key, value]);
      });
    }
  }

  take([action, ...values]) {
    const { cache } = this;
    if (action === 'pass') this.clock.time += values[0];
    else if (action === 'put') cache.put(values[0], values[1], { ttl: values[2] });
    else if (action === 'read') this.events.push(cache.missRatioCurve() === undefined);
    else if (action === 'resize') cache.resize(values[0]);
    else return cache[action](...values);
    return undefined;
  }

  get state() {
    return [[...this.cache], this.cache.stats, this.events];
  }
}

describe('the option advice', () => {
  it('does not change what a cache does', () => {
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 400 }), (options, steps) => {
        const plain = new Recorded(options);
        const advised = new Recorded({ ...options, advice });
        for (const step of steps) {
          assert.deepEqual(advised.take(step), plain.take(step));
          assert.deepEqual(advised.events, plain.events);
        }
        assert.deepEqual(advised.state, plain.state);
        assert.equal(advised.clock.reads, plain.clock.reads, 'the clock is read as often');
      }),
      { numRuns: 200 },
    );
  });

  it('does not change what a cache does in bursts of hits that share a reading of the clock', () => {
    const next = (state) => (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const caches = [{}, { advice }].map((option) => new ResultCache({ maxSize: 90, ...option }));
    let state = 7;
    for (let round = 0; round < 200_000; round++) {
      state = next(state);
      const key = (state >> 8) % 100;
      const [plain, advised] = caches.map((cache) => {
        if (state % 11 === 0) cache.invalidate(key);
        if (state % 7 === 0) return cache.has(key);
        const found = cache.get(key);
        if (found === undefined) cache.put(key, round);
        return found;
      });
      if (plain !== advised) assert.fail(`${plain} and ${advised} in round ${round}`);
    }
    const [plain, advised] = caches.map((cache) => [[...cache], cache.stats]);
    assert.deepEqual(advised, plain);
  });
});
