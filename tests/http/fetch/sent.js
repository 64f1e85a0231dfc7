import { equal, rejects } from './assert.js';

const ECHO = { echo: true };

/** Patterns that make a call wait before it is sent. */
const WAITS = {
  'in a bulkhead': { bulkhead: { maxConcurrent: 1, maxWait: '30s' } },
  'for a rate limiter': { rateLimiter: { maxCalls: 1, period: '20ms', maxWait: '30s' } },
};

const echoOf = async (response) => (await response).json();
const valueIn = (url) => new URL(url, 'http://a.test/').searchParams.get('value');

/** Arguments that a caller may change while a call waits: `args(value)` changes and returns them. */
function changing(url, values) {
  const target = new URL(url);
  const headers = new Headers();
  const record = {};
  const pairs = [['x-value', '']];
  const init = { headers: record };
  const params = new URLSearchParams();
  const bytes = new Uint8Array(1);
  return {
    'a URL': {
      args(value) {
        target.searchParams.set('value', value);
        return [target];
      },
      seen: (echo) => valueIn(echo.url),
    },
    Headers: {
      args(value) {
        headers.set('x-value', value);
        return [url, { headers }];
      },
    },
    'a record of headers': {
      args(value) {
        record['x-value'] = value;
        return [url, { headers: record }];
      },
    },
    'pairs of headers': {
      args(value) {
        pairs[0][1] = value;
        return [url, { headers: pairs }];
      },
    },
    init: {
      args(value) {
        init.headers = { 'x-value': value };
        return [url, init];
      },
    },
    'the headers of a Request': {
      request: new Request(url),
      args(value) {
        this.request.headers.set('x-value', value);
        return [this.request];
      },
    },
    URLSearchParams: {
      args(value) {
        params.set('value', value);
        return [url, { method: 'POST', body: params }];
      },
      seen: (echo) => new URLSearchParams(echo.body).get('value'),
    },
    bytes: {
      args(value) {
        bytes[0] = 65 + values.indexOf(value);
        return [url, { method: 'POST', body: bytes }];
      },
      seen: (echo) => values[echo.body.charCodeAt(0) - 65],
    },
  };
}

export const sent = {};

for (const [wait, patterns] of Object.entries(WAITS)) {
  for (const what of Object.keys(changing('http://a.test/', []))) {
    sent[
      `a call sends what its key was made of, though the caller changes ${what} while it waits ${wait}`
    ] = async ({ resilient, page }) => {
      const values = ['alice', 'bob', 'carol'];
      const { url } = page(ECHO);
      const {
        args,
        seen = (echo) => echo.headers['x-value'],
        ...rest
      } = changing(url, values)[what];
      const get = resilient(fetch, { cache: { methods: ['GET', 'POST'] }, ...patterns });
      const self = { ...rest, args };
      const first = await Promise.all(values.map((value) => echoOf(get(...self.args(value)))));
      equal(first.map(seen), values, 'sent');
      const again = [];
      for (const value of values) again.push(await echoOf(get(...self.args(value))));
      equal(again.map(seen), values, 'stored');
      equal(get.cache.stats.hits, values.length, 'hits');
    };
  }
}

