import { equal, rejects, sameKey } from './assert.js';
import { readBytes, readText } from './bytes.js';

const CUT = { before: [{ cut: true }] };

export const functions = {
  async 'a function with the signature of fetch is treated like fetch with http: true'({
    resilient,
    page,
  }) {
    const seen = [];
    const own = (input, init) => {
      seen.push(init);
      return fetch(input, init);
    };
    const f = resilient(own, { http: true, cache: true, retry: { delay: '1ms' } });
    const { url, count } = page(503, CUT, 'fine');
    sameKey(f.makeKey(url), f.makeKey(new Request(`${url}#part`, { method: 'get' })));
    const responses = await Promise.all([f(url), f(new URL(url)), f(new Request(url))]);
    for (const response of responses) equal(await response.text(), 'fine');
    equal(await (await f(url)).text(), 'fine');
    equal(await count(), 3, 'requests');

    const posted = page(503);
    const both = [f(posted.url, { method: 'POST' }), f(posted.url, { method: 'POST' })];
    for (const { status } of await Promise.all(both)) equal(status, 503);
    equal(await posted.count(), 2, 'requests');
  },

  async 'a function with http: true gets its own signal'({ resilient, page }) {
    const held = page({ before: [{ gate: 'never' }] });
    const f = resilient((input, init) => fetch(input, init), { http: true, timeout: '50ms' });
    await rejects(f(held.url), { code: 'TIMEOUT' });
    await held.aborted();
    const f2 = resilient((input, init) => fetch(input, init), { http: true, cache: true });
    const controller = new AbortController();
    const left = rejects(f2(held.url, { signal: controller.signal }), 'enough');
    await held.asked(2);
    controller.abort('enough');
    await left;
    await held.aborted(2);
  },

  async 'a function with http: true may take URLs that are not absolute'({ resilient, page }) {
    const { url, count } = page('fine');
    const f = resilient((_path, init) => fetch(url, init), { http: true, cache: true });
    for (const path of ['users/42', 'users/42#part']) {
      equal(await (await f(path)).text(), 'fine');
    }
    equal(await (await f('users/43')).text(), 'fine');
    equal(await count(), 2, 'requests');
  },

  async 'a function that resolves to a Response gives each caller its own copy'({
    resilient,
    page,
  }) {
    const slow = page({ body: ['{"a"', { gate: 'body' }, ':1}'] }, 'other');
    const f = resilient(async (_id, _options) => fetch(slow.url), { cache: true });
    const calls = Array.from({ length: 100 }, () => f(42, { x: 1 }));
    const responses = await Promise.all(calls);
    const reader = responses[0].body.getReader();
    await readText(reader, '{"a"');
    equal(f.cache.size, 0);
    await slow.open('body');
    await readText(reader, ':1}');
    for (const response of responses.slice(1)) equal(await response.json(), { a: 1 });
    equal(await (await f(42, { x: 1 })).json(), { a: 1 });
    equal(await slow.count(), 1, 'requests');
    equal(await (await f(43, { x: 1 })).text(), 'other');
  },

  async 'a function that resolves to a Response goes on for the others when one caller leaves'({
    resilient,
    page,
  }) {
    for (const known of [false, true]) {
      const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
      const f = resilient(async (text) => (text ? new Response(text) : fetch(slow.url)), {
        cache: true,
      });
      if (known) await (await f('text')).text();
      const calls = [f(), f()];
      await (await calls[1]).body.cancel('enough');
      const late = f();
      await slow.open('body');
      for (const call of [calls[0], late]) equal(await (await call).text(), 'one,two');
      equal(await slow.count(), 1, 'requests');
    }
  },

  async 'a function that resolves to a Response gives a caller one response, however often it is awaited'(
    context,
  ) {
    const { resilient, page } = context;
    const headers = { 'content-type': 'text/event-stream' };
    const events = page({ headers, body: ['data: 1', { gate: 'never' }] });
    const slow = page({ body: ['one,', { gate: 'never' }] });
    const f = resilient(async ({ url }) => fetch(url), { cache: true });
    for (const { url, count, aborted } of [events, slow]) {
      const call = f({ url });
      call.catch(() => {});
      const response = await call;
      equal((await call) === response, true);
      await response.body.cancel();
      await aborted();
      equal(await count(), 1, 'requests');
    }
  },

  async 'a function that resolves to a Response has its results stored by status'({
    resilient,
    page,
  }) {
    const pages = { ok: page(), gone: page(410), secret: page(403), shy: page(noStore()) };
    const f = resilient((name) => fetch(pages[name].url), { cache: true });
    const requests = {};
    for (const name of Object.keys(pages)) {
      for (let call = 1; call <= 2; call++) await (await f(name)).text();
      requests[name] = await pages[name].count();
    }
    equal(requests, { ok: 1, gone: 1, secret: 2, shy: 2 });

    const g = resilient((name) => fetch(pages[name].url), { cache: { statuses: [403] } });
    for (let call = 1; call <= 2; call++) {
      await (await g('secret')).text();
      await (await g('ok')).text();
    }
    equal(await pages.secret.count(), 3, 'requests');
    equal(await pages.ok.count(), 3, 'requests');
  },

  async 'a function that resolves to a Response has not failed because of a status'({
    resilient,
    page,
  }) {
    const { url, count } = page(503);
    const f = resilient((_id) => fetch(url), {
      retry: { delay: '1ms' },
      circuitBreaker: { failureThreshold: 1 },
    });
    equal((await f(1)).status, 503);
    equal(f.circuitBreaker.state, 'closed');
    equal(await count(), 1, 'requests');
  },

  async 'a function that resolves to a Response can declare statuses as failures'({
    resilient,
    page,
  }) {
    const { url, count } = page(503, 503, 'fine');
    const f = resilient((_id) => fetch(url), {
      cache: true,
      retry: { delay: '1ms', retryOnResult: ({ status }) => status === 503 },
    });
    const responses = await Promise.all([f(1), f(1)]);
    for (const response of responses) equal(await response.text(), 'fine');
    equal(await count(), 3, 'requests');
  },

  async 'a function that resolves to a Response runs for each waiter when the body is too large'({
    resilient,
    page,
  }) {
    const size = 3_000;
    for (const length of [true, false]) {
      const { url, count } = page({ length, body: [{ bytes: size }] });
      let runs = 0;
      const run = (_id) => {
        runs++;
        return fetch(url);
      };
      const f = resilient(run, { cache: { maxBodySize: 2_000 } });
      const responses = await Promise.all([f(1), f(1), f(1)]);
      await Promise.all(responses.map((response) => readBytes(response, size)));
      equal(runs, 3, 'runs');
      equal(await count(), 3, 'requests');
      equal(f.cache.size, 0);
    }
  },

  async 'a function that resolves to a Response may make the Response itself'({ resilient }) {
    let runs = 0;
    const make = async (text) => {
      runs++;
      return new Response(text, { status: 203, statusText: 'Made', headers: { 'x-a': '1' } });
    };
    const f = resilient(make, { cache: true });
    const responses = await Promise.all([f('text'), f('text')]);
    await responses[1].clone().text();
    responses.push(await f('text'));
    for (const response of responses) {
      const { status, statusText, headers, url, redirected } = response;
      equal(
        { status, statusText, url, redirected },
        {
          status: 203,
          statusText: 'Made',
          url: '',
          redirected: false,
        },
      );
      equal(headers.get('x-a'), '1');
      equal(await response.text(), 'text');
    }
    equal(runs, 1, 'runs');
  },

  async 'a function that resolves to a Response may use a given ResultCache'({
    resilient,
    ResultCache,
    page,
  }) {
    const { url, count } = page('hello');
    const cache = new ResultCache({ maxSize: 10 });
    const byId = resilient((_id) => fetch(url), { cache });
    const byUrl = resilient(fetch, { cache });
    for (const call of [() => byId(1), () => byId(1), () => byUrl(url), () => byUrl(url)]) {
      equal(await (await call()).text(), 'hello');
    }
    equal(cache.size, 2);
    equal(await count(), 2, 'requests');
  },

  async 'a function that resolves to a Response keeps its request when one of several callers leaves'({
    resilient,
    page,
  }) {
    const held = page({ before: [{ gate: 'headers' }], body: 'hello' });
    const f = resilient((_id, { signal } = {}) => fetch(held.url, { signal }), {
      cache: true,
      passContext: true,
    });
    const leaver = new AbortController();
    const left = rejects(f.with({ signal: leaver.signal })(1), 'enough');
    const stays = f(1);
    await held.asked();
    leaver.abort('enough');
    await left;
    await held.open('headers');
    equal(await (await stays).text(), 'hello');
    equal(await held.count(), 1, 'requests');
  },
};

function noStore() {
  return { headers: { 'cache-control': 'no-store' } };
}
