// HTTP caching in any runtime, as cases of a function of the package. The cases need only fetch's classes.
import { equal, reasonOf, same, throws } from './expect.js';
import { runCases } from './run-cases.js';

const START = Date.UTC(2026, 0, 2);
const URL_OF_PAGE = 'https://api.example.com/page';

/** In browsers the package leaves conditional requests to the browser's cache. */
export const SENDS_CONDITIONS = !/^Mozilla\//.test(globalThis.navigator?.userAgent ?? '');

/** An HTTP date, some seconds from the start of a case. */
export const dateAt = (seconds) => new Date(START + 1_000 * seconds).toUTCString();

/**
 * A wrapped function in front of a server.
 * @param respond gets `{ method, headers, cache, number }`; returns `[body, init]`, a Response or a Promise
 */
export function scene({ resilient, httpCache }, respond, cache, options) {
  const clock = { time: START, now: () => clock.time };
  const requests = [];
  const load = async (input, init = {}) => {
    const headers = new Headers(init.headers ?? input.headers);
    const { method = 'GET', cache: mode, signal } = init;
    const request = { url: String(input), method, headers, cache: mode, signal };
    requests.push(request);
    request.number = requests.length;
    const answer = await respond(request);
    return Array.isArray(answer) ? new Response(...answer) : answer;
  };
  const get = resilient(load, { http: true, cache: httpCache({ clock, ...cache }), ...options });
  const text = async (init) => (await get(URL_OF_PAGE, init)).text();
  const after = (seconds) => {
    clock.time = START + 1_000 * seconds;
  };
  return { get, requests, clock, after, text, page: (init) => get(URL_OF_PAGE, init) };
}

/** A server whose response has an ETag, and that answers a conditional request with a 304. */
export const withEtag =
  (headers, of304 = {}) =>
  ({ headers: request, number, cache }) =>
    request.get('if-none-match') === '"v1"' && cache !== 'reload'
      ? [null, { status: 304, headers: { etag: '"v1"', ...of304 } }]
      : [`body ${number}`, { headers: { etag: '"v1"', ...headers } }];

