import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';
import { fakeTimes, performanceAlone, replaceProperty, within } from '../support/fake-time.js';
import { importFresh } from '../support/fresh-package.js';
import { turn } from '../support/turn.js';

// Real time passes in these tests too, but never as much as this.
const WHILE = 10_000;

for (const [name, start] of Object.entries(fakeTimes)) {
  describe(`time replaced by ${name}`, () => {
    it('ends entries once more than their ttl has passed', () => {
      within(start, ({ pass }) => {
        const cache = new ResultCache({ ttl: 60 }).put('a', 1);
        pass(60_000);
        assert.equal(cache.get('a'), 1);
        pass(1);
        assert.equal(cache.has('a'), false);
        assert.equal(cache.get('a'), undefined);
        assert.equal(cache.size, 0);
      });
    });

    it('is exact to the millisecond, wherever real time stood', () => {
      const cache = new ResultCache({ ttl: 60 });
      for (let n = 0; n < 200; n++) {
        cache.put('real', n);
        within(start, ({ pass }) => {
          cache.get('real');
          pass(n * n * 37);
          cache.put('a', 1);
          pass(60_000);
          assert.equal(cache.has('a'), true);
          pass(1);
          assert.equal(cache.has('a'), false);
        });
      }
    });

    it('is read by every get, however many there are in one run', () => {
      const cache = new ResultCache({ ttl: 60 });
      within(start, ({ pass }) => {
        for (let round = 0; round < 3; round++) {
          cache.put('a', 1);
          for (let n = 0; n < 100; n++) {
            pass(600);
            for (let hit = 0; hit < 20; hit++) assert.equal(cache.get('a'), 1);
          }
          pass(1);
          assert.equal(cache.get('a'), undefined);
        }
      });
    });

    it('is read at once when it comes amid a burst of hits', () => {
      const cache = new ResultCache({ ttl: 60 }).put('a', 1);
      for (let n = 0; n < 100; n++) cache.get('a');
      within(start, ({ pass }) => {
        assert.equal(cache.get('a'), 1);
        pass(60_001);
        assert.equal(cache.get('a'), undefined);
      });
    });

    it('expires nothing by coming and going, once or a thousand times', () => {
      const cache = new ResultCache({ ttl: WHILE / 1_000 + 2 }).put('a', 1);
      for (let n = 0; n < 1_000; n++) {
        within(start, () => assert.equal(cache.get('a'), 1));
        assert.equal(cache.get('a'), 1);
      }
    });

    it('counts what passed in it, and what had passed before, on both sides', () => {
      const cache = new ResultCache({ ttl: 100 }).put('a', 1);
      within(start, ({ pass }) => {
        assert.equal(cache.get('a'), 1);
        pass(50_000);
        assert.equal(cache.get('a'), 1);
        cache.put('b', 2);
      });
      assert.equal(cache.get('a'), 1);
      within(start, ({ pass }) => {
        assert.equal(cache.get('a'), 1);
        pass(50_002);
        assert.equal(cache.has('a'), false);
        assert.equal(cache.get('b'), 2);
        pass(50_000);
        assert.equal(cache.has('b'), false);
      });
      assert.equal(cache.has('a'), false);
      assert.equal(cache.has('b'), false);
    });

    it('brings nothing back that expired in it, when it ends', () => {
      const cache = new ResultCache({ ttl: 100 });
      within(start, ({ pass }) => {
        cache.put('a', 1);
        pass(100_001);
        assert.equal(cache.has('a'), false);
      });
      assert.equal(cache.has('a'), false);
      assert.equal(cache.get('a'), undefined);
    });
  });
}

describe('a performance replaced as a whole, without Date', () => {
  it('is read every time from the next run on, and when it is gone again', async () => {
    const cache = new ResultCache({ ttl: 65 }).put('a', 1);
    for (let n = 0; n < 1_000; n++) cache.get('a');
    await turn();
    within(performanceAlone, ({ pass }) => {
      for (let n = 0; n < 100; n++) {
        for (let hit = 0; hit < 100; hit++) assert.equal(cache.get('a'), 1);
        pass(600);
      }
      assert.equal(cache.get('a'), 1);
      pass(5_001);
      assert.equal(cache.has('a'), false);
    });
    assert.equal(cache.has('a'), false);
  });
});

describe('a time that was replaced before the package was loaded', () => {
  it('is read every time', async () => {
    const time = FakeTimers.install({ toFake: ['Date', 'performance'] });
    try {
      const { ResultCache } = await importFresh();
      const cache = new ResultCache({ ttl: 60 }).put('a', 1);
      for (let n = 0; n < 100; n++) assert.equal(cache.get('a'), 1);
      time.tick(60_001);
      assert.equal(cache.get('a'), undefined);
    } finally {
      time.uninstall();
    }
  });
});

describe('an odd source of time', () => {
  const withOther = (object, name, value, work) =>
    within(() => ({ end: replaceProperty(object, name, value) }), work);

  for (const nothing of [undefined, Number.NaN, Infinity, '5']) {
    it(`stands still while it gives ${String(nothing)}, and goes on with numbers`, () => {
      const cache = new ResultCache({ ttl: 60 });
      let time = nothing;
      withOther(
        performance,
        'now',
        () => time,
        () => {
          cache.put('a', 1);
          assert.equal(cache.get('a'), 1);
          time = 70_000;
          cache.put('b', 2);
          time = nothing;
          assert.equal(cache.get('b'), 2);
          time = 130_001;
          assert.equal(cache.has('a'), false);
          assert.equal(cache.has('b'), false);
          cache.put('c', 3);
        },
      );
      assert.equal(cache.get('c'), 3);
    });
  }

  it('goes on where each look at it gives another function', () => {
    const cache = new ResultCache({ ttl: 60 });
    let time = 0;
    const other = {
      get now() {
        return () => time;
      },
    };
    withOther(globalThis, 'performance', other, () => {
      cache.put('a', 1);
      time = 60_000;
      assert.equal(cache.has('a'), true);
      time = 60_001;
      assert.equal(cache.has('a'), false);
    });
  });
});

describe('replaced and real time in any order', () => {
  const ways = Object.values(fakeTimes);
  const step = fc.oneof(
    fc.record({ do: fc.constant('switch'), to: fc.constantFrom(undefined, ...ways) }),
    fc.record({ do: fc.constant('pass'), by: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ do: fc.constant('put') }),
    fc.record({ do: fc.constant('look') }),
    fc.record({ do: fc.constant('burst') }),
  );

  it('add up: an entry lives for its ttl of them, to the tolerance of the switches', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        // All in steps of 100 seconds, from which no real time of this test takes away much.
        const cache = new ResultCache({ ttl: 2_050 });
        let time;
        let age = Infinity;
        const look = () => {
          // Replaced time counts from when it is first read to when it is last read.
          cache.put('now', true);
          assert.equal(cache.has('a'), age <= 2_000);
        };
        try {
          for (const { do: what, to, by } of steps) {
            if (what === 'switch') {
              look();
              time?.end();
              time = to?.();
              look();
            } else if (what === 'put') {
              cache.put('a', false);
              age = 0;
            } else if (what === 'burst') {
              for (let n = 0; n < 50; n++) cache.get('a');
            } else if (what === 'pass' && time) {
              time.pass(by * 100_000);
              age += by * 100;
            }
            if (what === 'look') look();
          }
          look();
        } finally {
          time?.end();
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
