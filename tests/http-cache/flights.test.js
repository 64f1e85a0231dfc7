import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { policy, resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';
import { httpCache as foreignCache } from 'holdfast/js/http';
import { dateAt, scene as makeScene, withEtag } from '../runtimes/http-caching.js';
import { deferred } from '../support/deferred.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const holdfast = { resilient, httpCache };
const MAX_AGE_10 = { 'cache-control': 'max-age=10' };
const not304 = [null, { status: 304, headers: { etag: '"v1"' } }];

/** The first response is stored and stale; the test answers the other requests. */
async function staleScene(headers = MAX_AGE_10, cache, options) {
  const answers = [];
  const server = ({ number }) => {
    if (number === 1) return ['body 1', { headers: { etag: '"v1"', ...headers } }];
    const answer = deferred();
    answers.push(answer);
    return answer.promise;
  };
  const scene = makeScene(holdfast, server, cache, options);
  await scene.text();
  scene.after(20);
  return { ...scene, answers };
}

const only = (calls) =>
  calls.map(({ status, value, reason }) => value ?? reason?.message ?? status);

describe('a conditional request', () => {
  it('a 304 is a success for retry, the breaker and events', async () => {
    const events = [];
    const { text, after, requests, get } = makeScene(holdfast, withEtag(MAX_AGE_10), undefined, {
      retry: { delay: 0 },
      circuitBreaker: { failureThreshold: 1 },
      onEvent: ({ type, flight }) => events.push([type, flight > 0]),
    });
    await text();
    after(20);
    events.length = 0;
    assert.deepEqual(await Promise.all([text(), text()]), ['body 1', 'body 1']);
    assert.deepEqual(
      events.map(([type]) => type),
      ['cache_miss', 'cache_coalesced', 'cache_revalidated', 'success'],
    );
    assert.ok(events.every(([, isFlight]) => isFlight));
    assert.equal(requests.length, 2);
    assert.equal(get.circuitBreaker.state, 'closed');
    assert.equal(get.cache.stats.revalidated, 1);
  });

  it('retry sends the condition again after a failure, and a 304 ends it', async () => {
    const server = (request) =>
      request.number === 2 ? ['', { status: 503 }] : withEtag(MAX_AGE_10)(request);
    const { text, after, requests } = makeScene(holdfast, server, undefined, {
      retry: { delay: 0 },
    });
    await text();
    after(20);
    assert.equal(await text(), 'body 1');
    assert.deepEqual(
      requests.map(({ headers }) => headers.get('if-none-match')),
      [null, '"v1"', '"v1"'],
    );
  });

  it('a caller that aborts leaves the others, and the last one aborts the request', async () => {
    const { page, answers, requests } = await staleScene();
    const [one, other] = [new AbortController(), new AbortController()];
    const calls = [page({ signal: one.signal }), page({ signal: other.signal })];
    const outcomes = Promise.allSettled(calls);
    await turn();
    one.abort(new Error('one'));
    await turn();
    assert.equal(requests[1].signal.aborted, false);
    other.abort(new Error('other'));
    assert.deepEqual(only(await outcomes), ['one', 'other']);
    assert.equal(requests[1].signal.aborted, true);
    answers[0].resolve(not304);
    await turn();
    const again = page();
    answers[1].resolve(not304);
    assert.equal(await (await again).text(), 'body 1');
    assert.equal(requests[2].headers.get('if-none-match'), '"v1"');
  });

  for (const [what, act] of Object.entries({
    invalidate: ({ get }) => get.invalidate('https://api.example.com/page'),
    clear: ({ get }) => get.clear(),
    'clear of the cache': ({ get }) => get.cache.clear(),
  })) {
    it(`a 304 does not bring back what ${what} removed meanwhile`, async () => {
      const scene = await staleScene();
      const { text, answers, requests, get } = scene;
      const first = text();
      act(scene);
      const second = text();
      answers[0].resolve(not304);
      assert.equal(await first, 'body 1', 'the caller of the conditional request');
      assert.equal(get.cache.size, 0);
      answers[1].resolve(['body 3', { headers: MAX_AGE_10 }]);
      assert.equal(await second, 'body 3');
      assert.equal(requests[2].headers.get('if-none-match'), null);
      assert.equal(await text(), 'body 3');
    });
  }

  it('a put during a conditional request stays stored', async () => {
    const { text, answers, get } = await staleScene();
    const first = text();
    get.put(['https://api.example.com/page'], new Response('put', { headers: MAX_AGE_10 }));
    answers[0].resolve(not304);
    assert.equal(await first, 'body 1');
    await turn();
    assert.equal(await text(), 'put');
  });

  it('a response that was evicted meanwhile is confirmed and stored again', async () => {
    const { text, answers, requests, get } = await staleScene(MAX_AGE_10, { maxSize: 1 });
    const call = text();
    get.put(['https://api.example.com/other'], new Response('other', { headers: MAX_AGE_10 }));
    await turn();
    assert.equal(get.cache.stats.evictions, 1);
    answers[0].resolve(not304);
    assert.equal(await call, 'body 1');
    assert.equal(await text(), 'body 1');
    assert.equal(requests.length, 2);
  });

  it('a 304 of another version is followed by one request without a condition', async () => {
    const { text, answers, requests, get } = await staleScene();
    const calls = Promise.all([text(), text()]);
    answers[0].resolve([null, { status: 304, headers: { etag: '"v2"' } }]);
    await turn();
    answers[1].resolve(['body 3', { headers: { etag: '"v2"', ...MAX_AGE_10 } }]);
    assert.deepEqual(await calls, ['body 3', 'body 3']);
    assert.deepEqual(
      requests.map(({ headers }) => headers.get('if-none-match')),
      [null, '"v1"', null],
    );
    assert.equal(await text(), 'body 3');
    assert.equal(get.cache.stats.revalidated, 0);
  });

  for (const [stored, of304, isSame] of [
    ['"v1"', 'W/"v1"', true],
    ['W/"v1"', '"v1"', true],
    ['W/"v1"', 'W/"v2"', false],
    ['"v1"', undefined, true],
  ]) {
    it(`a 304 with the ETag ${of304} ${isSame ? 'confirms' : 'does not confirm'} ${stored}`, async () => {
      const { text, answers } = await staleScene({ ...MAX_AGE_10, etag: stored });
      const call = text();
      answers[0].resolve([null, { status: 304, headers: of304 ? { etag: of304 } : {} }]);
      await turn();
      answers[1]?.resolve(['other']);
      assert.equal(await call, isSame ? 'body 1' : 'other');
    });
  }

  it('a 304 with no-store answers the callers, and the response leaves the cache', async () => {
    for (const init of [undefined, { cache: 'no-cache' }]) {
      const { text, after, answers, get } = await staleScene();
      if (init) after(5);
      const call = text(init);
      answers[0].resolve([null, { status: 304, headers: { 'cache-control': 'no-store' } }]);
      assert.equal(await call, 'body 1');
      await turn();
      assert.equal(get.cache.size, 0);
    }
  });

  it('the age of a confirmed response starts again, and ends after its new lifetime', async () => {
    const { page, after, answers, requests } = await staleScene({ ...MAX_AGE_10, age: '3' });
    const call = page();
    answers[0].resolve(not304);
    assert.equal((await call).headers.get('age'), null);
    await turn();
    after(29);
    assert.equal((await page()).headers.get('age'), '9');
    after(31);
    const last = page();
    answers[1].resolve(['new', { headers: MAX_AGE_10 }]);
    assert.equal(await (await last).text(), 'new');
    assert.equal(requests.length, 3);
  });

  it('a response that was redirected is revalidated each time', async () => {
    const redirected = Object.defineProperty(
      new Response('body', { headers: { 'cache-control': 'max-age=100', etag: '"v1"' } }),
      'redirected',
      { value: true },
    );
    const { text, requests } = makeScene(holdfast, ({ number }) =>
      number === 1 ? redirected : not304,
    );
    assert.deepEqual([await text(), await text(), await text()], ['body', 'body', 'body']);
    assert.equal(requests.length, 3);
  });

  it('a 304 from another URL is followed by one request without a condition', async () => {
    const at = (url, ...answer) =>
      Object.defineProperty(new Response(...answer), 'url', { value: url });
    const headers = { etag: '"v1"', ...MAX_AGE_10 };
    const { text, after, requests } = makeScene(holdfast, ({ number }) =>
      number === 1
        ? at('https://one.example/', 'one', { headers })
        : at('https://two.example/', number === 2 ? null : 'two', {
            status: number === 2 ? 304 : 200,
            headers,
          }),
    );
    await text();
    after(20);
    assert.equal(await text(), 'two');
    assert.equal(requests.length, 3);
  });

  it("a caller's own Cache-Control is sent with the condition", async () => {
    const { text, answers, requests } = await staleScene();
    const call = text({ headers: { 'cache-control': 'no-cache', 'x-a': '1', 'x-b': '2' } });
    answers[0].resolve(['new']);
    assert.equal(await call, 'new', 'of other headers');
    const other = text({ headers: { 'cache-control': 'no-cache' } });
    answers[1].resolve(not304);
    assert.equal(await other, 'body 1');
    const { headers } = requests[2];
    assert.deepEqual(
      [headers.get('cache-control'), headers.get('if-none-match')],
      ['no-cache', '"v1"'],
    );
  });

  it('a failed refresh of a fresh response leaves it in the cache', async () => {
    const { text, after, answers } = await staleScene();
    after(5);
    const call = text({ cache: 'no-cache' });
    answers[0].reject(new Error('down'));
    await assert.rejects(call, { message: 'down' });
    assert.equal(await text(), 'body 1');
  });

  it('a POST removes the response while a conditional request for it runs', async () => {
    const { page, text, answers, requests, get } = await staleScene();
    const call = text();
    const post = page({ method: 'POST', body: 'x' });
    answers[1].resolve(['changed']);
    await post;
    answers[0].resolve(not304);
    assert.equal(await call, 'body 1');
    await turn();
    assert.equal(get.cache.size, 0);
    assert.equal(requests.length, 3);
  });
});

describe('requests that differ', () => {
  it('Authorization and Cookie are in the key of a private cache', async () => {
    const { page, requests } = makeScene(holdfast, () => ['x', { headers: MAX_AGE_10 }]);
    const as = async (headers) => (await page({ headers })).text();
    await as({ authorization: 'a' });
    await as({ authorization: 'b' });
    await as({ cookie: 'a' });
    await as({ authorization: 'a' });
    assert.equal(requests.length, 3);
  });

  it('a shared cache gives a response to a request with Authorization to others only if it says so', async () => {
    for (const [control, count] of [
      ['max-age=10', 3],
      ['max-age=10, public', 1],
      ['max-age=10, must-revalidate', 1],
      ['s-maxage=10', 1],
      ['private, s-maxage=10', 3],
    ]) {
      const server = () => ['x', { headers: { 'cache-control': control } }];
      const { page, requests } = makeScene(holdfast, server, { shared: true });
      const as = async (headers) => (await page({ headers })).text();
      await as({ authorization: 'a' });
      await as({ authorization: 'b' });
      await as({ authorization: 'b' });
      assert.equal(requests.length, count, control);
    }
  });

  it('callers of a shared cache that wait together share no response for one of them', async () => {
    const server = ({ headers }) => [
      headers.get('authorization') ?? 'none',
      { headers: { 'cache-control': 'private, max-age=10' } },
    ];
    const { page, requests } = makeScene(holdfast, server, { shared: true });
    const as = async (headers) => (await page({ headers })).text();
    const texts = await Promise.all(
      ['a', 'b', 'a', undefined].map((user) => as(user ? { authorization: user } : {})),
    );
    assert.deepEqual(texts, ['a', 'b', 'a', 'none']);
    assert.equal(requests.length, 3);
  });

  it('with keys of the user, the headers in Vary are compared', async () => {
    const server = ({ headers }) => [
      headers.get('accept-language'),
      { headers: { ...MAX_AGE_10, vary: 'Accept-Language' } },
    ];
    const { page, requests } = makeScene(holdfast, server, { key: (url) => url });
    const as = async (language) =>
      (await page({ headers: { 'accept-language': language } })).text();
    assert.deepEqual([await as('de'), await as('de'), requests.length], ['de', 'de', 1]);
    assert.deepEqual([await as('en'), await as('en'), requests.length], ['en', 'en', 2]);
    assert.deepEqual([await as('de'), requests.length], ['de', 3], 'the newest is kept');
    const texts = await Promise.all(['fr', 'it', 'fr'].map(as));
    assert.deepEqual([texts, requests.length], [['fr', 'it', 'fr'], 5]);
  });

  it('the names in Vary of a 304 are added to those of the stored response', async () => {
    const headers = { ...MAX_AGE_10, etag: '"1"', vary: 'Accept-Language, Authorization' };
    const of304 = { status: 304, headers: { vary: 'Accept-Encoding, Authorization' } };
    const server = ({ headers: asked }) =>
      asked.has('if-none-match') ? [null, of304] : [asked.get('accept-language'), { headers }];
    const { page, after } = makeScene(holdfast, server, { key: (url) => url });
    const as = (language) => page({ headers: { 'accept-language': language } });
    assert.equal(await (await as('de')).text(), 'de');
    for (let round = 0; round < 2; round++) {
      after(20);
      const confirmed = await as('de');
      assert.equal(await confirmed.text(), 'de');
      const vary = confirmed.headers.get('vary');
      assert.equal(vary, 'Accept-Language, Authorization, accept-encoding');
    }
    assert.equal(await (await as('en')).text(), 'en');
  });

  it('Vary with a header that no request has is satisfied', async () => {
    const server = () => ['x', { headers: { ...MAX_AGE_10, vary: 'accept-encoding' } }];
    const { text, requests } = makeScene(holdfast, server, { key: (url) => url });
    await text();
    await text();
    assert.equal(requests.length, 1);
  });

  it('with keys of the user, a response to HEAD does not replace the response to GET', async () => {
    const server = ({ method }) => [method === 'HEAD' ? null : 'body', { headers: MAX_AGE_10 }];
    const { page, text, requests } = makeScene(holdfast, server, { key: (url) => url });
    await page({ method: 'HEAD' });
    assert.equal(await text(), 'body');
    assert.equal(await text(), 'body');
    assert.equal((await page({ method: 'HEAD' })).status, 200);
    assert.equal(requests.length, 2);
  });
});

describe('what is stored', () => {
  it('headers of the connection, listed ones and cookies are not stored', async () => {
    const server = () => [
      'x',
      {
        headers: [
          ['cache-control', 'max-age=10, no-cache="x-private"'],
          ['connection', 'x-hop'],
          ['keep-alive', 'timeout=5'],
          ['x-hop', '1'],
          ['x-private', '1'],
          ['x-kept', '1'],
          ['set-cookie', 'a=1'],
        ],
      },
    ];
    const { page } = makeScene(holdfast, server);
    const names = (response) => [...response.headers.keys()].sort();
    const first = await page();
    await first.text();
    assert.ok(names(first).includes('set-cookie'));
    const hit = await page();
    assert.deepEqual(names(hit), ['age', 'cache-control', 'content-type', 'x-kept']);
  });

  it('the caller whose request got a cookie with a 304 gets it, and no one else', async () => {
    const { page, answers } = await staleScene();
    const calls = [page(), page()];
    answers[0].resolve([null, { status: 304, headers: { etag: '"v1"', 'set-cookie': 'b=2' } }]);
    const [leader, waiter] = await Promise.all(calls);
    assert.deepEqual(leader.headers.getSetCookie(), ['b=2']);
    assert.deepEqual(waiter.headers.getSetCookie(), []);
    await turn();
    assert.deepEqual((await page()).headers.getSetCookie(), []);
  });

  it('a response without a lifetime and without a validator is not stored', async () => {
    const { text, get } = makeScene(holdfast, () => [
      'x',
      { headers: { 'cache-control': 'no-cache' } },
    ]);
    await text();
    await turn();
    assert.equal(get.cache.size, 0);
  });

  it('maxWeight counts the bytes of bodies, also after a 304', async () => {
    const { text, answers, get } = await staleScene(MAX_AGE_10, { maxWeight: 100 });
    assert.equal(get.cache.stats.weight, 6);
    const call = text();
    answers[0].resolve(not304);
    await call;
    await turn();
    assert.equal(get.cache.stats.weight, 6);
  });

  it('tags reach a response, also after a 304', async () => {
    const { text, answers, get } = await staleScene(MAX_AGE_10, { tags: ['a'] });
    const call = text();
    answers[0].resolve(not304);
    await call;
    await turn();
    assert.equal(get.invalidateTag('a'), 1);
    assert.equal(get.cache.size, 0);
  });

  it('a POST is stored with cache.methods, and never requested with a condition', async () => {
    const server = ({ number }) => [`body ${number}`, { headers: { ...MAX_AGE_10, etag: '"v1"' } }];
    const { text, after, requests } = makeScene(holdfast, server, { methods: ['GET', 'POST'] });
    const post = { method: 'POST', body: 'q' };
    assert.deepEqual([await text(post), await text(post)], ['body 1', 'body 1']);
    after(20);
    assert.equal(await text(post), 'body 2');
    assert.equal(requests[1].headers.get('if-none-match'), null);
  });
});

describe('stale responses', () => {
  it('a stale response replaces the refusal of an open breaker, before the fallback', async () => {
    let down = false;
    const server = () => {
      if (down) throw new Error('down');
      return [
        'body',
        { headers: { 'cache-control': 'max-age=10, stale-if-error=100', date: dateAt(0) } },
      ];
    };
    const { text, after, get, requests } = makeScene(
      holdfast,
      server,
      { staleBackoff: 0 },
      {
        circuitBreaker: { failureThreshold: 1 },
        fallback: () => new Response('fallback'),
      },
    );
    await text();
    down = true;
    after(20);
    assert.equal(await text(), 'body');
    assert.equal(get.circuitBreaker.state, 'open');
    assert.equal(await text(), 'body');
    assert.equal(requests.length, 2);
    after(200);
    assert.equal(await text(), 'fallback');
  });

  it('a stale response pauses after a failure for staleBackoff', async () => {
    const server = ({ number }) => {
      if (number > 1) throw new Error('down');
      return ['body', { headers: { 'cache-control': 'max-age=10, stale-if-error=100' } }];
    };
    const { text, after, requests } = makeScene(holdfast, server);
    await text();
    after(20);
    assert.deepEqual([await text(), await text(), requests.length], ['body', 'body', 2]);
    after(26);
    await text();
    assert.equal(requests.length, 3);
  });

  it('a stale response is not returned while it is revalidated if staleWhileRevalidate is false', async () => {
    const headers = { 'cache-control': 'max-age=10, stale-while-revalidate=100' };
    const { text, answers } = await staleScene(headers, { staleWhileRevalidate: false });
    const call = text();
    answers[0].resolve(['new']);
    assert.equal(await call, 'new');
  });

  it('a background revalidation sends the condition, and its 304 makes the response fresh', async () => {
    const headers = { 'cache-control': 'max-age=10, stale-while-revalidate=100' };
    const { text, after, answers, requests, get } = await staleScene(headers);
    assert.equal(await text(), 'body 1');
    assert.equal(requests[1].headers.get('if-none-match'), '"v1"');
    answers[0].resolve(not304);
    await turn();
    after(29);
    assert.equal(await text(), 'body 1');
    const { refreshes, revalidated, stale } = get.cache.stats;
    assert.deepEqual([requests.length, refreshes, revalidated, stale], [2, 1, 1, 1]);
  });
});

describe('a response that arrives when its cache cannot be used', () => {
  const broken = {
    'the clock has begun to fail': (world) => {
      world.fails = true;
    },
    'the cache was disposed of': ({ get }) => get.cache[Symbol.dispose](),
  };
  const answers = {
    'a 304': [
      { headers: { etag: '"1"', 'cache-control': 'no-store' }, status: 304 },
      'GET',
      [200, 'page'],
    ],
    'a response to HEAD': [{ headers: { etag: '"2"' } }, 'HEAD', [200, '']],
  };
  for (const [event, breakCache] of Object.entries(broken)) {
    for (const [name, [init, method, expected]] of Object.entries(answers)) {
      it(`the caller gets ${name} although ${event} while it waited`, async () => {
        const slow = deferred();
        const world = { fails: false, time: Date.now() };
        const clock = {
          now: () => {
            if (world.fails) throw new Error('no time');
            return world.time;
          },
        };
        const first = new Response('page', { headers: { etag: '"1"', ...MAX_AGE_10 } });
        const results = [first, slow.promise];
        world.get = resilient(async () => results.shift(), {
          http: true,
          cache: httpCache({ clock }),
        });
        await (await world.get('https://a.example/')).text();
        await turn();
        world.time += 20_000;
        const call = world.get('https://a.example/', { method });
        await turn();
        breakCache(world);
        slow.resolve(new Response(null, init));
        const response = await call;
        assert.deepEqual([response.status, await response.text()], expected);
      });
    }
  }
});

describe('httpCache as an option', () => {
  it('httpCache gives each function a cache of its own', async () => {
    const cache = httpCache();
    const load = async () => new Response('x', { headers: MAX_AGE_10 });
    const [one, other] = [1, 2].map(() => resilient(load, { http: true, cache }));
    await (await one('https://a.example/')).text();
    await turn();
    assert.deepEqual([one.cache.size, other.cache.size], [1, 0]);
  });

  it('httpCache is refused by another copy of the package', () => {
    assert.throws(() => resilient(fetch, { cache: foreignCache() }), {
      name: 'TypeError',
      message: 'cache must be an object of options, got an object (HttpCache)',
    });
  });

  it('httpCache can be an option of a policy', async () => {
    const wrap = policy({ cache: httpCache({ ttl: 60 }) });
    const get = wrap(async () => new Response('x'), { http: true });
    await (await get('https://a.example/')).text();
    await turn();
    assert.equal(get.cache.size, 1);
    assert.throws(() => wrap(() => {}), { name: 'TypeError', message: /requires http: true/ });
  });
});
