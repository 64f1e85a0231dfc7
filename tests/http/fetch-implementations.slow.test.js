import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { resilient } from 'holdfast';
import nodeFetch from 'node-fetch';
import nodeFetch2 from 'node-fetch-2';
import * as undici from 'undici';
import * as whatwg from 'whatwg-fetch';
import { inChild } from '../support/in-child.js';
import '../support/unhandled-rejections.js';

const LARGE = 'x'.repeat(3_000_000);
const bodies = { '/small': 'hello', '/gzip': gzipSync('hello'), '/large': LARGE, '/none': '' };
const HEADERS = { 'x-a': '1', 'set-cookie': 'a=1' };

let base;
let requests = 0;
let aborted = 0;
const server = createServer((request, response) => {
  requests++;
  response.on('close', () => {
    if (!response.writableFinished) aborted++;
  });
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  if (request.url === '/gzip') response.setHeader('content-encoding', 'gzip');
  if (request.url === '/none') response.statusCode = 204;
  if (request.url === '/stalls') response.write('beginning');
  else if (request.url === '/breaks') response.write('beginning', () => response.destroy());
  else response.end(bodies[request.url]);
});
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** An XMLHttpRequest for whatwg-fetch, whose body has arrived completely. */
async function overXhr(url) {
  const response = await fetch(url);
  const { status, statusText } = response;
  const headers = Object.fromEntries(response.headers);
  const body = await response.text();
  return new whatwg.Response(status === 204 ? null : body, { status, statusText, headers, url });
}

const implementations = {
  'node-fetch 2': [nodeFetch2, nodeFetch2.Response],
  'node-fetch 3': [nodeFetch, (await import('node-fetch')).Response],
  undici: [undici.fetch, undici.Response],
  'whatwg-fetch': [overXhr, whatwg.Response],
};

for (const [name, [fetch, Response]] of Object.entries(implementations)) {
  describe(`responses of ${name} work like those of the global fetch`, () => {
    it(`responses of ${name} are shared and stored, and copies are of the same class`, async () => {
      for (const path of ['/small', '/gzip', '/large', '/none']) {
        for (const init of [undefined, { signal: new AbortController().signal }]) {
          const url = base + path;
          const expected = await (await fetch(url)).text();
          requests = 0;
          const get = resilient(fetch, { http: true, cache: true });
          const responses = await Promise.all([get(url, init), get(url, init), get(url, init)]);
          const texts = await Promise.all(responses.map((response) => response.text()));
          responses.push(await get(url, init));
          texts.push(await responses[3].text());
          assert.deepEqual(new Set(texts), new Set([expected]));
          for (const response of responses) {
            assert.ok(response instanceof Response);
            assert.deepEqual(
              [response.url, response.status, response.headers.get('x-a'), response.bodyUsed],
              [url, path === '/none' ? 204 : 200, '1', path !== '/none' || response.bodyUsed],
            );
          }
          assert.deepEqual([requests, get.cache.stats.hits], [1, 1]);
        }
      }
    });

    it(`responses of ${name} have cookies only for the leader`, async () => {
      const visible = (await fetch(`${base}/small`)).headers.get('set-cookie');
      const get = resilient(fetch, { http: true, cache: true });
      const responses = await Promise.all([get(`${base}/small`), get(`${base}/small`)]);
      await responses[1].text();
      responses.push(await get(`${base}/small`));
      const cookies = responses.map(({ headers }) => headers.get('set-cookie'));
      assert.deepEqual(cookies, [visible, null, null]);
    });

    it(`responses of ${name} can be cloned and have their own properties`, async () => {
      const own = async (url) => Object.assign(await fetch(url), { requestId: 7 });
      const get = resilient(own, { http: true, cache: true });
      for (let call = 1; call <= 2; call++) {
        const response = await get(`${base}/small`);
        assert.equal(response.requestId, 7);
        const texts = [response.clone().text(), response.text()];
        assert.deepEqual(await Promise.all(texts), ['hello', 'hello']);
      }
    });

    if (name === 'whatwg-fetch') return;

    it(`bodies of ${name} abort and end like those of the global fetch`, async () => {
      const timeout = { idle: '200ms' };
      const get = resilient(fetch, { http: true, cache: true, timeout });
      const stalls = `${base}/stalls`;
      const readers = await Promise.all([get(stalls), get(stalls)]);
      for (const response of readers) {
        await assert.rejects(response.text(), (error) =>
          /TIMEOUT|did not answer/.test(`${error.code} ${error.message}`),
        );
      }
      const breaks = await Promise.all([get(`${base}/breaks`), get(`${base}/breaks`)]);
      for (const response of breaks) await assert.rejects(response.text());
      assert.equal(get.cache.size, 0);

      for (const options of [{ cache: true }, { retry: {} }]) {
        const controller = new AbortController();
        const f = resilient(fetch, { http: true, ...options });
        const response = await f(`${base}/stalls`, { signal: controller.signal });
        setTimeout(() => controller.abort(new Error('enough')), 20);
        await assert.rejects(response.text(), /enough/);
      }
      while (aborted < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    });

    it(`responses of ${name} over maxBodySize make each waiter send its own request`, async () => {
      requests = 0;
      const get = resilient(fetch, { http: true, cache: { maxBodySize: 1_000 } });
      const responses = await Promise.all([get(`${base}/large`), get(`${base}/large`)]);
      for (const response of responses) assert.equal(await response.text(), LARGE);
      assert.deepEqual([requests, get.cache.size], [2, 0]);
    });
  });
}

describe('responses of node-fetch keep its own features', () => {
  it('responses of node-fetch have bodies that can be piped, and buffers', async () => {
    for (const fetch of [nodeFetch, nodeFetch2]) {
      const get = resilient(fetch, { http: true, cache: true });
      for (let call = 1; call <= 2; call++) {
        const { body } = await get(`${base}/small`);
        assert.equal(typeof body.pipe, 'function');
        const chunks = [];
        body.on('data', (chunk) => chunks.push(chunk));
        await once(body, 'end');
        assert.equal(Buffer.concat(chunks).toString(), 'hello');
        const buffer = await (await get(`${base}/small`)).buffer?.();
        assert.equal(String(buffer), 'hello');
      }
    }
  });

  it('responses of node-fetch 3 that retry rejects release their connections', async () => {
    aborted = 0;
    let left = 2;
    const retry = { delay: 0, retryOnResult: () => left-- > 0 };
    await resilient(nodeFetch, { http: true, retry })(`${base}/stalls`);
    while (aborted < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('responses of node-fetch are not shared without a global ReadableStream', () => {
    const [texts, runs] = inChild(async () => {
      const { resilient } = await import('holdfast');
      const { Response } = await import('node-fetch');
      let runs = 0;
      const f = resilient(async () => new Response(`run ${++runs}`), { cache: true });
      const { signal } = new AbortController();
      delete globalThis.ReadableStream;
      const responses = await Promise.all([f(1), f(1), f.with({ signal })(1)]);
      const texts = await Promise.all(responses.map((response) => response.text()));
      return [texts.sort(), runs];
    });
    assert.deepEqual([texts, runs], [['run 1', 'run 2', 'run 3'], 3]);
  });
});