/** How many seconds a response is fresh: headers, seconds, options of the cache, status. */
const FRESH = [
  [{ 'cache-control': 'max-age=60' }, 60],
  [{ 'cache-control': 'foo, MAX-Age="60"' }, 60],
  [{ 'cache-control': 'max-age=060' }, 60],
  [{ 'cache-control': 'max-age=60, max-age=60' }, 60],
  [{ 'cache-control': 'max-age=60, max-age=10' }, 0],
  [{ 'cache-control': 'extension="a, max-age=60"' }, 0],
  [{ 'cache-control': 'max-age=6.5' }, 0],
  [{ 'cache-control': 'max-age=-60' }, 0],
  [{ 'cache-control': "max-age='60'" }, 0],
  [{ 'cache-control': 'max-age =60' }, 0],
  [{ 'cache-control': 'max-age' }, 0],
  [{ 'cache-control': 'max-age=0', expires: dateAt(60) }, 0],
  [{ 'cache-control': 'max-age=10', expires: dateAt(60) }, 10],
  [{ 'cache-control': 'max-age=99999999999' }, 2 ** 31],
  [{ 'cache-control': 'max-age=60', age: '20' }, 40],
  [{ 'cache-control': 'max-age=60', age: '20, 5' }, 40],
  [{ 'cache-control': 'max-age=60', age: '20;a=1' }, 40],
  [{ 'cache-control': 'max-age=60', age: 'abc' }, 60],
  [{ 'cache-control': 'max-age=60', age: '-20' }, 60],
  [{ 'cache-control': 'max-age=60', age: '20.0' }, 60],
  [{ 'cache-control': 'max-age=60', age: '60' }, 0],
  [{ 'cache-control': 'max-age=60', age: '2147483648' }, 0],
  [{ 'cache-control': 'max-age=60', date: dateAt(-20) }, 40],
  [{ 'cache-control': 'max-age=60', date: dateAt(-20), age: '30' }, 30],
  [{ 'cache-control': 'max-age=60', date: dateAt(20) }, 60],
  [{ expires: dateAt(60) }, 60],
  [{ expires: dateAt(60), date: dateAt(0) }, 60],
  [{ expires: dateAt(-60) }, 0],
  [{ expires: '0' }, 0],
  [{ expires: dateAt(60).replace('GMT', 'UTC') }, 0],
  [{ expires: dateAt(60).replace('GMT', 'gmt') }, 60],
  [{ expires: 'Friday, 02-Jan-26 00:01:00 GMT' }, 60],
  [{ expires: 'Fri Jan  2 00:01:00 2026' }, 60],
  [{ expires: 'Fri, 2 Jan 2026 00:01:00 GMT' }, 0],
  [{ 'last-modified': dateAt(-600) }, 60],
  [{ 'last-modified': dateAt(-600) }, 0, { heuristic: 0 }],
  [{ 'last-modified': dateAt(-600) }, 300, { heuristic: 0.5 }],
  [{ 'last-modified': dateAt(-600), 'cache-control': 'max-age=10' }, 10],
  [{ 'last-modified': dateAt(-600) }, 0, {}, 201],
  [{ 'last-modified': dateAt(-600), 'cache-control': 'public' }, 60, {}, 201],
  [{ 'last-modified': dateAt(60) }, 0],
  [{}, 0],
  [{ etag: '"a"' }, 0],
  [{}, 60, { ttl: 60 }],
  [{}, 60, { ttl: () => '60s' }],
  [{ etag: '"a"' }, 60, { ttl: 60 }],
  [{}, 0, { ttl: 60 }, 403],
  [{}, 60, { ttl: 60, statuses: [403] }, 403],
  [{ 'cache-control': 'max-age=10' }, 10, { ttl: 60 }],
  [{ 'cache-control': 'no-cache' }, 0, { ttl: 60 }],
  [{ expires: '0' }, 0, { ttl: 60 }],
  [{ 'last-modified': dateAt(-600) }, 60, { ttl: 10 }],
  [{ 'cache-control': 'max-age=600' }, 60, { maxTtl: '1m' }],
  [{ 'cache-control': 'max-age=600, stale-while-revalidate=600' }, 60, { maxTtl: '1m' }],
  [{ 'cache-control': 'max-age=60' }, 60, { maxTtl: '10m' }],
  [{ 'cache-control': 'max-age=60, no-cache' }, 0],
  [{ 'cache-control': 'max-age=60, No-CaChE' }, 0],
  [{ 'cache-control': 'max-age=60, no-cache="x"' }, 60],
  [{ 'cache-control': 'no-cache="x", no-cache, max-age=60' }, 0],
  [{ 'cache-control': 'max-age=60, no-store' }, 0],
  [{ 'cache-control': 'max-age=60, no-store, must-understand' }, 60],
  [{ 'cache-control': 'max-age=60, must-understand' }, 0, {}, 299],
  [{ 'cache-control': 'max-age=60', vary: 'accept, *' }, 0],
  [{ 'cache-control': 'max-age=60' }, 60, {}, 299],
  [{ 'cache-control': 'max-age=60' }, 60, {}, 404],
  [{ 'cache-control': 'max-age=60' }, 0, {}, 206],
  [{ 'cache-control': 'max-age=60' }, 0, {}, 503],
  [{ 'cache-control': 'max-age=60, private' }, 60],
  [{ 'cache-control': 'max-age=60, private' }, 0, { shared: true }],
  [{ 'cache-control': 'max-age=60, private="x"' }, 60, { shared: true }],
  [{ 'cache-control': 'max-age=10, s-maxage=60' }, 10],
  [{ 'cache-control': 'max-age=10, s-maxage=60' }, 60, { shared: true }],
  [{ 'cache-control': 's-maxage=10, max-age=60' }, 10, { shared: true }],
];

const cc = (value) => ({ headers: { 'cache-control': value } });

