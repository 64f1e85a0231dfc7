import assert from 'node:assert/strict';
import { after, beforeEach, describe, it, mock } from 'node:test';
import { performanceAlone, within } from '../support/fake-time.js';
import { importFresh } from '../support/fresh-package.js';
import { turn } from '../support/turn.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

// This copy of the package uses the clocks that it finds at import: a monotonic clock that stands still while the
// machine sleeps, and a wall clock that does not.
const real = { time: 5_000, wall: 1.7e12, wallReads: 0 };
const { now } = Date;
performance.now = () => real.time;
Date.now = () => {
  real.wallReads++;
  return real.wall;
};
const { CircuitBreaker, ResultCache, resilient } = await importFresh();
after(() => {
  delete performance.now;
  Date.now = now;
});

/** Lets time pass while the machine is awake. */
function pass(milliseconds) {
  real.time += milliseconds;
  real.wall += milliseconds;
}

/** Lets the machine sleep, or sets its wall clock. */
function shiftWall(milliseconds) {
  real.wall += milliseconds;
}

/** A cache with an entry `a` that lives for an hour, a second after both clocks were compared. */
function awake() {
  const cache = new ResultCache({ ttl: '1h' });
  for (let n = 0; n < 3; n++) {
    pass(1.5 * SECOND);
    cache.put('a', 1);
  }
  pass(1.5 * SECOND);
  return cache;
}

beforeEach(async () => {
  // Ends a burst of hits of the previous test.
  await turn();
  // Moves past the changes that a test made to the wall clock.
  real.wall = 1.7e12 + real.time;
  within(performanceAlone, () => awake());
  awake();
});

describe('time during which the machine slept counts', () => {
  it('an entry that expired while the machine slept is not served', () => {
    const cache = awake();
    assert.equal(cache.get('a'), 1);
    shiftWall(8 * HOUR);
    pass(1.5 * SECOND);
    assert.equal(cache.get('a'), undefined);
  });

  it('time asleep counts in full, and once', () => {
    const cache = awake();
    cache.get('a');
    shiftWall(HOUR - 10 * SECOND);
    for (let n = 0; n < 5; n++) {
      pass(1.5 * SECOND);
      assert.equal(cache.get('a'), 1);
    }
    pass(1.5 * SECOND);
    assert.equal(cache.get('a'), undefined);
  });

  it('time asleep counts each time that the machine sleeps', () => {
    const cache = awake();
    for (let n = 0; n < 5; n++) {
      assert.equal(cache.get('a'), 1);
      shiftWall(HOUR / 6);
      pass(1.5 * SECOND);
    }
    assert.equal(cache.get('a'), 1);
    shiftWall(HOUR / 6);
    pass(1.5 * SECOND);
    assert.equal(cache.get('a'), undefined);
  });

  it('time asleep counts during a burst of hits', () => {
    const cache = awake();
    for (let n = 0; n < 5_000; n++) cache.get('a');
    shiftWall(HOUR);
    pass(1.5 * SECOND);
    let served = 0;
    while (served < 1_000 && cache.get('a')) served++;
    assert.ok(served < 1_000);
  });

  it('a function runs again for a result that expired while the machine slept', () => {
    let calls = 0;
    const f = resilient(() => ++calls, { cache: { ttl: '1h' } });
    f(1);
    pass(1.5 * SECOND);
    assert.equal(f(1), 1);
    shiftWall(2 * HOUR);
    pass(1.5 * SECOND);
    assert.equal(f(1), 2);
  });

  it('time asleep counts for a circuit breaker and a rate limiter', async () => {
    const circuitBreaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: '1h' });
    const failing = resilient(async () => Promise.reject(new Error('down')), { circuitBreaker });
    await assert.rejects(failing(), /down/);
    const limited = resilient(async () => 1, { rateLimiter: { maxCalls: 1, period: '1h' } });
    await limited();
    await assert.rejects(limited(), { code: 'RATE_LIMITED' });
    pass(1.5 * SECOND);
    assert.equal(circuitBreaker.state, 'open');
    shiftWall(HOUR);
    pass(1.5 * SECOND);
    assert.equal(circuitBreaker.state, 'half-open');
    assert.equal(await limited(), 1);
  });

  it('a wall clock that gains a minute or less does not count: wall clocks are corrected', () => {
    const cache = new ResultCache({ ttl: '30s' });
    cache.put('a', 1);
    shiftWall(MINUTE);
    pass(1.5 * SECOND);
    assert.equal(cache.get('a'), 1);
    shiftWall(1);
    pass(1.5 * SECOND);
    assert.equal(cache.get('a'), undefined);
  });
});

describe('the wall clock is only used to detect sleep', () => {
  it('a wall clock that is set back changes nothing', () => {
    const cache = awake();
    for (const back of [SECOND, HOUR, 1e12]) {
      shiftWall(-back);
      pass(1.5 * SECOND);
      assert.equal(cache.get('a'), 1);
    }
    pass(HOUR - 4.5 * SECOND - 1.5 * SECOND);
    assert.equal(cache.get('a'), 1);
    pass(1.5 * SECOND);
    assert.equal(cache.get('a'), undefined);
  });

  it('the wall clock is read once a second at most', () => {
    const cache = awake();
    const before = real.wallReads;
    for (let n = 0; n < 100; n++) {
      pass(100);
      cache.put('a', n);
      cache.get('a');
    }
    const reads = real.wallReads - before;
    assert.ok(reads >= 8 && reads <= 11, `${reads} readings in ten seconds`);
  });

  it('a cache with its own clock does not read the wall clock', () => {
    const clock = { now: () => 1 };
    const cache = new ResultCache({ ttl: 1, clock }).put('a', 1);
    shiftWall(HOUR);
    pass(HOUR);
    assert.equal(cache.get('a'), 1);
  });
});

describe('fake time starts the comparison with the wall clock again', () => {
  for (const [name, start] of Object.entries({
    'performance alone': performanceAlone,
    'Date alone, far in the future': () => {
      mock.timers.enable({ apis: ['Date'], now: 9e12 });
      return { pass: (by) => mock.timers.tick(by), end: () => mock.timers.reset() };
    },
  })) {
    it(`fake time (${name}) starts the comparison again: what the wall clock gained before does not count`, () => {
      const cache = awake();
      within(start, ({ pass: passFake }) => {
        assert.equal(cache.get('a'), 1);
        shiftWall(8 * HOUR);
        passFake(1.5 * SECOND);
        assert.equal(cache.get('a'), 1);
      });
      for (let n = 0; n < 5; n++) {
        pass(1.5 * SECOND);
        assert.equal(cache.get('a'), 1);
      }
      shiftWall(HOUR);
      pass(1.5 * SECOND);
      assert.equal(cache.get('a'), undefined);
    });
  }
});
