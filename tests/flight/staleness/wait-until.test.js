import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';
import { warningsOf } from '../../support/warnings.js';

/** A stale entry, and the arguments of each call of `waitUntil`. */
async function waitingScene(cache, options) {
  const waits = [];
  const waitUntil = (...args) => void waits.push(args);
  const scene = await storedScene(
    { staleWhileRevalidate: 20, staleBackoff: 0, waitUntil, ...cache },
    options,
  );
  scene.clock.time = 10_001;
  return { ...scene, waits };
}

describe('a waitUntil that fails', () => {
  for (const [how, waitUntil] of Object.entries({
    throws: () => {
      throw new Error('flush failed');
    },
    rejects: async () => {
      throw new Error('flush failed');
    },
  })) {
    it(`waitUntil that ${how} is reported, and the caller gets the stale result`, async () => {
      const { load, f } = await waitingScene({ waitUntil });
      const warnings = await warningsOf(async () => {
        assert.equal(await f('a'), 'old');
        load.runs[1].resolve('new');
      });
      assert.deepEqual(warnings, ['waitUntil failed: flush failed']);
    });
  }
});

describe('waitUntil gets the Promise of each background refresh', () => {
  for (const end of ['resolve', 'reject']) {
    it(`waitUntil is called at once with a Promise that is fulfilled when the refresh has ended (by ${end})`, async () => {
      const { load, f, waits } = await waitingScene();
      const stale = f('a');
      assert.equal(waits.length, 1);
      assert.equal(waits[0].length, 1);
      const [promise] = waits[0];
      assert.ok(promise instanceof Promise);
      assert.equal(await stale, 'old');
      const wait = outcomeOf(promise);
      await turn();
      assert.equal(wait.state, 'pending');
      load.runs[1][end]('new');
      await turn();
      assert.equal(wait.state, 'fulfilled');
      assert.equal(waits.length, 1);
    });
  }

  it('when the Promise of waitUntil is fulfilled, the result is stored', async () => {
    const { load, f, waits } = await waitingScene();
    await f('a');
    const stored = waits[0][0].then(() => f.cache.peek('a'));
    load.runs[1].resolve('new');
    assert.equal(await stored, 'new');
  });

  it('waitUntil is called once for each refresh, not for each caller', async () => {
    const { clock, load, f, waits } = await waitingScene();
    await Promise.all([f('a'), f('a'), f('a')]);
    assert.equal(waits.length, 1);
    load.runs[1].reject(new Error('no'));
    await turn();
    await f('a');
    assert.equal(waits.length, 2);
    load.runs[2].resolve('new');
    await turn();
    clock.time = 20_002;
    await f('a');
    assert.equal(waits.length, 3);
  });

  it('waitUntil is not called for a hit, a miss, or a run that its callers wait for', async () => {
    const { clock, load, f, waits } = await waitingScene({ staleIfError: 100 });
    clock.time = 10_000;
    await f('a');
    const missing = f('b');
    load.runs[1].resolve('b');
    await missing;
    const refreshed = f.with({ refresh: true })('b');
    load.runs[2].resolve('b');
    await refreshed;
    clock.time = 40_000;
    const call = f('a');
    load.runs[3].reject(new Error('no'));
    assert.equal(await call, 'old');
    assert.deepEqual(waits, []);
  });

  it('waitUntil is called in the async context of the call that starts the refresh', async () => {
    const storage = new AsyncLocalStorage();
    const seen = [];
    const { f } = await waitingScene({ waitUntil: () => seen.push(storage.getStore()) });
    await storage.run('first', () => f('a'));
    await storage.run('second', () => f('a'));
    assert.deepEqual(seen, ['first']);
  });

  it('a waitUntil that throws is reported once, its caller has the stale value, and the refresh goes on', async () => {
    const waitUntil = () => {
      throw new Error('the request is over');
    };
    const { load, f } = await waitingScene({ waitUntil });
    const warnings = await warningsOf(async () => {
      assert.equal(await f('a'), 'old');
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /the request is over/);
    load.runs[1].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
  });

  it('the Promise of waitUntil is fulfilled when a refresh that was superseded ends', async () => {
    const { load, f, waits } = await waitingScene();
    await f('a');
    f.invalidate('a');
    const wait = outcomeOf(waits[0][0]);
    load.runs[1].reject(new Error('late'));
    await turn();
    assert.equal(wait.state, 'fulfilled');
  });

  it('a refresh of a patterned function calls waitUntil as long as its retries take', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const retry = { maxAttempts: 2, delay: '1s', jitter: false };
    const { load, f, waits } = await waitingScene({}, { retry });
    await f('a');
    await turn();
    const wait = outcomeOf(waits[0][0]);
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.equal(wait.state, 'pending');
    t.mock.timers.tick(1_000);
    await turn();
    load.runs[2].resolve('new');
    await turn();
    assert.equal(wait.state, 'fulfilled');
    assert.equal(await f('a'), 'new');
  });
});

describe('waitUntil gets the Promise of a slow flight that goes on', () => {
  const time = manualTimers();

  it('waitUntil is called when callers get the stale value of a slow flight, once for all of them', async () => {
    const waits = [];
    const waitUntil = (promise) => waits.push(outcomeOf(promise));
    const cache = { staleIfError: '1h', staleIfSlow: '2s', waitUntil, clock: undefined };
    const { load, f } = await storedScene(cache);
    await time.pass(10_001);
    const calls = [f('a'), f('a')];
    await time.pass(1_999);
    assert.deepEqual(waits, []);
    await time.pass(1);
    assert.deepEqual(await Promise.all(calls), ['old', 'old']);
    assert.deepEqual(waits, [{ state: 'pending' }]);
    assert.equal(await f('a'), 'old');
    load.runs[1].resolve('new');
    await turn();
    assert.equal(waits[0].state, 'fulfilled');
    assert.equal(waits.length, 1);
    assert.equal(await f('a'), 'new');
  });
});
