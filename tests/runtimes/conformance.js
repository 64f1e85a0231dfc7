// The public behaviour of the package in any runtime. The cases need only the language and the package.
import { equal, pause, reasonOf, same, throws } from './expect.js';
import { runCases } from './run-cases.js';
import { staleness } from './staleness.js';

/** Every case is a function of the package that throws when it fails. */
export const cases = {
  'a duration is a number of seconds, or a string with its unit'({ ResultCache }) {
    const clock = { time: 0, now: () => clock.time };
    for (const [ttl, milliseconds] of [
      [1, 1_000],
      ['250ms', 250],
      ['5s', 5_000],
      ['5m', 300_000],
      ['2h', 7_200_000],
      ['1d', 86_400_000],
    ]) {
      const cache = new ResultCache({ ttl, clock }).put('a', 1);
      clock.time += milliseconds;
      equal(cache.has('a'), true, `${ttl}, in time`);
      clock.time += 1;
      equal(cache.has('a'), false, `${ttl}, over`);
    }
  },

  'a wrong option is refused by name'({ resilient, ResultCache }) {
    const fn = () => {};
    for (const [give, kind, message] of [
      [
        () => resilient(fn, { cache: { maxSize: 0 } }),
        RangeError,
        'cache.maxSize must be an integer >= 1, got 0',
      ],
      [
        () => new ResultCache({ maxsize: 1 }),
        TypeError,
        'Unknown option maxsize; did you mean maxSize?',
      ],
      [
        () => resilient(fn, { retry: { maxAttempts: NaN } }),
        RangeError,
        'retry.maxAttempts must be',
      ],
      [
        () => resilient(fn, { timeOut: 1 }),
        TypeError,
        'Unknown option timeOut; did you mean timeout?',
      ],
      [() => resilient(1), TypeError, 'fn must be a function, got 1'],
    ]) {
      throws(give, kind, message);
    }
    resilient(fn, { cache: undefined, retry: undefined, name: undefined });
  },

  'a ResultCache is a bounded Map in LRU order'({ ResultCache }) {
    const cache = new ResultCache({ maxSize: 3 });
    cache.put('a', 1).put('b', 2).set('c', undefined);
    equal(cache.get('a'), 1);
    cache.put('d', 4);
    same([...cache.keys()], ['c', 'a', 'd']);
    equal(cache.has('c') && !cache.has('b'), true);
    equal(cache.peek('c'), undefined);
    same([...cache.keys()], ['c', 'a', 'd'], 'peek moves nothing');
    equal(cache.invalidate('a'), true);
    equal(cache.delete('a'), false);
    cache.resize(1);
    same([...cache], [['d', 4]]);
    const { hits, misses, evictions, size, maxSize, hitRate } = cache.stats;
    same([hits, misses, evictions, size, maxSize, hitRate], [1, 0, 2, 1, 1, 1]);
    equal(Object.isFrozen(cache.stats), true);
    cache.clear();
    same([cache.size, cache.stats.hits], [0, 0]);
  },

  'a ResultCache of 10,000 entries has the order of its model'({ ResultCache }) {
    const cache = new ResultCache({ maxSize: 500, ttl: 0 });
    let list = [];
    let seed = 1;
    for (let step = 0; step < 10_000; step++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const key = seed % 900;
      const at = list.indexOf(key);
      equal(cache.get(key), at < 0 ? undefined : -key);
      if (at < 0) cache.put(key, -key);
      list = [...list.filter((other) => other !== key), key].slice(-500);
    }
    same([...cache.keys()], list);
  },

  'a ResultCache emits evict and expire'({ ResultCache }) {
    const heard = [];
    const clock = { time: 0, now: () => clock.time };
    const cache = new ResultCache({ maxSize: 1, ttl: '1s', clock });
    for (const type of ['evict', 'expire']) {
      cache.addEventListener(type, (event) => heard.push([event.type, event.key, event.value]));
    }
    cache.put('a', 1).put('b', 2);
    clock.time = 2_000;
    equal(cache.get('b'), undefined);
    same(heard, [
      ['evict', 'a', 1],
      ['expire', 'b', 2],
    ]);
  },

  'a disposed ResultCache throws a clear error'({ ResultCache }) {
    const cache = new ResultCache().put('a', 1);
    const dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');
    if (!cache[dispose]) return;
    cache[dispose]();
    cache[dispose]();
    throws(() => cache.put('b', 2), Error, '');
  },

  'many caches can be made and disposed of'({ ResultCache }) {
    for (let count = 0; count < 2_000; count++) new ResultCache({ maxSize: 10 }).put(count, count);
    equal(new ResultCache().put('a', 1).get('a'), 1);
  },

  'the types, the number and the order of arguments are part of the key'({ ResultCache }) {
    const { makeKey } = ResultCache;
    const different = [
      [],
      [undefined],
      [undefined, undefined],
      [null],
      [1],
      ['1'],
      [1n],
      [true],
      ['true'],
      [1, 2],
      [2, 1],
      [[1, 2]],
      [{ a: 1 }],
      [{ a: undefined }],
      [{}],
      [new Date(0)],
      [new Map([[1, 2]])],
      [new Set([1, 2])],
      [new Uint8Array([1])],
      [new Int8Array([1])],
      [/a/g],
      [/a/],
      [new URL('http://a/')],
      [() => {}],
      [Symbol('a')],
      [Symbol.for('a')],
    ].map((args) => makeKey(...args));
    equal(new Set(different).size, different.length);
  },

  'equal contents give equal keys at any depth'({ ResultCache }) {
    const { makeKey } = ResultCache;
    const cyclic = () => {
      const value = { name: 'a', list: [1, { b: new Set(['x', 'y']) }] };
      value.self = value;
      return value;
    };
    const deep = () => {
      let value = {};
      for (let level = 0; level < 100_000; level++) value = { value };
      return value;
    };
    for (const make of [
      () => ({ a: 1, b: { c: [1, 2, { d: new Date(5) }] } }),
      () => new Map([[{ a: 1 }, [2]]]),
      () => [NaN, -0, 0, Infinity, 10n],
      () => new URLSearchParams('a=1&b=2'),
      () => new Headers({ b: '2', a: '1' }),
      cyclic,
      deep,
    ]) {
      equal(makeKey(make()), makeKey(make()));
    }
    equal(makeKey({ a: 1, b: 2 }), makeKey({ b: 2, a: 1 }));
    equal(makeKey(new Set([1, 2])), makeKey(new Set([2, 1])));
  },

  'a wrapped function has the name, length and results of the function'({ resilient }) {
    function add(a, b) {
      return [this?.base, a + b];
    }
    const f = resilient(add, { cache: true, circuitBreaker: {} });
    // A minifier may have renamed the function.
    same([f.name, f.length], [add.name, 2]);
    same(f.call({ base: 7 }, 1, 2), [7, 3]);
    equal(f.cache.stats.misses, 1);
  },

  async 'a hit does not run the function, and returns what the function returned'({ resilient }) {
    let runs = 0;
    const sync = resilient((n) => n + ++runs, { cache: true });
    same([sync(1), sync(1), runs], [2, 2, 1]);
    const later = resilient(async (n) => n + ++runs, { cache: true });
    equal(later(1) instanceof Promise, true);
    same([await later(1), await later(1), runs], [3, 3, 2]);
    equal(later.invalidate(1), true);
    equal(await later(1), 4);
  },

  async 'an object that only resembles a Response is cached as it is'({ resilient }) {
    class Message {
      get headers() {
        return { subject: 'hello' };
      }
      get status() {
        return 200;
      }
    }
    let runs = 0;
    const load = resilient(
      async (id) => {
        runs++;
        return Object.assign(new Message(), { id });
      },
      { cache: true },
    );
    const [first, second] = await Promise.all([load(1), load(1)]);
    equal(first, second);
    equal(await load(1), first);
    same([first.headers.subject, first.id, runs], ['hello', 1, 1]);
    equal(resilient(() => first, { cache: true })(), first);
  },

  async 'ten thousand concurrent callers share one run'({ resilient }) {
    let runs = 0;
    const f = resilient(
      async (key) => {
        runs++;
        await pause(5);
        return { key };
      },
      { cache: true },
    );
    const answers = await Promise.all(Array.from({ length: 10_000 }, () => f('k')));
    equal(new Set(answers).size, 1);
    same([runs, f.cache.stats.coalesced, f.cache.stats.misses], [1, 9_999, 1]);
  },

  async 'all callers of a flight get its failure, which is not stored'({ resilient }) {
    let runs = 0;
    const error = new Error('boom');
    const f = resilient(async () => (++runs === 1 ? Promise.reject(error) : 'fine'), {
      cache: true,
    });
    const outcomes = await Promise.allSettled([f(), f(), f()]);
    for (const { reason } of outcomes) equal(reason, error);
    same([await f(), runs], ['fine', 2]);
  },

  async 'invalidate during a flight keeps its result out of the cache'({ resilient }) {
    const ends = [];
    const f = resilient(() => new Promise((resolve) => ends.push(resolve)), { cache: true });
    const first = f('a');
    f.invalidate('a');
    const second = f('a');
    ends[1]('new');
    ends[0]('old');
    same([await first, await second, await f('a')], ['old', 'new', 'new']);
  },

  async 'a caller that aborts leaves at once, and the others stay'({ resilient }) {
    const ends = [];
    const signals = [];
    const f = resilient(
      (_key, { signal }) => {
        signals.push(signal);
        return new Promise((resolve) => ends.push(resolve));
      },
      { cache: true, passContext: true },
    );
    const controller = new AbortController();
    const leaving = f.with({ signal: controller.signal })('a');
    const staying = f('a');
    controller.abort('bye');
    equal(await reasonOf(leaving), 'bye');
    equal(signals[0].aborted, false);
    ends[0]('v');
    equal(await staying, 'v');

    const last = new AbortController();
    const alone = f.with({ signal: last.signal })('b');
    last.abort('bye');
    equal(await reasonOf(alone), 'bye');
    equal(signals[1].aborted, true);
  },

  'a synchronous function that calls itself with the same key throws a clear error'({ resilient }) {
    const f = resilient((n) => f(n), { cache: true, sync: true });
    throws(() => f(1), Error, 'called recursively with the same key');
  },

  async 'a refresh replaces the stored result'({ resilient }) {
    let runs = 0;
    const f = resilient(async () => ++runs, { cache: true });
    same([await f(), await f.with({ refresh: true })(), await f()], [1, 2, 2]);
  },

  async 'events are emitted in order with their fields'({ resilient, EventType, ResilienceEvent }) {
    const heard = [];
    const f = resilient(async (n) => n, {
      name: 'f',
      cache: true,
      onEvent: (event) => heard.push(event),
    });
    const hits = [];
    f.addEventListener(EventType.CACHE_HIT, ({ key }) => hits.push(key), { once: true });
    await Promise.all([f(1), f(1)]);
    await f(1);
    await f(1);
    same(
      heard.map(({ type, functionName, key }) => [type, functionName, key]),
      ['cache_miss', 'cache_coalesced', 'success', 'cache_hit', 'cache_hit'].map((type) => [
        type,
        'f',
        1,
      ]),
    );
    equal(
      heard.every((event) => event instanceof ResilienceEvent && event instanceof Event),
      true,
    );
    same(hits, [1]);
    equal(heard[2].duration >= 0, true);
  },

  async 'retry tries again until an attempt succeeds'({ resilient }) {
    let runs = 0;
    const f = resilient(async () => (++runs < 3 ? Promise.reject(new Error('boom')) : 'fine'), {
      retry: { maxAttempts: 3, delay: '1ms' },
    });
    same([await f(), runs], ['fine', 3]);
  },

  async 'a timeout rejects the call and aborts the signal of the function'({
    resilient,
    TimeoutError,
  }) {
    const signals = [];
    const f = resilient(({ signal }) => signals.push(signal) && new Promise(() => {}), {
      timeout: '10ms',
      passContext: true,
    });
    const error = await reasonOf(f());
    same([error instanceof TimeoutError, error.code], [true, 'TIMEOUT']);
    equal(signals[0].reason, error);
  },

  async 'a circuit breaker opens, refuses calls and probes'({ resilient, CircuitOpenError }) {
    let well = false;
    const f = resilient(async () => (well ? 'fine' : Promise.reject(new Error('boom'))), {
      circuitBreaker: { failureThreshold: 2, recoveryTimeout: '300ms', successThreshold: 1 },
    });
    await reasonOf(f());
    await reasonOf(f());
    equal(f.circuitBreaker.state, 'open');
    const refused = await reasonOf(f());
    same([refused instanceof CircuitOpenError, refused.code], [true, 'CIRCUIT_OPEN']);
    while (f.circuitBreaker.state === 'open') await pause(5);
    well = true;
    same([await f(), f.circuitBreaker.state], ['fine', 'closed']);
  },

  async 'a rate limiter lets maxCalls through at once, and the others later'({
    resilient,
    RateLimitExceededError,
  }) {
    const f = resilient(async (n) => n, { rateLimiter: { maxCalls: 2, period: '1h' } });
    same([await f(1), await f(2)], [1, 2]);
    equal((await reasonOf(f(3))) instanceof RateLimitExceededError, true);
    const patient = resilient(async (n) => n, {
      rateLimiter: { maxCalls: 1, period: '5ms', maxWait: '5s' },
    });
    same(await Promise.all([patient(1), patient(2), patient(3)]), [1, 2, 3]);
  },

  async 'a bulkhead limits concurrent calls'({ resilient, BulkheadFullError }) {
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await pause(2);
      running--;
    };
    const f = resilient(work, { bulkhead: { maxConcurrent: 2, maxWait: '5s' } });
    await Promise.all(Array.from({ length: 7 }, () => f()));
    equal(most, 2);
    const strict = resilient(work, { bulkhead: { maxConcurrent: 1 } });
    const [, refused] = await Promise.allSettled([strict(), strict()]);
    equal(refused.reason instanceof BulkheadFullError, true);
  },

  async 'a hedge takes the first success'({ resilient }) {
    let runs = 0;
    const f = resilient(async () => (++runs === 1 ? new Promise(() => {}) : 'second'), {
      hedge: { delay: '5ms' },
    });
    equal(await f(), 'second');
  },

  async 'a fallback replaces an error and is never stored'({ resilient }) {
    const f = resilient(async () => Promise.reject(new Error('boom')), {
      cache: true,
      fallback: (error, n) => `${error.message} ${n}`,
    });
    same([await f(1), f.cache.size], ['boom 1', 0]);
  },

  async 'the functions of a policy share one breaker'({ policy, health, Registry, httpPolicy }) {
    const api = policy(httpPolicy({ retry: { maxAttempts: 1 } }));
    const [f, g] = [api(async () => 1, { cache: true, name: 'f' }), api(async () => 2)];
    equal(f.circuitBreaker, g.circuitBreaker);
    same([await f(), await g()], [1, 2]);
    const registry = new Registry();
    registry.register('api', api);
    equal(health(registry).api.caches.f.size, 1);
  },

  'non-standard properties of a Request are part of its key'({ resilient }) {
    if (!globalThis.Request) return;
    const get = resilient(async () => new Response(), { http: true, cache: true });
    const keyOf = (init) => get.makeKey(new Request('https://api.example.com/', init));
    for (const [name, one, other] of extensions()) {
      equal(keyOf({ [name]: one }) === keyOf({ [name]: other }), false, name);
      equal(keyOf({ [name]: one }), keyOf({ [name]: one }), name);
    }
  },

  async 'concurrent calls of a wrapped fetch share one request, and each gets its own response'({
    resilient,
  }) {
    // jsdom has neither fetch nor Response.
    if (!globalThis.Response) return;
    let requests = 0;
    const get = resilient(
      async (input) => {
        requests++;
        await pause(2);
        return new Response(JSON.stringify({ url: String(input.url ?? input) }), {
          status: requests === 1 ? 503 : 200,
          headers: { 'content-type': 'application/json' },
        });
      },
      { http: true, cache: true, retry: { delay: '1ms' } },
    );
    const url = 'https://api.example.com/users/1';
    const responses = await Promise.all([get(url), get(`${url}#top`), get(new URL(url))]);
    for (const response of responses) equal((await response.json()).url, url);
    equal(requests, 2, 'one, and a retry');
    const stored = await get(url);
    same([stored.status, stored.headers.get('content-type')], [200, 'application/json']);
    equal((await stored.clone().text()) === (await stored.text()), true);
    equal(requests, 2);
    await (await get(url, { headers: { authorization: 'Alice' } })).text();
    equal(requests, 3, 'who asks is part of the key');
    await (await get(url, { method: 'POST', body: 'x' })).text();
    await (await get(url, { method: 'POST', body: 'x' })).text();
    equal(requests, 5, 'a POST is never stored');
  },

  async 'what the platform does with a response works with a copy from the cache'({ resilient }) {
    // jsdom has neither fetch nor Response.
    if (!globalThis.Response) return;
    const make = async () => new Response('text', { status: 203, headers: { 'x-a': '1' } });
    const get = resilient(make, { cache: true });
    await (await get()).text();
    const { prototype } = Response;
    equal(await prototype.text.call(await get()), 'text', 'the text() of the platform');
    equal(await prototype.clone.call(await get()).text(), 'text', 'the clone() of the platform');
    const copy = await get();
    const passedOn = new Response(copy.body, copy);
    same(
      [passedOn.status, passedOn.headers.get('x-a'), copy.constructor === Response],
      [203, '1', true],
    );
    equal(await passedOn.text(), 'text', 'a response with its body');
    for (const use of [() => copy.text(), () => prototype.text.call(copy)]) {
      equal((await reasonOf(use())).name, 'TypeError', 'a body that is used');
    }
    const read = await get();
    equal(await read.text(), 'text');
    equal(read.bodyUsed, true);
    for (const use of [() => read.json(), () => prototype.text.call(read)]) {
      equal((await reasonOf(use())).name, 'TypeError', 'a body that was read');
    }
    // By name: the error of the platform can be of another realm.
    equal((await reasonOf((async () => read.clone())())).name, 'TypeError', 'a clone of it');
    const cache = globalThis.caches?.default;
    if (!cache) return;
    const url = 'https://api.example.com/copies';
    const stored = await get.with({ refresh: true })();
    const headers = { 'cache-control': 'max-age=60' };
    await cache.put(url, new Response((await get()).body, { headers }));
    equal(await (await cache.match(url)).text(), 'text', 'what a cache of Workers stores');
    equal((await reasonOf(cache.put(url, read))).name, 'TypeError', 'a cache and a used body');
    equal(await stored.text(), 'text');
  },

  ...staleness,
};

/** Runs all cases, as `runCases` does. */
export const conform = (holdfast) => runCases(cases, holdfast);

/** Non-standard properties of this runtime's `Request`: a name and two values for each. */
function extensions() {
  const { Deno, process, navigator } = globalThis;
  if (Deno) return [['client', Deno.createHttpClient({}), Deno.createHttpClient({})]];
  if (navigator?.userAgent === 'Cloudflare-Workers') {
    return [['cf', { cacheKey: 'one' }, { cacheKey: 'other' }]];
  }
  // Private from Node 24 on.
  const isOldNode = !process?.versions?.bun && Number(process?.versions?.node?.split('.')[0]) < 24;
  return isOldNode ? [['dispatcher', { dispatch() {} }, { dispatch: () => true }]] : [];
}
