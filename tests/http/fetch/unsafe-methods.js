import { equal } from './assert.js';

const textOf = async (response) => (await response).text();

export const unsafeMethods = {
  async 'a successful POST, PUT, PATCH or DELETE invalidates its URL for all headers'(context) {
    const { resilient, page } = context;
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PURGE']) {
      const { url } = page();
      const get = resilient(fetch, { cache: true });
      const accept = { headers: { accept: 'text/html' } };
      equal(await textOf(get(url)), 'answer 1', method);
      equal(await textOf(get(url, accept)), 'answer 2', method);
      await textOf(get(`${url}#part`, { method }));
      equal(get.cache.size, 0, `entries after ${method}`);
      equal(await textOf(get(url, accept)), 'answer 4', method);
      equal(await textOf(get(url)), 'answer 5', method);
    }
  },

  async 'a safe method, or one that is cached itself, invalidates nothing'({ resilient, page }) {
    const { url } = page();
    const get = resilient(
      (input, { signal, method }) =>
        fetch(input, { signal, method: method === 'QUERY' ? 'GET' : method }),
      {
        http: true,
        cache: { methods: ['GET', 'POST'] },
      },
    );
    equal(await textOf(get(url)), 'answer 1');
    for (const method of ['OPTIONS', 'QUERY', 'HEAD', 'POST']) await textOf(get(url, { method }));
    equal(await textOf(get(url)), 'answer 1');
  },

  async 'an unsafe method that gets an error status, or no response, invalidates nothing'(context) {
    const { resilient, page } = context;
    const { url } = page('stored', 400, 503, { before: [{ cut: true }] });
    const get = resilient(fetch, { cache: true });
    await textOf(get(url));
    for (let n = 0; n < 3; n++) await get(url, { method: 'POST' }).then(textOf, () => {});
    equal(await textOf(get(url)), 'stored');
  },

  async 'an unsafe method invalidates the Location and Content-Location of the response, on the same origin'(
    context,
  ) {
    const { resilient, page } = context;
    const [created, changed, other] = [page(), page(), page()];
    const target = page({
      status: 201,
      headers: {
        location: `${created.url}#new`,
        'content-location': new URL(changed.url).pathname + new URL(changed.url).search,
        'access-control-expose-headers': 'location, content-location',
      },
    });
    const get = resilient(fetch, { cache: true });
    for (const { url } of [created, changed, other]) equal(await textOf(get(url)), 'answer 1');
    await get(target.url, { method: 'POST' });
    equal(await textOf(get(created.url)), 'answer 2');
    equal(await textOf(get(changed.url)), 'answer 2');
    equal(await textOf(get(other.url)), 'answer 1');
  },

  async 'an unsafe method invalidates nothing on another origin'({ resilient }) {
    const answers = {
      'https://b.test/x': () => new Response('b'),
      'https://a.test/x': () =>
        new Response('a', { status: 201, headers: { location: 'https://b.test/x' } }),
    };
    const get = resilient(async (url) => answers[url](), { http: true, cache: true });
    await textOf(get('https://b.test/x'));
    await get('https://a.test/x', { method: 'POST' });
    equal(get.cache.size, 1, 'entries');
  },

  async 'a GET in flight during an unsafe method is not stored'({ resilient, page }) {
    const { url, open, asked } = page({ before: [{ gate: 'get' }], body: 'old' }, 'posted', 'new');
    const get = resilient(fetch, { cache: true });
    const early = textOf(get(url));
    const { method } = { method: 'POST' };
    await asked();
    const posted = await get(url, { method });
    await posted.text();
    await open('get');
    const first = await early;
    equal(get.cache.size, 0, 'entries');
    equal([first, await textOf(get(url))].includes('new'), true);
    equal(get.cache.stats.hits, 0, 'hits');
  },

  async 'an unsafe method leaves the entries of another function in a shared cache'(context) {
    const { resilient, page, ResultCache } = context;
    const { url } = page();
    const cache = new ResultCache();
    const [one, other] = [resilient(fetch, { cache }), resilient(fetch, { cache })];
    await textOf(one(url));
    await textOf(other(url));
    await textOf(one(url, { method: 'POST' }));
    equal(cache.size, 1, 'entries');
    equal(await textOf(other(url)), 'answer 2');
  },

  async 'POST is cached with its body in the key if cache.methods has it'(context) {
    const { resilient, page } = context;
    const { url, count } = page({ echo: true });
    const post = resilient(fetch, { cache: { methods: ['GET', 'HEAD', 'POST'] } });
    const call = async (body) => (await (await post(url, { method: 'POST', body })).json()).body;
    for (let n = 0; n < 2; n++) {
      equal(await call('{"q":1}'), '{"q":1}');
      equal(await call('{"q":2}'), '{"q":2}');
      equal(await call(new URLSearchParams({ q: '3' })), 'q=3');
      equal(await call(new TextEncoder().encode('four')), 'four');
    }
    equal(await count(), 4, 'requests');
  },

  async 'FormData as a body is part of the key by its contents'(context) {
    const { resilient, page } = context;
    const { url, count } = page({ echo: true });
    const post = resilient(fetch, { cache: { methods: ['POST'] } });
    const form = new FormData();
    const call = async () => (await (await post(url, { method: 'POST', body: form })).json()).body;
    for (const user of ['alice', 'bob', 'alice']) {
      form.set('user', user);
      equal((await call()).includes(user), true, user);
    }
    equal(await count(), 2, 'requests');
  },
};
