import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';
import { adaptive, advice } from 'holdfast/adaptive';
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

  it('gives a curve that rises from 0 to 1, whatever is requested', () => {
    let curves = 0;
    const phase = fc.record({
      keys: fc.integer({ min: 1, max: 300 }),
      skew: fc.constantFrom(0, 1, 4),
      ttl: fc.constantFrom(0, 1, 10),
      step: fc.constantFrom(0, 1, 50),
    });
    const option = fc.constantFrom({ advice }, { policy: adaptive });
    const size = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(option, size, fc.array(phase, { minLength: 1 }), (option, maxSize, phases) => {
        const clock = manualClock();
        const cache = new ResultCache({ maxSize, clock, ...option });
        for (const { keys, skew, ttl, step } of phases) {
          for (let index = 0; index < 9_000; index++) {
            const key = skew === 0 ? index % keys : Math.floor(keys * Math.random() ** skew);
            if (cache.get(key) === undefined) cache.put(key, key, { ttl });
            if (index % 100 === 0) cache.invalidate(key);
            clock.time += step;
          }
        }
        const curve = cache.missRatioCurve();
        const given = cache.advice();
        // There may be too few hits, and evictions, for a thousand samples.
        assert.equal(given === undefined, curve === undefined);
        if (!curve) return;
        curves++;
        const { points } = curve;
        const ratios = points.map(({ hitRatio }) => hitRatio);
        assert.deepEqual(
          [...ratios].sort((a, b) => a - b),
          ratios,
        );
        const { atHalf, atDouble, lruHitRatio, hitRatio } = given;
        for (const ratio of [...ratios, atHalf, atDouble, lruHitRatio, hitRatio]) {
          assert.ok(ratio >= 0 && ratio <= 1, `${ratio}`);
        }
        assert.ok(atHalf <= lruHitRatio && lruHitRatio <= atDouble);
        if (option.advice) assert.equal(lruHitRatio, hitRatio);
      }),
      { numRuns: 40 },
    );
    assert.ok(curves > 10, `${curves} of 40 programs had a curve`);
  });
});
