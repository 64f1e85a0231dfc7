import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import { ResultCache } from 'holdfast';
import { cacheEvents } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';

const DAY = 86_400_000;

let time;
beforeEach(() => {
  time = FakeTimers.install();
});
afterEach(() => time.uninstall());

/** The messages of the warnings that `action` causes synchronously. */
function warningsOf(action) {
  const warn = mock.method(process, 'emitWarning', () => {});
  try {
    action();
    return warn.mock.calls.map(({ arguments: [message] }) => message);
  } finally {
    warn.mock.restore();
  }
}

describe('an idle cache removes expired entries', () => {
  for (const ttl of [0.001, 0.5, 1, 30, 3_600, 86_400]) {
    it(`an idle cache removes an entry within 5 s after its ttl of ${ttl} s, and not before`, () => {
      const cache = new ResultCache({ ttl }).put('a', 1);
      const events = cacheEvents(cache);
      time.tick(1_000 * ttl);
      assert.deepEqual(events, []);
      time.tick(5_000);
      assert.deepEqual(events, [['expire', 'a', 1]]);
      assert.equal(cache.stats.expirations, 1);
    });
  }

  it('an idle cache removes each entry within 5 s after its own ttl', () => {
    const cache = new ResultCache({ maxSize: 300 });
    const left = new Map();
    cache.addEventListener('expire', ({ key }) => left.set(key, time.now));
    for (let n = 1; n <= 300; n++) cache.put(n, n, { ttl: n * n });
    time.tick(1_000 * 300 * 300 + 5_000);
    assert.equal(left.size, 300);
    for (const [ttl, at] of left) {
      const late = at - 1_000 * ttl * ttl;
      assert.ok(late > 0 && late <= 5_000, `${ttl} was let go ${late} ms late`);
    }
  });

  it('an idle cache removes expired entries again after it was used, and entries put later with a shorter ttl', () => {
    const cache = new ResultCache({ ttl: 3_600 }).put('long', 1);
    const events = cacheEvents(cache);
    time.tick(10_000);
    cache.put('short', 2, { ttl: 2 });
    time.tick(7_000);
    assert.deepEqual(events.splice(0), [['expire', 'short', 2]]);
    cache.put('next', 3, { ttl: 2 });
    time.tick(7_000);
    assert.deepEqual(events.splice(0), [['expire', 'next', 3]]);
    time.tick(3_600_000);
    assert.deepEqual(events, [['expire', 'long', 1]]);
  });

  it('frequent puts with a short ttl do not delay the removal of expired entries', () => {
    const cache = new ResultCache({ ttl: '100ms' });
    const events = cacheEvents(cache);
    for (let n = 0; n < 20; n++) {
      cache.put(n, n);
      time.tick(500);
    }
    // Only entries put in the last 5 s remain.
    assert.ok(events.length >= 10, `${events.length} were let go`);
  });

  it('an idle cache keeps an entry that was put again in the meantime', () => {
    const cache = new ResultCache({ ttl: 10 }).put('a', 1);
    const events = cacheEvents(cache);
    for (let n = 0; n < 20; n++) {
      time.tick(9_000);
      cache.put('a', n);
    }
    assert.deepEqual(events, []);
    time.tick(15_000);
    assert.deepEqual(events, [['expire', 'a', 19]]);
  });

  it('an idle cache keeps an entry with a ttl of ten years for ten years', () => {
    const cache = new ResultCache({ ttl: '3650d' }).put('a', 1);
    const events = cacheEvents(cache);
    time.tick(3_650 * DAY);
    assert.equal(cache.get('a'), 1);
    time.tick(5_000);
    assert.deepEqual(events, [['expire', 'a', 1]]);
  });

  it('an idle cache never sets a delay so long that an engine would fire the timer at once', () => {
    const delays = [];
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (callback, delay) => {
      delays.push(delay);
      return setTimeout(callback, delay);
    };
    new ResultCache({ ttl: '3650d' }).put('a', 1);
    time.tick(100 * DAY);
    assert.ok(delays.length > 0);
    assert.ok(delays.every((delay) => delay >= 0 && delay < 2 ** 31));
    globalThis.setTimeout = setTimeout;
  });

  it('an idle cache wakes up rarely for an entry with a long life', () => {
    let wakings = 0;
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (callback, delay) => {
      wakings++;
      return setTimeout(callback, delay);
    };
    new ResultCache({ ttl: '1d' }).put('a', 1);
    time.tick(DAY + 5_000);
    assert.ok(wakings < 1_000, `${wakings} timers in a day`);
    globalThis.setTimeout = setTimeout;
  });
});

describe('an idle cache with its own clock removes expired entries', () => {
  it('an idle cache removes an entry within 5 s after its own clock has passed the ttl', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 3_600, clock }).put('a', 1);
    const events = cacheEvents(cache);
    time.tick(DAY);
    assert.deepEqual(events, []);
    clock.time = 3_600_001;
    time.tick(5_000);
    assert.deepEqual(events, [['expire', 'a', 1]]);
  });

  it('an expire listener of a cache with its own clock may put the entry again each time', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 60, clock }).put('a', 0);
    cache.addEventListener('expire', ({ key, value }) => cache.put(key, value + 1));
    for (let n = 1; n <= 5; n++) {
      clock.time += 60_001;
      time.tick(5_000);
      assert.equal(cache.peek('a'), n);
    }
  });

  it('an idle cache removes expired entries though its clock throws once', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 1, clock }).put('a', 1);
    const events = cacheEvents(cache);
    clock.time = Number.NaN;
    const warnings = warningsOf(() => time.tick(2_000));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /: clock\.now/);
    clock.time = 1_001;
    time.tick(5_000);
    assert.deepEqual(events, [['expire', 'a', 1]]);
  });

  it('an idle cache with its own clock recovers from lost timers with the next put', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 60, clock }).put('a', 1);
    const events = cacheEvents(cache);
    time.reset();
    time.tick(DAY);
    cache.put('b', 2);
    clock.time = 60_001;
    time.tick(5_000);
    assert.deepEqual(events.map(([, key]) => key).sort(), ['a', 'b']);
  });
});

