import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { deferred } from '../../support/deferred.js';
import { manualClock } from '../../support/manual-clock.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const URL_OF_PAGE = 'https://api.example.com/page';

/** A response whose body the test writes. */
function page(init) {
  const state = { cancelled: false };
  const stream = new ReadableStream({
    start(controller) {
      state.write = (text) => controller.enqueue(new TextEncoder().encode(text));
      state.end = () => controller.close();
      state.cut = () => controller.error(new Error('cut'));
    },
    cancel() {
      state.cancelled = true;
    },
  });
  return Object.assign(state, { response: new Response(stream, init) });
}

/** A function that gives a page for each run. The first one, with the body `'old'`, is stored and stale. */
async function pageScene(cache, options, inits = []) {
  const clock = manualClock();
  const pages = [];
  const load = async () => {
    const next = page(inits[pages.length]);
    pages.push(next);
    return next.response;
  };
  const f = resilient(load, {
    cache: { ttl: 10, staleWhileRevalidate: 20, clock, ...cache },
    ...options,
  });
  const call = () => f(URL_OF_PAGE);
  const first = await call();
  pages[0].write('old');
  pages[0].end();
  assert.equal(await first.text(), 'old');
  await turn();
  clock.time = 10_001;
  return { clock, pages, f, call };
}
const textOf = async (call) => (await call()).text();

describe('a response is refreshed in the background', () => {
  it('a refresh without a reader reads its body to the end, and the response is stored whole', async () => {
    const { pages, call, f } = await pageScene();
    assert.equal(await textOf(call), 'old');
    pages[1].write('n');
    await turn();
    assert.equal(await textOf(call), 'old', 'while the body arrives');
    pages[1].write('ew');
    pages[1].end();
    await turn();
    assert.equal(await textOf(call), 'new');
    assert.equal(await textOf(call), 'new');
    assert.deepEqual([pages.length, f.cache.stats.refreshErrors], [2, 0]);
  });

  it('two readers of the stale response and one of the new one have right bodies, whenever they read', async () => {
    const { pages, call } = await pageScene();
    const [first, second] = [await call(), await call()];
    assert.notEqual(first, second);
    const reader = first.body.getReader();
    pages[1].write('new');
    pages[1].end();
    await turn();
    const third = await call();
    assert.equal(await third.text(), 'new');
    assert.equal(await second.text(), 'old');
    assert.equal(new TextDecoder().decode((await reader.read()).value), 'old');
    assert.equal((await reader.read()).done, true);
    assert.equal(pages.length, 2);
  });

  it('a reader of the stale response that cancels it does not end the refresh', async () => {
    const { pages, call } = await pageScene();
    await (await call()).body.cancel();
    pages[1].write('new');
    pages[1].end();
    await turn();
    assert.deepEqual([pages[1].cancelled, await textOf(call)], [false, 'new']);
  });

  it('the ttl of a refreshed response starts when its body is complete', async () => {
    const { clock, pages, call } = await pageScene();
    await call();
    pages[1].write('new');
    await turn();
    clock.time = 15_000;
    pages[1].end();
    await turn();
    clock.time = 25_000;
    assert.equal(await textOf(call), 'new');
    assert.equal(pages.length, 2);
  });

  it('calls join a refresh whose body arrives when the window is over, and read the new body', async () => {
    const { clock, pages, call } = await pageScene();
    await call();
    pages[1].write('n');
    await turn();
    clock.time = 30_001;
    const joined = textOf(call);
    pages[1].write('ew');
    pages[1].end();
    assert.equal(await joined, 'new');
    assert.equal(pages.length, 2);
  });

  it('waitUntil waits until the body is complete', async () => {
    const waits = [];
    const { pages, call } = await pageScene({ waitUntil: (promise) => waits.push(promise) });
    await call();
    const wait = outcomeOf(waits[0]);
    pages[1].write('n');
    await turn();
    assert.equal(wait.state, 'pending');
    pages[1].write('ew');
    pages[1].end();
    await turn();
    assert.equal(wait.state, 'fulfilled');
    assert.equal(await textOf(call), 'new');
  });

  it('invalidate while the body of a refresh arrives keeps it out of the cache', async () => {
    const { pages, call, f } = await pageScene();
    await call();
    pages[1].write('la');
    await turn();
    f.invalidate(URL_OF_PAGE);
    await turn();
    assert.equal(pages[1].cancelled, true);
    assert.equal(f.cache.size, 0);
  });

  for (const [name, supersede] of Object.entries({
    'f.invalidate': (f) => f.invalidate(URL_OF_PAGE),
    'f.expire': (f) => f.expire(URL_OF_PAGE),
    'f.clear': (f) => f.clear(),
    'f.put': (f) => f.put([URL_OF_PAGE], 'put'),
    'f.invalidateTag': (f) => f.invalidateTag('page'),
    'cache.invalidate': (f) => f.cache.invalidate(f.makeKey(URL_OF_PAGE)),
    'cache.put': (f) => f.cache.put(f.makeKey(URL_OF_PAGE), 'put'),
    'cache.clear': (f) => f.cache.clear(),
    'a disposed cache': (f) => f.cache[Symbol.dispose](),
  })) {
    it(`${name} while the body of a refresh arrives cancels the body and ends waitUntil`, async () => {
      const waits = [];
      const waitUntil = (promise) => void waits.push(outcomeOf(promise));
      const { pages, call, f } = await pageScene({ waitUntil, tags: ['page'] });
      await call();
      pages[1].write('la');
      await turn();
      assert.deepEqual([pages[1].cancelled, waits[0].state], [false, 'pending']);
      supersede(f);
      await turn();
      assert.deepEqual([pages[1].cancelled, waits[0].state], [true, 'fulfilled']);
    });
  }

  it('a refresh whose body stalls is cancelled when another one replaces it', async () => {
    const { pages, call, clock } = await pageScene({ staleWhileRevalidate: '1h' });
    await call();
    pages[1].write('n');
    await turn();
    clock.time += 30_001;
    assert.equal(await textOf(call), 'old');
    await turn();
    assert.equal(pages.length, 3);
    assert.deepEqual([pages[1].cancelled, pages[2].cancelled], [true, false]);
  });

  it('invalidate while a caller reads the body of a refresh that it joined leaves the body to it', async () => {
    const { pages, call, f } = await pageScene();
    await call();
    const refreshed = f.with({ refresh: true })(URL_OF_PAGE);
    await turn();
    f.invalidate(URL_OF_PAGE);
    pages[1].write('new');
    pages[1].end();
    assert.equal(await (await refreshed).text(), 'new');
    assert.equal(f.cache.size, 0);
  });
});

