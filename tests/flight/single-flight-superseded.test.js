import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { manualClock } from '../support/manual-clock.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

/** The ways to keep the result of a flight out of the cache. */
const removals = [
  ['f.invalidate', (f) => f.invalidate('a')],
  ['cache.invalidate', (f) => f.cache.invalidate(f.makeKey('a'))],
  ['cache.delete', (f) => f.cache.delete(f.makeKey('a'))],
  ['cache.clear', (f) => f.cache.clear()],
];

for (const [name, remove] of removals) {
  describe(`${name} during a flight keeps its result out of the cache`, () => {
    it(`${name} during a flight leaves its waiters the result, which is not stored, and later callers run again`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const before = [f('a'), f('a')];
      remove(f);
      const after = [f('a'), f('a')];
      assert.equal(load.runs.length, 2);
      load.runs[0].resolve('old');
      assert.deepEqual(await Promise.all(before), ['old', 'old']);
      assert.equal(f.cache.size, 0);
      assert.equal(f('a'), after[0], 'the old run settling does not end the new one');
      load.runs[1].resolve('new');
      assert.deepEqual(await Promise.all(after), ['new', 'new']);
      assert.equal(await f('a'), 'new');
      assert.equal(load.runs.length, 2);
    });

    it(`${name} during a flight keeps the old result from replacing a new one that arrived first`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const before = f('a');
      remove(f);
      const after = f('a');
      load.runs[1].resolve('new');
      assert.equal(await after, 'new');
      load.runs[0].resolve('old');
      assert.equal(await before, 'old');
      assert.equal(await f('a'), 'new');
    });

    it(`${name} during a flight keeps its result out of the cache, even if no caller follows`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const call = f('a');
      remove(f);
      load.runs[0].resolve('old');
      assert.equal(await call, 'old');
      assert.equal(f.cache.size, 0);
      assert.equal(f.cache.peek(f.makeKey('a')), undefined);
    });

    it(`${name} between the result of a flight and its waiters keeps the result out of the cache`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const call = f('a');
      load.runs[0].resolve('old');
      remove(f);
      assert.equal(await call, 'old');
      assert.equal(f.cache.size, 0);
    });

    it(`${name} during a flight that fails leaves its waiters the error, and the new flight goes on`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const before = outcomeOf(f('a'));
      remove(f);
      const after = f('a');
      load.runs[0].reject('no');
      await turn();
      assert.deepEqual(before, { state: 'rejected', error: 'no' });
      assert.equal(f('a'), after);
      load.runs[1].resolve('yes');
      assert.equal(await after, 'yes');
    });
  });
}

for (const alias of ['put', 'set']) {
  describe(`cache.${alias} during a flight replaces its result`, () => {
    it(`cache.${alias} during a flight leaves its waiters their result, and later callers hit the value that was put`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const before = f('a');
      f.cache[alias](f.makeKey('a'), 'put');
      assert.equal(await f('a'), 'put');
      load.runs[0].resolve('old');
      assert.equal(await before, 'old');
      assert.equal(await f('a'), 'put');
      assert.equal(load.runs.length, 1);
    });
  });
}

