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

/** The messages of the warnings that `action` causes at once. */
function warningsOf(action) {
  const warn = mock.method(process, 'emitWarning', () => {});
  try {
    action();
    return warn.mock.calls.map(({ arguments: [message] }) => message);
  } finally {
    warn.mock.restore();
  }
}

describe('an idle cache', () => {
  for (const ttl of [0.001, 0.5, 1, 30, 3_600, 86_400]) {
    it(`lets go of an entry within 5 s after its ttl of ${ttl} s, and not before`, () => {
      const cache = new ResultCache({ ttl }).put('a', 1);
      const events = cacheEvents(cache);
      time.tick(1_000 * ttl);
      assert.deepEqual(events, []);
      time.tick(5_000);
      assert.deepEqual(events, [['expire', 'a', 1]]);
      assert.equal(cache.stats.expirations, 1);
    });
  }

  it('lets go of each entry within 5 s after its own ttl', () => {
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

  it('does so again after it was used, and for entries put with a shorter ttl later', () => {
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

  it('is not kept waiting by entries that are put with a short ttl all the time', () => {
    const cache = new ResultCache({ ttl: '100ms' });
    const events = cacheEvents(cache);
    for (let n = 0; n < 20; n++) {
      cache.put(n, n);
      time.tick(500);
    }
    // Whatever was put more than 5 s ago.
    assert.ok(events.length >= 10, `${events.length} were let go`);
  });

  it('keeps an entry that was put again meanwhile', () => {
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

  it('keeps an entry of ten years for ten years', () => {
    const cache = new ResultCache({ ttl: '3650d' }).put('a', 1);
    const events = cacheEvents(cache);
    time.tick(3_650 * DAY);
    assert.equal(cache.get('a'), 1);
    time.tick(5_000);
    assert.deepEqual(events, [['expire', 'a', 1]]);
  });

  it('never sets a timer that an engine would fire at once for being too long', () => {
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

  it('does not wake up all the time for an entry that lives long', () => {
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

describe('an idle cache with a clock of its own', () => {
  it('lets go of an entry within 5 s after that clock has passed its ttl', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 3_600, clock }).put('a', 1);
    const events = cacheEvents(cache);
    time.tick(DAY);
    assert.deepEqual(events, []);
    clock.time = 3_600_001;
    time.tick(5_000);
    assert.deepEqual(events, [['expire', 'a', 1]]);
  });

  it('lets the listener put the entry anew, again and again', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 60, clock }).put('a', 0);
    cache.addEventListener('expire', ({ key, value }) => cache.put(key, value + 1));
    for (let n = 1; n <= 5; n++) {
      clock.time += 60_001;
      time.tick(5_000);
      assert.equal(cache.peek('a'), n);
    }
  });

  it('lets go of entries though the clock fails once', () => {
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

  it('recovers from lost timers with the next put', () => {
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

describe('the timers of a cache', () => {
  it('are one at the most, however many entries it has', () => {
    for (const clock of [undefined, manualClock()]) {
      const cache = new ResultCache({ maxSize: 10_000, clock });
      const before = time.countTimers();
      for (let n = 0; n < 10_000; n++) cache.put(n, n, { ttl: 10_000 - n });
      assert.ok(time.countTimers() - before <= 1);
      cache.clear();
    }
  });

  it('are none while nothing can expire', () => {
    const clock = manualClock();
    const caches = [new ResultCache(), new ResultCache({ ttl: 0 }), new ResultCache({ clock })];
    caches[1].put('a', 1);
    assert.equal(time.countTimers(), 0);
  });

  it('are none once it is empty: cleared, disposed of, or all expired', () => {
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

describe('timers that are lost', () => {
  it('by fake timers that end only delay: the next put sets it right', () => {
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

  it('by fake timers that begin only delay: the next put sets it right', () => {
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

  it('by a runtime that drops them only delay: a later put sets it right', () => {
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

  it('or refused by the runtime do no harm: put works, and expiry on use', () => {
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

describe('a listener in an idle cache', () => {
  it('may put the entry anew each time it expires, for ever', () => {
    const cache = new ResultCache({ ttl: 60 }).put('a', 0);
    cache.addEventListener('expire', ({ key, value }) => cache.put(key, value + 1));
    for (let n = 1; n <= 10; n++) {
      time.tick(65_000);
      assert.equal(cache.peek('a'), n);
    }
  });

  it('may put an entry that is due before all others', () => {
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

  it('may dispose of the cache, with entries that are not due yet', () => {
    const cache = new ResultCache({ ttl: 60 }).put('a', 1, { ttl: 10 }).put('b', 2);
    cache.addEventListener('expire', () => cache[Symbol.dispose]());
    assert.deepEqual(
      warningsOf(() => time.tick(200_000)),
      [],
    );
    assert.equal(time.countTimers(), 0);
    assert.throws(() => cache.size, /disposed/);
  });

  it('may clear the cache', () => {
    const cache = new ResultCache({ ttl: 60 }).put('a', 1, { ttl: 10 }).put('b', 2);
    cache.addEventListener('expire', () => cache.clear());
    time.tick(200_000);
    assert.equal(cache.size, 0);
    assert.equal(time.countTimers(), 0);
  });
});
