import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Bulkhead,
  CircuitBreaker,
  httpPolicy,
  policy,
  RateLimiter,
  ResultCache,
  resilient,
} from 'holdfast';
import { importFresh } from '../support/fresh-package.js';
import { warningsOf } from '../support/warnings.js';

const fn = async () => {};
const asks = (path, value) =>
  `${path}: ${value} means ${value} seconds; did you mean '${value}ms'?`;

describe('a plain number of 1,000 or more emits a warning', () => {
  const SUSPECTS = {
    timeout: (timeout) => ({ timeout }),
    'timeout.seconds': (seconds) => ({ timeout: { seconds } }),
    'timeout.total': (total) => ({ timeout: { total } }),
    'retry.delay': (delay) => ({ retry: { delay } }),
    'hedge.delay': (delay) => ({ hedge: { delay } }),
    'bulkhead.maxWait': (maxWait) => ({ bulkhead: { maxWait } }),
    'rateLimiter.maxWait': (maxWait) => ({ rateLimiter: { maxWait } }),
    'circuitBreaker.recoveryTimeout': (recoveryTimeout) => ({
      circuitBreaker: { recoveryTimeout },
    }),
  };
  for (const [path, optionsOf] of Object.entries(SUSPECTS)) {
    it(`a plain number of 1,000 for ${path} emits one warning in a process`, async () => {
      const warnings = await warningsOf(() => {
        resilient(fn, optionsOf(999.9));
        resilient(fn, optionsOf('5000s'));
        resilient(fn, optionsOf('1h'));
        assert.throws(() => resilient(fn, { ...optionsOf(5_000), unknown: 1 }), TypeError);
        resilient(fn, optionsOf(1_000));
        resilient(fn, optionsOf(5_000));
        policy(optionsOf(6_000))(fn);
        httpPolicy(optionsOf(7_000));
      });
      assert.deepEqual(warnings, [asks(path, 1_000)]);
    });
  }

  it('a warning names an option of a constructor as its caller wrote it', async () => {
    const warnings = await warningsOf(() => {
      new Bulkhead({ maxWait: 5_000 });
      new RateLimiter({ maxWait: 5_000 });
      new CircuitBreaker({ recoveryTimeout: 30_000 });
    });
    assert.deepEqual(warnings, [asks('maxWait', 5_000), asks('recoveryTimeout', 30_000)]);
  });

  it('a plain number of 30,000 is taken as seconds', () => {
    const breaker = new CircuitBreaker({ recoveryTimeout: 30_000, failureThreshold: 1 });
    const f = resilient(
      () => {
        throw new Error('down');
      },
      { circuitBreaker: breaker, sync: true },
    );
    assert.throws(f, { message: 'down' });
    assert.throws(f, (error) => error.retryAfter > 29_000);
  });

  it('an hour in plain seconds emits no warning for a ttl, a period or a longest pause', async () => {
    const warnings = await warningsOf(() => {
      new ResultCache({ ttl: 86_400 }).put(1, 1, { ttl: 3_600 });
      resilient(fn, {
        cache: { ttl: 3_600 },
        retry: { maxDelay: 3_600, delayFunc: () => 3_600 },
        rateLimiter: { period: 3_600 },
        circuitBreaker: { slowCallDuration: 3_600 },
      });
    });
    assert.deepEqual(warnings, []);
  });

  it('a warning goes to the console where there are no process warnings', async (t) => {
    const { resilient } = await importFresh();
    const { process } = globalThis;
    const warn = t.mock.method(console, 'warn', () => {});
    globalThis.process = undefined;
    try {
      resilient(fn, { timeout: 5_000 });
    } finally {
      globalThis.process = process;
    }
    assert.deepEqual(
      warn.mock.calls.map(({ arguments: [text] }) => text),
      [asks('timeout', 5_000)],
    );
  });
});

describe('a number in quotes is refused with a suggestion', () => {
  it('a number in quotes is refused, with a suggestion of milliseconds', () => {
    for (const text of ['2000', '0.5', '30']) {
      assert.throws(() => resilient(fn, { timeout: text }), {
        name: 'RangeError',
        message: new RegExp(`^timeout must be .*, got '${text}'; did you mean '${text}ms'\\?$`),
      });
      assert.throws(() => new ResultCache({ ttl: text }), /^RangeError: ttl must .*ms'\?$/);
      assert.throws(
        () => new ResultCache().put(1, 1, { ttl: text }),
        /^RangeError: put\.ttl .*ms'\?$/,
      );
    }
    for (const text of ['', ' ', '5 ', 'soon', '1e3', '-5', '0x10', 'Infinity', 'NaN']) {
      assert.throws(() => resilient(fn, { timeout: text }), /got '[^']*'$/);
    }
  });
});
