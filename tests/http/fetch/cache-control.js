import { equal, rejects } from './assert.js';

/** Requests whose response replaces the stored one. */
const REFRESHES = {
  'init.cache no-cache': { cache: 'no-cache' },
  'init.cache reload': { cache: 'reload' },
  'Cache-Control: no-cache': { headers: { 'cache-control': 'no-cache' } },
  'Cache-Control: max-age=0': { headers: { 'Cache-Control': 'foo, Max-Age=0' } },
  'Pragma: no-cache': { headers: { pragma: 'no-cache' } },
};

/** Requests that bypass the cache. */
const BYPASSES = {
  'init.cache no-store': { cache: 'no-store' },
  'Cache-Control: no-store': { headers: { 'cache-control': 'no-store' } },
};

const ONLY = {
  'init.cache only-if-cached': { cache: 'only-if-cached', mode: 'same-origin' },
  'Cache-Control: only-if-cached': { headers: { 'cache-control': 'only-if-cached' } },
};

const textOf = async (response) => (await response).text();

export const cacheControl = {};

for (const [what, init] of Object.entries(REFRESHES)) {
  cacheControl[`${what} sends a new request each time, and replaces the stored response`] = async (
    context,
  ) => {
    const { resilient, page } = context;
    const { url } = page('first', 'second', 'third');
    const get = resilient((input, { signal }) => fetch(input, { signal }), {
      http: true,
      cache: true,
    });
    equal(await textOf(get(url)), 'first');
    equal(await textOf(get(url, init)), 'second');
    equal(await textOf(get(url)), 'second');
    equal(await textOf(get(url, init)), 'third');
    equal(get.cache.size, 1, 'entries');
  };
}

for (const [what, init] of Object.entries(BYPASSES)) {
  cacheControl[`${what} bypasses the cache: the response is neither a hit nor stored nor shared`] =
    async ({ resilient, page }) => {
      const { url, count } = page('first', 'second', 'third', 'fourth');
      const get = resilient(fetch, { cache: true });
      equal(await textOf(get(url)), 'first');
      const both = await Promise.all([textOf(get(url, init)), textOf(get(url, init))]);
      equal(both.sort(), ['second', 'third']);
      equal(await textOf(get(url)), 'first');
      equal(await count(), 3, 'requests');
    };
}

for (const [what, init] of Object.entries(ONLY)) {
  cacheControl[`${what} is a hit or a TypeError, and sends no request`] = async (context) => {
    const { resilient, page } = context;
    const { url, count } = page('stored');
    const get = resilient(fetch, { cache: true });
    const same = { mode: init.mode };
    await rejects(get(url, init), { name: 'TypeError' });
    equal(await count(), 0, 'requests');
    equal(await textOf(get(url, same)), 'stored');
    equal(await textOf(get(url, init)), 'stored');
    equal(await count(), 1, 'requests');
    equal(get.cache.stats.misses, 1, 'misses');
  };
}

Object.assign(cacheControl, {
  async 'another value of Cache-Control changes neither the key nor the response'(context) {
    const { resilient, page } = context;
    const { url, count } = page();
    const get = resilient(fetch, { cache: true });
    for (const value of ['max-age=60', 'no-transform', 'max-age=00']) {
      equal(await textOf(get(url, { headers: { 'cache-control': value } })), 'answer 1');
    }
    equal(await count(), 1, 'requests');
  },

  async 'a hundred concurrent refreshes by Cache-Control share one request'(context) {
    const { resilient, page } = context;
    const { url, count, open } = page('old', { before: [{ gate: 'headers' }], body: 'new' });
    const get = resilient(fetch, { cache: true });
    await textOf(get(url));
    const all = Array.from({ length: 100 }, (_, n) =>
      textOf(n % 2 ? get(url, { cache: 'no-cache' }) : get.with({ refresh: true })(url)),
    );
    await open('headers');
    equal([...new Set(await Promise.all(all))], ['new']);
    equal(await count(), 2, 'requests');
    equal(get.cache.stats.coalesced, 99, 'coalesced');
  },
});
