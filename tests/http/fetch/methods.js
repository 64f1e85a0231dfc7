import { equal } from './assert.js';

export const methods = {
  async 'GET and HEAD are cached separately'({ resilient, page }) {
    const { url, log } = page('hello');
    const f = resilient(fetch, { cache: true });
    for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) {
      const response = await f(url, { method });
      equal(await response.text(), method === 'GET' ? 'hello' : '');
      equal(response.headers.get('content-length'), '5');
    }
    equal(
      (await log()).map(({ method }) => method),
      ['HEAD', 'GET'],
    );
    equal(f.cache.size, 2);
  },

  async 'HEAD is coalesced, and stored though its Content-Length is over maxBodySize'({
    resilient,
    page,
  }) {
    const huge = page({ length: 104_857_600 });
    const f = resilient(fetch, { cache: true });
    const heads = await Promise.all([1, 2, 3].map(() => f(huge.url, { method: 'HEAD' })));
    heads.push(await f(huge.url, { method: 'HEAD' }));
    for (const { status, headers } of heads) {
      equal(status, 200);
      equal(headers.get('content-length'), '104857600');
    }
    equal(await huge.count(), 1, 'requests');
  },

  async 'methods other than GET and HEAD are neither cached nor coalesced'({ resilient, page }) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { url, count } = page();
      const f = resilient(fetch, { cache: true });
      const both = await Promise.all([f(url, { method }), f(url, { method })]);
      const texts = await Promise.all(both.map((response) => response.text()));
      equal(texts.sort(), ['answer 1', 'answer 2'], method);
      equal(await (await f(url, { method })).text(), 'answer 3', method);
      equal(await count(), 3, `${method} requests`);
      equal(f.cache.size, 0, `${method} entries`);
    }
  },

  async 'methods other than GET and HEAD send their body and return the response'({
    resilient,
    page,
  }) {
    const { url } = page({ status: 201, headers: { 'x-a': '1' }, echo: true });
    const f = resilient(fetch, { cache: true, retry: {}, timeout: '30s' });
    const headers = { 'content-type': 'application/json' };
    const inits = { method: 'POST', headers, body: '{"n":1}' };
    for (const args of [[url, inits], [new Request(url, inits)], [new Request(url), inits]]) {
      const response = await f(...args);
      equal(response.status, 201);
      equal(response.headers.get('x-a'), '1');
      equal(response.url, url);
      const echo = await response.json();
      equal(echo.method, 'POST');
      equal(echo.headers['content-type'], 'application/json');
      equal(echo.body, '{"n":1}');
    }
  },

  async 'headers that can be read only once are sent, and are part of the key'({
    resilient,
    page,
  }) {
    const given = { authorization: 'secret' };
    const kinds = {
      'an iterator of pairs': () => Object.entries(given).values(),
      'the entries of a Map': () => new Map(Object.entries(given)).entries(),
      'the entries of Headers': () => new Headers(given).entries(),
      'pairs that are iterators': () => Object.entries(given).map((pair) => pair.values()),
      *'a generator'() {
        yield* Object.entries(given);
      },
    };
    for (const [kind, headers] of Object.entries(kinds)) {
      for (const options of [{ cache: true }, { timeout: '1m' }, { retry: { delay: '1ms' } }]) {
        const { url, count } = page(503, { echo: true });
        const f = resilient(fetch, { retry: { delay: '1ms' }, ...options });
        const echo = await (await f(url, { headers: headers() })).json();
        equal(echo.headers.authorization, 'secret', kind);
        if (f.cache) await (await f(url, { headers: given })).text();
        equal(await count(), 2, 'requests');
      }
    }
  },

  async 'inherited and non-enumerable options of init are sent, and are part of the key'({
    resilient,
    page,
  }) {
    class Init {
      #method = 'DELETE';
      get method() {
        return this.#method;
      }
      get headers() {
        return { authorization: 'secret' };
      }
    }
    const hidden = Object.defineProperty({}, 'headers', { value: { authorization: 'secret' } });
    const inits = [
      [new Init(), 'DELETE'],
      [
        Object.create({ headers: { authorization: 'secret' } }, { method: { value: 'PUT' } }),
        'PUT',
      ],
      [Object.create({ headers: { authorization: 'secret' } }), 'GET'],
      [hidden, 'GET'],
    ];
    for (const [init, method] of inits) {
      for (const options of [{ retry: {} }, { cache: true }]) {
        const { url, count } = page({ echo: true });
        const f = resilient(fetch, options);
        const echo = await (await f(url, init)).json();
        equal(echo.method, method);
        equal(echo.headers.authorization, 'secret');
        await (await f(url, { method })).text();
        equal(await count(), 2, 'requests');
      }
    }
  },

  async 'absent options of init are not sent'({ resilient, page }) {
    const { url } = page();
    const seen = [];
    const own = (input, init) => {
      seen.push(...Object.keys(init));
      return fetch(input, init);
    };
    await (await resilient(own, { http: true, cache: true })(url, {})).text();
    equal(seen, ['signal']);
  },

  async 'a body of any type is sent'({ resilient, page }) {
    const { url } = page({ echo: true });
    const f = resilient(fetch, { cache: true, retry: {} });
    const form = new FormData();
    form.set('a', 'b');
    const bodies = [
      ['text', 'text'],
      [new URLSearchParams({ a: 'b c' }), 'a=b+c'],
      [new TextEncoder().encode('bytes'), 'bytes'],
      [new TextEncoder().encode('buffer').buffer, 'buffer'],
      [new Blob(['blob']), 'blob'],
    ];
    for (const [body, expected] of bodies) {
      const response = await f(url, { method: 'PUT', body });
      equal((await response.json()).body, expected);
    }
    const echo = await (await f(url, { method: 'POST', body: form })).json();
    equal(echo.body.includes('name="a"'), true);
  },
};
