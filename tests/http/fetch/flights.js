import { equal, ok } from './assert.js';
import { readText } from './bytes.js';
import { until } from './until.js';

const many = (call) => Array.from({ length: 100 }, call);

async function expectTexts(responses, text) {
  const texts = await Promise.all(responses.map((response) => response.text()));
  for (const each of texts) equal(each, text);
}

export const flights = {
  async 'a hundred callers share one request before its headers'({ resilient, page }) {
    const slow = page({ before: [{ gate: 'headers' }], body: 'hello' });
    const f = resilient(fetch, { cache: true });
    const calls = many(() => f(slow.url));
    await slow.asked();
    calls.push(...many(() => f(slow.url)));
    await slow.open('headers');
    await expectTexts(await Promise.all(calls), 'hello');
    equal(await slow.count(), 1, 'requests');
    equal(f.cache.stats.misses, 1);
    equal(f.cache.stats.coalesced, 199);
  },

  async 'a hundred callers share one request during its body'({ resilient, page }) {
    const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
    const f = resilient(fetch, { cache: true });
    const responses = await Promise.all(many(() => f(slow.url)));
    const texts = expectTexts(responses, 'one,two');
    equal(await slow.count(), 1, 'requests');
    await slow.open('body');
    await texts;
    equal(await slow.count(), 1, 'requests');
    equal(f.cache.stats.misses, 1);
    equal(f.cache.stats.coalesced, 99);
  },

  async 'a caller joins a flight after its headers and before the end of its body'({
    resilient,
    page,
  }) {
    const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
    const f = resilient(fetch, { cache: true });
    const first = await f(slow.url);
    await readText(first.clone().body.getReader(), 'one,');
    const responses = await Promise.all(many(() => f(slow.url)));
    const texts = expectTexts([first, ...responses], 'one,two');
    await slow.open('body');
    await texts;
    equal(await slow.count(), 1, 'requests');
    equal(f.cache.stats.misses, 1);
    equal(f.cache.stats.coalesced, 100);
  },

  async 'a call resolves when the headers arrive, and gives the body as it arrives'({
    resilient,
    page,
  }) {
    const slow = page({ headers: { 'x-a': '1' }, body: ['one,', { gate: 'body' }, 'two'] });
    const f = resilient(fetch, { cache: true });
    const responses = await Promise.all([f(slow.url), f(slow.url)]);
    const readers = [];
    for (const response of responses) {
      equal(response.headers.get('x-a'), '1');
      const reader = response.body.getReader();
      await readText(reader, 'one,');
      readers.push(reader);
    }
    await slow.open('body');
    for (const reader of readers) {
      await readText(reader, 'two');
      equal((await reader.read()).done, true);
    }
  },

  async 'a response is stored once its body is complete, not before'({ resilient, page }) {
    const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
    const f = resilient(fetch, { cache: true });
    const response = await f(slow.url);
    const reader = response.body.getReader();
    await readText(reader, 'one,');
    equal(f.cache.size, 0);
    equal(f.cache.has(f.makeKey(slow.url)), false);
    await slow.open('body');
    await readText(reader, 'two');
    equal((await reader.read()).done, true);
    await until(() => f.cache.size === 1);
    equal(await (await f(slow.url)).text(), 'one,two');
    equal(await slow.count(), 1, 'requests');
    equal(f.cache.stats.hits, 1);
  },

  async 'the ttl of a response starts when its body is complete'({ resilient, page }) {
    let now = 0;
    const slow = page({ body: ['one,', { gate: 'body' }, 'two'] }, 'new');
    const f = resilient(fetch, { cache: { ttl: '1s', clock: { now: () => now } } });
    const response = await f(slow.url);
    now = 5_000;
    await slow.open('body');
    equal(await response.text(), 'one,two');
    await until(() => f.cache.size === 1);
    now = 6_000;
    equal(await (await f(slow.url)).text(), 'one,two');
    now = 6_001;
    equal(await (await f(slow.url)).text(), 'new');
    equal(await slow.count(), 2, 'requests');
  },

  async 'a response is stored though no caller reads it'({ resilient, page }) {
    const { url, count } = page('hello');
    const f = resilient(fetch, { cache: true });
    equal((await f(url)).status, 200);
    await until(() => f.cache.size === 1);
    equal(await (await f(url)).text(), 'hello');
    equal(await count(), 1, 'requests');
  },

  async 'a response that was invalidated in flight is not stored'({ resilient, page }) {
    for (const supersede of [(f, url) => f.invalidate(url), (f) => f.cache.clear()]) {
      const slow = page({ body: ['old,', { gate: 'body' }, 'old'] }, 'new');
      const f = resilient(fetch, { cache: true });
      const old = await f(slow.url);
      supersede(f, slow.url);
      equal(await (await f(slow.url)).text(), 'new');
      await slow.open('body');
      equal(await old.text(), 'old,old');
      equal(await (await f(slow.url)).text(), 'new');
      equal(await slow.count(), 2, 'requests');
    }
  },

  async 'a flight ends without storing when all callers have cancelled the body'({
    resilient,
    page,
  }) {
    const slow = page({ body: ['one,', { gate: 'never' }] }, 'new');
    const f = resilient(fetch, { cache: true });
    const responses = await Promise.all([f(slow.url), f(slow.url)]);
    for (const response of responses) await response.body.cancel('enough');
    await slow.aborted();
    equal(f.cache.size, 0);
    equal(await (await f(slow.url)).text(), 'new');
  },

  async 'a flight goes on for the other callers when one cancels the body'({ resilient, page }) {
    const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
    const f = resilient(fetch, { cache: true });
    const [first, second] = await Promise.all([f(slow.url), f(slow.url)]);
    const reader = first.body.getReader();
    await readText(reader, 'one,');
    await reader.cancel();
    await slow.open('body');
    equal(await second.text(), 'one,two');
    equal(await (await f(slow.url)).text(), 'one,two');
    equal(await slow.count(), 1, 'requests');
  },

  async 'a flight goes on for a caller that has joined and awaits the response later'({
    resilient,
    page,
  }) {
    const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
    const f = resilient(fetch, { cache: true });
    const calls = [f(slow.url), f(slow.url)];
    await (await calls[1]).body.cancel('enough');
    const late = f(slow.url);
    await (await calls[0]).body.cancel('enough');
    await slow.open('body');
    equal(await (await late).text(), 'one,two');
    equal(await slow.count(), 1, 'requests');
  },

  async 'a call gives the same response however often it is awaited'({ resilient, page }) {
    const slow = page({ body: ['one,', { gate: 'body' }, 'two'] });
    const f = resilient(fetch, { cache: true });
    const calls = [f(slow.url), f(slow.url)];
    await calls[0];
    calls.push(f(slow.url));
    const responses = await Promise.all(calls);
    for (const [index, call] of calls.entries()) {
      call.catch(() => {});
      ok((await call) === responses[index], 'The response should be the same');
    }
    equal(new Set(responses).size, 3, 'responses');
    await slow.open('body');
    await expectTexts(responses, 'one,two');
    equal(await slow.count(), 1, 'requests');
  },
};
