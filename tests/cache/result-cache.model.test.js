import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';
import { manualClock } from '../support/manual-clock.js';
import { ReferenceCache } from '../support/reference-cache.js';

const KEYS = ['a', 'b', 'c', 'd', '1', 1, Number.NaN, 0, -0, undefined, null, {}, Symbol('s')];
const same = (a, b) => [a].includes(b);

const key = fc.constantFrom(...KEYS);
const value = fc.oneof(fc.nat(12), fc.constantFrom(undefined, null, Number.NaN, ''));
const maxSize = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 14 }));
const ttl = fc.constantFrom(0, 1, 2, 3, 10, 1e6);
const tags = fc.array(fc.constantFrom('x', 'y', 'a', '__proto__'), { maxLength: 3 });
// Not whole seconds: no step ends in the very millisecond in which the windows that `expire` began are over.
const window = fc.constantFrom(0, 0, 1.0005, 2.0005, 100.0005);

/** A cache without weights, one that counts them, or one that limits them. Values are numbers, or weigh by their key. */
const weighing = fc.oneof(
  fc.record({ maxSize }),
  fc.record({ maxSize, weigh: fc.constant(weigh) }),
  fc.record(
    { maxSize, weigh: fc.constant(weigh), maxWeight: fc.integer({ min: 1, max: 30 }) },
    { requiredKeys: ['weigh', 'maxWeight'] },
  ),
);
const windows = fc.record({ staleWhileRevalidate: window, staleIfError: window });
const options = fc
  .tuple(weighing, windows, ttl)
  .map(([weights, windows, ttl]) => ({ ...weights, ...windows, ttl }));

/** NaN has no weight: a weighing cache refuses it. */
function weigh(value, key) {
  return typeof value === 'number' ? value : typeof key === 'string' ? 5 : 0;
}

const BAD_PUTS = [null, { ttl: -1 }, { tags: 'x' }, { tags: ['x', ''] }, { tag: ['x'] }];
const putOptions = fc.record({ ttl, tags }, { requiredKeys: [] });

const step = fc.oneof(
  { weight: 40, arbitrary: fc.tuple(fc.constant('get'), key) },
  { weight: 40, arbitrary: fc.tuple(fc.constant('put'), key, value) },
  { weight: 25, arbitrary: fc.tuple(fc.constant('put'), key, value, putOptions) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('badPut'), key, fc.constantFrom(...BAD_PUTS)) },
  { weight: 15, arbitrary: fc.tuple(fc.constant('pass'), fc.constantFrom(1, 500, 1_000, 2_500)) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('pass'), fc.integer({ min: 1, max: 1e10 })) },
  { weight: 10, arbitrary: fc.tuple(fc.constant('invalidate'), key) },
  { weight: 10, arbitrary: fc.tuple(fc.constant('expire'), key) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('invalidateTag'), tags) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('expireTag'), tags) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('resize'), maxSize) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('walk')) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('count')) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear')) },
);

/** A cache and its reference, driven and compared step by step. */
class Pair {
  /** Events since the last comparison, as `[type, reason, key, value]`. */
  events = [];
  weighed = 0;

  constructor(options, clock) {
    this.clock = clock;
    this.real = new ResultCache({
      ...options,
      ...(options.weigh && { weigh: (...args) => this.weigh(...args) }),
      ...(clock.now && { clock }),
    });
    this.reference = new ReferenceCache(options);
    this.isWeighing = options.weigh !== undefined;
    this.reference.pass(clock.time);
    for (const type of ['remove', 'expire', 'evict']) {
      this.real.addEventListener(type, (event) => {
        this.events.push([event.type, event.reason, event.key, event.value]);
      });
    }
  }

