import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CircuitBreaker, resilient } from 'holdfast';
import { manualTimers } from '../../support/manual-timers.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

class NetworkError extends Error {}

/** Runs a call with the given duration and outcome. */
const caller = (circuitBreaker) =>
  resilient(
    (milliseconds, thrown) => {
      time.jump(milliseconds);
      if (thrown) throw thrown;
    },
    { circuitBreaker, sync: true },
  );

function fail(f, error = new Error('boom'), milliseconds = 0) {
  try {
    f(milliseconds, error);
  } catch {}
}

describe('a breaker with a window opens by rates', () => {
  it('a breaker with a window opens when the window is full and the failure rate reaches failureRateThreshold', () => {
    const f = caller({ slidingWindowSize: 4 });
    fail(f);
    fail(f);
    fail(f);
    assert.equal(f.circuitBreaker.state, 'closed', 'the window is not full yet');
    f(0);
    assert.equal(f.circuitBreaker.state, 'open', '3 of 4, at a success');
  });

  it('a breaker with a window may open after minimumCalls', () => {
    const f = caller({ slidingWindowSize: 100, minimumCalls: 2 });
    fail(f);
    assert.equal(f.circuitBreaker.state, 'closed');
    fail(f);
    assert.equal(f.circuitBreaker.state, 'open');
  });

  it('a breaker with a window ignores calls that have left the window', () => {
    const f = caller({ slidingWindowSize: 3, failureRateThreshold: 0.6 });
    const { circuitBreaker } = f;
    fail(f);
    for (let n = 0; n < 3; n++) f(0);
    fail(f);
    assert.equal(circuitBreaker.metrics.failures, 1);
    assert.equal(circuitBreaker.state, 'closed', '1 of 3');
    fail(f);
    assert.equal(circuitBreaker.state, 'open', '2 of 3');
  });

  it('a breaker with a window does not count consecutive failures', () => {
    const f = caller({ slidingWindowSize: 10, failureThreshold: 1 });
    for (let n = 0; n < 9; n++) fail(f);
    assert.equal(f.circuitBreaker.state, 'closed');
  });

  it('a breaker with a window opens when the slow call rate reaches slowCallRateThreshold', () => {
    const f = caller({
      slidingWindowSize: 2,
      slowCallDuration: '100ms',
      slowCallRateThreshold: 0.5,
    });
    f(99);
    f(99);
    assert.equal(f.circuitBreaker.state, 'closed');
    f(100);
    assert.equal(f.circuitBreaker.state, 'open');
  });

  it('a breaker with a window opens by default only when all calls are slow', () => {
    const f = caller({ slidingWindowSize: 3, slowCallDuration: 1 });
    f(1_000);
    f(1_000);
    f(0);
    f(1_000);
    f(1_000);
    assert.equal(f.circuitBreaker.state, 'closed');
    f(1_000);
    assert.equal(f.circuitBreaker.state, 'open');
  });

  it('a breaker counts no slow calls without slowCallDuration', () => {
    const f = caller({ slidingWindowSize: 2, slowCallRateThreshold: 0.1 });
    for (let n = 0; n < 5; n++) f(1_000_000);
    assert.equal(f.circuitBreaker.metrics.slowCalls, 0);
    assert.equal(f.circuitBreaker.state, 'closed');
  });
});

describe('errorTypes and ignoreOn decide which errors are failures', () => {
  it('an error of errorTypes is a failure for the breaker, and other errors are successes', () => {
    for (const errorTypes of [NetworkError, (error) => error instanceof NetworkError]) {
      const f = caller({ failureThreshold: 2, errorTypes });
      fail(f, new NetworkError());
      fail(f, new TypeError());
      assert.equal(f.circuitBreaker.metrics.consecutiveFailures, 0);
      fail(f, new NetworkError());
      assert.equal(f.circuitBreaker.state, 'closed');
      fail(f, new NetworkError());
      assert.equal(f.circuitBreaker.state, 'open');
    }
  });

  it('an error of ignoreOn is neither a failure nor a success, even if errorTypes accepts it', () => {
    const f = caller({ failureThreshold: 2, errorTypes: Error, ignoreOn: [TypeError] });
    fail(f);
    fail(f, new TypeError());
    assert.deepEqual(
      { ...f.circuitBreaker.metrics, failureRate: 1, slowCallRate: 0 },
      {
        ...{ state: 'closed', calls: 1, failures: 1, slowCalls: 0 },
        ...{ failureRate: 1, slowCallRate: 0, consecutiveFailures: 1 },
      },
    );
    fail(f);
    assert.equal(f.circuitBreaker.state, 'open');
  });

  it('any thrown value is a failure for the breaker', () => {
    const f = caller({ failureThreshold: 3 });
    for (const thrown of ['text', 1, Symbol('s')]) fail(f, thrown);
    assert.equal(f.circuitBreaker.state, 'open');
  });

  for (const name of ['errorTypes', 'ignoreOn']) {
    it(`an error thrown by ${name} reaches the caller and releases the permit of the call`, () => {
      const broken = new Error('the predicate is broken');
      const breaker = new CircuitBreaker({
        failureThreshold: 1,
        successThreshold: 1,
        [name]: ({ message }) => {
          if (message === 'odd') throw broken;
          return name === 'errorTypes';
        },
      });
      const f = caller(breaker);
      assert.throws(() => f(0, new Error('odd')), broken);
      assert.equal(breaker.metrics.calls, 0);
      if (name === 'ignoreOn') return;
      fail(f);
      time.jump(30_000);
      assert.throws(() => f(0, new Error('odd')), broken, 'the probe');
      f(0);
      assert.equal(breaker.state, 'closed');
    });
  }
});

