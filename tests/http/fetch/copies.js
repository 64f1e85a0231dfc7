import { equal, ok, rejects } from './assert.js';
import { readText } from './bytes.js';

const TEXT = '{"n":1}';
const JSON_PAGE = { headers: { 'content-type': 'application/json' }, body: TEXT };

/** The ways to read a body. Each returns the text. */
const ways = {
  json: async (response) => JSON.stringify(await response.json()),
  text: (response) => response.text(),
  arrayBuffer: async (response) => new TextDecoder().decode(await response.arrayBuffer()),
  blob: async (response) => (await response.blob()).text(),
  bytes: async (response) => new TextDecoder().decode(await response.bytes()),
  async 'a reader'(response) {
    const reader = response.body.getReader();
    await readText(reader, TEXT);
    equal((await reader.read()).done, true);
    return TEXT;
  },
  async 'for await'(response) {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of response.body) text += decoder.decode(bytes, { stream: true });
    return text;
  },
  async 'a pipe'(response) {
    let text = '';
    const write = (part) => {
      text += part;
    };
    await response.body.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write }));
    return text;
  },
  async 'its clones'(response) {
    const [one, two] = [response.clone(), response.clone()];
    equal(await two.text(), TEXT);
    equal(await one.clone().text(), TEXT);
    equal(await one.text(), TEXT);
    return response.text();
  },
};

/** Whether responses of this runtime's fetch lack this way of reading. */
function missing(way) {
  if (way === 'bytes') return !('bytes' in Response.prototype);
  if (way === 'for await') return !(Symbol.asyncIterator in ReadableStream.prototype);
  return way === 'a pipe' && !('TextDecoderStream' in globalThis);
}

/** The responses of a leader, a waiter and a hit. */
async function responsesOf(f, url) {
  const responses = await Promise.all([f(url), f(url), f(url)]);
  // The response is stored once its body has been read.
  await responses[2].text();
  return { leader: responses[0], waiter: responses[1], hit: await f(url) };
}

function headOf(response) {
  const { status, statusText, ok, url, redirected, type, headers } = response;
  const fields = [...headers].filter(([name]) => name !== 'date');
  const cookies = headers.getSetCookie?.();
  return { status, statusText, ok, url, redirected, type, fields, cookies };
}

export const copies = {};

for (const [way, read] of Object.entries(ways)) {
  copies[`every caller can read its copy of a response once by ${way}`] = async ({
    resilient,
    page,
  }) => {
    const { url, count } = page(JSON_PAGE);
    const f = resilient(fetch, { cache: true });
    // Copies need no method that the runtime's own responses lack.
    if (missing(way)) return equal((await f(url))[way], undefined);
    for (const [who, response] of Object.entries(await responsesOf(f, url))) {
      ok(response instanceof Response, `The ${who}'s is a Response`);
      equal(response.bodyUsed, false, `bodyUsed of the ${who} before`);
      equal(await read(response), TEXT, `what the ${who} reads`);
      equal(response.bodyUsed, true, `bodyUsed of the ${who} afterwards`);
      await rejects(response.text(), { name: 'TypeError' }, `a second reading by the ${who}`);
    }
    equal(await count(), 1, 'requests');
  };
}

