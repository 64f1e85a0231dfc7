import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CircuitBreaker, CircuitOpenError, ResilienceError, resilient } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { importFresh } from '../../support/fresh-package.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();
const boom = new Error('boom');

/** A wrapped synchronous function that throws while `fails` is set; its refusals are thrown, too. */
function switched(circuitBreaker, options) {
  const backend = { fails: false, runs: 0 };
  const f = resilient(
    () => {
      backend.runs++;
      if (backend.fails) throw boom;
      return 'fine';
    },
    { circuitBreaker, sync: true, ...options },
  );
  return { f, backend, breaker: f.circuitBreaker };
}

function call(f, times = 1) {
  for (let n = 0; n < times; n++) {
    try {
      f();
    } catch {}
  }
}

describe('a circuit breaker has defaults', () => {
  it('a circuit breaker opens by default at the fifth consecutive failure', () => {
    const { f, backend, breaker } = switched({});
    assert.equal(breaker.state, 'closed');
    backend.fails = true;
    call(f, 4);
    backend.fails = false;
    call(f);
    backend.fails = true;
    call(f, 4);
    assert.equal(breaker.state, 'closed');
    call(f);
    assert.equal(breaker.state, 'open');
  });

  it('an open circuit breaker does not run the function for 30 seconds by default', () => {
    const { f, backend, breaker } = switched({});
    backend.fails = true;
    call(f, 5);
    time.jump(29_999);
    call(f, 3);
    assert.deepEqual([backend.runs, breaker.state], [5, 'open']);
    time.jump(1);
    call(f);
    assert.equal(backend.runs, 6);
  });

  it('a half-open circuit breaker closes after two successes by default', () => {
    const { f, backend, breaker } = switched({});
    backend.fails = true;
    call(f, 5);
    time.jump(30_000);
    backend.fails = false;
    assert.equal(f(), 'fine');
    assert.equal(breaker.state, 'half-open');
    assert.equal(f(), 'fine');
    assert.equal(breaker.state, 'closed');
  });

  it('a half-open circuit breaker opens for another 30 seconds at a failure', () => {
    const { f, backend, breaker } = switched({});
    backend.fails = true;
    call(f, 5);
    time.jump(40_000);
    call(f);
    assert.equal(breaker.state, 'open');
    time.jump(29_999);
    assert.equal(breaker.state, 'open');
    time.jump(1);
    assert.equal(breaker.state, 'half-open');
  });
});

describe('the state of a breaker follows the clock', () => {
  it('a breaker is half-open as soon as recoveryTimeout has passed, before any call', () => {
    const { f, backend, breaker } = switched({ failureThreshold: 1, recoveryTimeout: '5s' });
    backend.fails = true;
    call(f);
    time.jump(4_999);
    assert.deepEqual([breaker.state, breaker.metrics.state], ['open', 'open']);
    time.jump(1);
    assert.deepEqual([breaker.state, breaker.metrics.state], ['half-open', 'half-open']);
  });

  it('a breaker with a recoveryTimeout of 0 is half-open at once', () => {
    const { f, backend, breaker } = switched({ failureThreshold: 1, recoveryTimeout: 0 });
    backend.fails = true;
    call(f);
    assert.equal(breaker.state, 'half-open');
  });

  it('a breaker is half-open to the millisecond in fake time that replaced real time', async (t) => {
    // A new copy of the package: the others have only seen fake time.
    const { resilient: fresh } = await importFresh();
    const real = t.mock.method(performance, 'now', () => 1_234.5);
    fresh(() => 1, { circuitBreaker: {} })();
    real.mock.restore();
    const failing = () => {
      throw boom;
    };
    const f = fresh(failing, { circuitBreaker: { failureThreshold: 1, recoveryTimeout: '5s' } });
    assert.throws(f, boom);
    time.jump(5_000);
    assert.equal(f.circuitBreaker.state, 'half-open');
  });

  it('a recoveryTimeout may be weeks', () => {
    const { f, backend, breaker } = switched({ failureThreshold: 1, recoveryTimeout: '60d' });
    backend.fails = true;
    call(f);
    time.jump(60 * 86_400_000 - 1);
    assert.equal(breaker.state, 'open');
    time.jump(1);
    assert.equal(breaker.state, 'half-open');
  });

  it('a breaker starts no timer', () => {
    const { f, backend } = switched({ failureThreshold: 1 });
    backend.fails = true;
    call(f);
    assert.equal(time.pending, 0);
  });
});

