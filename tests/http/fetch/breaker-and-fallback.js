import { equal, rejects } from './assert.js';

const CUT = { before: [{ cut: true }] };
const OPEN = { name: 'CircuitOpenError', code: 'CIRCUIT_OPEN' };

export const breakerAndFallback = {
  async 'bad statuses open the breaker, and their responses are returned'({ resilient, page }) {
    const { url, count } = page(503, 500);
    const f = resilient(fetch, { circuitBreaker: { failureThreshold: 2 } });
    equal((await f(url)).status, 503);
    equal((await f(url)).status, 500);
    equal(f.circuitBreaker.state, 'open');
    await rejects(f(url), OPEN);
    equal(await count(), 2, 'requests');
  },

  async 'network errors open the breaker'({ resilient, page }) {
    const { url, count } = page(CUT);
    const f = resilient(fetch, { circuitBreaker: { failureThreshold: 2 } });
    for (let call = 1; call <= 2; call++) await rejects(f(url), {});
    await rejects(f(url), OPEN);
    equal(await count(), 2, 'requests');
  },

  async 'other statuses do not open the breaker'({ resilient, page }) {
    const { url } = page(404);
    const f = resilient(fetch, { circuitBreaker: { failureThreshold: 1 } });
    for (let call = 1; call <= 3; call++) equal((await f(url)).status, 404);
    equal(f.circuitBreaker.state, 'closed');
  },

  async 'bad statuses open the breaker for any method, though a POST is not retried'(context) {
    const { resilient, page } = context;
    for (const method of ['POST', 'PATCH']) {
      const { url, count } = page(503);
      const f = resilient(fetch, { retry: {}, circuitBreaker: { failureThreshold: 2 } });
      for (let call = 1; call <= 2; call++) equal((await f(url, { method })).status, 503);
      await rejects(f(url, { method }), OPEN);
      equal(await count(), 2, 'requests');
    }
  },

  async 'a successful POST closes the breaker'({ resilient, page }) {
    const { url } = page(503, 200);
    const f = resilient(fetch, {
      circuitBreaker: { failureThreshold: 1, recoveryTimeout: 0, successThreshold: 1 },
    });
    equal((await f(url, { method: 'POST' })).status, 503);
    equal(f.circuitBreaker.state, 'half-open');
    equal((await f(url, { method: 'POST' })).status, 200);
    equal(f.circuitBreaker.state, 'closed');
  },

  async 'all attempts for all waiters are one outcome for the breaker'({ resilient, page }) {
    const { url, count } = page(503);
    const f = resilient(fetch, {
      cache: true,
      retry: { delay: '1ms' },
      circuitBreaker: { failureThreshold: 2 },
    });
    const both = await Promise.all([f(url), f(url)]);
    for (const response of both) equal(await response.text(), 'answer 3');
    equal(f.circuitBreaker.state, 'closed');
    equal(await (await f(url)).text(), 'answer 6');
    equal(f.circuitBreaker.state, 'open');
    equal(await count(), 6, 'requests');
  },

  async 'a stored response is served while the breaker is open'({ resilient, page }) {
    const good = page('hello');
    const f = resilient(fetch, { cache: true, circuitBreaker: {} });
    equal(await (await f(good.url)).text(), 'hello');
    f.circuitBreaker.forceOpen();
    equal(await (await f(good.url)).text(), 'hello');
    await rejects(f(page().url), OPEN);
    equal(await good.count(), 1, 'requests');
  },

  async 'a caller that leaves is no failure for the breaker'({ resilient, page }) {
    const held = page({ before: [{ gate: 'never' }] });
    const f = resilient(fetch, { circuitBreaker: { failureThreshold: 1 } });
    const controller = new AbortController();
    const left = rejects(f(held.url, { signal: controller.signal }), 'enough');
    await held.asked();
    controller.abort('enough');
    await left;
    await held.aborted();
    equal(f.circuitBreaker.state, 'closed');
  },

  async 'a fallback replaces a network error, and is not stored'({ resilient, page }) {
    const { url, count } = page(CUT, CUT, 'fine');
    const f = resilient(fetch, {
      cache: true,
      retry: { maxAttempts: 2, delay: '1ms' },
      fallback: (_error, asked) => new Response(`no ${asked === url ? 'page' : asked}`),
    });
    const responses = await Promise.all([f(url), f(url), f(url)]);
    for (const response of responses) equal(await response.text(), 'no page');
    equal(f.cache.size, 0);
    equal(await (await f(url)).text(), 'fine');
    equal(await count(), 3, 'requests');
  },

  async 'a fallback replaces a refusal, but not a response'({ resilient, page }) {
    const { url } = page(503);
    const f = resilient(fetch, {
      circuitBreaker: { failureThreshold: 1 },
      fallback: () => new Response('instead'),
    });
    equal((await f(url)).status, 503);
    equal(await (await f(url)).text(), 'instead');
  },

  async 'a Response as a fallback can be returned any number of times'({ resilient, page }) {
    const { url } = page(CUT);
    const f = resilient(fetch, { cache: true, fallback: new Response('instead') });
    for (let call = 1; call <= 2; call++) {
      const responses = await Promise.all([f(url), f(url)]);
      for (const response of responses) equal(await response.text(), 'instead');
    }
  },
};
