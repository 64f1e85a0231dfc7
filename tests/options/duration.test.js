import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, ResultCache, resilient } from 'holdfast';
import { manualClock } from '../support/manual-clock.js';
import { manualTimers } from '../support/manual-timers.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

/** Milliseconds that an entry with this ttl lives: the last one at which it is present. */
function lives(ttl, milliseconds) {
  const clock = manualClock();
  const cache = new ResultCache({ ttl, clock }).put('a', 1);
  clock.time = milliseconds;
  const inTime = cache.has('a');
  clock.time = milliseconds + 0.001;
  return inTime && !cache.has('a');
}

const DURATIONS = [
  [1, 1_000],
  [300, 300_000],
  [0.25, 250],
  [1.1, 1_100],
  [0.0015, 1.5],
  [1e6, 1e9],
  ['1ms', 1],
  ['250ms', 250],
  ['1.5ms', 1.5],
  ['5s', 5_000],
  ['1.1s', 1_100],
  ['.5s', 500],
  ['0.5s', 500],
  ['007s', 7_000],
  ['5m', 300_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['0.5h', 1_800_000],
  ['1d', 86_400_000],
  ['3650d', 3_650 * 86_400_000],
];

describe('a duration is a number of seconds or a string with a unit', () => {
  for (const [given, milliseconds] of DURATIONS) {
    const shown = typeof given === 'string' ? `'${given}'` : given;
    it(`a duration of ${shown} is ${milliseconds} ms`, () => assert.ok(lives(given, milliseconds)));
  }

  it('a duration above zero and below a millisecond is one millisecond', () => {
    for (const tiny of [0.0009999, 1e-9, Number.MIN_VALUE, '0.5ms', '.001ms', '0.0000001s']) {
      assert.ok(lives(tiny, 1), String(tiny));
    }
  });

  it('a duration below zero is refused, however little below', () => {
    for (const tiny of [-1e-7, -1e-9, -Number.MIN_VALUE]) {
      assert.throws(() => new ResultCache({ ttl: tiny }), RangeError, String(tiny));
      assert.throws(() => new ResultCache().put(1, 1, { ttl: tiny }), RangeError, String(tiny));
      assert.throws(() => resilient(() => {}, { retry: { delay: tiny } }), RangeError);
      assert.throws(() => new CircuitBreaker({ recoveryTimeout: tiny }), RangeError);
      assert.throws(() => resilient(() => {}, { timeout: tiny }), RangeError);
    }
  });

  it('a duration of zero is zero with any unit, and means forever as a ttl', () => {
    for (const zero of [0, -0, '0ms', '0s', '0m', '0h', '0d', '0.0s', '.0s', '00s']) {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: zero, clock }).put('a', 1);
      clock.time = 1e15;
      assert.ok(cache.has('a'), String(zero));
    }
  });

  it('a duration in whole units equals the same duration in any smaller unit', () => {
    const units = [
      ['d', 86_400_000],
      ['h', 3_600_000],
      ['m', 60_000],
      ['s', 1_000],
      ['ms', 1],
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.integer({ min: 1, max: 10_000 }),
        ([unit, size], n) => {
          assert.ok(lives(`${n}${unit}`, n * size));
          assert.ok(lives((n * size) / 1_000, n * size));
        },
      ),
    );
  });

  it('a duration with decimals is exact to the microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 1e9 }), (microseconds) => {
        const clock = manualClock();
        const text = `${Math.floor(microseconds / 1e3)}.${String(microseconds % 1e3).padStart(3, '0')}ms`;
        const cache = new ResultCache({ ttl: text, clock }).put('text', 1);
        cache.put('number', 1, { ttl: microseconds / 1e6 });
        clock.time = microseconds / 1e3;
        assert.deepEqual([...cache.keys()], ['text', 'number']);
        clock.time = (microseconds + 1) / 1e3;
        assert.equal(cache.size, 0);
      }),
    );
  });

  it('every option that takes a duration reads it in the same way', async () => {
    for (const [given, milliseconds] of [
      [1.5, 1_500],
      ['1.5s', 1_500],
      ['2m', 120_000],
    ]) {
      const clock = manualClock();
      const put = new ResultCache({ clock }).put('a', 1, { ttl: given });
      clock.time = milliseconds;
      assert.ok(put.has('a'));
      clock.time++;
      assert.ok(!put.has('a'));

      const hang = () => new Promise(() => {});
      const fail = async () => Promise.reject(new Error('boom'));
      const ways = [
        [hang, { timeout: given }],
        [hang, { timeout: { seconds: given } }],
        [hang, { timeout: { attempt: given } }],
        [hang, { timeout: { seconds: '1h', total: given } }],
        [fail, { retry: { maxAttempts: 2, delay: given, maxDelay: '1h', jitter: false } }],
        [fail, { retry: { maxAttempts: 2, delay: '1h', maxDelay: given, jitter: false } }],
        [fail, { retry: { maxAttempts: 2, delayFunc: () => given } }],
      ];
      for (const [fn, options] of ways) {
        const start = time.now;
        let taken;
        const end = () => {
          taken = time.now - start;
        };
        resilient(fn, options)().then(end, end);
        await time.passAll();
        assert.equal(taken, milliseconds, JSON.stringify(options));
      }

      const f = resilient(fail, {
        circuitBreaker: { failureThreshold: 1, recoveryTimeout: given },
      });
      await assert.rejects(f());
      time.jump(milliseconds - 1);
      assert.equal(f.circuitBreaker.state, 'open');
      time.jump(1);
      assert.equal(f.circuitBreaker.state, 'half-open');

      const slow = resilient((ms) => time.jump(ms), {
        circuitBreaker: { slowCallDuration: given },
      });
      slow(milliseconds - 1);
      assert.equal(slow.circuitBreaker.metrics.slowCalls, 0);
      slow(milliseconds);
      assert.equal(slow.circuitBreaker.metrics.slowCalls, 1);
    }
  });
});
