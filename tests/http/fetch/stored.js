import { equal } from './assert.js';

const STORED = [200, 203, 204, 300, 301, 404, 410];
const NOT_STORED = [201, 202, 302, 303, 307, 308, 400, 401, 403, 405, 409, 418, 429, 500, 501, 503];

async function requestsOfTwoCalls(f, { url, count }, status) {
  for (let call = 1; call <= 2; call++) {
    const response = await f(url);
    if (status) equal(response.status, status);
    await response.text();
  }
  return count();
}

export const stored = {
  async 'responses with status 200, 203, 204, 300, 301, 404 and 410 are stored by default'({
    resilient,
    page,
  }) {
    const f = resilient(fetch, { cache: true });
    for (const status of STORED) {
      equal(await requestsOfTwoCalls(f, page(status), status), 1, `requests for ${status}`);
    }
    equal(f.cache.size, STORED.length);
  },

  async 'responses with other common statuses are not stored by default'({ resilient, page }) {
    const f = resilient(fetch, { cache: true });
    for (const status of NOT_STORED) {
      equal(await requestsOfTwoCalls(f, page(status), status), 2, `requests for ${status}`);
    }
    equal(f.cache.size, 0);
  },

  async 'responses with any other status from 200 to 599 are not stored by default'({ resilient }) {
    const answer = async (status) => {
      const body = [204, 205, 304].includes(status) ? null : 'text';
      return new Response(body, { status });
    };
    const f = resilient(answer, { cache: { maxSize: 1_000 } });
    const statuses = [];
    for (let status = 200; status <= 599; status++) {
      await (await f(status)).text();
      if (f.cache.has(f.makeKey(status))) statuses.push(status);
    }
    equal(statuses, STORED);
  },

  async 'only responses with a status of cache.statuses are stored if it is given'({
    resilient,
    page,
  }) {
    const f = resilient(fetch, { cache: { statuses: [201, 418] } });
    const requests = {};
    for (const status of [200, 201, 404, 418]) {
      requests[status] = await requestsOfTwoCalls(f, page(status), status);
    }
    equal(requests, { 200: 2, 201: 1, 404: 2, 418: 1 });
  },

  async 'a response that is not stored is still shared while it is in flight'({ resilient, page }) {
    const secret = page({ status: 403, before: [{ gate: 'headers' }] });
    const f = resilient(fetch, { cache: true });
    const calls = Array.from({ length: 10 }, () => f(secret.url));
    await secret.asked();
    await secret.open('headers');
    for (const response of await Promise.all(calls)) {
      equal(response.status, 403);
      equal(await response.text(), 'answer 1');
    }
    equal(await secret.count(), 1, 'requests');
    equal(f.cache.size, 0);
  },

  async 'a response with Cache-Control: no-store is not stored'({ resilient, page }) {
    const f = resilient(fetch, { cache: true });
    for (const value of ['no-store', 'No-Store', 'private, no-store', 'no-store,max-age=60']) {
      const shy = page({ headers: { 'cache-control': value } });
      equal(await requestsOfTwoCalls(f, shy), 2, `requests with ${value}`);
    }
    for (const value of ['no-cache', 'private', 'max-age=0', 'x-no-store']) {
      const other = page({ headers: { 'cache-control': value } });
      equal(await requestsOfTwoCalls(f, other), 1, `requests with ${value}`);
    }
  },

  async 'a response with Vary: * is not stored'({ resilient, page }) {
    const f = resilient(fetch, { cache: true });
    for (const value of ['*', 'accept, *', '*,accept']) {
      const shy = page({ headers: { vary: value } });
      equal(await requestsOfTwoCalls(f, shy), 2, `requests with ${value}`);
    }
    equal(await requestsOfTwoCalls(f, page({ headers: { vary: 'accept' } })), 1);
  },

  async 'a response with no-store or Vary: * is not stored, whatever cache.statuses says'({
    resilient,
    page,
  }) {
    const f = resilient(fetch, { cache: { statuses: [200] } });
    const headers = [{ 'cache-control': 'no-store' }, { vary: '*' }];
    for (const each of headers) equal(await requestsOfTwoCalls(f, page({ headers: each })), 2);
  },

  async 'a refresh replaces the stored response, unless it fails'({ resilient, page }) {
    const { url, count } = page({}, {}, { before: [{ cut: true }] }, 503);
    const f = resilient(fetch, { cache: true });
    const read = async (call) => (await call(url)).text();
    equal(await read(f), 'answer 1');
    equal(await read(f.with({ refresh: true })), 'answer 2');
    equal(await read(f), 'answer 2');
    // A failed refresh replaces nothing.
    let failed = false;
    await read(f.with({ refresh: true })).catch(() => {
      failed = true;
    });
    equal(failed, true);
    equal(await read(f), 'answer 2');
    equal(await read(f.with({ refresh: true })), 'answer 4');
    equal(await read(f), 'answer 2');
    equal(await count(), 4, 'requests');
  },
};
