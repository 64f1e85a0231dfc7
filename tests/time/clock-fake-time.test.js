import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';
import { fakeTimes, performanceAlone, replaceProperty, within } from '../support/fake-time.js';
import { importFresh } from '../support/fresh-package.js';
import { turn } from '../support/turn.js';

// Less real time than this passes in a test.
const WHILE = 10_000;

for (const [name, start] of Object.entries(fakeTimes)) {
  describe(`a cache follows time replaced by ${name}`, () => {
    it(`entries expire once more than their ttl of ${name} time has passed`, () => {
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

    it(`time replaced by ${name} is exact to the millisecond, wherever real time stood`, () => {
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

    it(`every get reads time replaced by ${name}, however many there are in one run`, () => {
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

    it(`a cache notices time replaced by ${name} at once, even during a burst of hits`, () => {
      const cache = new ResultCache({ ttl: 60 }).put('a', 1);
      for (let n = 0; n < 100; n++) cache.get('a');
      within(start, ({ pass }) => {
        assert.equal(cache.get('a'), 1);
        pass(60_001);
        assert.equal(cache.get('a'), undefined);
      });
    });

    it(`switching to and from ${name} expires nothing, once or a thousand times`, () => {
      const cache = new ResultCache({ ttl: WHILE / 1_000 + 2 }).put('a', 1);
      for (let n = 0; n < 1_000; n++) {
        within(start, () => assert.equal(cache.get('a'), 1));
        assert.equal(cache.get('a'), 1);
      }
    });

    it(`time that passes during and before ${name} counts on both sides of the switch`, () => {
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

    it(`an entry that expired under ${name} does not return when ${name} ends`, () => {
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

describe('a cache follows a performance object replaced without Date', () => {
  it('a cache reads a replaced performance object on every call from the next run on, and notices its removal', async () => {
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

describe('a cache follows time replaced before the package was loaded', () => {
  it('a cache reads time replaced before import on every call', async () => {
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

describe('a cache tolerates an odd source of time', () => {
  const withOther = (object, name, value, work) =>
    within(() => ({ end: replaceProperty(object, name, value) }), work);

  for (const nothing of [undefined, Number.NaN, Infinity, '5']) {
    it(`time stands still while performance.now returns ${String(nothing)}, and goes on with numbers`, () => {
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

  it('time goes on where each read of performance.now returns another function', () => {
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

describe('switches between replaced and real time add up', () => {
  const ways = Object.values(fakeTimes);
  const step = fc.oneof(
    fc.record({ do: fc.constant('switch'), to: fc.constantFrom(undefined, ...ways) }),
    fc.record({ do: fc.constant('pass'), by: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ do: fc.constant('put') }),
    fc.record({ do: fc.constant('look') }),
    fc.record({ do: fc.constant('burst') }),
  );

  it('replaced and real time in any order add up to the ttl, to the tolerance of the switches', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        // Steps of 100 seconds: the real time of this test is negligible.
        const cache = new ResultCache({ ttl: 2_050 });
        let time;
        let age = Infinity;
        const look = () => {
          // Replaced time counts from its first reading to its last.
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
