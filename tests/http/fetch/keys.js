import { differentKeys, equal, sameKey } from './assert.js';

const URL_A = 'https://example.com/a';

/** Arguments that mean the same as the first of them. */
const alike = {
  'a string, a URL and a Request': [[URL_A], [new URL(URL_A)], [new Request(URL_A)]],
  'a URL in any spelling': [
    ['https://example.com/b?x=1'],
    ['HTTPS://EXAMPLE.com:443/a/../b?x=1'],
    ['https://example.com/./b?x=1#fragment'],
    [new URL('https://example.com/b?x=1#other')],
    [new Request('https://example.com/b?x=1#third')],
  ],
  'explicit and default options': [
    [URL_A],
    [URL_A, undefined],
    [URL_A, {}],
    [URL_A, { method: 'GET' }],
    [URL_A, { method: 'get' }],
    [URL_A, { headers: {} }],
    [URL_A, { headers: undefined, body: undefined, signal: null }],
    [URL_A, { credentials: 'same-origin' }],
    [new Request(URL_A, { credentials: 'same-origin' })],
  ],
  'headers in any form': [
    [URL_A, { headers: { accept: 'text/html', 'x-b': '2' } }],
    [URL_A, { headers: { 'X-B': '2', Accept: 'text/html' } }],
    [
      URL_A,
      {
        headers: [
          ['X-b', '2'],
          ['aCCEPT', 'text/html'],
        ],
      },
    ],
    [URL_A, { headers: new Headers({ accept: 'text/html', 'x-b': '2' }) }],
    [new Request(URL_A, { headers: { accept: 'text/html', 'x-b': '2' } })],
    [new Request(URL_A), { headers: { accept: 'text/html', 'x-b': '2' } }],
    [
      new Request(URL_A, { headers: { accept: 'other' } }),
      { headers: { accept: 'text/html', 'x-b': '2' } },
    ],
  ],
  'methods other than GET, in init or in a Request': [
    [URL_A, { method: 'HEAD' }],
    [URL_A, { method: 'head' }],
    [new Request(URL_A, { method: 'HEAD' })],
    [new Request(URL_A), { method: 'HEAD' }],
  ],
  'the same body': [
    [URL_A, { method: 'POST', body: 'b' }],
    [new URL(URL_A), { method: 'post', body: 'b' }],
  ],
  'a call with any signal': [
    [URL_A],
    [URL_A, { signal: new AbortController().signal }],
    [new Request(URL_A, { signal: new AbortController().signal })],
  ],
};

/** Arguments of which no two mean the same. */
const unlike = {
  'other URLs': [
    [URL_A],
    ['https://example.com/b'],
    ['https://example.com/a/'],
    ['https://example.com/A'],
    ['https://example.com/a?'.concat('x=1&y=2')],
    ['https://example.com/a?y=2&x=1'],
    ['https://example.org/a'],
    ['http://example.com/a'],
    ['https://example.com:8443/a'],
  ],
  'other methods': ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'].map((method) => [
    URL_A,
    { method },
  ]),
  'other headers': [
    [URL_A],
    [URL_A, { headers: { accept: 'text/html' } }],
    [URL_A, { headers: { accept: 'text/plain' } }],
    [URL_A, { headers: { 'x-accept': 'text/html' } }],
    [URL_A, { headers: { accept: 'text/html', 'x-b': '' } }],
    [new Request(URL_A, { headers: { accept: 'image/png' } })],
  ],
  'other users': [
    [URL_A],
    [URL_A, { headers: { authorization: 'Bearer 1' } }],
    [URL_A, { headers: { Authorization: 'Bearer 2' } }],
    [new Request(URL_A, { headers: { authorization: 'Bearer 3' } })],
    [URL_A, { headers: { cookie: 'user=1' } }],
    [URL_A, { headers: { Cookie: 'user=2' } }],
  ],
  'other credentials': [
    [URL_A],
    [URL_A, { credentials: 'include' }],
    [URL_A, { credentials: 'omit' }],
  ],
  'other bodies': [
    [URL_A, { method: 'POST' }],
    [URL_A, { method: 'POST', body: 'a' }],
    [URL_A, { method: 'POST', body: 'b' }],
    [URL_A, { method: 'POST', body: new URLSearchParams({ a: 'b' }) }],
    [URL_A, { method: 'POST', body: new Uint8Array([97]) }],
  ],
};

export const keys = {};

for (const [what, calls] of Object.entries(alike)) {
  keys[`keys are equal for ${what}`] = async ({ resilient }) => {
    const f = resilient(fetch, { cache: true });
    calls.forEach((call, index) => {
      sameKey(f.makeKey(...calls[0]), f.makeKey(...call), `the first keys and the one at ${index}`);
    });
  };
}

for (const [what, calls] of Object.entries(unlike)) {
  keys[`keys differ for ${what}`] = async ({ resilient }) => {
    const f = resilient(fetch, { cache: true });
    const made = calls.map((call) => f.makeKey(...call));
    made.forEach((key, index) => {
      for (let other = 0; other < index; other++) {
        differentKeys(key, made[other], `the keys at ${index} and ${other}`);
      }
    });
  };
}

Object.assign(keys, {
  async 'concurrent calls with a string, a URL, a Request and a fragment share one request'({
    resilient,
    page,
  }) {
    const { url, count } = page();
    const f = resilient(fetch, { cache: true });
    const calls = [f(url), f(new URL(url)), f(new Request(url)), f(`${url}#part`), f(url, {})];
    for (const response of await Promise.all(calls)) equal(await response.text(), 'answer 1');
    equal(await (await f(new Request(`${url}#other`))).text(), 'answer 1');
    equal(await count(), 1, 'requests');
  },

  async 'makeKey and invalidate of a wrapped fetch find what a call has stored'({
    resilient,
    page,
  }) {
    const { url, count } = page();
    const f = resilient(fetch, { cache: true });
    await (await f(url)).text();
    equal(f.cache.has(f.makeKey(new Request(url))), true);
    equal(f.invalidate(new URL(url)), true);
    equal(f.cache.size, 0);
    equal(await (await f(url)).text(), 'answer 2');
    equal(await count(), 2, 'requests');
  },

  async 'a user never gets the response of another user'({ resilient, page }) {
    const { url, count } = page({ echo: true });
    const f = resilient(fetch, { cache: true });
    const users = ['one', 'two', 'three'];
    const read = async (user) => {
      const response = await f(url, { headers: { authorization: `Bearer ${user}` } });
      const { headers } = await response.json();
      equal(headers.authorization, `Bearer ${user}`);
    };
    await Promise.all(users.map(read));
    for (const user of users) await read(user);
    equal(await count(), 3, 'requests');
  },

  async 'calls with different cookies or credentials share no response'({ resilient, page }) {
    const { url, count } = page();
    const f = resilient(fetch, { cache: true });
    const inits = [
      { headers: { cookie: 'user=1' } },
      { headers: { cookie: 'user=2' } },
      { credentials: 'include' },
      { credentials: 'omit' },
      {},
    ];
    const read = async (init) => (await f(url, init)).text();
    const first = await Promise.all(inits.map(read));
    equal(new Set(first).size, inits.length, 'different answers');
    equal(await Promise.all(inits.map(read)), first);
    equal(await count(), inits.length, 'requests');
  },

  async 'a relative URL has the key of the absolute one in a page'({ resilient }) {
    const f = resilient(fetch, { cache: true });
    const { location } = globalThis;
    if (location) sameKey(f.makeKey('/a?x=1'), f.makeKey(new URL('/a?x=1', location.href)));
  },
});
