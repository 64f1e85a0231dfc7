import { equal, rejects } from './assert.js';

const AT_ONCE = { delay: '1ms' };
const CUT = { before: [{ cut: true }] };
const BAD_STATUSES = [408, 413, 429, 500, 502, 503, 504];
const OTHER_STATUSES = [400, 401, 403, 404, 405, 409, 410, 418, 422, 501, 505];
const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];
const OTHER_METHODS = ['POST', 'PATCH'];

function streamOf(text) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
}

export const retries = {
  async 'a bad status is retried'({ resilient, page }) {
    const f = resilient(fetch, { retry: AT_ONCE });
    for (const status of BAD_STATUSES) {
      const { url, count } = page(status, status, 200);
      const response = await f(url);
      equal(response.status, 200);
      equal(await response.text(), 'answer 3');
      equal(await count(), 3, `requests after ${status}`);
    }
  },

  async 'other statuses are not retried'({ resilient, page }) {
    const f = resilient(fetch, { retry: AT_ONCE });
    for (const status of OTHER_STATUSES) {
      const { url, count } = page(status, 200);
      const response = await f(url);
      equal(response.status, status);
      equal(await response.text(), 'answer 1');
      equal(await count(), 1, `requests after ${status}`);
    }
  },

  async 'a network error is retried'({ resilient, page }) {
    const { url, count } = page(CUT, CUT, 'fine');
    const f = resilient(fetch, { retry: AT_ONCE });
    equal(await (await f(url)).text(), 'fine');
    equal(await count(), 3, 'requests');
  },

  async 'idempotent methods are retried'({ resilient, page }) {
    const f = resilient(fetch, { retry: AT_ONCE });
    for (const method of IDEMPOTENT) {
      const { url, count } = page(503, CUT, 200);
      equal((await f(url, { method })).status, 200);
      equal((await f(new Request(url, { method }))).status, 200);
      equal(await count(), 4, `${method} requests`);
    }
  },

  async 'other methods are not retried'({ resilient, page }) {
    const f = resilient(fetch, { retry: AT_ONCE });
    for (const method of OTHER_METHODS) {
      const bad = page(503, 200);
      equal((await f(bad.url, { method, body: 'b' })).status, 503);
      equal(await bad.count(), 1, `${method} requests after a bad status`);
      const down = page(CUT, 200);
      await rejects(f(new Request(down.url, { method, body: 'b' })), {}, method);
      equal(await down.count(), 1, `${method} requests after a network error`);
    }
  },

  async 'retry.methods and retry.statuses select the requests that are retried'({
    resilient,
    page,
  }) {
    const f = resilient(fetch, { retry: { ...AT_ONCE, methods: ['POST'], statuses: [409] } });
    const { url, log } = page(409, CUT, 200);
    const headers = { 'content-type': 'application/json' };
    equal((await f(url, { method: 'POST', headers, body: '{"n":1}' })).status, 200);
    equal((await log()).filter(({ body }) => body === '{"n":1}').length >= 2, true);
    const other = page(503, 200);
    equal((await f(other.url, { method: 'POST' })).status, 503);
    const get = page(409, 200);
    equal((await f(get.url)).status, 409);
  },

  async 'llmPolicy retries a POST with Retry-After'(context) {
    const { resilient, llmPolicy, page } = context;
    const { url, log } = page({ status: 429, headers: { 'retry-after': '1' } }, 'answer');
    const ask = resilient(fetch, llmPolicy());
    const response = await ask(url, { method: 'POST', body: 'prompt' });
    equal(await response.text(), 'answer');
    const [first, second] = await log();
    equal([first.body, second.body], ['prompt', 'prompt']);
    // Timers may fire slightly early.
    equal(second.at - first.at > 980, true);
  },

  async 'the response of the last attempt is returned'({ resilient, page }) {
    const { url, count } = page({ status: 503, headers: { 'x-a': '1' } });
    const f = resilient(fetch, { cache: true, retry: AT_ONCE });
    const responses = await Promise.all([f(url), f(url)]);
    for (const response of responses) {
      equal(response.status, 503);
      equal(response.headers.get('x-a'), '1');
      equal(await response.text(), 'answer 3');
    }
    equal(f.cache.size, 0);
    equal(await count(), 3, 'requests');
    // A failed response is not stored, even if its status is in cache.statuses.
    const keen = resilient(fetch, { cache: { statuses: [200, 503] }, retry: AT_ONCE });
    equal((await keen(url)).status, 503);
    equal(keen.cache.size, 0);
  },

  async 'the network error of the last attempt is the error of the call'({ resilient, page }) {
    const { url, count } = page(CUT);
    const f = resilient(fetch, { retry: { ...AT_ONCE, maxAttempts: 4 } });
    const plain = await fetch(page(CUT).url).catch((error) => error);
    await rejects(f(url), { name: plain.name, message: plain.message });
    equal(await count(), 4, 'requests');
  },

  async 'all waiters share the retries of a call'({ resilient, page }) {
    const { url, count } = page(503, CUT, 'fine');
    const f = resilient(fetch, { cache: true, retry: AT_ONCE });
    const responses = await Promise.all(Array.from({ length: 100 }, () => f(url)));
    for (const response of responses) equal(await response.text(), 'fine');
    equal(await count(), 3, 'requests');
    equal(f.cache.size, 1);
  },

  async 'a retry sends the body again'({ resilient, page }) {
    const f = resilient(fetch, { retry: AT_ONCE });
    const bodies = ['text', new TextEncoder().encode('text'), new Blob(['text'])];
    for (const body of bodies) {
      const { url, log } = page(503, CUT, 200);
      const headers = { 'x-a': '1' };
      equal((await f(url, { method: 'PUT', headers, body })).status, 200);
      const entries = await log();
      equal(
        entries.map((entry) => entry.headers['x-a']),
        ['1', '1', '1'],
      );
      equal([entries[0].body, entries[2].body], ['text', 'text']);
    }
  },

  async 'a request whose body is a stream is not retried'({ resilient, page }) {
    let calls = 0;
    const send = async (_, init) => {
      calls++;
      equal(await new Response(init.body).text(), 'text');
      return new Response('', { status: 503 });
    };
    const f = resilient(send, { http: true, retry: AT_ONCE });
    const init = () => ({ method: 'PUT', body: streamOf('text'), duplex: 'half' });
    equal((await f(page().url, init())).status, 503);
    equal(calls, 1);

    // Chromium refuses to send a stream over HTTP/1.1, without a request.
    const sends = await fetch(page().url, init()).catch(() => undefined);
    for (const answer of [503, CUT]) {
      const { url, log } = page(answer, 200);
      const g = resilient(fetch, { retry: AT_ONCE });
      const call = g(url, init());
      if (answer === CUT || !sends) await rejects(call, {});
      else equal((await call).status, 503);
      equal((await log()).length, sends ? 1 : 0, 'requests');
    }
  },

  async 'the bodies of retried responses are cancelled'({ resilient, page }) {
    const { url, aborted } = page({ status: 503, body: ['a', { gate: 'never' }] }, 'fine');
    const f = resilient(fetch, { retry: AT_ONCE });
    equal(await (await f(url)).text(), 'fine');
    await aborted();
  },
};
