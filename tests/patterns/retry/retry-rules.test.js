import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { resilient, TimeoutError } from 'holdfast';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

class NetworkError extends Error {}
class DnsError extends NetworkError {}
class Status {
  constructor(code) {
    this.code = code;
  }
}

/** The number of runs of a function that always throws `thrown`. */
async function runsOf(thrown, retry) {
  let runs = 0;
  const f = resilient(
    async () => {
      runs++;
      throw thrown;
    },
    { retry: { maxAttempts: 4, ...retry } },
  );
  const outcome = outcomeOf(f());
  await time.passAll();
  assert.deepEqual(outcome, { state: 'rejected', error: thrown });
  return runs;
}

/** A function that returns the given results one after the other, wrapped, and its number of runs. */
function returning(results, options) {
  const counter = { runs: 0 };
  const f = resilient(async () => results[counter.runs++], options);
  return { f, counter };
}

describe('retry.retryOn selects errors', () => {
  it('retryOn as a class retries errors of the class and its subclasses, and no others', async () => {
    assert.equal(await runsOf(new NetworkError(), { retryOn: NetworkError }), 4);
    assert.equal(await runsOf(new DnsError(), { retryOn: NetworkError }), 4);
    assert.equal(await runsOf(new NetworkError(), { retryOn: DnsError }), 1);
    assert.equal(await runsOf(new Error(), { retryOn: NetworkError }), 1);
    assert.equal(await runsOf(new TypeError(), { retryOn: Error }), 4);
    assert.equal(await runsOf('text', { retryOn: Error }), 1);
    assert.equal(await runsOf(undefined, { retryOn: Error }), 1);
  });

  it('retryOn takes a class that does not extend Error', async () => {
    assert.equal(await runsOf(new Status(503), { retryOn: Status }), 4);
    assert.equal(await runsOf(new Error(), { retryOn: Status }), 1);
  });

  it('retryOn takes a constructor function with an Error prototype', async () => {
    function OldError() {}
    OldError.prototype = Object.create(Error.prototype);
    assert.equal(await runsOf(new OldError(), { retryOn: OldError }), 4);
    assert.equal(await runsOf(new Error(), { retryOn: OldError }), 1);
  });

  it('retryOn takes the classes that the platform throws', async () => {
    const aborted = new DOMException('gone', 'AbortError');
    assert.equal(await runsOf(aborted, { retryOn: DOMException }), 4);
    assert.equal(await runsOf(new Error(), { retryOn: DOMException }), 1);
    assert.equal(await runsOf(new AggregateError([]), { retryOn: AggregateError }), 4);
  });

  it('retryOn takes an error class of another realm, such as a frame or a vm context', async () => {
    const foreign = runInNewContext('({ TypeError, thrown: new TypeError("foreign") })');
    assert.equal(await runsOf(foreign.thrown, { retryOn: foreign.TypeError }), 4);
    assert.equal(await runsOf(new Error(), { retryOn: foreign.TypeError }), 1);
  });

  it('retryOn takes a predicate of any kind of function, with any truthy result', async () => {
    const predicates = [
      (error) => error.code === 503,
      (error) => error.code === 503,
      { retryable: ({ code }) => code === 503 }.retryable,
      ({ code }) => (code === 503 ? 'yes' : ''),
    ];
    for (const retryOn of predicates) {
      assert.equal(await runsOf(new Status(503), { retryOn }), 4);
      assert.equal(await runsOf(new Status(404), { retryOn }), 1);
    }
  });

  it('retryOn takes a list of classes and predicates, any of which may hold; an empty list allows nothing', async () => {
    const retryOn = [NetworkError, (error) => error.code === 503];
    assert.equal(await runsOf(new DnsError(), { retryOn }), 4);
    assert.equal(await runsOf(new Status(503), { retryOn }), 4);
    assert.equal(await runsOf(new Status(404), { retryOn }), 1);
    assert.equal(await runsOf(new Error(), { retryOn: [] }), 1);
  });

  it('retryOn is evaluated again after each attempt', async () => {
    const errors = [new NetworkError('1'), new NetworkError('2'), new TypeError('3')];
    let runs = 0;
    const f = resilient(async () => Promise.reject(errors[runs++]), {
      retry: { maxAttempts: 9, retryOn: NetworkError },
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.error, errors[2]);
    assert.equal(runs, 3);
  });

  it('retryOn may be the class of timeouts', async () => {
    let runs = 0;
    const f = resilient(() => new Promise(() => runs++), {
      timeout: '1s',
      retry: { retryOn: TimeoutError },
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.error.code, 'TIMEOUT');
    assert.equal(runs, 3);
  });
});

describe('retry.ignoreOn excludes errors', () => {
  it('ignoreOn selects errors that are not retried', async () => {
    assert.equal(await runsOf(new NetworkError(), { ignoreOn: NetworkError }), 1);
    assert.equal(await runsOf(new Error(), { ignoreOn: NetworkError }), 4);
    assert.equal(await runsOf(new Status(404), { ignoreOn: ({ code }) => code === 404 }), 1);
    assert.equal(await runsOf(new Status(404), { ignoreOn: [NetworkError, Status] }), 1);
    assert.equal(await runsOf(new Error(), { ignoreOn: [] }), 4);
  });

  it('ignoreOn overrides retryOn', async () => {
    const retry = { retryOn: NetworkError, ignoreOn: DnsError };
    assert.equal(await runsOf(new NetworkError(), retry), 4);
    assert.equal(await runsOf(new DnsError(), retry), 1);
    assert.equal(await runsOf(new Error(), retry), 1);
  });
});

describe('retry.retryOnResult rejects results', () => {
  const isEmpty = (result) => result === null;

  it('retryOnResult retries while it holds, and the first result for which it does not hold is returned', async () => {
    const { f, counter } = returning([null, null, 'full'], { retry: { retryOnResult: isEmpty } });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual(outcome, { state: 'fulfilled', value: 'full' });
    assert.equal(counter.runs, 3);
  });

  it('a retry after a rejected result pauses as after an error', async () => {
    const times = [];
    const f = resilient(
      async () => {
        times.push(time.now);
        return null;
      },
      { retry: { retryOnResult: isEmpty, jitter: false } },
    );
    outcomeOf(f());
    await time.passAll();
    assert.deepEqual([times[1] - times[0], times[2] - times[1]], [1_000, 2_000]);
  });

  it('retryOnResult is not called with errors, nor retryOn with results', async () => {
    const asked = [];
    const outcomes = [Promise.reject(new Error('1')), 'two', 'three'];
    const f = resilient(async () => outcomes.shift(), {
      retry: {
        retryOn: (error) => asked.push(['error', error.message]) > 0,
        retryOnResult: (result) => asked.push(['result', result]) < 3,
      },
    });
    outcomeOf(f());
    await time.passAll();
    assert.deepEqual(asked, [
      ['error', '1'],
      ['result', 'two'],
      ['result', 'three'],
    ]);
  });

  it('the last result is returned when retryOnResult rejects it and the attempts are used up', async () => {
    const results = [{ id: 1 }, { id: 2 }, { id: 3 }];
    const { f } = returning(results, { retry: { retryOnResult: () => true } });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.equal(outcome.value, results[2]);
  });

  it('a result that retryOnResult rejects is not cached, and a good one is', async () => {
    const { f, counter } = returning([null, null, null, null, 'full'], {
      cache: true,
      retry: { retryOnResult: isEmpty },
    });
    const first = outcomeOf(f());
    await time.pass(10_000);
    assert.deepEqual([first.value, f.cache.size, counter.runs], [null, 0, 3]);
    const second = outcomeOf(f());
    await time.pass(10_000);
    assert.deepEqual([second.value, f.cache.size, counter.runs], ['full', 1, 5]);
    assert.equal(await f(), 'full');
    assert.equal(counter.runs, 5);
  });

  it('a refresh with only rejected results leaves the old value in the cache', async () => {
    const { f } = returning(['old', null, null, null], {
      cache: true,
      retry: { retryOnResult: isEmpty },
    });
    await f();
    const refreshed = outcomeOf(f.with({ refresh: true })());
    await time.pass(10_000);
    assert.equal(refreshed.value, null);
    assert.equal(await f(), 'old');
  });

  it('a result that retryOnResult rejects to the end is one failure for the breaker for all attempts', async () => {
    const { f } = returning([null, null, null, null, null, 'full'], {
      circuitBreaker: { failureThreshold: 2 },
      retry: { retryOnResult: isEmpty },
    });
    outcomeOf(f());
    await time.passAll();
    assert.equal(f.circuitBreaker.metrics.consecutiveFailures, 1);
    outcomeOf(f());
    await time.passAll();
    assert.equal(f.circuitBreaker.metrics.consecutiveFailures, 0, 'ended well in the third');
  });
});

describe('a condition of retry that throws ends the call', () => {
  const broken = new Error('the condition is broken');
  const fail = () => {
    throw broken;
  };
  const cases = {
    retryOn: Promise.reject.bind(Promise, new Error('of the function')),
    ignoreOn: Promise.reject.bind(Promise, new Error('of the function')),
    retryOnResult: Promise.resolve.bind(Promise, 'a result'),
    delayFunc: Promise.reject.bind(Promise, new Error('of the function')),
  };
  for (const name of ['retryOn', 'ignoreOn', 'delayFunc']) {
    it(`an error thrown by ${name} has the original error as its cause`, async () => {
      const own = new Error('of the function');
      const before = new Error('its own');
      const thrown = [
        [new Error('no'), own],
        [new Error('no', { cause: before }), before],
        [own, undefined],
        [Object.freeze(new Error('no')), undefined],
        ['no error', undefined],
      ];
      for (const [broken, cause] of thrown) {
        const condition = () => {
          throw broken;
        };
        const f = resilient(() => Promise.reject(own), { retry: { [name]: condition } });
        const outcome = outcomeOf(f());
        await time.pass(0);
        assert.equal(outcome.error, broken);
        assert.equal(outcome.error.cause, cause);
      }
    });
  }

  for (const [name, run] of Object.entries(cases)) {
    it(`an error thrown by ${name} reaches the caller and ends the call`, async () => {
      let runs = 0;
      const f = resilient(
        () => {
          runs++;
          return run();
        },
        { cache: true, retry: { [name]: fail } },
      );
      const outcome = outcomeOf(f());
      await time.pass(10_000);
      assert.deepEqual([outcome.state, outcome.error, runs], ['rejected', broken, 1]);
      assert.equal(f.cache.size, 0);
      outcomeOf(f());
      await time.pass(10_000);
      assert.equal(runs, 2, 'the next call runs again');
    });
  }
});
