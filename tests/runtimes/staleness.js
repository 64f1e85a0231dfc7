// Staleness in any runtime, as cases of conformance.js. The cases need only the language and the package.
import { equal, pause, same } from './expect.js';

/** A function whose result `'old'` for `'a'` is stored; `runs` has how to settle each later run. */
async function stored({ resilient }, cache, options) {
  const clock = { time: 0, now: () => clock.time };
  const runs = [];
  let count = 0;
  const load = (...args) =>
    ++count === 1
      ? Promise.resolve('old')
      : new Promise((resolve, reject) => runs.push({ args, resolve, reject }));
  const f = resilient(load, { cache: { ttl: 10, clock, ...cache }, ...options });
  equal(await f('a'), 'old');
  return { clock, runs, f };
}

/** Lets the promises settle that are resolved by now. */
const settle = () => pause(0);

export const staleness = {
  async 'a stale value is given at once, and one run replaces it'(holdfast) {
    const { clock, runs, f } = await stored(holdfast, { staleWhileRevalidate: 20 });
    clock.time = 10_001;
    const values = await Promise.all(Array.from({ length: 1_000 }, () => f('a')));
    same([[...new Set(values)], runs.length], [['old'], 1]);
    runs[0].resolve('new');
    await settle();
    same([await f('a'), runs.length], ['new', 1]);
    const { hits, misses, stale, refreshes, refreshErrors } = f.cache.stats;
    same([hits, misses, stale, refreshes, refreshErrors], [1_001, 1, 1_000, 1, 0]);
  },

  async 'a stale value is not given after its window, and calls join the refresh'(holdfast) {
    const { clock, runs, f } = await stored(holdfast, { staleWhileRevalidate: 20 });
    clock.time = 30_000;
    equal(await f('a'), 'old');
    clock.time = 30_001;
    const joined = [f('a'), f('a')];
    runs[0].resolve('new');
    same([await Promise.all(joined), runs.length], [['new', 'new'], 1]);
  },

  async 'invalidate, put and expire during a refresh keep its result out of the cache'(holdfast) {
    for (const [act, left] of [
      [(f) => f.invalidate('a'), undefined],
      [(f) => f.cache.clear(), undefined],
      [(f) => f.put(['a'], 'put'), 'put'],
      [(f) => f.expire('a'), undefined],
    ]) {
      const { clock, runs, f } = await stored(holdfast, { staleWhileRevalidate: 20 });
      clock.time = 10_001;
      equal(await f('a'), 'old');
      act(f);
      runs[0].resolve('late');
      await settle();
      equal(f.cache.get('a'), left, String(act));
    }
  },

  async 'a refresh that fails is an error to no caller, and pauses its key'(holdfast) {
    const { clock, runs, f } = await stored(holdfast, { staleWhileRevalidate: 20 });
    clock.time = 10_001;
    equal(await f('a'), 'old');
    runs[0].reject(new Error('no'));
    await settle();
    same([await f('a'), runs.length, f.cache.stats.refreshErrors], ['old', 1, 1]);
  },

  async 'a stale value stands in for an error, and after its window there is the error'(holdfast) {
    const { clock, runs, f } = await stored(holdfast, { staleIfError: 20, staleBackoff: 0 });
    clock.time = 30_000;
    const calls = [f('a'), f('a')];
    runs[0].reject(new Error('no'));
    same(await Promise.all(calls), ['old', 'old']);
    clock.time = 30_001;
    const late = f('a').catch((error) => error);
    runs[1].reject('gone');
    equal(await late, 'gone');
  },

  async 'a stale value stands in for an open breaker, and not where staleOn excludes it'(holdfast) {
    const { CircuitOpenError } = holdfast;
    for (const [staleOn, expected] of [
      [[CircuitOpenError], 'old'],
      [(error) => !(error instanceof CircuitOpenError), 'CIRCUIT_OPEN'],
    ]) {
      const cache = { staleIfError: 20, staleOn };
      const { clock, runs, f } = await stored(holdfast, cache, { circuitBreaker: {} });
      f.circuitBreaker.forceOpen();
      clock.time = 10_001;
      equal(await f('a').catch(({ code }) => code), expected);
      equal(runs.length, 0);
    }
  },

  async 'a call that is slow gets the stale value, and its run goes on'(holdfast) {
    const { clock, runs, f } = await stored(holdfast, { staleIfError: 20, staleIfSlow: '5ms' });
    clock.time = 10_001;
    same(await Promise.all([f('a'), f('a')]), ['old', 'old']);
    equal(runs.length, 1);
    runs[0].resolve('new');
    await settle();
    equal(await f('a'), 'new');
  },

  async 'a caller that leaves does not end the refresh that it started'(holdfast) {
    const cache = { staleWhileRevalidate: 20 };
    const { clock, runs, f } = await stored(holdfast, cache, { passContext: true });
    clock.time = 10_001;
    const controller = new AbortController();
    equal(await f.with({ signal: controller.signal })('a'), 'old');
    controller.abort('bye');
    equal(runs[0].args[1].signal.aborted, false);
    runs[0].resolve('new');
    await settle();
    equal(await f('a'), 'new');
  },

  'a stale synchronous function gives its new result, and the stale one if it throws'({
    resilient,
  }) {
    const clock = { time: 0, now: () => clock.time };
    const results = ['old', undefined, 'new'];
    const f = resilient(
      () => {
        const result = results.shift();
        if (!result) throw new Error('no');
        return result;
      },
      { cache: { ttl: 10, staleWhileRevalidate: 20, staleBackoff: 0, clock } },
    );
    equal(f('a'), 'old');
    clock.time = 10_001;
    same([f('a'), f('a'), f('a')], ['old', 'new', 'new']);
  },

  async 'waitUntil gets a Promise that is fulfilled when the refresh has ended'(holdfast) {
    for (const end of ['resolve', 'reject']) {
      const waits = [];
      const cache = { staleWhileRevalidate: 20, waitUntil: (promise) => waits.push(promise) };
      const { clock, runs, f } = await stored(holdfast, cache);
      clock.time = 10_001;
      const stale = f('a');
      equal(waits.length, 1);
      equal(await stale, 'old');
      let ended = false;
      waits[0].then(() => {
        ended = true;
      });
      await settle();
      equal(ended, false);
      runs[0][end]('new');
      await waits[0];
      equal(await f('a'), end === 'resolve' ? 'new' : 'old');
    }
  },

  async 'expire ends the freshness only, and the windows count from then'(holdfast) {
    const { clock, runs, f } = await stored(holdfast, { staleWhileRevalidate: 20 });
    clock.time = 4_000;
    same([f.expire('a'), f.expire('a'), f.cache.size], [true, false, 1]);
    clock.time = 23_999;
    same([await f('a'), runs.length], ['old', 1]);
    clock.time = 24_001;
    equal(f.cache.info('a'), undefined);
  },

  async 'a ttl function decides how long a result is stored'({ resilient }) {
    const clock = { time: 0, now: () => clock.time };
    let runs = 0;
    const f = resilient(async (life) => ({ life, run: ++runs }), {
      cache: { ttl: ({ life }) => life, clock },
    });
    for (const life of [5, '5s', Infinity, 0, false]) await f(life);
    equal(f.cache.size, 3);
    clock.time = 5_001;
    same([...f.cache.keys()].map(String), ['Infinity']);
  },

  'ttlJitter shortens lives, each by another part'({ ResultCache }) {
    const clock = { now: () => 0 };
    const cache = new ResultCache({ ttl: 10, ttlJitter: 0.5, clock });
    const lives = Array.from({ length: 100 }, (_, n) => cache.put(n, n).info(n).ttl);
    equal(Math.min(...lives) >= 5 && Math.max(...lives) <= 10, true);
    equal(new Set(lives).size > 10, true);
    equal(cache.put('own', 1, { ttl: 3 }).info('own').ttl, 3);
  },

  async 'events of stale values and refreshes have the number of their flight'(holdfast) {
    const heard = [];
    const onEvent = (event) => heard.push(event);
    const { clock, runs, f } = await stored(holdfast, { staleWhileRevalidate: 20 }, { onEvent });
    heard.length = 0;
    clock.time = 10_001;
    await f('a');
    runs[0].resolve('new');
    await settle();
    same(
      heard.map(({ type }) => type),
      ['cache_refresh', 'cache_stale', 'success'],
    );
    const [refresh, stale, success] = heard;
    same([stale.detail, stale.flight], [{ reason: 'revalidate', age: 0.001 }, 0]);
    equal(refresh.flight > 0 && success.flight === refresh.flight, true);
    equal(success.detail.background, true);
  },

  async 'functions with one store share no entries, and the same name only for the same function'({
    resilient,
    ResultCache,
  }) {
    const clock = { time: 0, now: () => clock.time };
    const store = new ResultCache({ ttl: 10, staleIfError: 20, clock });
    const load = async (n) => `load ${n}`;
    const f = resilient(load, { name: 'load', cache: { store } });
    const again = resilient(load, { name: 'load', cache: { store } });
    const g = resilient(async (n) => `g ${n}`, { cache: { store } });
    same([await f(1), await g(1), await again(1), store.size], ['load 1', 'g 1', 'load 1', 2]);
    let refused;
    try {
      resilient(async () => {}, { name: 'load', cache: { store } });
    } catch (error) {
      refused = error;
    }
    equal(refused instanceof TypeError, true);
    f.clear();
    equal(store.size, 1);
  },

  async 'a stale response is given while the new one is read to its end and stored'({ resilient }) {
    // jsdom has neither fetch nor Response.
    if (!globalThis.Response) return;
    const clock = { time: 0, now: () => clock.time };
    const statuses = [200, 200, 503];
    let runs = 0;
    const waits = [];
    const get = resilient(
      async () => new Response(`answer ${++runs}`, { status: statuses[runs - 1] }),
      {
        http: true,
        cache: {
          ...{ ttl: 10, staleWhileRevalidate: 20, staleIfError: 20, clock },
          waitUntil: (promise) => waits.push(promise),
        },
      },
    );
    const text = async () => (await get('https://api.example.com/')).text();
    equal(await text(), 'answer 1');
    // Stored when the body is complete, which may be after a reader has it.
    for (let count = 0; get.cache.size === 0 && count < 1_000; count++) await pause(1);
    clock.time = 10_001;
    const [first, second] = await Promise.all([text(), text()]);
    same([first, second], ['answer 1', 'answer 1']);
    await waits[0];
    same([await text(), runs], ['answer 2', 2]);
    clock.time = 20_002;
    equal(await text(), 'answer 2');
    await waits[1];
    same([await text(), runs, get.cache.stats.refreshErrors], ['answer 2', 3, 1]);
  },
};
