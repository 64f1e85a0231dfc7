import { equal, ok, rejects } from './assert.js';
import { readText } from './bytes.js';

const HELD = { before: [{ gate: 'headers' }] };
const SLOW = { body: ['one,', { gate: 'body' }, 'two'] };

/** The ways to give a call a signal. */
const ways = {
  'in init': (f, url, signal, init) => f(url, { ...init, signal }),
  'of a Request': (f, url, signal, init) => f(new Request(url, { ...init, signal })),
  'by with({ signal })': (f, url, signal, init) => f.with({ signal })(url, init),
};

export const signals = {};

for (const [way, call] of Object.entries(ways)) {
  const name = (what) => `a signal ${way} ${what}`;

  Object.assign(signals, {
    async [name(
      'that has already aborted rejects and sends no request, even for a stored response',
    )](context) {
      const { resilient, page } = context;
      const { url, count } = page();
      const f = resilient(fetch, { cache: true });
      const reason = new Error('too late');
      const { signal } = aborted(reason);
      await rejects(call(f, url, signal), reason);
      equal(await count(), 0, 'requests');
      await (await f(url)).text();
      const { hits, misses } = f.cache.stats;
      await rejects(call(f, url, signal), reason);
      equal(f.cache.stats.hits, hits);
      equal(f.cache.stats.misses, misses);
      equal(await count(), 1, 'requests');
    },

    async [name('that aborts before the headers aborts the request')]({ resilient, page }) {
      for (const cache of [true, undefined]) {
        for (const method of ['GET', 'POST']) {
          const held = page(HELD, 'new');
          const f = resilient(fetch, { cache, retry: { delay: '1ms' } });
          const controller = new AbortController();
          const reason = new Error('enough');
          const left = rejects(call(f, held.url, controller.signal, { method }), reason);
          await held.asked();
          controller.abort(reason);
          await left;
          await held.aborted();
          equal(await (await f(held.url)).text(), 'new');
          equal(await held.count(), 2, `${method} requests`);
        }
      }
    },

    async [name('lets one of several callers leave, and the others get the response')]({
      resilient,
      page,
    }) {
      const held = page({ ...HELD, body: 'hello' });
      const f = resilient(fetch, { cache: true });
      const leaver = new AbortController();
      const stayer = new AbortController();
      const left = rejects(call(f, held.url, leaver.signal), 'enough');
      const stays = [call(f, held.url, stayer.signal), f(held.url)];
      await held.asked();
      leaver.abort('enough');
      await left;
      await held.open('headers');
      for (const stay of stays) equal(await (await stay).text(), 'hello');
      const log = await held.log();
      equal(
        log.map(({ state }) => state),
        ['done'],
      );
    },

    async [name('of the last caller aborts the request')]({ resilient, page }) {
      const held = page(HELD, 'new');
      const f = resilient(fetch, { cache: true });
      const controllers = [new AbortController(), new AbortController()];
      const left = controllers.map((controller, index) =>
        rejects(call(f, held.url, controller.signal), `reason ${index}`),
      );
      await held.asked();
      for (const [index, controller] of controllers.entries()) {
        controller.abort(`reason ${index}`);
        await left[index];
      }
      await held.aborted();
      equal(await (await f(held.url)).text(), 'new');
      equal(await held.count(), 2, 'requests');
    },

    async [name('that aborts after the headers ends only the body of its caller')](context) {
      const { resilient, page } = context;
      const slow = page(SLOW);
      const f = resilient(fetch, { cache: true });
      const leaver = new AbortController();
      const [left, unread, stays] = await Promise.all([
        call(f, slow.url, leaver.signal),
        call(f, slow.url, leaver.signal),
        f(slow.url),
      ]);
      const reader = left.body.getReader();
      await readText(reader, 'one,');
      const reason = new Error('enough');
      const pending = rejects(reader.read(), reason);
      leaver.abort(reason);
      await pending;
      await rejects(unread.text(), reason);
      await slow.open('body');
      equal(await stays.text(), 'one,two');
      equal(await (await f(slow.url)).text(), 'one,two');
      const log = await slow.log();
      equal(
        log.map(({ state }) => state),
        ['done'],
      );
    },

    async [name('ends no body that another caller has joined')](context) {
      const { resilient, page } = context;
      const slow = page(SLOW);
      const f = resilient(fetch, { cache: true });
      const leaver = new AbortController();
      const early = f(slow.url);
      const left = await call(f, slow.url, leaver.signal);
      const late = f(slow.url);
      const stayer = call(f, slow.url, new AbortController().signal);
      leaver.abort('enough');
      await rejects(left.text(), 'enough');
      await slow.open('body');
      for (const stay of [early, late, stayer]) equal(await (await stay).text(), 'one,two');
      equal(await slow.count(), 1, 'requests');
    },

    async [name('that aborts right after its call has joined rejects')]({ resilient, page }) {
      const slow = page(SLOW);
      const f = resilient(fetch, { cache: true });
      const first = await f(slow.url);
      const leaver = new AbortController();
      const joined = rejects(call(f, slow.url, leaver.signal), 'enough');
      leaver.abort('enough');
      await joined;
      await slow.open('body');
      equal(await first.text(), 'one,two');
    },

    async [name('of all callers that aborts after the headers aborts the request')](context) {
      const { resilient, page } = context;
      for (const cache of [true, undefined]) {
        const slow = page(SLOW, 'new');
        const f = resilient(fetch, { cache });
        const controllers = [new AbortController(), new AbortController()].slice(cache ? 0 : 1);
        const calls = controllers.map(({ signal }) => call(f, slow.url, signal));
        const texts = (await Promise.all(calls)).map((response) =>
          rejects(response.text(), 'enough'),
        );
        for (const controller of controllers) controller.abort('enough');
        await Promise.all(texts);
        await slow.aborted();
        equal(await (await f(slow.url)).text(), 'new');
      }
    },

    async [name('that aborts in the pause of a retry rejects at once')]({
      resilient,
      page,
      EventType,
    }) {
      const { url, count } = page(503);
      const f = resilient(fetch, {
        cache: true,
        retry: { delay: '1h', maxDelay: '1h', jitter: false },
      });
      const controller = new AbortController();
      f.addEventListener(EventType.RETRY, () => setTimeout(() => controller.abort('enough')));
      await rejects(call(f, url, controller.signal), 'enough');
      equal(await count(), 1, 'requests');
    },

    async [name('ends an event stream')]({ resilient, page }) {
      const events = page({
        headers: { 'content-type': 'text/event-stream' },
        body: ['data: 1\n\n', { gate: 'never' }],
      });
      const f = resilient(fetch, { cache: true });
      const controller = new AbortController();
      const response = await call(f, events.url, controller.signal);
      const reader = response.body.getReader();
      await readText(reader, 'data: 1\n\n');
      const pending = rejects(reader.read(), 'enough');
      controller.abort('enough');
      await pending;
      await events.aborted();
    },

    async [name('that aborts after the body was read changes nothing')]({ resilient, page }) {
      const { url, count } = page('hello');
      const f = resilient(fetch, { cache: true });
      const controller = new AbortController();
      const responses = [];
      for (let index = 0; index < 3; index++) responses.push(await call(f, url, controller.signal));
      for (const response of responses) equal(await response.text(), 'hello');
      controller.abort('enough');
      equal(await (await f(url)).text(), 'hello');
      equal(await count(), 1, 'requests');
    },

    async [name('that aborts without a reason rejects as fetch does')]({ resilient, page }) {
      const held = page(HELD);
      const f = resilient(fetch, { cache: true });
      const controller = new AbortController();
      const left = rejects(call(f, held.url, controller.signal), { name: 'AbortError' });
      await held.asked();
      controller.abort();
      ok((await left) instanceof DOMException);
    },
  });
}

function aborted(reason) {
  const controller = new AbortController();
  controller.abort(reason);
  return controller;
}

Object.assign(signals, {
  async 'either of two signals of one call aborts it'({ resilient, page }) {
    for (const which of [0, 1]) {
      const held = page(HELD);
      const f = resilient(fetch, { cache: true });
      const controllers = [new AbortController(), new AbortController()];
      const [{ signal }, inner] = controllers;
      const left = rejects(f.with({ signal })(held.url, { signal: inner.signal }), 'enough');
      await held.asked();
      controllers[which].abort('enough');
      await left;
      await held.aborted();
    }
  },

  async 'AbortSignal.timeout rejects with its TimeoutError'({ resilient, page }) {
    const held = page(HELD);
    const f = resilient(fetch, { cache: true });
    const error = await rejects(f(held.url, { signal: AbortSignal.timeout(50) }), {
      name: 'TimeoutError',
    });
    ok(error instanceof DOMException);
    await held.aborted();
  },
});