  weigh(...args) {
    this.weighed++;
    assert.equal(args.length, 2);
    return weigh(...args);
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
        this.compareEvents({ noticed: (entry) => same(entry.key, args[0]) });
        break;
      case 'put':
        this.put(...args);
        break;
      case 'badPut':
        assert.throws(() => real.put(args[0], 1, args[1]));
        this.compareEvents();
        break;
      case 'invalidate':
        assert.equal(real.invalidate(args[0]), reference.invalidate(args[0]));
        this.compareEvents({ noticed: (entry) => same(entry.key, args[0]) });
        break;
      case 'expire':
        assert.equal(real.expire(args[0]), reference.expire(args[0]));
        break;
      case 'invalidateTag':
      case 'expireTag': {
        const [tags] = args;
        assert.equal(real[name](...tags), reference[name](...tags));
        const isTagged = (entry) => entry.tags.some((tag) => tags.includes(tag));
        const noticed = name === 'invalidateTag' ? isTagged : undefined;
        this.compareEvents({ noticed, inOrder: false });
        break;
      }
      case 'resize':
        reference.resize(args[0]);
        real.resize(args[0]);
        break;
      case 'clear':
        real.clear();
        reference.clear();
        this.compareEvents({ noticed: () => true });
        reference.resetCounts();
        break;
      case 'walk':
        assert.deepEqual(
          [...real.values()],
          reference.fresh.map((entry) => entry.value),
        );
        for (const [key] of real) assert.ok(Object.is(real.get(key), reference.get(key)));
        break;
      default:
        this.compareCounts();
    }
    this.compareEvents();
    this.compareEntries();
  }

  put(key, value, options) {
    const { real, reference } = this;
    this.weighed = 0;
    if (this.isWeighing && Number.isNaN(value)) {
      assert.throws(() => real.put(key, value, options), /weigh/);
      this.compareEvents();
    } else {
      reference.put(key, value, options);
      assert.equal(real.put(key, value, options), real);
      this.compareEvents({ noticed: (entry) => same(entry.key, key) });
    }
    assert.equal(this.weighed, this.isWeighing ? 1 : 0);
  }

  /**
   * Compares the events of an operation with the entries that left.
   * @param noticed whether the operation must have removed this expired entry; the time at which others go is not defined
   * @param inOrder whether the order of the other entries is defined
   */
  compareEvents({ noticed = () => false, inOrder = true } = {}) {
    const { reference } = this;
    const departures = this.takeDepartures();
    const expired = departures.filter(({ reason }) => reason === 'expire');
    for (const { key, value } of expired) {
      const at = reference.lapsed.findIndex(
        (entry) => same(entry.key, key) && Object.is(entry.value, value),
      );
      assert.ok(at >= 0, `${String(key)} has expired`);
      reference.lapsed.splice(at, 1);
      reference.expirations++;
    }
    const others = departures.filter(({ reason }) => reason !== 'expire');
    const left = reference.left.splice(0);
    assert.deepEqual(inOrder ? others : byKey(others), inOrder ? left : byKey(left));

    assert.ok(!reference.lapsed.some(noticed), 'the expired entry was removed');
    const reasons = departures.map(({ reason }) => reason);
    for (const reason of ['evict', 'clear']) {
      if (!reasons.includes(reason)) continue;
      assert.deepEqual(reference.lapsed, [], 'expired entries go first');
      assert.ok(
        reasons.lastIndexOf('expire') < reasons.indexOf(reason),
        'expired entries go first',
      );
    }
  }

  /** The entries that the events tell of. An `evict` or `expire` event comes right before the `remove` event. */
  takeDepartures() {
    const events = this.events.splice(0);
    const removed = events.filter(([type]) => type === 'remove');
    const expected = removed.flatMap((event) => {
      const [, reason, ...entry] = event;
      return ['evict', 'expire'].includes(reason) ? [[reason, reason, ...entry], event] : [event];
    });
    assert.deepEqual(events, expected);
    return removed.map(([, reason, key, value]) => ({ reason, key, value }));
  }

  compareKey(key) {
    const { real, reference } = this;
    const fresh = reference.findFresh(key);
    assert.equal(real.has(key), fresh !== undefined);
    assert.ok(Object.is(real.peek(key), fresh?.value));

    const info = real.info(key);
    const expected = reference.info(key);
    assert.equal(info === undefined, expected === undefined, `info of ${String(key)}`);
    if (!info) return;
    assert.ok(Object.is(info.value, expected.value));
    assert.equal(info.stale, expected.stale);
    assert.equal(info.weight, expected.weight);
    assert.deepEqual(info.tags, expected.tags);
    // The ttl of an entry that `expire` has just ended is a bit below 0.
    const isNear = Math.abs(info.ttl - expected.ttl) < 0.001;
    assert.ok(info.ttl === expected.ttl || isNear, `${info.ttl} s, not ${expected.ttl} s`);
    assert.equal(info.ttl < 0, info.stale);
  }

  /** Does not compare `size` and `stats`, so that expired entries stay unnoticed for the next steps. */
  compareEntries() {
    const { real, reference } = this;
    assert.deepEqual(
      [...real],
      reference.fresh.map(({ key, value }) => [key, value]),
    );
    for (const key of KEYS) this.compareKey(key);
  }

  compareCounts() {
    const { real, reference } = this;
    assert.equal(real.size, reference.entries.length);
    this.compareEvents({ noticed: () => true });
    const { hits, misses, evictions, expirations, maxSize, maxWeight, weight } = reference;
    assert.deepEqual(real.stats, {
      hits,
      misses,
      coalesced: 0,
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      size: reference.entries.length,
      maxSize,
      weight,
      maxWeight,
      policy: 'lru',
      evictions,
      expirations,
      stale: 0,
      refreshes: 0,
      refreshErrors: 0,
      revalidated: 0,
    });
  }
}

