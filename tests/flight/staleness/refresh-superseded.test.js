import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outcomeOf } from '../../support/outcome.js';
import { storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';
import { warningsOf } from '../../support/warnings.js';

/** A refresh that is under way as `load.runs[1]`. */
async function refreshing(cache, options) {
  const scene = await storedScene({ staleWhileRevalidate: 20, tags: ['t'], ...cache }, options);
  scene.clock.time = 10_001;
  const { load, f } = scene;
  assert.equal(await f('a'), 'old');
  assert.equal(load.runs.length, 2);
  return scene;
}

const removals = {
  'f.invalidate': (f) => f.invalidate('a'),
  'f.invalidateTag': (f) => f.invalidateTag('t'),
  'f.clear': (f) => f.clear(),
  'cache.invalidate': (f, key) => f.cache.invalidate(key),
  'cache.delete': (f, key) => f.cache.delete(key),
  'cache.invalidateTag': (f) => f.cache.invalidateTag('t'),
  'cache.clear': (f) => f.cache.clear(),
};

for (const [name, remove] of Object.entries(removals)) {
  describe(`${name} supersedes a background refresh`, () => {
    it(`${name} during a refresh removes the stale value, and later callers run again`, async () => {
      const { load, f, key } = await refreshing();
      remove(f, key);
      assert.equal(f.cache.size, 0);
      const after = [outcomeOf(f('a')), outcomeOf(f('a'))];
      await turn();
      assert.equal(load.runs.length, 3);
      load.runs[1].resolve('late');
      await turn();
      assert.deepEqual(
        [f.cache.size, ...after.map(({ state }) => state)],
        [0, 'pending', 'pending'],
      );
      load.runs[2].resolve('new');
      await turn();
      assert.deepEqual(
        after.map(({ value }) => value),
        ['new', 'new'],
      );
      assert.equal(await f('a'), 'new');
      assert.equal(load.runs.length, 3);
    });

    it(`${name} during a refresh keeps its result out of the cache, even if no caller follows`, async () => {
      const { load, f, key } = await refreshing();
      remove(f, key);
      load.runs[1].resolve('late');
      await turn();
      assert.deepEqual([f.cache.size, f.cache.info(key)], [0, undefined]);
    });

    it(`${name} between the result of a refresh and the next turn keeps the result out of the cache`, async () => {
      const { load, f, key } = await refreshing();
      load.runs[1].resolve('late');
      remove(f, key);
      await turn();
      assert.equal(f.cache.size, 0);
    });

    it(`the result of a refresh that ${name} superseded does not replace a newer one`, async () => {
      const { load, f, key } = await refreshing();
      remove(f, key);
      const after = f('a');
      load.runs[2].resolve('new');
      assert.equal(await after, 'new');
      load.runs[1].resolve('late');
      await turn();
      assert.equal(await f('a'), 'new');
      assert.equal(load.runs.length, 3);
    });
  });
}

const puts = {
  'cache.put': (f, key) => f.cache.put(key, 'put'),
  'cache.set': (f, key) => f.cache.set(key, 'put'),
  'f.put': (f) => f.put(['a'], 'put'),
};

for (const [name, put] of Object.entries(puts)) {
  for (const end of ['resolve', 'reject']) {
    it(`the value that ${name} stores during a refresh stays (the refresh ends by ${end})`, async () => {
      const { load, f, key } = await refreshing();
      put(f, key);
      assert.equal(await f('a'), 'put');
      load.runs[1][end]('late');
      await turn();
      assert.equal(await f('a'), 'put');
      assert.equal(f.cache.info(key).ttl, 10);
      assert.equal(load.runs.length, 2);
    });
  }
}

const expirations = {
  'f.expire': [(f) => f.expire('a'), false],
  'f.expireTag': [(f) => f.expireTag('t'), 0],
  'cache.expire': [(f, key) => f.cache.expire(key), false],
  'cache.expireTag': [(f) => f.cache.expireTag('t'), 0],
};

for (const [name, [expire, result]] of Object.entries(expirations)) {
  it(`${name} during a refresh supersedes it: callers get the stale value, and the next one starts a new run`, async () => {
    const { load, f, key } = await refreshing();
    assert.equal(expire(f, key), result);
    assert.deepEqual(await Promise.all([f('a'), f('a')]), ['old', 'old']);
    assert.equal(load.runs.length, 3);
    load.runs[1].resolve('late');
    await turn();
    assert.equal(f.cache.peek(key), undefined);
    assert.equal(f.cache.info(key).value, 'old');
    load.runs[2].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
    assert.equal(load.runs.length, 3);
  });

  it(`${name} of a fresh entry supersedes with({ refresh: true }): its caller has the result, which is not stored`, async () => {
    const { load, f, key } = await storedScene({ staleWhileRevalidate: 20, tags: ['t'] });
    const refreshed = f.with({ refresh: true })('a');
    expire(f, key);
    load.runs[1].resolve('late');
    assert.equal(await refreshed, 'late');
    assert.equal(f.cache.peek(key), undefined);
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 3);
  });
}