describe('a refresh of a response may bring nothing to store', () => {
  it('a refresh with a body over maxBodySize is cancelled, and the entry removed', async () => {
    const { pages, call, f } = await pageScene({ maxBodySize: 4 });
    assert.equal(await textOf(call), 'old');
    pages[1].write('123');
    await turn();
    assert.deepEqual([pages[1].cancelled, f.cache.size], [false, 1]);
    pages[1].write('45');
    await turn();
    assert.deepEqual([pages[1].cancelled, f.cache.size], [true, 0]);
    const after = call();
    await turn();
    pages[2].write('new');
    pages[2].end();
    assert.equal(await (await after).text(), 'new');
  });

  for (const [name, headers] of [
    ['an event stream', { 'content-type': 'text/event-stream' }],
    ['a response that announces more than maxBodySize', { 'content-length': '5' }],
  ]) {
    it(`a refresh that brings ${name} is cancelled, and the entry removed`, async () => {
      const { pages, call, f } = await pageScene({ maxBodySize: 4 }, {}, [{}, { headers }]);
      assert.equal(await textOf(call), 'old');
      await turn();
      assert.deepEqual([pages[1].cancelled, f.cache.size], [true, 0]);
    });
  }

  it('a refresh with a status that is not stored removes the entry', async () => {
    const { pages, call, f } = await pageScene({}, {}, [{}, { status: 403 }]);
    assert.equal(await textOf(call), 'old');
    await turn();
    if (!pages[1].cancelled) pages[1].end();
    await turn();
    assert.deepEqual([f.cache.size, f.cache.stats.refreshErrors], [0, 0]);
  });

  it('a refresh with another status that is stored replaces the entry', async () => {
    const { pages, call } = await pageScene({}, {}, [{}, { status: 404 }]);
    assert.equal(await textOf(call), 'old');
    pages[1].write('not here');
    pages[1].end();
    await turn();
    const { status } = await call();
    assert.deepEqual([status, pages.length], [404, 2]);
  });

  it('a refresh whose body breaks off leaves the stale response, and the key pauses', async () => {
    const { pages, call } = await pageScene();
    assert.equal(await textOf(call), 'old');
    pages[1].write('n');
    await turn();
    pages[1].cut();
    await turn();
    assert.equal(await textOf(call), 'old');
    assert.equal(pages.length, 2);
  });

  it('a refresh whose body breaks off is counted as a failed one', async () => {
    const { pages, call, f } = await pageScene();
    await call();
    pages[1].write('n');
    await turn();
    pages[1].cut();
    await turn();
    assert.equal(f.cache.stats.refreshErrors, 1);
  });
});

