import { equal, rejects } from './assert.js';

const HELD = { before: [{ gate: 'never' }] };
const TIMEOUT = { name: 'TimeoutError', code: 'TIMEOUT' };

export const timeouts = {
  async 'a timeout aborts the request'({ resilient, page }) {
    for (const options of [{ timeout: '50ms' }, { timeout: { total: '50ms' } }]) {
      for (const method of ['GET', 'POST']) {
        for (const cache of [true, undefined]) {
          const { url, aborted, count } = page(HELD);
          const f = resilient(fetch, { cache, ...options });
          await rejects(f(url, { method }), TIMEOUT);
          await aborted();
          equal(await count(), 1, 'requests');
        }
      }
    }
  },

  async 'a timeout leaves the arguments of the caller unchanged'({ resilient, page }) {
    const { url, aborted } = page(HELD);
    const { signal } = new AbortController();
    const init = Object.freeze({ signal, headers: Object.freeze({ 'x-a': '1' }) });
    await rejects(resilient(fetch, { timeout: '50ms' })(url, init), TIMEOUT);
    const log = await aborted();
    equal(log[0].headers['x-a'], '1');
    equal(signal.aborted, false);
  },

  async 'a timeout applies to each attempt'({ resilient, page }) {
    const { url, aborted } = page(HELD, 'fine');
    // Another attempt may be slow, too, on a busy machine.
    const retry = { maxAttempts: 20, delay: '1ms' };
    const f = resilient(fetch, { timeout: '300ms', retry });
    equal(await (await f(url)).text(), 'fine');
    const [first] = await aborted();
    equal(first.state, 'aborted');
  },

  async 'a timeout is not retried for a method that is not idempotent'({ resilient, page }) {
    const { url, aborted } = page(HELD, 'fine');
    const f = resilient(fetch, { timeout: '50ms', retry: { delay: '1ms' } });
    await rejects(f(url, { method: 'POST' }), TIMEOUT);
    equal((await aborted()).length, 1, 'requests');
  },

  async 'the total timeout ends the retries as well'({ resilient, page }) {
    const { url, asked } = page(503);
    const f = resilient(fetch, {
      timeout: { total: '300ms' },
      retry: { delay: '30s', jitter: false },
    });
    await rejects(f(url), TIMEOUT);
    equal((await asked()).length, 1, 'requests');
  },

  async 'all waiters of a request share its timeout'({ resilient, page }) {
    const { url, aborted } = page(HELD);
    const f = resilient(fetch, { cache: true, timeout: '100ms' });
    const calls = Array.from({ length: 10 }, () => f(url));
    const [first, ...others] = await Promise.allSettled(calls);
    equal(first.reason.code, 'TIMEOUT');
    for (const { reason } of others) equal(reason === first.reason, true);
    equal((await aborted()).length, 1, 'requests');
    equal(f.cache.size, 0);
  },

  async 'a timeout ends with the headers where a response is not shared'({ resilient, page }) {
    const slow = page({ body: ['one,', { wait: 1_200 }, 'two'] });
    const f = resilient(fetch, { timeout: { attempt: 1, total: 1 } });
    equal(await (await f(slow.url)).text(), 'one,two');
  },

  async 'timeout.idle ends a shared response without bytes, and the next call runs again'(context) {
    const { resilient, page, EventType } = context;
    for (const timeout of ['2s', { idle: '300ms' }, { seconds: '2s', perAttempt: false }]) {
      const stalled = page({ body: ['one,', { gate: 'never' }] }, 'whole');
      const f = resilient(fetch, { cache: true, timeout });
      const scopes = [];
      f.addEventListener(EventType.TIMEOUT, ({ detail }) => scopes.push(detail.scope));
      const calls = [f(stalled.url), f(stalled.url), f(stalled.url)];
      const [unread, ...read] = await Promise.all(calls);
      for (const text of read.map((response) => response.text())) await rejects(text, TIMEOUT);
      await rejects(unread.text(), TIMEOUT);
      await stalled.aborted();
      equal(scopes, [timeout.perAttempt === false ? 'total' : 'idle']);
      equal(await (await f(stalled.url)).text(), 'whole');
      equal(f.cache.size, 1);
    }
  },

  async 'timeout.idle applies where no caller reads the body'({ resilient, page }) {
    const stalled = page({ body: ['one,', { gate: 'never' }] }, 'whole');
    const f = resilient(fetch, { cache: true, timeout: { idle: '200ms' } });
    await f(stalled.url);
    await stalled.aborted();
    equal(await (await f(stalled.url)).text(), 'whole');
  },

  async 'the total timeout ends a shared body that arrives slowly'({ resilient, page, EventType }) {
    const drips = Array.from({ length: 40 }, () => ['.', { wait: 50 }]).flat();
    const slow = page({ body: drips });
    const f = resilient(fetch, { cache: true, timeout: { idle: '10s', total: '1s' } });
    let scope;
    f.addEventListener(EventType.TIMEOUT, ({ detail }) => {
      scope = detail.scope;
    });
    await rejects((await f(slow.url)).text(), TIMEOUT);
    equal(scope, 'total');
    await slow.aborted();
  },

  async 'timeout.idle does not end a slow body that keeps arriving'({ resilient, page }) {
    const drips = Array.from({ length: 10 }, () => ['.', { wait: 100 }]).flat();
    const slow = page({ body: drips });
    const f = resilient(fetch, {
      cache: true,
      timeout: { attempt: '30s', idle: '3s', total: '1m' },
    });
    equal(await (await f(slow.url)).text(), '..........');
  },

  async 'timeouts do not end event streams and bodies over maxBodySize'({ resilient, page }) {
    const body = ['data: 1\n\n', { wait: 400 }, 'data: 2\n\n'];
    for (const headers of [{ 'content-type': 'text/event-stream' }, {}]) {
      const slow = page({ headers, body });
      const f = resilient(fetch, { cache: { maxBodySize: 5 }, timeout: { idle: '250ms' } });
      equal(await (await f(slow.url)).text(), 'data: 1\n\ndata: 2\n\n');
    }
  },
};
