import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { timeContenders } from '../rounds.js';

export const title = 'fetch-hit: text() of a response from the cache';
export const unit = 'ns per call';
export const baseline = 'new Response';

const OPERATIONS = 64;

export function cells(quick) {
  const sizes = [300, 30_000].map((bytes) => ({ bytes }));
  return quick ? sizes.slice(0, 1) : sizes;
}

export async function run({ bytes }, timing) {
  const text = JSON.stringify({ text: 'x'.repeat(bytes - 11) });
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'max-age=3600',
      etag: '"1"',
      vary: 'accept',
    });
    response.end(text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const { headers } = await fetch(url);
  const body = new TextEncoder().encode(text);

  const all = {
    'new Response': async () => () =>
      new Response(body, { status: 200, statusText: 'OK', headers }).text(),
    'new Response, and one header': async () => () => {
      const response = new Response(body, { status: 200, statusText: 'OK', headers });
      return response.headers.get('etag') && response.text();
    },
    async holdfast() {
      const { resilient } = await import('holdfast');
      const get = resilient(fetch, { cache: { ttl: '1h' } });
      return async () => (await get(url)).text();
    },
    async 'holdfast, httpCache'() {
      const { resilient } = await import('holdfast');
      const { httpCache } = await import('holdfast/http');
      const get = resilient(fetch, { cache: httpCache() });
      return async () => (await get(url)).text();
    },
    async 'holdfast, httpCache, and one header'() {
      const { resilient } = await import('holdfast');
      const { httpCache } = await import('holdfast/http');
      const get = resilient(fetch, { cache: httpCache() });
      return async () => {
        const response = await get(url);
        return response.headers.get('etag') && response.text();
      };
    },
    async 'holdfast, a function that returns the text'() {
      const { resilient } = await import('holdfast');
      const get = resilient(async (url) => (await fetch(url)).text(), { cache: { ttl: '1h' } });
      return () => get(url);
    },
    async 'undici, its cache'() {
      const { Agent, fetch, interceptors } = await import('undici');
      const dispatcher = new Agent().compose(interceptors.cache({ type: 'private' }));
      return async () => (await fetch(url, { dispatcher })).text();
    },
  };
  const contenders = {};
  const failed = {};
  for (const [name, make] of Object.entries(all)) {
    try {
      contenders[name] = loopOf(name, await verified(await make(), text));
    } catch (error) {
      failed[name] = error.message;
    }
  }
  server.close().closeAllConnections();
  return { rows: await timeContenders(contenders, OPERATIONS, timing), failed };
}

/** Stores the response, and checks what later calls give. */
async function verified(call, text) {
  for (let n = 0; n < 1_000; n++) assert.equal(await call(), text);
  return call;
}

/** Compiles a loop for each contender, with the name in its code: see hits() in get.js. */
function loopOf(name, call) {
  const make = new Function(
    'call',
    `// ${name}
    return async () => {
      for (let i = 0; i < ${OPERATIONS}; i++) {
        if ((await call()) === '') throw new Error('a hit was missed');
      }
    };`,
  );
  return make(call);
}