describe('a bad status of an http function is a failure', () => {
  const http = { http: true };

  it('a refresh with a bad status fails, and the stale response stays', async () => {
    const { pages, call, f } = await pageScene({}, http, [{}, { status: 503 }]);
    assert.equal(await textOf(call), 'old');
    await turn();
    assert.equal(f.cache.stats.refreshErrors, 1);
    assert.equal(await textOf(call), 'old');
    assert.equal(pages.length, 2, 'the key pauses');
  });

  for (const status of [408, 413, 429, 500, 502, 503, 504]) {
    it(`a stale response stands in for the status ${status}`, async () => {
      const cache = { staleWhileRevalidate: 0, staleIfError: 20 };
      const { call } = await pageScene(cache, http, [{}, { status }]);
      const [first, second] = await Promise.all([call(), call()]);
      assert.deepEqual([first.status, second.status], [200, 200]);
      assert.deepEqual([await first.text(), await second.text()], ['old', 'old']);
    });
  }

  it('no stale response stands in for a 404, which replaces it', async () => {
    const cache = { staleWhileRevalidate: 0, staleIfError: 20 };
    const { pages, call, f } = await pageScene(cache, http, [{}, { status: 404 }]);
    const response = await call();
    pages[1].end();
    await turn();
    assert.deepEqual([response.status, f.cache.stats.stale], [404, 0]);
    assert.equal((await call()).status, 404);
    assert.equal(pages.length, 2);
  });

  it('staleOn gets the response with the bad status, and the caller has it where it is excluded', async () => {
    const asked = [];
    const staleOn = (failure) => asked.push(failure.status) && failure.status !== 500;
    const cache = { staleWhileRevalidate: 0, staleIfError: 20, staleBackoff: 0, staleOn };
    const inits = [{}, { status: 503 }, { status: 500 }];
    const { pages, call } = await pageScene(cache, http, inits);
    assert.equal((await call()).status, 200);
    const response = await call();
    pages[2].write('excluded');
    pages[2].end();
    assert.deepEqual([response.status, await response.text()], [500, 'excluded']);
    assert.deepEqual(asked, [503, 500]);
  });

  it('a refresh with a bad status that staleOn excludes removes the entry', async () => {
    const cache = { staleOn: ({ status }) => status !== 500 };
    const { call, f } = await pageScene(cache, http, [{}, { status: 500 }]);
    assert.equal(await textOf(call), 'old');
    await turn();
    assert.deepEqual([f.cache.size, f.cache.stats.refreshErrors], [0, 1]);
  });

  it('the last bad status of exhausted retries is one failure', async () => {
    const retry = { maxAttempts: 2, delay: 0 };
    const cache = { staleWhileRevalidate: 0, staleIfError: 20 };
    const inits = [{}, { status: 503 }, { status: 503 }];
    const { pages, call } = await pageScene(cache, { ...http, retry }, inits);
    assert.equal((await call()).status, 200);
    assert.equal(pages.length, 3);
  });

  it('a request that asks for no cached response gets the bad status', async () => {
    const cache = { staleWhileRevalidate: 20, staleIfError: 20 };
    const inits = [{}, { status: 503 }, { status: 500 }];
    const { f } = await pageScene(cache, http, inits);
    assert.equal((await f(URL_OF_PAGE, { cache: 'no-cache' })).status, 503);
    const headers = { 'cache-control': 'no-cache' };
    assert.equal((await f(URL_OF_PAGE, { headers })).status, 500);
  });

  it('a POST that succeeds removes the stale response and supersedes its refresh', async () => {
    const { pages, f, call } = await pageScene({}, http);
    assert.equal(await textOf(call), 'old');
    await f(URL_OF_PAGE, { method: 'POST', body: 'x' });
    await turn();
    assert.deepEqual([f.cache.size, pages[1].cancelled], [0, true]);
  });

  it('a POST that fails gets its error, though a stale response to a GET is stored', async () => {
    const cache = { staleWhileRevalidate: 20, staleIfError: 20 };
    const { f } = await pageScene(cache, http, [{}, { status: 503 }]);
    const response = await f(URL_OF_PAGE, { method: 'POST', body: 'x' });
    assert.equal(response.status, 503);
  });
});

