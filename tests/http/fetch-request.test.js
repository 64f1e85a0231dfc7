import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import vm from 'node:vm';
import fc from 'fast-check';
import { resilient } from 'holdfast';
import nodeFetch, { Request as NodeFetchRequest } from 'node-fetch';
import { warningsOf } from '../support/warnings.js';
import '../support/unhandled-rejections.js';

const URL_A = 'http://a.test/';
const genuine = globalThis.fetch;
const textOf = async (response) => (await response).text();

function formOf(name, value) {
  const form = new FormData();
  form.append(name, value);
  return form;
}

/** Replaces the global fetch by one whose response has the body of the request. */
function echoing(tell = (request) => request.text()) {
  globalThis.fetch = async (input, init) => new Response(await tell(new Request(input, init)));
}

describe('a wrapped fetch sends the arguments of the call', () => {
  afterEach(() => {
    globalThis.fetch = genuine;
    delete globalThis.document;
  });

  it('a wrapped fetch sends the body of a Request though init.body is null, and bodies are part of the key', async () => {
    echoing();
    const post = resilient(fetch, { cache: { methods: ['POST'] } });
    for (const body of ['alice', 'bob']) {
      const request = new Request(URL_A, { method: 'POST', body });
      assert.equal(await textOf(post(request, { body: null })), body);
    }
  });

  it('a wrapped fetch sends init.body instead of the body of a Request, on each retry', async () => {
    let attempts = 0;
    globalThis.fetch = async (input, init) => {
      const text = await new Request(input, init).text();
      return new Response(text, { status: attempts++ ? 200 : 503 });
    };
    const put = resilient(fetch, { retry: { delay: 0 } });
    const request = new Request(URL_A, { method: 'PUT', body: 'old' });
    assert.equal(await textOf(put(request, { body: 'new' })), 'new');
    await request.text();
    assert.equal(await textOf(put(request, { body: 'newer' })), 'newer');
  });

  it('a wrapped fetch sends bytes of another realm as they are', async () => {
    echoing();
    const post = resilient(fetch, { cache: { methods: ['POST'] } });
    for (const make of ['u.buffer', 'u', 'new DataView(u.buffer)']) {
      for (const user of ['alice', 'bob']) {
        const code = `const u = Uint8Array.from('${user}', (c) => c.charCodeAt()); ${make}`;
        const body = vm.runInNewContext(code);
        assert.equal(await textOf(post(URL_A, { method: 'POST', body })), user, make);
      }
    }
  });

  it('a wrapped fetch sends the bytes of a Blob that has a toString of its own', async () => {
    echoing();
    class Named extends Blob {
      toString() {
        return 'a name';
      }
    }
    const post = resilient(fetch, { cache: { methods: ['POST'] } });
    const body = new Named(['the bytes']);
    assert.equal(await textOf(post(URL_A, { method: 'POST', body })), 'the bytes');
  });

  const bodies = {
    'a URLSearchParams': [() => new URLSearchParams('a=1'), (body) => body.append('b', '2')],
    'a FormData': [() => formOf('a', '1'), (body) => body.append('b', '2')],
    'an ArrayBuffer': [
      () => Uint8Array.of(1).buffer,
      (body) => structuredClone(body, { transfer: [body] }),
    ],
    'a Uint8Array': [() => Uint8Array.of(1), (body) => body.fill(0)],
    'a DataView': [() => new DataView(Uint8Array.of(1).buffer), (body) => body.setInt8(0, 0)],
  };
  for (const [kind, [make, change]] of Object.entries(bodies)) {
    it(`a function like fetch gets ${kind} in each attempt as its caller passed it, though it changes it`, async () => {
      const sent = [];
      const load = async (url, init) => {
        const request = new Request(url, { ...init, headers: { 'content-type': 'text/plain' } });
        sent.push((await request.text()).replace(/-+[\w-]+/g, ''));
        change(init.body);
        if (sent.length === 1) throw new Error('busy');
        return new Response(sent.at(-1));
      };
      const post = resilient(load, {
        http: true,
        cache: { methods: ['POST'] },
        retry: { delay: 0, methods: ['POST'] },
      });
      const text = await textOf(post(URL_A, { method: 'POST', body: make() }));
      assert.deepEqual(sent, [text, text]);
      assert.equal(await textOf(post(URL_A, { method: 'POST', body: make() })), text);
      assert.equal(sent.length, 2);
    });
  }

  it('a wrapped fetch finds a stored response for the same bytes in another Buffer', async () => {
    echoing();
    const post = resilient(fetch, { cache: { methods: ['POST'] } });
    for (const user of ['alice', 'bob', 'alice', 'bob']) {
      // Part of a larger pool, at another offset each time.
      const body = Buffer.from(user);
      assert.equal(await textOf(post(URL_A, { method: 'POST', body })), user);
    }
    assert.deepEqual([post.cache.stats.misses, post.cache.stats.hits], [2, 2]);
  });

  it('a wrapped fetch sends a relative URL to where it led at the call', async () => {
    globalThis.document = { baseURI: 'http://a.test/one/' };
    globalThis.fetch = async (url) => new Response(new URL(url, document.baseURI).href);
    for (const cache of [true, undefined]) {
      const get = resilient(fetch, { cache, bulkhead: { maxConcurrent: 1, maxWait: '1h' } });
      globalThis.document.baseURI = 'http://a.test/one/';
      const busy = get('http://a.test/busy');
      const waiting = get('list');
      globalThis.document.baseURI = 'http://a.test/two/';
      await busy;
      assert.equal(await textOf(waiting), 'http://a.test/one/list');
      assert.equal(await textOf(get('list')), 'http://a.test/two/list');
    }
  });

  it('the agent of a node-fetch Request is part of the key', async () => {
    const seen = [];
    const own = async (request) => {
      seen.push(request.agent.name);
      return new Response(request.agent.name);
    };
    const get = resilient(own, { http: true, cache: true });
    class Agent {
      constructor(name) {
        this.name = name;
      }
    }
    const agents = [new Agent('alice'), new Agent('bob')];
    for (const agent of [...agents, ...agents]) {
      const request = new NodeFetchRequest(URL_A, { agent });
      assert.equal(await textOf(get(request)), agent.name);
    }
    assert.deepEqual(seen, ['alice', 'bob']);
    assert.equal(typeof nodeFetch, 'function');
  });

  it('a wrapped fetch sends init.body with a Request of node-fetch', async () => {
    const own = async (_request, { body }) => new Response(String(body));
    const put = resilient(own, { http: true, retry: {} });
    const request = new NodeFetchRequest(URL_A, { method: 'PUT' });
    assert.equal(await textOf(put(request, { body: 'new' })), 'new');
  });

  it('a wrapped fetch refuses a signal that is not one, and no rejection is unhandled', async () => {
    const get = resilient(async () => Promise.reject(new Error('down')), {
      http: true,
      cache: true,
    });
    for (const signal of [new AbortController(), {}, 5, 'abort']) {
      await assert.rejects(get(URL_A, { signal }), /init\.signal must be an AbortSignal/);
    }
    await assert.rejects(get(URL_A, { signal: null }), /down/);
  });

  it('a wrapped fetch may be called with the same signal again and again', async () => {
    globalThis.fetch = async () => new Response('wrapped');
    const get = resilient(fetch);
    globalThis.fetch = async () => new Response('stubbed');
    const { signal } = new AbortController();
    for (let n = 0; n < 3; n++) assert.equal(await textOf(get(URL_A, { signal })), 'stubbed');
  });

  it('a stub of the global fetch that calls the wrapper later reaches the fetch that was wrapped', async () => {
    for (const [how, again] of Object.entries({
      'without the signal': (get, url) => get(url),
      'with a Request': (get, url, init) => get(new Request(url, init)),
      'with another signal': (get, url, init) =>
        get(url, { ...init, signal: AbortSignal.any([init.signal]) }),
    })) {
      globalThis.fetch = async () => new Response('wrapped');
      const get = resilient(fetch, { cache: true });
      globalThis.fetch = async (url, init) => {
        await null;
        return again(get, url, init);
      };
      assert.equal(await textOf(get(`${URL_A}${how.length}`)), 'wrapped', how);
    }
  });

  it('a wrapped fetch sends the fields that fetch reads of a Request behind a proxy', async () => {
    echoing(({ url }) => url);
    const get = resilient(fetch, { cache: true });
    const fields = { get: (target, name) => (name === 'url' ? `${URL_A}b` : target[name]) };
    // Node 22 and later do not accept such a proxy as a Request.
    const first = await textOf(get(new Proxy(new Request(`${URL_A}a`), fields))).catch(() => {});
    assert.notEqual(first, `${URL_A}b`);
    assert.equal(await textOf(get(`${URL_A}b`)), `${URL_A}b`);
  });

  it('headers have the same key as a record, pairs and Headers, and wrong ones are refused in each form', () => {
    const { makeKey } = resilient(fetch, { cache: true });
    const name = fc.oneof(
      fc.constantFrom('a', 'A', 'b', 'x-b', 'X-B', 'a.b', 'x_b', 'Set-Cookie', '1', 'a b', '', 'é'),
      fc.string({ maxLength: 3 }),
    );
    const value = fc.oneof(
      // Node 20 joins two empty values of a record in its own way.
      fc.constantFrom('1', '2', ' 1', '1 ', 'a b', 'a\tb', 'é', '€', '\n1', 'a\nb', '\0'),
      fc.string({ minLength: 1, maxLength: 3 }).filter((text) => text.trim() !== ''),
    );
    const keyOf = (headers) => {
      try {
        return makeKey(URL_A, { headers: headers() });
      } catch (error) {
        return error.name;
      }
    };
    const property = fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (pairs) => {
      const record = Object.fromEntries(pairs);
      const key = keyOf(() => record);
      assert.equal(
        key,
        keyOf(() => new Headers(record)),
      );
      assert.equal(
        key,
        keyOf(() => Object.entries(record)),
      );
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('no headers and no options have the key of empty ones', () => {
    const { makeKey } = resilient(fetch, { cache: true });
    const key = makeKey(URL_A);
    for (const init of [{}, { headers: {} }, { headers: [], method: 'get', redirect: 'follow' }]) {
      assert.equal(makeKey(URL_A, init), key);
    }
    assert.notEqual(makeKey(URL_A, { redirect: 'error' }), key);
    assert.notEqual(makeKey(URL_A, { headers: { a: '' } }), key);
  });

  it('URLs with and without a fragment have one key, and text that a page resolves follows the page', () => {
    const { makeKey } = resilient(fetch, { cache: true });
    for (let round = 0; round < 2; round++) {
      assert.equal(makeKey(`${URL_A}#${round}`), makeKey(URL_A));
      assert.equal(makeKey('HTTP://A.test'), makeKey(URL_A));
    }
    // With the scheme of the page, it is relative.
    for (const text of ['http:page', 'page']) {
      const keys = ['http://a.test/one/', 'http://a.test/two/'].map((baseURI) => {
        globalThis.document = { baseURI };
        return makeKey(text);
      });
      assert.notEqual(keys[0], keys[1], text);
    }
  });

  it('a thousand URLs have keys of their own, each time', () => {
    const { makeKey } = resilient(fetch, { cache: true });
    const keysOf = () => Array.from({ length: 1_000 }, (_, n) => makeKey(`${URL_A}${n}`));
    const keys = keysOf();
    assert.equal(new Set(keys).size, 1_000);
    assert.deepEqual(keysOf(), keys);
  });

  it('the key of a form differs from the key of an array that looks like its entries', async () => {
    const kindOf = async (_url, { body }) =>
      new Response(body instanceof FormData ? 'a form' : 'an array');
    const post = resilient(kindOf, { http: true, cache: { methods: ['POST'] } });
    const form = new FormData();
    form.append('user', 'alice');
    const call = (body) => textOf(post(URL_A, { method: 'POST', body }));
    assert.equal(await call(form), 'a form');
    assert.equal(await call(['FormData', ['user', 'alice']]), 'an array');
  });

  it('makeKey of a wrapped fetch leaves the body of a Request unread', async () => {
    echoing();
    const post = resilient(fetch, { cache: true });
    class Mine extends Request {}
    for (const request of [
      new Mine(URL_A, { method: 'POST', body: 'text' }),
      Object.assign(new Request(URL_A, { method: 'POST', body: 'text' }), { own: 1 }),
    ]) {
      post.makeKey(request);
      post.invalidate(request);
      assert.equal(request.bodyUsed, false);
      assert.equal(await textOf(post(request)), 'text');
    }
  });

  it('a wrapped fetch converts an option to a string once', async () => {
    let asked = 0;
    const redirect = { toString: () => (asked++ ? 'error' : 'follow') };
    const get = resilient(async (_url, init) => new Response(String(init.redirect)), {
      http: true,
      cache: true,
    });
    assert.equal(await textOf(get(URL_A, { redirect })), 'follow');
    assert.equal(await textOf(get(URL_A, { redirect })), 'error');
    assert.equal(await textOf(get(URL_A, { redirect: 'follow' })), 'follow');
  });

  it('a wrapped fetch sends nothing with only-if-cached, whatever else Cache-Control says', async () => {
    let sent = 0;
    const get = resilient(async () => new Response(String(++sent)), { http: true, cache: true });
    for (const more of ['max-age=0', 'no-cache', 'no-store']) {
      const headers = { 'cache-control': `only-if-cached, ${more}` };
      await assert.rejects(get(URL_A, { headers }), TypeError);
    }
    assert.equal(sent, 0);
  });
});

describe('an unsafe method invalidates its URL', () => {
  it('an unsafe method invalidates an entry that was put by hand', async () => {
    let n = 0;
    const get = resilient(async () => new Response(`answer ${++n}`), { http: true, cache: true });
    get.cache.put(get.makeKey(URL_A), new Response('put'));
    assert.equal(await textOf(get(URL_A)), 'put');
    await get(URL_A, { method: 'POST' });
    assert.equal(await textOf(get(URL_A)), 'answer 2');
  });

  it('an unsafe method invalidates what was put under any key that makeKey returned earlier', async () => {
    const get = resilient(async () => new Response('new'), { http: true, cache: true });
    const urls = Array.from({ length: 200 }, (_, n) => `${URL_A}${n}`);
    const keys = urls.map((url) => get.makeKey(url, { headers: { accept: 'text/plain' } }));
    for (let round = 0; round < 2; round++) {
      for (const key of keys) get.cache.put(key, new Response('old'));
      for (const url of urls) await get(url, { method: 'POST' });
      assert.equal(get.cache.size, 0);
    }
  });

  it('an unsafe method invalidates a relative Location', async () => {
    const get = resilient(
      async (_url, { method = 'GET' }) =>
        new Response(method, { headers: method === 'POST' ? { location: '/items/5' } : {} }),
      { http: true, cache: true },
    );
    await textOf(get('/items/5'));
    assert.equal(get.cache.size, 1);
    await get('/items', { method: 'POST' });
    assert.equal(get.cache.size, 0);
  });

  it('an unsafe method is sent once, though inspecting its response throws', async () => {
    let sent = 0;
    const headers = {
      has: () => false,
      get(name) {
        if (name === 'location') throw new Error('no location');
        return null;
      },
    };
    const post = resilient(
      async () => {
        sent++;
        return Object.defineProperty(new Response('created'), 'headers', { value: headers });
      },
      { http: true, cache: true, retry: { delay: 0, methods: ['POST'] } },
    );
    const warnings = await warningsOf(async () => {
      assert.equal(await textOf(post(URL_A, { method: 'POST' })), 'created');
    });
    assert.equal(sent, 1);
    assert.match(warnings.join(), /could not be invalidated/);
  });
});

it('a listener that changes an argument causes no result to be stored under the old key', async () => {
  const load = resilient(async ({ name }) => `result of ${name}`, { cache: true });
  let argument = { name: 'alice' };
  load.addEventListener('cache_miss', () => {
    argument.name = 'bob';
  });
  assert.equal(await load(argument), 'result of bob');
  argument = {};
  assert.equal(await load({ name: 'alice' }), 'result of alice');
});