describe('a refresh replaces the stored result', () => {
  it('a refresh runs the function though a result is stored, and replaces it when the new result arrives', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const first = f('a');
    load.runs[0].resolve('old');
    await first;
    const refreshed = f.with({ refresh: true })('a');
    assert.equal(load.runs.length, 2);
    assert.equal(await f('a'), 'old', 'the old one serves until then');
    load.runs[1].resolve('new');
    assert.equal(await refreshed, 'new');
    assert.equal(await f('a'), 'new');
    assert.equal(f.cache.size, 1);
  });

  it('a refresh starts the ttl again', async () => {
    let now = 0;
    let runs = 0;
    const f = resilient(async () => ++runs, { cache: { ttl: '1s', clock: { now: () => now } } });
    await f('a');
    now = 900;
    await f.with({ refresh: true })('a');
    now = 1_900;
    assert.equal(await f('a'), 2);
  });

  it('a refresh that fails keeps the old value, and only its own callers get the error', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const first = f('a');
    load.runs[0].resolve('old');
    await first;
    const refreshed = outcomeOf(f.with({ refresh: true })('a'));
    load.runs[1].reject('no');
    await turn();
    assert.deepEqual(refreshed, { state: 'rejected', error: 'no' });
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 2);
  });

  for (const [name, options] of Object.entries({
    'with a ttl of 0': { ttl: (result) => (result === 'new' ? 0 : 60) },
    'with a ttl that throws': {
      ttl(result) {
        if (result === 'new') throw new Error('no ttl');
        return 60;
      },
    },
    'with a wrong tag': { tags: (result) => (result === 'new' ? [''] : []) },
    'with a window for stale results': { ttl: (result) => result !== 'new' && 60, staleIfError: 9 },
  })) {
    it(`a refresh whose result is not stored, ${name}, removes the old result`, async (t) => {
      t.mock.method(process, 'emitWarning', () => {});
      let result = 'old';
      const f = resilient(async () => result, { cache: options });
      await f('a');
      result = 'new';
      assert.equal(await f.with({ refresh: true })('a'), 'new');
      assert.equal(f.cache.size, 0);
      result = 'newer';
      assert.equal(await f('a'), 'newer');
    });
  }

  it('a refresh of a synchronous function whose result is not stored removes the old result', () => {
    let result = 'old';
    const f = resilient(() => result, { cache: { ttl: () => result !== 'new' && 60 } });
    f('a');
    result = 'new';
    assert.equal(f.with({ refresh: true })('a'), 'new');
    assert.equal(f.cache.size, 0);
  });

  it('a refresh that is answered with a response that is not stored removes the old response', async () => {
    const answers = [
      () => new Response('old'),
      () => new Response('secret', { headers: { 'cache-control': 'no-store' } }),
      () => new Response('old again'),
      () => new Response('forbidden', { status: 403 }),
      () => new Response('newest'),
    ];
    const get = resilient(async () => answers.shift()(), { http: true, cache: true });
    const texts = [];
    for (const cache of ['default', 'reload', 'default', 'no-cache', 'default', 'default']) {
      texts.push(await (await get('https://api.example.com/1', { cache })).text());
    }
    const wanted = ['old', 'secret', 'old again', 'forbidden', 'newest', 'newest'];
    assert.deepEqual(texts, wanted);
  });

  it('a refresh supersedes a flight: its waiters get the old result, which is not stored', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const before = f('a');
    const refreshed = f.with({ refresh: true })('a');
    assert.notEqual(refreshed, before);
    assert.equal(f('a'), refreshed, 'later callers join the refresh');
    load.runs[1].resolve('new');
    assert.equal(await refreshed, 'new');
    load.runs[0].resolve('old');
    assert.equal(await before, 'old');
    assert.equal(await f('a'), 'new');
    assert.equal(load.runs.length, 2);
  });

  it('a refresh that fails after it superseded a flight stores neither result', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const before = f('a');
    const refreshed = outcomeOf(f.with({ refresh: true })('a'));
    load.runs[1].reject('no');
    await turn();
    load.runs[0].resolve('old');
    assert.equal(await before, 'old');
    assert.equal(refreshed.error, 'no');
    assert.equal(f.cache.size, 0);
  });

  it('concurrent refreshes of a key join one run, a hundred at once too', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    f.cache.put(f.makeKey('a'), 'old');
    const refreshed = Array.from({ length: 100 }, () => f.with({ refresh: true })('a'));
    assert.equal(load.runs.length, 1);
    load.runs[0].resolve('new');
    assert.deepEqual([...new Set(await Promise.all(refreshed))], ['new']);
    assert.equal(f.cache.get(f.makeKey('a')), 'new');
    assert.equal(f.cache.stats.coalesced, 99);
  });

  it('a refresh supersedes an ordinary flight, whichever settles first', async () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const load = controlled();
      const f = resilient(load, { cache: true });
      const calls = [f('a'), f.with({ refresh: true })('a')];
      assert.equal(load.runs.length, 2);
      for (const run of order) {
        load.runs[run - 1].resolve(`run ${run}`);
        await turn();
      }
      assert.deepEqual(await Promise.all(calls), ['run 1', 'run 2']);
      assert.equal(f.cache.get(f.makeKey('a')), 'run 2');
    }
  });

  it('invalidate, clear and put during a refresh keep its result out of the cache', async () => {
    for (const [remove, left] of [
      [(f) => f.invalidate('a'), undefined],
      [(f) => f.cache.clear(), undefined],
      [(f) => f.cache.put(f.makeKey('a'), 'put'), 'put'],
    ]) {
      const load = controlled();
      const f = resilient(load, { cache: true });
      f.cache.put(f.makeKey('a'), 'old');
      const refreshed = f.with({ refresh: true })('a');
      remove(f);
      load.runs[0].resolve('new');
      assert.equal(await refreshed, 'new');
      assert.equal(f.cache.get(f.makeKey('a')), left);
    }
  });

  it('a refresh of a synchronous function replaces the value at once, but not when it throws', () => {
    let result = () => 'old';
    const f = resilient(() => result(), { cache: true });
    assert.equal(f('a'), 'old');
    result = () => 'new';
    assert.equal(f('a'), 'old');
    assert.equal(f.with({ refresh: true })('a'), 'new');
    assert.equal(f('a'), 'new');
    result = () => {
      throw new Error('no');
    };
    assert.throws(() => f.with({ refresh: true })('a'), { message: 'no' });
    assert.equal(f('a'), 'new');
  });
});

