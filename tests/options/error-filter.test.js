import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();
const boom = new Error('boom');

/** The options that take a predicate. */
const PREDICATES = {
  'retry.retryOn': (retryOn) => ({ retry: { retryOn } }),
  'retry.ignoreOn': (ignoreOn) => ({ retry: { ignoreOn } }),
  'retry.retryOnResult': (retryOnResult) => ({ retry: { retryOnResult } }),
  'circuitBreaker.errorTypes': (errorTypes) => ({ circuitBreaker: { errorTypes } }),
  'circuitBreaker.ignoreOn': (ignoreOn) => ({ circuitBreaker: { ignoreOn } }),
  'fallback.fallbackOn': (fallbackOn) => ({ fallback: { handler: 'instead', fallbackOn } }),
};

/** Results of a predicate that can be awaited. */
const THENABLES = {
  'a Promise': async () => false,
  'a Promise that rejects': async () => Promise.reject(new Error('too late')),
  // biome-ignore lint/suspicious/noThenProperty: that is the point
  'a thenable': () => ({ then: (resolve) => resolve(false) }),
};

for (const [name, optionsWith] of Object.entries(PREDICATES)) {
  describe(`${name} must return a boolean`, () => {
    const asksResults = name === 'retry.retryOnResult';
    const fn = async () => (asksResults ? 'result' : Promise.reject(boom));

    for (const [kind, predicate] of Object.entries(THENABLES)) {
      it(`${name} that returns ${kind} makes the call reject with a TypeError that names the option`, async () => {
        for (const given of asksResults ? [predicate] : [predicate, [RangeError, predicate]]) {
          const f = resilient(fn, optionsWith(given));
          const { error } = await outcomeAfterAll(f);
          assert.ok(error instanceof TypeError);
          assert.equal(error.message, `${name} must return a boolean, got a Promise`);
          assert.equal(error.cause, asksResults ? undefined : boom);
        }
      });
    }

    it(`${name} that returns any other value is converted to a boolean`, async () => {
      for (const answer of [true, false, 1, '', {}, undefined]) {
        const { error } = await outcomeAfterAll(
          resilient(
            fn,
            optionsWith(() => answer),
          ),
        );
        assert.ok(error === undefined || error === boom);
      }
    });
  });
}

async function outcomeAfterAll(f) {
  const outcome = outcomeOf(f());
  await time.passAll();
  return outcome;
}

describe('a predicate that returns a Promise leaves nothing behind', () => {
  it('a Promise that rejects, given as a predicate, leaves no unhandled rejection', () => {
    for (const [name, optionsWith] of Object.entries(PREDICATES)) {
      const given = Promise.reject(new Error('too late'));
      assert.throws(() => resilient(async () => {}, optionsWith(given)), {
        name: 'TypeError',
        message: new RegExp(`^${name} must be .*, got an object`),
      });
    }
  });

  it('a predicate that returns a Promise in a probe releases the permit of the probe', async () => {
    for (const field of ['errorTypes', 'ignoreOn']) {
      let asAsync = false;
      const f = resilient(async () => Promise.reject(boom), {
        circuitBreaker: {
          failureThreshold: 1,
          recoveryTimeout: 0,
          successThreshold: 1,
          [field]: () => (asAsync ? Promise.resolve(true) : field === 'errorTypes'),
        },
      });
      await assert.rejects(f(), boom);
      asAsync = true;
      for (let call = 1; call <= 3; call++) {
        await assert.rejects(f(), { name: 'TypeError' });
        assert.equal(f.circuitBreaker.state, 'half-open');
      }
    }
  });

  it('a predicate that returns a Promise makes a synchronous function throw', () => {
    const f = resilient(
      () => {
        throw boom;
      },
      { circuitBreaker: { ignoreOn: async () => true }, sync: true },
    );
    assert.throws(() => f(), { name: 'TypeError', cause: boom });
  });

  it('a predicate that returns a Promise ends a hedged attempt like any other attempt', async () => {
    const f = resilient(async () => 'result', {
      hedge: { delay: '100ms' },
      retry: { retryOnResult: async () => false },
    });
    const { error } = await outcomeAfterAll(f);
    assert.match(error.message, /retryOnResult/);
  });
});

describe('an error class in a filter is asked by instanceof', () => {
  it('an error class in a filter may define Symbol.hasInstance', async () => {
    class Teapot extends Object {
      static [Symbol.hasInstance](error) {
        return error.status === 418;
      }
    }
    for (const [status, expected] of [
      [418, 3],
      [500, 1],
    ]) {
      let runs = 0;
      const fn = async () => Promise.reject(Object.assign(new Error('no'), { n: ++runs, status }));
      await outcomeAfterAll(resilient(fn, { retry: { retryOn: [Teapot] } }));
      assert.equal(runs, expected);
    }
  });
});