describe('a superseded refresh changes nothing of what followed it', () => {
  it('a superseded refresh that fails with an excluded error leaves the newer value', async () => {
    const { load, f } = await refreshing({ staleOn: [RangeError] });
    f.invalidate('a');
    const after = f('a');
    load.runs[2].resolve('new');
    await after;
    load.runs[1].reject(new TypeError('excluded'));
    await turn();
    assert.equal(await f('a'), 'new');
  });

  it('a superseded refresh whose result is not to be stored leaves the newer value', async () => {
    const { load, f } = await refreshing({ ttl: (result) => (result === 'late' ? false : 10) });
    f.expire('a');
    assert.equal(await f('a'), 'old');
    load.runs[2].resolve('new');
    await turn();
    load.runs[1].resolve('late');
    await turn();
    assert.equal(await f('a'), 'new');
  });

  it('a superseded refresh whose result is not to be stored leaves the stale value', async () => {
    const { load, f } = await refreshing({ ttl: (result) => (result === 'late' ? false : 10) });
    f.expire('a');
    load.runs[1].resolve('late');
    await turn();
    assert.equal(await f('a'), 'old');
  });

  it('invalidate and expire of another key leave a refresh alone', async () => {
    const { load, f } = await refreshing();
    f.invalidate('b');
    f.expire('b');
    f.invalidateTag('u');
    f.put(['b'], 1);
    load.runs[1].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
  });
});

describe('arguments change while a refresh waits', () => {
  it('a refresh whose arguments have another key when fn runs again stores nothing, and the stale value stays', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const retry = { maxAttempts: 2, delay: '1s', jitter: false };
    const cache = { staleWhileRevalidate: 20, key: (query) => query.id ?? query };
    const { clock, load, f } = await storedScene(cache, { retry });
    const first = f({ id: 1 });
    await turn();
    load.runs[1].resolve('old 1');
    await first;
    clock.time = 10_001;
    const query = { id: 1 };
    assert.equal(await f(query), 'old 1');
    await turn();
    query.id = 2;
    load.runs[2].reject(new Error('no'));
    await turn();
    t.mock.timers.tick(1_000);
    await turn();
    load.runs[3].resolve('of 2');
    await turn();
    assert.equal(f.cache.peek(1), undefined);
    assert.equal(f.cache.info(2), undefined);
    assert.equal(await f({ id: 1 }), 'old 1');
  });
});

describe('an entry leaves during its refresh', () => {
  it('a stale entry that is evicted during its refresh: callers join the refresh, whose result is stored', async () => {
    const { load, f, key } = await refreshing({ maxSize: 1 });
    f.cache.put('other', 1);
    assert.equal(f.cache.info(key), undefined);
    const joined = f('a');
    assert.equal(load.runs.length, 2);
    load.runs[1].resolve('new');
    assert.equal(await joined, 'new');
    assert.equal(f.cache.get(key), 'new');
  });

  it('a stale entry that is evicted during a refresh that fails is not brought back', async () => {
    const { load, f, key } = await refreshing({ maxSize: 1 });
    f.cache.put('other', 1);
    load.runs[1].reject(new Error('no'));
    await turn();
    assert.equal(f.cache.info(key), undefined);
    assert.equal(f.cache.get('other'), 1);
    f('a');
    assert.equal(load.runs.length, 3, 'no pause is left of it');
  });

  for (const end of ['resolve', 'reject']) {
    it(`a cache that is disposed of during a refresh causes no warning (the refresh ends by ${end})`, async () => {
      const { load, f } = await refreshing();
      const warnings = await warningsOf(async () => {
        f.cache[Symbol.dispose]();
        load.runs[1][end](new Error('late'));
        await turn();
      });
      assert.deepEqual(warnings, []);
      await assert.rejects(f('a'), /disposed/);
    });
  }
});
