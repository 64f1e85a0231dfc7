import { equal, ok, rejects } from './assert.js';

const asking = (seconds, status = 503) => ({ status, headers: { 'retry-after': `${seconds}` } });

/** Seconds of the pause after the first attempt of a call. The call is cancelled in that pause. */
async function pauseOf({ resilient, EventType }, url, retry) {
  const controller = new AbortController();
  const f = resilient(fetch, { retry });
  let delay;
  f.addEventListener(EventType.RETRY, ({ detail }) => {
    delay = detail.delay;
    controller.abort('seen');
  });
  await rejects(f(url, { signal: controller.signal }), 'seen');
  return delay;
}

export const retryAfter = {
  async 'Retry-After in seconds is the pause'(context) {
    for (const status of [413, 429, 503]) {
      const { url, count } = context.page(asking(7, status));
      equal(await pauseOf(context, url, { delay: '1ms' }), 7, `pause after ${status}`);
      equal(await count(), 1, 'requests');
    }
  },

  async 'Retry-After in seconds is waited for'({ resilient, page }) {
    const { url, log } = page(asking(1, 429), 'fine');
    const f = resilient(fetch, { retry: { delay: '1ms' } });
    equal(await (await f(url)).text(), 'fine');
    const [first, second] = await log();
    // Timers may fire slightly early.
    ok(second.at - first.at > 980, `The pause was ${second.at - first.at} ms`);
  },

  async 'Retry-After as a date is waited for'({ resilient, page }) {
    const { url, log } = page({ status: 503, retryAt: 2 }, 'fine');
    const f = resilient(fetch, { retry: { delay: '1ms' } });
    equal(await (await f(url)).text(), 'fine');
    const [first, second] = await log();
    const asked = Math.floor((first.at + 2_000) / 1_000) * 1_000;
    ok(second.at > asked - 20, `It asked again ${asked - second.at} ms too early`);
  },

  async 'Retry-After of 0 or of a date that has passed is no pause'({
    resilient,
    page,
    EventType,
  }) {
    for (const answer of [asking('Wed, 21 Oct 2015 07:28:00 GMT'), asking(0)]) {
      const { url, count } = page(answer, 'fine');
      const f = resilient(fetch, { retry: { delay: '30s', jitter: false } });
      const delays = [];
      f.addEventListener(EventType.RETRY, ({ detail }) => delays.push(detail.delay));
      equal(await (await f(url)).text(), 'fine');
      equal(delays, [0]);
      equal(await count(), 2, 'requests');
    }
  },

  async 'Retry-After longer than maxDelay ends the retries: the response is returned'({
    resilient,
    page,
  }) {
    const limits = [
      [asking(61), {}],
      [asking(6), { maxDelay: '5s' }],
      [{ status: 503, retryAt: 3_600 }, {}],
    ];
    for (const [answer, retry] of limits) {
      const { url, count } = page({ ...answer, body: 'later' }, 'fine');
      const f = resilient(fetch, { cache: true, retry: { delay: '1ms', ...retry } });
      const responses = await Promise.all([f(url), f(url)]);
      for (const response of responses) {
        equal(response.status, 503);
        ok(response.headers.has('retry-after'));
        equal(await response.text(), 'later');
      }
      equal(await count(), 1, 'requests');
      equal(f.cache.size, 0);
    }
  },

  async 'Retry-After of exactly maxDelay is obeyed'(context) {
    const { url } = context.page(asking(5));
    equal(await pauseOf(context, url, { delay: '1ms', maxDelay: '5s' }), 5);
  },

  async 'Retry-After without a meaning is ignored'(context) {
    const retry = { delay: '3s', jitter: false };
    for (const value of ['soon', '', '-1', '1.5s']) {
      const { url } = context.page(asking(value));
      equal(await pauseOf(context, url, retry), 3, `pause after ${value}`);
    }
  },

  async 'Retry-After is only obeyed for requests that are retried'({ resilient, page }) {
    const { url, count } = page(asking(0), 'fine');
    const f = resilient(fetch, { retry: { delay: '1ms' } });
    equal((await f(url, { method: 'POST' })).status, 503);
    equal(await count(), 1, 'requests');
  },
};