describe('a half-open breaker lets probes through', () => {
  async function opened(options) {
    const load = controlled();
    const f = resilient(load, { circuitBreaker: { failureThreshold: 1, ...options } });
    const first = outcomeOf(f());
    load.runs[0].reject(boom);
    await turn();
    assert.equal(first.error, boom);
    time.jump(30_000);
    return { f, runs: load.runs, breaker: f.circuitBreaker };
  }

  it('a half-open breaker lets successThreshold concurrent calls through, and refuses the rest', async () => {
    const { f, runs } = await opened({ successThreshold: 3 });
    const outcomes = Array.from({ length: 100 }, () => outcomeOf(f()));
    await turn();
    assert.equal(runs.length, 1 + 3);
    assert.equal(outcomes.filter(({ error }) => error?.code === 'CIRCUIT_OPEN').length, 97);
  });

  it('a half-open breaker closes when all probes succeed, and lets no other call through before', async () => {
    const { f, runs, breaker } = await opened();
    outcomeOf(f());
    outcomeOf(f());
    runs[1].resolve();
    await turn();
    assert.equal(breaker.state, 'half-open');
    outcomeOf(f());
    assert.equal(runs.length, 3);
    runs[2].resolve();
    await turn();
    assert.equal(breaker.state, 'closed');
  });

  it('a probe whose error is ignored or whose caller leaves releases its permit', async () => {
    const { f, runs, breaker } = await opened({ ignoreOn: TypeError, successThreshold: 1 });
    outcomeOf(f());
    runs[1].reject(new TypeError('not the backend’s fault'));
    await turn();
    assert.equal(breaker.state, 'half-open');
    const controller = new AbortController();
    outcomeOf(f.with({ signal: controller.signal })());
    assert.equal(runs.length, 3);
    outcomeOf(f());
    assert.equal(runs.length, 3, 'the place is taken');
    controller.abort();
    outcomeOf(f());
    assert.equal(runs.length, 4);
    runs[3].resolve();
    await turn();
    assert.equal(breaker.state, 'closed');
  });

  it('a half-open breaker ignores outcomes of calls that began before it opened', async () => {
    const load = controlled();
    const f = resilient(load, { circuitBreaker: { failureThreshold: 1, successThreshold: 1 } });
    const early = [outcomeOf(f()), outcomeOf(f()), outcomeOf(f())];
    load.runs[0].reject(boom);
    await turn();
    time.jump(30_000);
    const probe = outcomeOf(f());
    load.runs[1].reject(new Error('late'));
    load.runs[2].resolve('late');
    await turn();
    assert.equal(f.circuitBreaker.state, 'half-open');
    assert.equal(early[2].value, 'late', 'its caller gets it all the same');
    load.runs[3].resolve('probe');
    await turn();
    assert.deepEqual([probe.value, f.circuitBreaker.state], ['probe', 'closed']);
  });
});

describe('a refused call gets a CircuitOpenError', () => {
  it('a refused call gets a CircuitOpenError with the name, the cause and the seconds to wait', () => {
    const { f, backend } = switched(
      { failureThreshold: 1, recoveryTimeout: '5s' },
      { name: 'load' },
    );
    backend.fails = true;
    call(f);
    time.jump(1_250);
    assert.throws(f, (error) => {
      assert.ok(error instanceof CircuitOpenError && error instanceof ResilienceError);
      assert.deepEqual(
        [error.name, error.code, error.functionName, error.retryAfter],
        ['CircuitOpenError', 'CIRCUIT_OPEN', 'load', 3.75],
      );
      assert.equal(error.cause, boom);
      assert.match(error.message, /load/);
      return true;
    });
  });

  it('a CircuitOpenError of a breaker that was opened by hand has no cause and no time to wait', () => {
    const { f, breaker } = switched({});
    breaker.forceOpen();
    assert.throws(f, (error) => {
      assert.deepEqual([error.retryAfter, 'cause' in error], [undefined, false]);
      return true;
    });
  });

  it('a refused call of an async function is a rejection', async () => {
    const f = resilient(async () => {}, { circuitBreaker: {} });
    f.circuitBreaker.forceOpen();
    await assert.rejects(f(), { code: 'CIRCUIT_OPEN' });
  });

  it('a refused call throws once the function has returned a plain value, and rejects before', async () => {
    const f = resilient(() => 1, { circuitBreaker: {} });
    f.circuitBreaker.forceOpen();
    await assert.rejects(f(), { code: 'CIRCUIT_OPEN' });
    f.circuitBreaker.reset();
    assert.equal(f(), 1);
    f.circuitBreaker.forceOpen();
    assert.throws(f, { code: 'CIRCUIT_OPEN' });
  });
});

describe('a synchronous function with a breaker stays synchronous', () => {
  it('a synchronous function with a breaker returns and throws synchronously', () => {
    const { f, backend } = switched({}, { sync: undefined });
    assert.equal(f(), 'fine');
    backend.fails = true;
    assert.throws(f, boom);
  });
});

describe('a Promise that cannot be inspected does not keep a probe of the breaker', () => {
  const refuse = () => {
    throw boom;
  };
  for (const [member, hostile, outcome] of [
    ['constructor', { get: refuse }, { state: 'rejected', error: boom }],
    ['then', { value: refuse }, { state: 'fulfilled', value: 'odd' }],
  ]) {
    it(`a Promise whose own ${member} throws does not keep a probe of the breaker`, async () => {
      const options = { failureThreshold: 1, recoveryTimeout: '1s', successThreshold: 1 };
      const circuitBreaker = new CircuitBreaker(options);
      const results = [
        () => Promise.reject(boom),
        () => Object.defineProperty(Promise.resolve('odd'), member, hostile),
        () => Promise.resolve('fine'),
      ];
      const f = resilient(() => results.shift()(), { circuitBreaker });
      await assert.rejects(f(), boom);
      time.jump(1_000);
      const probe = outcomeOf((async () => f())());
      await turn();
      assert.deepEqual(probe, outcome);
      time.jump(1_000);
      assert.equal(await f(), 'fine');
      assert.equal(circuitBreaker.state, 'closed');
    });
  }
});