/** Sorted by the index of their keys in {@link KEYS}. */
function byKey(departures) {
  const indexOf = ({ key }) => KEYS.findIndex((each) => same(each, key));
  return departures.sort((a, b) => indexOf(a) - indexOf(b));
}

function check(makeClock, numRuns) {
  const start = fc.constantFrom(0, 1_000, 2 ** 31 - 1_500, 2 ** 32 - 2_000, 1.7e12);
  const steps = fc.array(step, { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(options, start, steps, (options, start, steps) => {
      const { clock, end } = makeClock(start);
      try {
        const pair = new Pair(options, clock);
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
    check((start) => ({ clock: manualClock(start), end: () => {} }), 10_000);
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
      fc.property(fc.array(options, { minLength: 5, maxLength: 5 }), turns, (each, turns) => {
        const pairs = each.map((options) => new Pair(options, manualClock()));
        for (const [number, one] of turns) pairs[number].run(one);
        for (const pair of pairs) pair.compareCounts();
      }),
      { numRuns: 500 },
    );
  });
});

describe('a large cache behaves like its plain model', () => {
  const limits = {
    'maxSize only': { maxSize: 300 },
    'maxSize and maxWeight': { maxSize: 300, maxWeight: 60_000, weigh: (value) => value },
  };
  for (const [name, limit] of Object.entries(limits)) {
    it(`a large cache with ${name} has the order and the weight of its plain model after thousands of random steps`, () => {
      const sizes = { ...limit, ttl: 20, staleIfError: 10.0005 };
      const number = fc.integer({ min: 0, max: 600 });
      const tag = fc.nat(9).map((n) => `tag ${n}`);
      const one = fc.oneof(
        { weight: 50, arbitrary: fc.tuple(fc.constant('get'), number) },
        { weight: 50, arbitrary: fc.tuple(fc.constant('put'), number, number, tag) },
        { weight: 10, arbitrary: fc.tuple(fc.constant('invalidate'), number) },
        { weight: 5, arbitrary: fc.tuple(fc.constant('expire'), number) },
        { weight: 1, arbitrary: fc.tuple(fc.constant('expireTag'), tag) },
        { weight: 1, arbitrary: fc.tuple(fc.constant('invalidateTag'), tag) },
        { weight: 10, arbitrary: fc.tuple(fc.constant('pass'), fc.integer({ min: 1, max: 200 })) },
      );
      const steps = fc.array(one, { minLength: 5_000, maxLength: 5_000, size: 'max' });
      fc.assert(
        fc.property(steps, (steps) => {
          const clock = manualClock();
          const real = new ResultCache({ ...sizes, clock });
          const reference = new ReferenceCache(sizes);
          reference.pass(0);
          for (const [name, key, value, tag] of steps) {
            if (name === 'pass') {
              clock.time += key;
              reference.pass(clock.time);
            } else if (name === 'put') {
              real.put(key, value, { tags: [tag] });
              reference.put(key, value, { tags: [tag] });
            } else {
              assert.equal(real[name](key), reference[name](key), name);
            }
          }
          assert.deepEqual(
            [...real.keys()],
            reference.fresh.map((entry) => entry.key),
          );
          const { evictions, weight, size } = real.stats;
          assert.deepEqual(
            { evictions, weight, size },
            {
              evictions: reference.evictions,
              weight: reference.weight,
              size: reference.entries.length,
            },
          );
        }),
        // Shrinking thousands of steps would take minutes.
        { numRuns: 20, endOnFailure: true },
      );
    });
  }
});