describe('a breaker can be controlled by hand', () => {
  it('forceOpen keeps a breaker open until reset or forceClose', () => {
    for (const end of ['reset', 'forceClose']) {
      const f = caller({ recoveryTimeout: 0 });
      const { circuitBreaker } = f;
      circuitBreaker.forceOpen();
      time.jump(365 * 86_400_000);
      assert.equal(circuitBreaker.state, 'open');
      assert.throws(() => f(0), { code: 'CIRCUIT_OPEN' });
      circuitBreaker[end]();
      assert.equal(circuitBreaker.state, 'closed');
      f(0);
    }
  });

  it('reset and forceClose clear the recorded calls of a breaker', () => {
    for (const end of ['reset', 'forceClose']) {
      const f = caller({ failureThreshold: 2 });
      fail(f);
      f.circuitBreaker[end]();
      assert.equal(f.circuitBreaker.metrics.calls, 0);
      fail(f);
      assert.equal(f.circuitBreaker.state, 'closed');
      fail(f);
      assert.equal(f.circuitBreaker.state, 'open');
      f.circuitBreaker[end]();
      assert.equal(f.circuitBreaker.state, 'closed');
    }
  });

  it('forceOpen opens a half-open breaker', () => {
    const f = caller({ failureThreshold: 1 });
    fail(f);
    time.jump(30_000);
    assert.equal(f.circuitBreaker.state, 'half-open');
    f.circuitBreaker.forceOpen();
    assert.equal(f.circuitBreaker.state, 'open');
  });

  it('the metrics of a breaker are a frozen snapshot', () => {
    const f = caller({ slidingWindowSize: 10, slowCallDuration: 1 });
    const before = f.circuitBreaker.metrics;
    f(1_000);
    f(0);
    fail(f);
    fail(f);
    assert.ok(Object.isFrozen(before) && before.calls === 0);
    assert.deepEqual(
      { ...f.circuitBreaker.metrics },
      {
        ...{ state: 'closed', calls: 4, failures: 2, slowCalls: 1 },
        ...{ failureRate: 0.5, slowCallRate: 0.25, consecutiveFailures: 2 },
      },
    );
  });
});

describe('a breaker can be shared by two functions', () => {
  it('a shared breaker opens for both functions by the failures of both, and closes by the probes of both', () => {
    const breaker = new CircuitBreaker({ failureThreshold: 2 });
    const [f, g] = [caller(breaker), caller(breaker)];
    assert.ok(f.circuitBreaker === breaker && g.circuitBreaker === breaker);
    fail(f);
    fail(g);
    assert.throws(() => f(0), { code: 'CIRCUIT_OPEN' });
    assert.throws(() => g(0), { code: 'CIRCUIT_OPEN' });
    time.jump(30_000);
    f(0);
    g(0);
    assert.equal(breaker.state, 'closed');
  });

  it('a breaker is not shared unless it is given: options make one for each function', () => {
    const options = { failureThreshold: 1 };
    const [f, g] = [caller(options), caller(options)];
    fail(f);
    assert.deepEqual([f.circuitBreaker.state, g.circuitBreaker.state], ['open', 'closed']);
  });

  it('a refusal of a shared breaker names the function that was called', () => {
    const breaker = new CircuitBreaker();
    breaker.forceOpen();
    for (const name of ['f', 'g']) {
      const wrapped = resilient(() => {}, { name, circuitBreaker: breaker, sync: true });
      assert.throws(wrapped, { functionName: name });
    }
  });
});