Object.assign(copies, {
  async 'copies of a response can be read as a form'({ resilient, page }) {
    const type = 'application/x-www-form-urlencoded';
    const { url } = page({ headers: { 'content-type': type }, body: 'a=1&b=2' });
    const f = resilient(fetch, { cache: true });
    for (const response of Object.values(await responsesOf(f, url))) {
      equal(
        [...(await response.formData())],
        [
          ['a', '1'],
          ['b', '2'],
        ],
      );
    }
  },

  async 'copies of a response can be read into a buffer of the reader, where fetch can'({
    resilient,
    page,
  }) {
    const { url } = page(TEXT);
    const readInto = async (response) => {
      const reader = response.body.getReader({ mode: 'byob' });
      const text = [];
      for (;;) {
        const { done, value } = await reader.read(new Uint8Array(4));
        if (done) return String.fromCharCode(...text);
        text.push(...value);
      }
    };
    const expected = await readInto(await fetch(url)).catch(() => undefined);
    const f = resilient(fetch, { cache: true });
    for (const [who, response] of Object.entries(await responsesOf(f, url))) {
      const text = expected === undefined ? response.text() : readInto(response);
      equal(await text, TEXT, `what the ${who} reads`);
    }
  },

  async 'copies of a response have their content type in a blob'({ resilient, page }) {
    const { url } = page(JSON_PAGE);
    const f = resilient(fetch, { cache: true });
    for (const response of Object.values(await responsesOf(f, url))) {
      // Bun adds a charset.
      ok((await response.blob()).type.startsWith('application/json'));
    }
  },

  async 'copies of a response and their clones have the status and headers that fetch gives'({
    resilient,
    page,
  }) {
    const headers = { 'x-a': '1', etag: '"e"' };
    for (const status of [200, 203, 404]) {
      const answer = { status, headers, body: 'text' };
      const { url } = page(answer, answer);
      const plain = headOf(await fetch(url));
      const f = resilient(fetch, { cache: true });
      for (const [who, response] of Object.entries(await responsesOf(f, url))) {
        equal(headOf(response), plain, `head of the ${who}`);
        equal(headOf(response.clone()), plain, `head of a clone of the ${who}`);
        equal(headOf(response.clone().clone()), plain, `head of a clone's clone of the ${who}`);
      }
    }
  },

  async 'copies of a response have no cookies: only the leader gets them'({ resilient, page }) {
    const answer = {
      headers: { 'set-cookie': ['a=1', 'b=2'], 'set-cookie2': 'c=3' },
      body: 'text',
    };
    const { url } = page(answer);
    const { cookies } = headOf(await fetch(url));
    const f = resilient(fetch, { cache: true });
    const { leader, waiter, hit } = await responsesOf(f, url);
    const stored = f.cache.get(f.makeKey(url));
    equal(headOf(leader).cookies, cookies);
    equal(headOf(leader.clone()).cookies, cookies);
    for (const response of [waiter, waiter.clone(), hit, stored, await f(url)]) {
      equal(response.headers.has('set-cookie'), false);
      equal(response.headers.has('set-cookie2'), false);
    }
    const uncached = resilient(fetch, { retry: {} });
    const { signal } = new AbortController();
    equal(headOf(await uncached(url, { signal })).cookies, cookies);
  },

  async 'copies of a response have no cookies where the function is not known to return responses'({
    resilient,
  }) {
    let several = 1;
    const make = async () => new Response('text', { headers: { 'set-cookie': 'a=1' } });
    const visible = (await make()).headers.has('set-cookie');
    for (; several <= 3; several++) {
      const f = resilient(make, { cache: true });
      const calls = Array.from({ length: several }, () => f(1));
      // Any of several callers may be the leader: each promise may be awaited first.
      for (const response of await Promise.all(calls.reverse())) {
        equal(response.headers.has('set-cookie'), visible && several === 1);
        equal(await response.text(), 'text');
      }
    }
  },

  async 'copies of a response have the own properties of the original'({ resilient }) {
    const mark = Symbol('mark');
    let reads = 0;
    const make = async (body) => {
      const response = Object.assign(new Response(body, { status: 203 }), { requestId: 7 });
      response[mark] = { started: 1 };
      return Object.defineProperty(response, 'late', {
        configurable: true,
        get() {
          reads++;
          return this.status;
        },
      });
    };
    const { signal } = new AbortController();
    for (const body of ['text', null]) {
      const f = resilient(make, { cache: true });
      const responses = await Promise.all([f(body), f(body), f.with({ signal })(body)]);
      await responses[0].text();
      responses.push(await f(body), await resilient(make, { retry: {} }).with({ signal })(body));
      equal(reads, 0, 'reads of the getter');
      for (const response of responses) {
        equal(response.requestId, 7);
        equal(response[mark], { started: 1 });
        equal(response.late, 203);
      }
      reads = 0;
    }
  },

  async 'a copy of a response can be wrapped again and keeps its own properties'({ resilient }) {
    const make = async () => Object.assign(new Response('text'), { requestId: 7 });
    const f = resilient(resilient(make, { cache: true }), { cache: true });
    for (const response of [...(await Promise.all([f(1), f(1)])), await f(1)]) {
      equal(response.requestId, 7);
      equal(await response.clone().text(), 'text');
      equal(await response.text(), 'text');
    }
  },

  async 'copies of a response have any reason phrase that fetch gives'({ resilient, page }) {
    for (const reason of ['très bien', 'fine \u2713', '\u0445\u043e\u0440\u043e\u0448\u043e']) {
      const { url } = page({ reason, body: 'hello' });
      const { statusText } = await fetch(url);
      const f = resilient(fetch, { cache: true });
      for (const response of Object.values(await responsesOf(f, url))) {
        equal(response.statusText, statusText);
        equal(response.clone().statusText, statusText);
        equal(await response.clone().text(), 'hello');
      }
      const { signal } = new AbortController();
      equal((await resilient(fetch)(url, { signal })).statusText, statusText);
      const uncached = await resilient(fetch, { retry: {} })(url, { signal });
      equal(uncached.statusText, statusText);
    }
  },

  async 'copies of a response have no body where fetch gives none'({ resilient, page }) {
    const { url, count } = page(204);
    const plain = await fetch(page(204).url);
    const f = resilient(fetch, { cache: true });
    for (const [who, response] of Object.entries(await responsesOf(f, url))) {
      if (plain.body === null) equal(response.body, null, `body of the ${who}`);
      equal(await response.text(), '');
    }
    equal(await count(), 1, 'requests');
  },

  async 'copies of a response with an empty body have an empty body'({ resilient, page }) {
    const { url, count } = page('');
    const f = resilient(fetch, { cache: true });
    for (const response of Object.values(await responsesOf(f, url))) {
      equal((await response.arrayBuffer()).byteLength, 0);
    }
    equal(await count(), 1, 'requests');
  },

  async 'a caller that changes its copy of a response does not change those of others'({
    resilient,
    page,
  }) {
    const { url } = page({ headers: { 'x-a': '1' }, body: TEXT });
    const f = resilient(fetch, { cache: true });
    const { leader, waiter, hit } = await responsesOf(f, url);
    for (const response of [leader, hit]) {
      try {
        response.headers.set('x-a', 'changed');
      } catch {
        // Headers of a fetch response are immutable.
      }
    }
    new Uint8Array(await leader.arrayBuffer()).fill(0);
    const reader = hit.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      value.fill(0);
    }
    for (const response of [waiter, await f(url)]) {
      equal(response.headers.get('x-a'), '1');
      equal(await response.text(), TEXT);
    }
  },

  async 'each caller reads its copy of a response at its own pace'({ resilient, page }) {
    const slow = page({ body: ['one,', { gate: 'two' }, 'two,', { gate: 'three' }, 'three'] });
    const f = resilient(fetch, { cache: true });
    const [quick, late] = await Promise.all([f(slow.url), f(slow.url)]);
    const reader = quick.body.getReader();
    await readText(reader, 'one,');
    await slow.open('two');
    await readText(reader, 'two,');
    const lateReader = late.body.getReader();
    await readText(lateReader, 'one,two,');
    await slow.open('three');
    await readText(lateReader, 'three');
    await readText(reader, 'three');
    equal((await reader.read()).done, true);
    equal((await lateReader.read()).done, true);
    equal(await slow.count(), 1, 'requests');
  },

  async 'copies of a compressed body are decompressed'({ resilient, page }) {
    const body = 'over and over '.repeat(1_000);
    const { url, count } = page({ gzip: true, body });
    const f = resilient(fetch, { cache: true });
    for (const [who, response] of Object.entries(await responsesOf(f, url))) {
      equal(await response.text(), body, `what the ${who} reads`);
    }
    equal(await count(), 1, 'requests');
  },

  async 'every response that is cached separately is copied'({ resilient, page }) {
    const pages = [page('a'), page('b'), page('c')];
    const f = resilient(fetch, { cache: true });
    for (let round = 1; round <= 3; round++) {
      const responses = await Promise.all(pages.map(({ url }) => f(url)));
      const texts = await Promise.all(responses.map((response) => response.text()));
      equal(texts, ['a', 'b', 'c']);
    }
  },

  async 'a response that cannot be read is returned to each caller as it is'({ resilient, page }) {
    const target = page();
    const moved = page({ status: 302, headers: { location: target.url } });
    const init = { redirect: 'manual' };
    const plain = headOf(await fetch(moved.url, init));
    const f = resilient(fetch, { cache: true });
    const responses = await Promise.all([f(moved.url, init), f(moved.url, init)]);
    responses.push(await f(moved.url, init));
    for (const response of responses) equal(headOf(response), plain);
    equal(await target.count(), 0, 'requests');
  },
});
