import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CircuitOpenError, TimeoutError } from 'holdfast';
import { outcomeOf } from '../../support/outcome.js';
import { storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const WINDOW = { staleIfError: 20 };
const OLD = { state: 'fulfilled', value: 'old' };

class Busy extends Error {}
class Gone extends Error {}

/** The ways to accept `Busy` and to exclude `Gone`. */
const filters = {
  'a class': Busy,
  'a list': [TypeError, Busy],
  'a predicate': (error) => error instanceof Busy,
  'a list with a predicate': [TypeError, (error) => error instanceof Busy],
};

for (const [name, staleOn] of Object.entries(filters)) {
  describe(`staleOn is ${name}`, () => {
    it(`a stale value stands in for an error that staleOn accepts (${name})`, async () => {
      const { clock, load, f } = await storedScene({ ...WINDOW, staleOn });
      clock.time = 10_001;
      const call = outcomeOf(f('a'));
      load.runs[1].reject(new Busy());
      await turn();
      assert.deepEqual(call, OLD);
    });

    it(`an error that staleOn excludes goes to all callers, and the entry and its key stay as they were (${name})`, async () => {
      const { clock, load, f, key } = await storedScene({ ...WINDOW, staleOn });
      clock.time = 10_001;
      const calls = [outcomeOf(f('a')), outcomeOf(f('a'))];
      const error = new Gone();
      load.runs[1].reject(error);
      await turn();
      assert.deepEqual(
        calls.map((call) => call.error),
        [error, error],
      );
      assert.equal(f.cache.info(key).value, 'old');
      // The key does not pause: no stale value could stand in for that failure.
      const next = outcomeOf(f('a'));
      assert.equal(load.runs.length, 3);
      load.runs[2].reject(new Busy());
      await turn();
      assert.deepEqual(next, OLD);
    });
  });
}

describe('staleOn decides about failures', () => {
  it('staleOn that excludes an error leaves it to the fallback', async () => {
    const options = { fallback: (error) => error.constructor.name };
    const { clock, load, f } = await storedScene({ ...WINDOW, staleOn: Busy }, options);
    clock.time = 10_001;
    const call = f('a');
    load.runs[1].reject(new Gone());
    assert.equal(await call, 'Gone');
  });

  it('staleOn gets the refusals of the patterns', async () => {
    const asked = [];
    const staleOn = (error) => asked.push(error) > 0;
    const { clock, f } = await storedScene({ ...WINDOW, staleOn }, { circuitBreaker: {} });
    clock.time = 10_001;
    f.circuitBreaker.forceOpen();
    assert.equal(await f('a'), 'old');
    assert.ok(asked[0] instanceof CircuitOpenError);
    assert.ok(!(asked[0] instanceof TimeoutError));
  });

  it('staleOn is not asked about a success, nor where there is no stale value', async () => {
    let asked = 0;
    const { clock, load, f } = await storedScene({ ...WINDOW, staleOn: () => ++asked > 0 });
    const missing = outcomeOf(f('b'));
    load.runs[1].reject('no');
    await turn();
    assert.equal(missing.error, 'no');
    clock.time = 10_001;
    const call = f('a');
    load.runs[2].resolve('new');
    assert.equal(await call, 'new');
    assert.equal(asked, 0);
  });

  it('staleOn that returns a Promise is a TypeError that names it', async () => {
    const { clock, load, f } = await storedScene({ ...WINDOW, staleOn: async () => true });
    clock.time = 10_001;
    const call = outcomeOf(f('a'));
    load.runs[1].reject(new Busy());
    await turn();
    assert.equal(call.state, 'rejected');
    assert.equal(call.error.name, 'TypeError');
    assert.match(call.error.message, /staleOn must return a boolean, got a Promise/);
  });

  it('staleOn that returns a Promise harms no caller in a background refresh', async () => {
    const cache = { staleWhileRevalidate: 20, staleOn: async () => Promise.reject(new Error()) };
    const { clock, load, f } = await storedScene(cache);
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    load.runs[1].reject(new Busy());
    await turn();
    assert.equal(f.cache.stats.refreshErrors, 1);
  });
});
