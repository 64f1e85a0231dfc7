import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resilient } from 'holdfast';
import { tier } from 'holdfast/tier';
import { deferred } from '../support/deferred.js';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier } from '../support/memory-tier.js';
import { turn } from '../support/turn.js';
import { until } from '../support/until.js';

/** With the function, no result before that of `x` has the tag. */
const TAGS = { 'a list': ['t'], 'a function': (_result, id) => [id === 'x' ? 't' : 'other'] };

/** A function whose runs wait, and give the version from their start. */
function versioned(options) {
  const state = { version: 'old', gate: undefined, runs: 0 };
  const read = async () => {
    const { version, gate } = state;
    state.runs++;
    await gate?.promise;
    return version;
  };
  return Object.assign(state, { fn: wrapInTier(read, options) });
}

for (const [kind, tags] of Object.entries(TAGS)) {
  for (const how of ['invalidateTag', 'expireTag']) {
    test(`a call after ${how} of a tier runs again during an older run, with ${kind} of tags`, async () => {
      const state = versioned({ cache: { tags } });
      const { fn } = state;
      await fn('other');
      await until(() => fn.cache.has('other'), 'a result');
      state.gate = deferred();
      const before = fn('x');
      await until(() => state.runs === 2, 'a run');
      state.version = 'new';
      await fn.tier[how]('t');
      const after = fn('x');
      state.gate.resolve();
      assert.deepEqual(await Promise.all([before, after]), ['old', 'new']);
      assert.equal(await fn('x'), 'new');
    });

    test(`${how} of a tier that is lost holds for its process, with ${kind} of tags`, async () => {
      const fail = () => {
        throw new Error('down');
      };
      const methods = ['get', 'set', 'replace', 'delete', 'time', 'open'];
      const down = Object.fromEntries(methods.map((name) => [name, fail]));
      const driver = { ...memoryDriver(), ...down };
      const shared = tier({ driver, maxStale: 60 });
      const state = versioned({ tier: shared, cache: { tags } });
      const { fn } = state;
      await until(async () => (await fn('x')) && fn.cache.has('x'), 'a result');
      assert.equal(shared.health().state, 'lost');
      state.version = 'new';
      await assert.rejects(shared[how]('t'), { code: 'TIER_ERROR' });
      assert.equal(await fn('x'), 'new');
      await shared[Symbol.asyncDispose]();
    });
  }

  for (const watched of [true, 'echoes']) {
    test(`a call runs again once another process has ended a tag during an older run: ${kind}, ${watched}`, async () => {
      const store = memoryDriver({ watched });
      const drivers = [];
      const join = () => {
        const changed = (key) => {
          for (const one of drivers) {
            if (one !== own || watched === 'echoes') one.watcher?.changed(key);
          }
        };
        const own = driverOver(store, {
          async delete(key) {
            const start = await store.delete(key);
            changed(key);
            return start;
          },
        });
        drivers.push(own);
        return own;
      };
      const state = versioned({ driver: join(), cache: { tags } });
      const { fn: other } = versioned({ driver: join(), cache: { tags } });
      const { fn } = state;
      await fn('other');
      await other('another');
      await until(() => fn.cache.has('other') && other.cache.has('another'), 'results');
      for (const by of [other, other.tier]) {
        state.version = 'old';
        state.gate = deferred();
        const { runs } = state;
        const before = fn('x');
        await until(() => state.runs === runs + 1, 'a run');
        state.version = 'new';
        await by.invalidateTag('t');
        for (let round = 0; round < 10; round++) await turn();
        const after = fn('x');
        state.gate.resolve();
        assert.deepEqual(await Promise.all([before, after]), ['old', 'new']);
        await fn.invalidate('x');
      }
    });
  }
}

test('a tag ends for all functions of a tier, of which one has a disposed cache', async () => {
  const shared = tier({ driver: memoryDriver({ watched: false }), timeout: 10 });
  const cache = { tags: ['t'] };
  const gone = resilient(async () => 1, { name: 'gone', cache: { ...cache, tier: shared } });
  const { fn } = versioned({ tier: shared, cache });
  await fn('x');
  await gone('x');
  await until(() => fn.cache.has('x') && gone.cache.has('x'), 'results');
  gone.cache[Symbol.dispose]();
  await shared.invalidateTag('t');
  assert.equal(fn.cache.has('x'), false);
  await shared[Symbol.asyncDispose]();
});