describe('an expire listener may put the key that a call finds expired', () => {
  for (const [name, answers] of [
    ['one argument', (f) => f('a')],
    ['the long way', (f) => f.with({})('a')],
  ]) {
    it(`a value that an expire listener puts is a hit for the call that found it expired, by ${name}`, async () => {
      const clock = manualClock();
      const load = controlled();
      const f = resilient(load, { cache: { ttl: 1, clock } });
      f.cache.put('a', 'old');
      f.cache.addEventListener('expire', ({ key }) => f.cache.put(key, 'put'), { once: true });
      clock.time = 1_001;
      assert.equal(await answers(f), 'put');
      assert.equal(load.runs.length, 0);
      assert.deepEqual([f.cache.stats.hits, f.cache.stats.misses], [1, 0]);
    });
  }

  it('a call that an expire listener makes for its key is the only run of the function', () => {
    const clock = manualClock();
    let runs = 0;
    const f = resilient(() => ++runs, { cache: { ttl: 1, clock } });
    f('a');
    f.cache.addEventListener('expire', ({ key }) => f(key));
    clock.time = 1_001;
    assert.equal(f('a'), 2);
    assert.equal(runs, 2);
  });
});

describe('a refresh that cannot begin leaves nothing behind', () => {
  it('a refresh whose clock throws is a rejection and leaves no flight that others would join', async () => {
    let now = () => 0;
    const load = controlled();
    const f = resilient(load, { cache: { ttl: '1s', clock: { now: () => now() } } });
    f.cache.put(f.makeKey('a'), 'old');
    now = () => {
      throw new Error('no time');
    };
    let refused;
    try {
      refused = outcomeOf(f.with({ refresh: true })('a'));
    } catch (error) {
      refused = { state: 'thrown', error };
    }
    await turn();
    now = () => 1_001;
    const call = outcomeOf(f('a'));
    load.runs[0]?.resolve('new');
    await turn();
    assert.deepEqual(call, { state: 'fulfilled', value: 'new' });
    assert.equal(refused.state, 'rejected');
    assert.equal(refused.error.message, 'no time');
  });

  it('a refresh over a disposed cache is a rejection, as any other call is', async () => {
    const f = resilient(async () => 'v', { cache: true });
    f.cache[Symbol.dispose]();
    await assert.rejects(f('a'), /disposed/);
    let refused;
    assert.doesNotThrow(() => {
      refused = f.with({ refresh: true })('a');
    });
    await assert.rejects(refused, /disposed/);
  });

  it('a flight still settles when its cache is disposed of', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const call = f('a');
    f.cache[Symbol.dispose]();
    load.runs[0].resolve('v');
    assert.equal(await call, 'v');
  });
});