/** Whether a request is answered from the cache: the stored `Cache-Control`, the age in seconds, the request, the answer. */
const WISHES = [
  ['max-age=100', 50, cc('max-age=60'), true],
  ['max-age=100', 50, cc('max-age=40'), false],
  ['max-age=100', 50, cc('max-age=x'), false],
  ['max-age=100', 50, cc('min-fresh=40'), true],
  ['max-age=100', 50, cc('min-fresh=60'), false],
  ['max-age=100', 50, cc('no-cache'), false],
  ['max-age=100', 50, cc('no-store'), false],
  ['max-age=100', 50, cc('only-if-cached'), true],
  ['max-age=100', 50, { headers: { pragma: 'no-cache' } }, false],
  ['max-age=100', 50, { headers: { pragma: 'no-cache', 'cache-control': 'max-age=60' } }, true],
  ['max-age=100', 50, { cache: 'no-cache' }, false],
  ['max-age=100', 50, { cache: 'reload' }, false],
  ['max-age=100', 50, { cache: 'no-store' }, false],
  ['max-age=100', 50, { cache: 'default' }, true],
  ['max-age=100', 50, { cache: 'force-cache' }, true],
  ['max-age=100', 50, { headers: { range: 'bytes=0-1' } }, false],
  ['max-age=100', 50, { headers: { 'if-none-match': '"x"' } }, false],
  ['max-age=100', 150, {}, false],
  ['max-age=100', 150, cc('max-stale'), true],
  ['max-age=100', 150, cc('max-stale=60'), true],
  ['max-age=100', 150, cc('max-stale=40'), false],
  ['max-age=100', 150, cc('max-stale, max-age=120'), false],
  ['max-age=100, must-revalidate', 150, cc('max-stale'), false],
  ['max-age=100, no-cache', 50, cc('max-stale'), false],
  ['max-age=100, must-revalidate', 150, { cache: 'force-cache' }, true],
  ['max-age=100', 150, { cache: 'only-if-cached' }, true],
  ['max-age=100, stale-while-revalidate=100', 150, cc('max-age=120'), false],
  ['max-age=100, immutable', 50, { cache: 'no-cache' }, true],
  ['max-age=100, immutable', 150, { cache: 'no-cache' }, false],
  ['max-age=100, immutable', 50, { cache: 'reload' }, false],
  ['max-age=100, immutable', 50, cc('no-cache'), false],
];

const named = (value) => JSON.stringify(value);

