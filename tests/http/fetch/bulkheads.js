import { equal, rejects } from './assert.js';

export const bulkheads = {
  async 'a bulkhead releases a slot when the headers arrive, by default'({ resilient, page }) {
    const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
    const f = resilient(fetch, { bulkhead: { maxConcurrent: 1 } });
    const response = await f(slow.url);
    equal(f.bulkhead.metrics.active, 0);
    await slow.open('body');
    equal(await response.text(), 'one,two');
  },

  async "a bulkhead with until: 'body' releases a slot when the body has ended"({
    resilient,
    page,
  }) {
    for (const cache of [undefined, true]) {
      const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
      const f = resilient(fetch, { cache, bulkhead: { maxConcurrent: 1, until: 'body' } });
      const response = await f(slow.url);
      equal([response.status, response.url], [200, slow.url]);
      equal(f.bulkhead.metrics.active, 1);
      await rejects(f(page().url), { code: 'BULKHEAD_FULL' });
      await slow.open('body');
      equal(await response.text(), 'one,two');
      equal(f.bulkhead.metrics.active, 0);
      equal(await (await f(page('next').url)).text(), 'next');
    }
  },

  async "a bulkhead with until: 'body' releases the slot when the body is cancelled, which aborts the request"(
    context,
  ) {
    const { resilient, page } = context;
    for (const cache of [undefined, true]) {
      const slow = page({ body: ['one,', { gate: 'never' }] });
      const f = resilient(fetch, { cache, bulkhead: { maxConcurrent: 1, until: 'body' } });
      await (await f(slow.url)).body.cancel();
      await slow.aborted();
      equal(f.bulkhead.metrics.active, 0);
    }
  },

  async "a bulkhead with until: 'body' releases the slot when the body breaks off"({
    resilient,
    page,
  }) {
    const cut = page({ length: 100, body: ['one,', { gate: 'body' }, { cut: true }] });
    const f = resilient(fetch, { bulkhead: { maxConcurrent: 1, until: 'body' } });
    const response = await f(cut.url);
    await cut.open('body');
    await rejects(response.text(), {});
    equal(f.bulkhead.metrics.active, 0);
  },

  async "a bulkhead with until: 'body' releases the slot at once where there is no body"({
    resilient,
    page,
  }) {
    const f = resilient(fetch, { bulkhead: { maxConcurrent: 1, until: 'body' } });
    for (let call = 1; call <= 2; call++) equal((await f(page(204).url)).status, 204);
  },
};
