import { equal, rejects } from './assert.js';
import { checkBytes, readBytes, readOn, readText } from './bytes.js';

const HUNDRED_MB = 104_857_600;
const EIGHT_MIB = 8_388_608;
// A multiple of the pattern length, so that the pattern goes on in the next block.
const HALF = 251 * 40;
const MAX = HALF + 1;

const lengths = { declared: true, 'not declared': false };

export const largeBodies = {};

for (const [declared, length] of Object.entries(lengths)) {
  const large = (before = []) => ({
    before,
    length,
    body: [{ bytes: HALF }, { gate: 'rest' }, { bytes: HALF }],
  });

  Object.assign(largeBodies, {
    async [`a body over maxBodySize (length ${declared}) makes each waiter send its own request`]({
      resilient,
      page,
    }) {
      const { url, asked, open, count } = page(large([{ gate: 'headers' }]));
      const f = resilient(fetch, { cache: { maxBodySize: MAX } });
      const calls = [f(url), f(url), f(url)];
      await asked();
      await open('headers');
      await open('rest');
      const responses = await Promise.all(calls);
      await Promise.all(responses.map((response) => readBytes(response, 2 * HALF)));
      equal(await count(), 3, 'requests');
      equal(f.cache.size, 0);
      await readBytes(await f(url), 2 * HALF);
      equal(await count(), 4, 'requests');
    },

    async [`a body over maxBodySize (length ${declared}) is passed to the leader unbuffered`]({
      resilient,
      page,
    }) {
      const { url, open } = page(large());
      const f = resilient(fetch, { cache: { maxBodySize: MAX } });
      const [leader, waiter] = await Promise.all([f(url), f(url)]);
      const reader = leader.body.getReader();
      equal(await readOn(reader, HALF, 0), HALF);
      const read = readBytes(waiter, 2 * HALF);
      await open('rest');
      equal(await readOn(reader, Number.POSITIVE_INFINITY, HALF), 2 * HALF);
      await read;
    },

    async [`a body over maxBodySize (length ${declared}) is requested once for a call that is awaited twice`](
      context,
    ) {
      const { resilient, page } = context;
      const { url, open, count } = page(large());
      const f = resilient(fetch, { cache: { maxBodySize: MAX } });
      const call = f(url);
      call.catch(() => {});
      const response = await call;
      await open('rest');
      await readBytes(response, 2 * HALF);
      equal((await call) === response, true);
      equal(await count(), 1, 'requests');
    },

    async [`a body over maxBodySize (length ${declared}) reaches waiters though the leader does not read`](
      context,
    ) {
      const { resilient, page } = context;
      // More than all buffers between server and client hold.
      const huge = page({ length, body: [{ bytes: HUNDRED_MB / 4 }] });
      const f = resilient(fetch, { cache: { maxBodySize: MAX } });
      const [leader, waiter] = await Promise.all([f(huge.url), f(huge.url)]);
      await readBytes(waiter, HUNDRED_MB / 4);
      await readBytes(leader, HUNDRED_MB / 4);
      equal(f.cache.size, 0);
    },

    async [`a body over maxBodySize (length ${declared}) aborts its request when it is cancelled`](
      context,
    ) {
      const { resilient, page } = context;
      const { url, aborted } = page(large());
      const f = resilient(fetch, { cache: { maxBodySize: 10 } });
      const response = await f(url);
      const reader = response.body.getReader();
      await readOn(reader, HALF, 0);
      await reader.cancel();
      await aborted();
      equal(f.cache.size, 0);
    },

    async [`a body over maxBodySize (length ${declared}) errors its reader when the connection breaks`](
      context,
    ) {
      const { resilient, page } = context;
      const { url, open } = page({
        length: length && 2 * HALF,
        body: [{ bytes: HALF }, { gate: 'rest' }, { cut: true }],
      });
      const f = resilient(fetch, { cache: { maxBodySize: 10 } });
      const response = await f(url);
      const reader = response.body.getReader();
      equal(await readOn(reader, HALF, 0), HALF);
      await open('rest');
      await rejects(readOn(reader, 2 * HALF, HALF), {}, 'the reader');
    },

    async [`a body of exactly maxBodySize (length ${declared}) is shared and stored`]({
      resilient,
      page,
    }) {
      const { url, count } = page({ length, body: [{ bytes: MAX }] });
      const f = resilient(fetch, { cache: { maxBodySize: MAX } });
      const responses = await Promise.all([f(url), f(url)]);
      await Promise.all(responses.map((response) => readBytes(response, MAX)));
      await readBytes(await f(url), MAX);
      equal(await count(), 1, 'requests');
    },

    async [`a body of 8 MiB (length ${declared}) is stored by default, and a larger one is not`]({
      resilient,
      page,
    }) {
      const f = resilient(fetch, { cache: true });
      for (const [size, requests] of [
        [EIGHT_MIB, 1],
        [EIGHT_MIB + 1, 2],
      ]) {
        const { url, count } = page({ length, body: [{ bytes: size }] });
        for (let call = 1; call <= 2; call++) await readBytes(await f(url), size);
        equal(await count(), requests, `requests for ${size} bytes`);
      }
    },

    async [`a body of 100 MB (length ${declared}) is read correctly`]({ resilient, page }) {
      const { url, count } = page({ length, body: [{ bytes: HUNDRED_MB }] });
      const f = resilient(fetch, { cache: true });
      await readBytes(await f(url), HUNDRED_MB);
      const buffer = await (await f(url)).arrayBuffer();
      equal(buffer.byteLength, HUNDRED_MB);
      checkBytes(new Uint8Array(buffer));
      equal(await count(), 2, 'requests');
    },

    async [`a body of 100 MB (length ${declared}) is shared and stored if maxBodySize allows it`]({
      resilient,
      page,
    }) {
      const { url, count } = page({ length, body: [{ bytes: HUNDRED_MB }] });
      const f = resilient(fetch, { cache: { maxBodySize: HUNDRED_MB } });
      const responses = await Promise.all([f(url), f(url)]);
      await Promise.all(responses.map((response) => readBytes(response, HUNDRED_MB)));
      await readBytes(await f(url), HUNDRED_MB);
      equal(await count(), 1, 'requests');
    },
  });
}