describe('responses and time', () => {
  const time = manualTimers();

  it('a response that is slow comes in the background: its body is read to the end and stored', async () => {
    const pages = [page(), page()];
    const arrivals = [Promise.resolve(), deferred()];
    let runs = 0;
    const load = async () => {
      const run = runs++;
      await (arrivals[run].promise ?? arrivals[run]);
      return pages[run].response;
    };
    const f = resilient(load, { cache: { ttl: 10, staleIfError: '1h', staleIfSlow: '2s' } });
    const call = () => f(URL_OF_PAGE);
    const first = textOf(call);
    pages[0].write('old');
    pages[0].end();
    assert.equal(await first, 'old');
    await time.pass(10_001);
    const slow = [textOf(call), textOf(call)];
    await time.pass(2_000);
    assert.deepEqual(await Promise.all(slow), ['old', 'old']);
    arrivals[1].resolve();
    await turn();
    pages[1].write('new');
    await turn();
    assert.equal(await textOf(call), 'old', 'while the body arrives');
    pages[1].end();
    await turn();
    assert.equal(await textOf(call), 'new');
    assert.equal(runs, 2);
  });

  it('a refresh whose body does not arrive does not hold its key, and its late body is not stored', async () => {
    const { pages, call } = await pageScene({ clock: undefined, staleWhileRevalidate: '1h' });
    await time.pass(10_001);
    assert.equal(await textOf(call), 'old');
    pages[1].write('la');
    await time.pass(31_000);
    assert.equal(await textOf(call), 'old');
    await turn();
    assert.equal(pages.length, 3);
    if (!pages[1].cancelled) {
      pages[1].write('te');
      pages[1].end();
    }
    await turn();
    assert.equal(await textOf(call), 'old');
    pages[2].write('new');
    pages[2].end();
    await turn();
    assert.equal(await textOf(call), 'new');
    assert.equal(pages.length, 3);
  });

  for (const window of ['staleWhileRevalidate', 'staleIfError']) {
    it(`the pause of a key with ${window} obeys Retry-After of a bad status`, async () => {
      const answers = [
        () => new Response('old'),
        () => new Response('busy', { status: 503, headers: { 'retry-after': '60' } }),
        () => new Response('new'),
      ];
      let runs = 0;
      const f = resilient(async () => answers[runs++](), {
        http: true,
        cache: { ttl: 10, [window]: '1h' },
      });
      const call = () => f(URL_OF_PAGE);
      await textOf(call);
      await time.pass(10_001);
      assert.equal(await textOf(call), 'old');
      for (const seconds of [30, 29]) {
        await time.pass(seconds * 1_000);
        assert.equal(await textOf(call), 'old');
        assert.equal(runs, 2);
      }
      await time.pass(1_001);
      await textOf(call);
      await turn();
      assert.equal(runs, 3);
      assert.equal(await textOf(call), 'new');
    });
  }

  it('a caller that joins a refresh by hand gets the stale response, if the new one has a bad status', async () => {
    const busy = deferred();
    const answers = [new Response('old'), busy.promise];
    const f = resilient(async () => answers.shift(), {
      http: true,
      cache: { ttl: 10, staleIfError: '1h' },
    });
    const call = () => f(URL_OF_PAGE);
    await textOf(call);
    await time.pass(10_001);
    const refresh = f.with({ refresh: true })(URL_OF_PAGE);
    const joined = textOf(call);
    busy.resolve(new Response('busy', { status: 503 }));
    assert.equal(await joined, 'old');
    assert.equal(await (await refresh).text(), 'busy');
  });
});
