import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import { ownAbort } from '../support/own-abort.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

/** AbortErrors: any objects with this name. */
const ABORTS = {
  'a DOMException': ownAbort(),
  'an Error with the name': Object.assign(new Error('aborted'), { name: 'AbortError' }),
  'a plain object': { name: 'AbortError' },
  'an object that inherits the name': Object.create({ name: 'AbortError' }),
};

/** The outcome, runs and events of a function that always throws `thrown`, with these options. */
async function outcomeWith(thrown, options) {
  const scene = { runs: 0, events: [] };
  scene.f = resilient(
    async () => {
      scene.runs++;
      throw thrown;
    },
    { onEvent: ({ type }) => scene.events.push(type), ...options },
  );
  scene.outcome = outcomeOf(scene.f());
  await time.passAll();
  return scene;
}

const all = (error) => error !== undefined;

describe('an AbortError of the function itself ends the call', () => {
  for (const [kind, thrown] of Object.entries(ABORTS)) {
    it(`an AbortError of the function (${kind}) ends the call by default, without retry, outcome or fallback`, async () => {
      const { f, runs, events, outcome } = await outcomeWith(thrown, {
        retry: {},
        circuitBreaker: { failureThreshold: 1 },
        fallback: 'instead',
      });
      assert.equal(outcome.error, thrown);
      assert.deepEqual([runs, events], [1, [EventType.FAILURE]]);
      const { state, calls } = f.circuitBreaker.metrics;
      assert.deepEqual([state, calls], ['closed', 0]);
    });
  }

  it('an AbortError of the function releases the permit of a probe', async () => {
    const load = controlled();
    const f = resilient(load, {
      circuitBreaker: { failureThreshold: 1, recoveryTimeout: 0, successThreshold: 1 },
    });
    outcomeOf(f());
    load.runs[0].reject(new Error('down'));
    await time.pass(0);
    const probe = outcomeOf(f());
    load.runs[1].reject(ownAbort());
    await time.pass(0);
    assert.deepEqual([probe.error.name, f.circuitBreaker.state], ['AbortError', 'half-open']);
    outcomeOf(f());
    load.runs[2].resolve();
    await time.pass(0);
    assert.equal(f.circuitBreaker.state, 'closed');
  });

  it('an AbortError of the function is retried, counted or replaced where a filter accepts it', async () => {
    for (const filter of [all, [DOMException], DOMException, [TypeError, all]]) {
      const thrown = ownAbort();
      assert.equal((await outcomeWith(thrown, { retry: { retryOn: filter } })).runs, 3);
      const circuitBreaker = { failureThreshold: 1, errorTypes: filter };
      const { f } = await outcomeWith(thrown, { circuitBreaker });
      assert.equal(f.circuitBreaker.state, 'open');
      const fallback = { handler: 'instead', fallbackOn: filter };
      assert.equal((await outcomeWith(thrown, { fallback })).outcome.value, 'instead');
    }
  });

  it('an AbortError of the function is no outcome where errorTypes does not accept it', async () => {
    const circuitBreaker = { slidingWindowSize: 2, errorTypes: TypeError };
    const { f } = await outcomeWith(ownAbort(), { circuitBreaker });
    assert.equal(f.circuitBreaker.metrics.calls, 0);
    const other = await outcomeWith(new RangeError('no'), { circuitBreaker });
    assert.equal(other.f.circuitBreaker.metrics.calls, 1);
  });

  it('an AbortError of the function is ignored by ignoreOn, whatever else accepts it', async () => {
    const options = {
      retry: { retryOn: all, ignoreOn: DOMException },
      circuitBreaker: { errorTypes: all, ignoreOn: DOMException },
    };
    const { f, runs } = await outcomeWith(ownAbort(), options);
    assert.deepEqual([runs, f.circuitBreaker.metrics.calls], [1, 0]);
  });

  it('an AbortError of a synchronous function is thrown and is no outcome', () => {
    const f = resilient(
      () => {
        throw ownAbort();
      },
      { circuitBreaker: { failureThreshold: 1 }, fallback: 'instead', sync: true },
    );
    assert.throws(() => f(), { name: 'AbortError' });
    assert.equal(f.circuitBreaker.state, 'closed');
  });

  it('an AbortError of a hedged run ends the attempt and aborts the other run, unless retryOn accepts it', async () => {
    for (const [retryOn, state] of [
      [undefined, 'rejected'],
      [all, 'pending'],
    ]) {
      const load = controlled();
      const retry = { retryOn };
      const f = resilient(load, { hedge: { delay: '100ms' }, retry, passContext: true });
      const outcome = outcomeOf(f());
      await time.pass(100);
      load.runs[0].reject(ownAbort());
      await time.pass(0);
      assert.equal(outcome.state, state);
      assert.equal(load.runs[1].args[0].signal.aborted, state === 'rejected');
      load.runs[1].resolve('late');
      await time.pass(0);
      assert.equal(outcome.value, state === 'pending' ? 'late' : undefined);
    }
  });
});

describe('an error that only resembles an AbortError is an ordinary error', () => {
  it('an error that only resembles an AbortError is retried, counted and replaced like any other', async () => {
    const hostile = {
      get name() {
        throw new Error('no name');
      },
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const timeout = new DOMException('too late', 'TimeoutError');
    const wordy = new Error('AbortError');
    for (const thrown of [hostile, proxy, timeout, wordy, 'AbortError', null, undefined]) {
      assert.equal((await outcomeWith(thrown, { retry: {} })).runs, 3);
      const options = { circuitBreaker: { failureThreshold: 1 }, fallback: 'instead' };
      const { f, outcome } = await outcomeWith(thrown, options);
      assert.deepEqual([f.circuitBreaker.state, outcome.value], ['open', 'instead']);
    }
  });

  it('an attempt that times out rejects with a TimeoutError, though its function rejects with an AbortError', async () => {
    let runs = 0;
    const f = resilient(
      ({ signal }) => {
        runs++;
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(ownAbort()));
        });
      },
      { passContext: true, timeout: '1s', retry: { jitter: false }, circuitBreaker: {} },
    );
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual([outcome.error.code, runs], ['TIMEOUT', 3]);
    assert.equal(f.circuitBreaker.metrics.failures, 1);
  });
});