Object.assign(largeBodies, {
  async 'a body over maxBodySize only after decompression is not stored'({ resilient, page }) {
    const size = 251 * 1_000;
    const { url, count } = page({ gzip: true, body: [{ bytes: size }] });
    const f = resilient(fetch, { cache: { maxBodySize: size - 1 } });
    const responses = await Promise.all([f(url), f(url)]);
    await Promise.all(responses.map((response) => readBytes(response, size)));
    equal(f.cache.size, 0);
    equal(await count(), 2, 'requests');
  },

  async 'a body over maxBodySize whose leader has left reaches the other callers'({
    resilient,
    page,
  }) {
    for (const length of Object.values(lengths)) {
      const { url, asked, open } = page({
        before: [{ gate: 'headers' }],
        length,
        body: [{ bytes: 2 * HALF }],
      });
      const f = resilient(fetch, { cache: { maxBodySize: MAX } });
      const leaver = new AbortController();
      const leader = rejects(f.with({ signal: leaver.signal })(url), 'gone');
      const waiters = [f(url), f(url)];
      await asked();
      leaver.abort('gone');
      await leader;
      await open('headers');
      for (const waiter of waiters) await readBytes(await waiter, 2 * HALF);
    }
  },

  async 'an event stream is passed to the leader unbuffered, and waiters send their own requests'(
    context,
  ) {
    const { resilient, page } = context;
    const events = page({
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
      body: ['data: 1\n\n', { gate: 'second' }, 'data: 2\n\n', { gate: 'never' }],
    });
    const f = resilient(fetch, { cache: true });
    const responses = await Promise.all([f(events.url), f(events.url)]);
    const readers = responses.map((response) => response.body.getReader());
    for (const reader of readers) await readText(reader, 'data: 1\n\n');
    await events.open('second');
    for (const reader of readers) await readText(reader, 'data: 2\n\n');
    equal(await events.count(), 2, 'requests');
    equal(f.cache.size, 0);
    for (const reader of readers) await reader.cancel();
    await events.aborted(2);
  },

  async 'an event stream is never stored, even if it has ended'({ resilient, page }) {
    const headers = { 'content-type': 'Text/Event-Stream' };
    const { url, count } = page({ headers, body: 'data: 1\n\n' });
    const f = resilient(fetch, { cache: true });
    for (let call = 1; call <= 2; call++) equal(await (await f(url)).text(), 'data: 1\n\n');
    equal(await count(), 2, 'requests');
    equal(f.cache.size, 0);
  },
});