/** Arguments that change at each reading. */
const fickle = {
  'the text of an object': (url) => {
    let n = 0;
    return [{ toString: () => `${url}&value=${n++}` }];
  },
  'the method of init': (url) => {
    let n = 0;
    return [url, { method: { toString: () => (n++ ? 'POST' : 'GET') } }];
  },
  'a getter of init': (url) => {
    let n = 0;
    return [
      url,
      {
        get headers() {
          return { 'x-value': String(n++) };
        },
      },
    ];
  },
  'the value of a header': (url) => {
    let n = 0;
    return [url, { headers: { 'x-value': { toString: () => String(n++) } } }];
  },
  'a subclass of Request': (url) => {
    class Fickle extends Request {
      #n = 0;
      get url() {
        return `${url}&value=${this.#n++}`;
      }
      get headers() {
        return new Headers({ 'x-value': String(this.#n++) });
      }
    }
    return [new Fickle(url)];
  },
};

for (const [what, argumentsOf] of Object.entries(fickle)) {
  sent[`a call sends what its key was made of, though ${what} differs at the second reading`] =
    async ({ resilient, page }) => {
      const { url } = page(503, ECHO);
      const seen = [];
      const own = (input, init) => {
        seen.push([init?.method ?? 'GET', new Request(input, init)]);
        return fetch(input, init);
      };
      const get = resilient(own, { http: true, cache: true, retry: { delay: '1ms' } });
      const args = argumentsOf(url);
      const echo = await echoOf(get(...args));
      equal(seen.length, 2, 'attempts');
      const [[, first], [, second]] = seen;
      equal(second.url, first.url);
      equal(second.method, first.method);
      equal(second.headers.get('x-value'), first.headers.get('x-value'));
      const plain = { method: echo.method, headers: first.headers };
      equal(await echoOf(get(first.url, plain)), echo, 'the entry of what was sent');
      equal(get.cache.stats.hits, 1, 'hits');
    };
}

Object.assign(sent, {
  async 'a wrapped fetch refuses a URL that is an object without a string form'({
    resilient,
    page,
  }) {
    const { url, count } = page();
    const get = resilient((_, init) => fetch(url, init), { http: true, cache: true });
    await rejects(get({ url }), { name: 'TypeError' });
    await rejects(get(new Map()), { name: 'TypeError' });
    equal(await count(), 0, 'requests');
  },

  async 'a wrapped fetch refuses an init that is not an object'({ resilient, page }) {
    const { url, count } = page();
    const get = resilient(fetch, { cache: true });
    for (const init of [5, 'alice', true, Symbol('alice')]) {
      await rejects(get(url, init), { name: 'TypeError' });
    }
    equal(await count(), 0, 'requests');
  },

  async 'arguments after init are part of the key'({ resilient }) {
    const own = async (_url, _init, user) => new Response(`secret of ${user}`);
    const call = resilient(own, { http: true, cache: true });
    for (const user of ['alice', 'bob', { name: 'carol' }]) {
      equal(await (await call('http://a.test/me', {}, user)).text(), `secret of ${user}`);
    }
    equal(await (await call('http://a.test/me', {}, 'bob')).text(), 'secret of bob');
    equal(call.cache.stats.hits, 1, 'hits');
  },

  async 'fields of init are read from its prototypes, but not from Object.prototype'(context) {
    const { resilient } = context;
    const seen = [];
    const own = async (_url, { headers, method }) => {
      seen.push([headers?.['x-value'], method]);
      return new Response('x');
    };
    const get = resilient(own, { http: true, cache: true });
    class Options {
      get headers() {
        return { 'x-value': 'of a class' };
      }
    }
    await get('http://a.test/', new Options());
    await get('http://a.test/', Object.create({ headers: { 'x-value': 'of a prototype' } }));
    Object.prototype.headers = { 'x-value': 'of all objects' };
    Object.prototype.method = 'POST';
    try {
      for (const init of [undefined, {}, { redirect: 'follow' }]) await get('http://a.test/', init);
    } finally {
      delete Object.prototype.headers;
      delete Object.prototype.method;
    }
    equal(seen, [
      ['of a class', undefined],
      ['of a prototype', undefined],
      [undefined, undefined],
    ]);
  },

  async 'a custom function with http: true gets arguments of the types that its caller gave'({
    resilient,
  }) {
    const seen = [];
    const own = async (input, init) => {
      seen.push([input, init]);
      return new Response('x');
    };
    const get = resilient(own, { http: true, retry: {} });
    const url = 'https://example.com/a';
    await get(new URL(url), { headers: { 'X-Upper': '1' } });
    await get(url, { headers: [['a', '1']] });
    await get(new Request(url), { headers: new Headers({ b: '2' }), body: undefined });
    const [[first, one], [second, two], [third, three]] = seen;
    equal(first instanceof URL && first.href, url);
    equal(one.headers, { 'X-Upper': '1' });
    equal(second, url);
    equal(two.headers, [['a', '1']]);
    equal(third instanceof Request && third.url, url);
    equal(three.headers instanceof Headers && three.headers.get('b'), '2');
    equal(Object.getPrototypeOf(one), null);
  },

  async 'a Request is sent with its referrer'({ resilient }) {
    const seen = [];
    const get = resilient(
      async (input, init) => {
        seen.push(new Request(input, init).referrer);
        return new Response('x');
      },
      { http: true, cache: true },
    );
    const base = globalThis.location?.origin ?? 'https://example.com';
    const request = new Request(`${base}/a`, { referrer: `${base}/from` });
    await get(request);
    equal(seen, [request.referrer]);
  },
});
