import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache, resilient } from 'holdfast';
import { manualClock } from '../support/manual-clock.js';
import { ReferenceCache } from '../support/reference-cache.js';

// A put into a full cache is decided apart while nothing listens, no entry has tags, and no entry may have expired. These
// programs go in and out of that state.

const ttl = fc.constantFrom(0, 1, 2, 3, 10, 1e6);

function stepOf(key) {
  return fc.oneof(
    { weight: 60, arbitrary: fc.tuple(fc.constant('get'), key) },
    { weight: 100, arbitrary: fc.tuple(fc.constant('put'), key) },
    { weight: 15, arbitrary: fc.tuple(fc.constant('put'), key, ttl) },
    { weight: 10, arbitrary: fc.tuple(fc.constant('pass'), fc.constantFrom(0.25, 1, 500, 1_000)) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('pass'), fc.integer({ min: 1, max: 1e10 })) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('setBack'), fc.integer({ min: 2, max: 1e6 })) },
    { weight: 6, arbitrary: fc.tuple(fc.constant('invalidate'), key) },
    { weight: 3, arbitrary: fc.tuple(fc.constant('expire'), key) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('listen')) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('endListening')) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('resize'), fc.integer({ min: 1, max: 20 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('size')) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('clear')) },
  );
}

/** A cache and its reference, driven and compared step by step. */
class Pair {
  values = 0;
  clock = manualClock(1_000);
  isListening = false;
  /** Evictions while a listener was there: the events, and those of the reference. */
  heard = 0;
  expected = 0;

  constructor(options) {
    this.real = new ResultCache({ ...options, clock: this.clock });
    this.reference = new ReferenceCache(options);
    this.time = 0;
    this.readTime();
    this.reference.pass(this.time);
    this.listener = () => this.heard++;
  }

  /** Has the cache read its clock, so that it notices a clock that was set back. */
  readTime() {
    this.real.info('absent');
  }

  run(step) {
    const { evictions } = this.reference;
    this.perform(step);
    if (this.isListening) this.expected += Math.max(this.reference.evictions - evictions, 0);
  }

  perform([name, ...args]) {
    const { real, reference, clock } = this;
    switch (name) {
      case 'get':
        assert.equal(real.get(args[0]), reference.get(args[0]));
        break;
      case 'put': {
        const [key, ttl] = args;
        const value = this.values++;
        reference.put(key, value, { ttl });
        real.put(key, value, ttl === undefined ? undefined : { ttl });
        break;
      }
      case 'pass':
        clock.time += args[0];
        this.time += args[0];
        reference.pass(this.time);
        break;
      case 'setBack':
        this.readTime();
        clock.time -= args[0];
        this.readTime();
        break;
      case 'invalidate':
        assert.equal(real.invalidate(args[0]), reference.invalidate(args[0]));
        break;
      case 'expire':
        assert.equal(real.expire(args[0]), reference.expire(args[0]));
        break;
      case 'listen':
        real.addEventListener('evict', this.listener);
        this.isListening = true;
        break;
      case 'endListening':
        real.removeEventListener('evict', this.listener);
        this.isListening = false;
        break;
      case 'resize':
        reference.resize(args[0]);
        real.resize(args[0]);
        break;
      case 'clear':
        real.clear();
        reference.clear();
        reference.lapsed = [];
        reference.resetCounts();
        break;
      default:
        assert.equal(real.size, reference.entries.length);
    }
  }

  compareEntries() {
    assert.deepEqual(
      [...this.real],
      this.reference.fresh.map(({ key, value }) => [key, value]),
    );
  }

  compareCounts() {
    const { hits, misses, evictions, expirations, size } = this.real.stats;
    const { reference } = this;
    assert.equal(this.heard, this.expected, 'events of evictions');
    assert.deepEqual(
      { hits, misses, evictions, expirations, size },
      {
        hits: reference.hits,
        misses: reference.misses,
        evictions: reference.evictions,
        expirations: reference.lapsed.length,
        size: reference.entries.length,
      },
    );
  }
}

describe('a cache without listeners and tags behaves like its plain model', () => {
  it('a small cache has the entries of its model after every step, whatever the ttls and the clock do', () => {
    const maxSize = fc.integer({ min: 1, max: 9 });
    const steps = fc.array(stepOf(fc.nat(14)), { maxLength: 150, size: 'max' });
    fc.assert(
      fc.property(maxSize, ttl, steps, (maxSize, ttl, steps) => {
        const pair = new Pair({ maxSize, ttl });
        for (const step of steps) {
          pair.run(step);
          pair.compareEntries();
        }
        pair.compareCounts();
      }),
      { numRuns: 1_000 },
    );
  });

  it('a cache of hundreds of entries has the entries and counters of its model after thousands of steps', () => {
    const steps = fc.array(stepOf(fc.nat(600)), {
      minLength: 3_000,
      maxLength: 3_000,
      size: 'max',
    });
    const seldom = new Set(['resize', 'clear', 'pass']);
    fc.assert(
      fc.property(ttl, steps, (ttl, steps) => {
        const pair = new Pair({ maxSize: 300, ttl });
        steps.forEach((step, index) => {
          // Otherwise the cache would hardly ever be full.
          if (seldom.has(step[0]) && index % 8 !== 0) return;
          pair.run(step[0] === 'resize' ? ['resize', 15 * step[1]] : step);
          if (index % 100 === 0) pair.compareEntries();
        });
        pair.compareEntries();
        pair.compareCounts();
      }),
      // Shrinking thousands of steps would take minutes.
      { numRuns: 40, endOnFailure: true },
    );
  });
});

describe('the way in which a stored result is returned', () => {
  it('a put that evicts the result of an asynchronous function is returned by a synchronous one as a value', async () => {
    const store = new ResultCache({ maxSize: 20 });
    const value = resilient((n) => n, { cache: { store } });
    const promise = resilient(async (n) => n, { cache: { store } });
    assert.equal(value(0), 0);
    for (let n = 0; n < 50; n++) assert.equal(await promise(n), n);
    for (let n = 100; n < 150; n++) {
      store.put(value.makeKey(n), -n);
      assert.equal(value(n), -n);
    }
    assert.equal(store.stats.evictions, 51 + 50 - 20);
  });
});