describe('a cache has at most one timer', () => {
  it('a cache has one timer at most, however many entries it has', () => {
    for (const clock of [undefined, manualClock()]) {
      const cache = new ResultCache({ maxSize: 10_000, clock });
      const before = time.countTimers();
      for (let n = 0; n < 10_000; n++) cache.put(n, n, { ttl: 10_000 - n });
      assert.ok(time.countTimers() - before <= 1);
      cache.clear();
    }
  });

  it('a cache has no timer while nothing can expire', () => {
    const clock = manualClock();
    const caches = [new ResultCache(), new ResultCache({ ttl: 0 }), new ResultCache({ clock })];
    caches[1].put('a', 1);
    assert.equal(time.countTimers(), 0);
  });

  it('a cache has no timer once it is empty: cleared, disposed of, or all expired', () => {
    for (const clock of [undefined, manualClock()]) {
      const [cleared, disposed, expired] = Array.from({ length: 3 }, () =>
        new ResultCache({ ttl: 60, clock }).put('a', 1),
      );
      cleared.clear();
      disposed[Symbol.dispose]();
      if (clock) clock.time += 60_001;
      time.tick(70_000);
      assert.equal(expired.stats.expirations, 1);
      assert.equal(time.countTimers(), 0);
    }
  });
});

describe('lost timers only delay the removal of expired entries', () => {
  it('the next put replaces a timer that was lost when fake timers ended', () => {
    const cache = new ResultCache({ ttl: 60 }).put('a', 1);
    const events = cacheEvents(cache);
    time.uninstall();
    time = FakeTimers.install();
    cache.put('b', 2);
    time.tick(65_000);
    assert.deepEqual(
      events.map(([, key]) => key),
      ['a', 'b'],
    );
  });

  it('the next put replaces a timer that was lost when fake timers began', () => {
    time.uninstall();
    const cache = new ResultCache({ ttl: 60 }).put('a', 1);
    const events = cacheEvents(cache);
    time = FakeTimers.install();
    cache.put('b', 2);
    time.tick(65_000);
    assert.deepEqual(
      events.map(([, key]) => key),
      ['a', 'b'],
    );
  });

  it('a later put replaces a timer that the runtime dropped', () => {
    const { setTimeout } = globalThis;
    let dropping = true;
    globalThis.setTimeout = (...args) => {
      const handle = setTimeout(...args);
      if (dropping) clearTimeout(handle);
      return handle;
    };
    try {
      const cache = new ResultCache({ ttl: 60 }).put('a', 1);
      const events = cacheEvents(cache);
      dropping = false;
      time.tick(70_000);
      assert.deepEqual(events, []);
      cache.put('b', 2);
      time.tick(65_000);
      assert.deepEqual(
        events.map(([, key]) => key),
        ['a', 'b'],
      );
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  });

  it('put and expiry on use work where the runtime refuses timers', () => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = () => {
      throw new Error('Disallowed operation called within global scope');
    };
    try {
      const cache = new ResultCache({ ttl: 60 }).put('a', 1);
      assert.equal(cache.get('a'), 1);
      time.tick(60_001);
      assert.equal(cache.get('a'), undefined);
      globalThis.setTimeout = setTimeout;
      const events = cacheEvents(cache.put('b', 2));
      time.tick(65_000);
      assert.deepEqual(events, [['expire', 'b', 2]]);
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  });
});

describe('a listener may change an idle cache', () => {
  it('an expire listener in an idle cache may put the entry again each time it expires', () => {
    const cache = new ResultCache({ ttl: 60 }).put('a', 0);
    cache.addEventListener('expire', ({ key, value }) => cache.put(key, value + 1));
    for (let n = 1; n <= 10; n++) {
      time.tick(65_000);
      assert.equal(cache.peek('a'), n);
    }
  });

  it('an expire listener in an idle cache may put an entry that expires before all others', () => {
    const cache = new ResultCache({ ttl: 3_600 }).put('long', 0).put('a', 0, { ttl: 10 });
    const events = cacheEvents(cache);
    cache.addEventListener('expire', () => cache.put('b', 1, { ttl: 20 }), { once: true });
    time.tick(15_000);
    time.tick(25_000);
    assert.deepEqual(
      events.map(([, key]) => key),
      ['a', 'b'],
    );
  });

  it('an expire listener in an idle cache may dispose of it before other entries expire', () => {
    const cache = new ResultCache({ ttl: 60 }).put('a', 1, { ttl: 10 }).put('b', 2);
    cache.addEventListener('expire', () => cache[Symbol.dispose]());
    assert.deepEqual(
      warningsOf(() => time.tick(200_000)),
      [],
    );
    assert.equal(time.countTimers(), 0);
    assert.throws(() => cache.size, /disposed/);
  });

  it('an expire listener in an idle cache may clear it', () => {
    const cache = new ResultCache({ ttl: 60 }).put('a', 1, { ttl: 10 }).put('b', 2);
    cache.addEventListener('expire', () => cache.clear());
    time.tick(200_000);
    assert.equal(cache.size, 0);
    assert.equal(time.countTimers(), 0);
  });
});
