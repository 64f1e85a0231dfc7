import { equal, rejects } from './assert.js';

export const redirects = {
  async 'a redirect is followed, and its response is stored under the first URL'({
    resilient,
    page,
  }) {
    const target = page('there');
    const second = page({ status: 301, headers: { location: target.url } });
    const first = page({
      status: 302,
      headers: { location: second.path + new URL(second.url).search },
    });
    const f = resilient(fetch, { cache: true });
    const responses = await Promise.all([f(first.url), f(first.url)]);
    equal(await responses[0].clone().text(), 'there');
    responses.push(await f(first.url));
    for (const response of responses) {
      equal(response.status, 200);
      equal(response.url, target.url);
      equal(response.redirected, true);
      equal(await response.text(), 'there');
    }
    for (const each of [first, second, target]) equal(await each.count(), 1, 'requests');
  },

  async 'a redirect does not store an entry for its target'({ resilient, page }) {
    const target = page();
    const moved = page({ status: 302, headers: { location: target.url } });
    const f = resilient(fetch, { cache: true });
    equal(await (await f(moved.url)).text(), 'answer 1');
    const direct = await f(target.url);
    equal(direct.redirected, false);
    equal(await direct.text(), 'answer 2');
  },

  async 'a redirect that is an error is an error for every caller'({ resilient, page }) {
    const target = page();
    const moved = page({ status: 302, headers: { location: target.url } });
    const f = resilient(fetch, { cache: true });
    const init = { redirect: 'error' };
    const calls = [f(moved.url, init), f(moved.url, init)];
    await Promise.all(calls.map((call) => rejects(call, { name: 'TypeError' })));
    equal(f.cache.size, 0);
    equal(await moved.count(), 1, 'requests');
    equal(await (await f(moved.url)).text(), 'answer 1');
  },
};