export const httpCaching = {
  async 'headers of a response decide how long it is fresh'(holdfast) {
    for (const [headers, seconds, cache, status = 200] of FRESH) {
      const what = `${named(headers)} ${cache ? named(cache) : ''} ${status}`;
      const respond = ({ number }) => [`body ${number}`, { status, headers }];
      const { text, after, requests } = scene(holdfast, respond, cache);
      await text();
      if (seconds > 0) {
        after(seconds - 1);
        equal(await text(), 'body 1', `${what}: in time`);
      }
      after(seconds + 1);
      await text();
      equal(requests.length, 2, `${what}: requests`);
    }
  },

  async 'directives of a request decide whether a stored response is accepted'(holdfast) {
    for (const [stored, age, init, isHit] of WISHES) {
      const what = `${stored}, ${age} s, ${named(init)}`;
      const respond = ({ number }) => [`body ${number}`, { headers: { 'cache-control': stored } }];
      const { text, after, requests } = scene(holdfast, respond);
      await text();
      after(age);
      equal(await text(init), isHit ? 'body 1' : 'body 2', what);
      equal(requests.length, isHit ? 1 : 2, `${what}: requests`);
    }
  },

  async 'only-if-cached without a stored response is a 504, or a TypeError for init.cache'(
    holdfast,
  ) {
    const { page, requests, get } = scene(holdfast, () => ['body']);
    equal((await page(cc('only-if-cached'))).status, 504);
    const reason = await reasonOf(page({ cache: 'only-if-cached' }));
    equal(reason instanceof TypeError, true, 'a TypeError');
    same([requests.length, get.cache.size], [0, 0]);
  },

  async 'a hit has an Age, and keeps the Date'(holdfast) {
    const date = dateAt(0);
    const respond = () => ['body', { headers: { 'cache-control': 'max-age=100', age: '7', date } }];
    const { page, after } = scene(holdfast, respond);
    const first = await page();
    same([first.headers.get('age'), await first.text()], ['7', 'body'], 'the first');
    after(30.5);
    const { headers } = await page();
    same([headers.get('age'), headers.get('date')], ['37', date]);
  },

  async 'a stale response is confirmed by a 304, which updates its headers'(holdfast) {
    if (!SENDS_CONDITIONS) return;
    const stored = {
      'cache-control': 'max-age=10',
      'x-kept': 'a',
      'x-new': 'b',
      'content-type': 'text/x',
    };
    const of304 = { 'x-new': 'c', 'content-length': '999', connection: 'x-hop', 'x-hop': '1' };
    const server = withEtag({ ...stored, 'last-modified': dateAt(-9) }, of304);
    const { page, after, requests, get } = scene(holdfast, server);
    await (await page()).text();
    after(20);
    const response = await page();
    const { headers } = requests[1];
    same(
      ['if-none-match', 'if-modified-since', 'cache-control'].map((name) => headers.get(name)),
      ['"v1"', dateAt(-9), 'max-age=0'],
    );
    same([response.status, await response.text()], [200, 'body 1']);
    same(
      ['x-kept', 'x-new', 'content-type', 'x-hop'].map((name) => response.headers.get(name)),
      ['a', 'c', 'text/x', null],
    );
    equal(response.headers.get('content-length') === '999', false, 'length of the 304');
    after(29);
    equal(await (await page()).text(), 'body 1', 'fresh again');
    after(31);
    await (await page()).text();
    same([requests.length, get.cache.stats.revalidated, get.cache.stats.misses], [3, 2, 3]);
  },

  async 'in browsers a stale response is requested with the mode no-cache and no condition'(
    holdfast,
  ) {
    if (SENDS_CONDITIONS) return;
    const { text, after, requests } = scene(holdfast, withEtag({ 'cache-control': 'max-age=10' }));
    await text();
    after(20);
    equal(await text(), 'body 2');
    same([requests[1].headers.get('if-none-match'), requests[1].cache], [null, 'no-cache']);
  },

  async 'a hundred callers share one conditional request, and each gets a response of its own'(
    holdfast,
  ) {
    const server = withEtag({ 'cache-control': 'max-age=10' });
    const { page, after, requests, get } = scene(holdfast, server);
    await (await page()).text();
    after(20);
    const responses = await Promise.all(Array.from({ length: 100 }, () => page()));
    const texts = await Promise.all(responses.map((response) => response.text()));
    same([...new Set(texts)], [SENDS_CONDITIONS ? 'body 1' : 'body 2']);
    same([requests.length, get.cache.stats.coalesced], [2, 99]);
  },

  async 'HEAD is answered from the response to GET, and updates it'(holdfast) {
    const server = ({ method, number }) =>
      method === 'HEAD'
        ? [null, { headers: { etag: '"a"', 'cache-control': 'max-age=100', 'x-from': 'head' } }]
        : [`body ${number}`, { headers: { etag: '"a"', 'cache-control': 'max-age=10' } }];
    const { page, text, after, requests } = scene(holdfast, server);
    await text();
    const head = await page({ method: 'HEAD' });
    same([await head.text(), head.headers.get('etag'), requests.length], ['', '"a"', 1]);
    after(20);
    equal((await page({ method: 'HEAD' })).headers.get('x-from'), 'head');
    const response = await page();
    same([await response.text(), response.headers.get('x-from')], ['body 1', 'head']);
    equal(requests.length, 2, 'requests');
  },

  async 'a response to HEAD of another version makes the response to GET stale'(holdfast) {
    const headers = { 'cache-control': 'max-age=100' };
    const server = ({ method, number }) =>
      method === 'HEAD'
        ? [null, { headers: { ...headers, etag: '"b"' } }]
        : [`body ${number}`, { headers: { ...headers, etag: '"a"' } }];
    const { page, text } = scene(holdfast, server);
    await text();
    await page({ method: 'HEAD', cache: 'reload' });
    equal(await text(), 'body 3');
  },

  async 'a stale response replaces a failure as stale-if-error says'(holdfast) {
    for (const [control, age, cache, expected] of [
      ['max-age=10, stale-if-error=60', 60, {}, 'body 1'],
      ['max-age=10, stale-if-error=60', 80, {}, 'failed'],
      ['max-age=10, stale-if-error=60', 60, { staleIfError: false }, 'failed'],
      ['max-age=10', 60, { staleIfError: 60 }, 'body 1'],
      ['max-age=10', 60, {}, 'failed'],
      ['max-age=10, must-revalidate, stale-if-error=60', 60, { staleIfError: 60 }, 'failed'],
      ['no-cache, stale-if-error=60', 5, {}, 'failed'],
    ]) {
      for (const fail of [
        () => Promise.reject(new TypeError('failed')),
        () => ['failed', { status: 503 }],
      ]) {
        const server = ({ number }) =>
          number === 1
            ? ['body 1', { headers: { 'cache-control': control, etag: '"a"' } }]
            : fail();
        const { text, after } = scene(holdfast, server, cache);
        await text();
        after(age);
        const given = await text().catch(({ message }) => message);
        equal(given, expected, `${control}, ${age} s, ${named(cache)}`);
      }
    }
  },

  async 'a stale response is returned while it is revalidated'(holdfast) {
    const server = withEtag({ 'cache-control': 'max-age=10, stale-while-revalidate=60' });
    const { text, after, requests, get } = scene(holdfast, server);
    await text();
    after(30);
    same([await Promise.all([text(), text()]), requests.length], [['body 1', 'body 1'], 2]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    after(39);
    equal(await text(), SENDS_CONDITIONS ? 'body 1' : 'body 2', 'fresh again');
    after(200);
    await text();
    same([requests.length, get.cache.stats.stale > 0], [3, true]);
  },

  async 'wrong options are refused by name'({ resilient, httpCache }) {
    for (const [options, kind, message] of [
      [{ maxTTL: 1 }, TypeError, 'Unknown option cache.maxTTL; did you mean cache.maxTtl?'],
      [{ maxTtl: 'x' }, RangeError, 'cache.maxTtl must be'],
      [{ shared: 1 }, TypeError, 'cache.shared must be true or false, got 1'],
      [{ heuristic: 2 }, RangeError, 'cache.heuristic must be a number from 0 to 1, got 2'],
      [{ heuristic: '0.1' }, TypeError, 'cache.heuristic must be a number from 0 to 1'],
      [{ staleIfError: 'soon' }, RangeError, 'cache.staleIfError must be'],
      [{ staleWhileRevalidate: -1 }, RangeError, 'cache.staleWhileRevalidate must be'],
      [{ ttl: {} }, TypeError, 'cache.ttl must be'],
      [{ maxSize: 0 }, RangeError, 'cache.maxSize must be an integer >= 1, got 0'],
      [{ tier: {} }, TypeError, 'Unknown option cache.tier'],
      [{ store: {} }, TypeError, 'Unknown option cache.store'],
      [
        { staleIfSlow: 1, staleIfError: false },
        TypeError,
        'cache.staleIfSlow requires staleIfError',
      ],
      [5, TypeError, 'cache must be an object of options'],
    ]) {
      throws(() => httpCache(options), kind, message);
    }
    const cache = httpCache({ ttl: undefined, staleIfError: true });
    throws(() => resilient(() => {}, { cache }), TypeError, 'httpCache() requires http: true');
    resilient(fetch, { cache });
  },
};

/** Runs all cases, as `runCases` does. */
export const conformHttp = (holdfast) => runCases(httpCaching, holdfast);
