import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { answer, httpWorld, PAGE } from '../support/http-cache-world.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

const HEAD = { method: 'HEAD' };

describe('httpCache returns no response for longer than its headers say', () => {
  it('the time that a body takes counts for the age of its response', async () => {
    let body;
    const { text, after, sent, get } = httpWorld((_request, number) => {
      if (number > 1) return answer('new');
      const stream = new ReadableStream({
        start(controller) {
          body = controller;
        },
      });
      return answer(stream, { 'cache-control': 'max-age=60' });
    });
    const first = await get(PAGE);
    after(50);
    body.close();
    await first.text();
    await turn();
    after(20);
    assert.equal(await text(), 'new');
    assert.equal(sent.length, 2);
  });

  it('a wall clock that is set back during a request lengthens no life', async () => {
    const { now } = Date;
    let offset = 0;
    mock.method(Date, 'now', () => now() - offset);
    try {
      const { get } = httpWorld(
        () => {
          offset = 3_600_000;
          const date = new Date(now()).toUTCString();
          return answer('v', { 'cache-control': 'max-age=1', date });
        },
        { clock: undefined },
      );
      await (await get(PAGE)).text();
      await turn();
      assert.ok(get.cache.info(get.makeKey(PAGE)).ttl <= 1);
    } finally {
      mock.restoreAll();
    }
  });

  for (const directive of ['min-fresh=30', 'max-age=100', 'max-stale=1']) {
    it(`a request with ${directive} gets no stale response, whatever the response allows`, async () => {
      const allows = 'max-age=10, stale-while-revalidate=1000, stale-if-error=1000';
      const { text, after } = httpWorld((_request, number) => {
        if (number === 3) throw new Error('down');
        return answer(`v${number}`, { 'cache-control': allows });
      });
      const headers = { 'cache-control': directive };
      await text();
      after(20);
      assert.equal(await text({ headers }), 'v2');
      after(20);
      assert.equal(await text({ headers }), 'down');
    });
  }

  for (const header of [
    'no-store; no-cache',
    'no-cache; must-revalidate',
    'no-store;',
    'private; no-store',
    'no-cache=true',
  ]) {
    it(`Cache-Control: ${header} is read in the strict way`, async () => {
      const { text } = httpWorld(
        (_request, number) =>
          answer(`v${number}`, {
            'cache-control': header,
            'last-modified': 'Mon, 01 Dec 2025 00:00:00 GMT',
          }),
        { ttl: '5m' },
      );
      assert.deepEqual([await text(), await text()], ['v1', 'v2']);
    });
  }

  it('a 304 without Date makes a response fresh again', async () => {
    const { text, after, sent } = httpWorld((_request, number) => {
      const headers = { 'cache-control': 'max-age=60', etag: '"1"' };
      if (number > 1) return answer(null, headers, 304);
      return answer('v', { ...headers, date: 'Thu, 01 Jan 2026 00:00:00 GMT' });
    });
    await text();
    after(100);
    await text();
    after(30);
    assert.equal(await text(), 'v');
    assert.equal(sent.length, 2);
  });

  it('a refresh that brings a response with no-store removes the fresh one', async () => {
    const { text } = httpWorld((_request, number) =>
      answer(`v${number}`, { 'cache-control': number === 1 ? 'max-age=600' : 'no-store' }),
    );
    await text();
    assert.equal(await text({ cache: 'no-cache' }), 'v2');
    assert.equal(await text(), 'v3');
  });

  it('with({ refresh: true }) asks the server, whatever init.cache says', async () => {
    const { get } = httpWorld((_request, number) =>
      answer(`v${number}`, { 'cache-control': 'max-age=600' }),
    );
    await (await get(PAGE)).text();
    const response = await get.with({ refresh: true })(PAGE, { cache: 'force-cache' });
    assert.equal(await response.text(), 'v2');
  });
});

describe('a response to HEAD updates a stored response to GET only if it describes it', () => {
  const stored = { 'cache-control': 'max-age=10' };
  const cases = {
    'has an ETag that the stored one lacks': [{}, { etag: '"2"' }],
    'has another Last-Modified': [
      { 'last-modified': 'Mon, 01 Dec 2025 00:00:00 GMT' },
      { 'last-modified': 'Tue, 02 Dec 2025 00:00:00 GMT' },
    ],
    'has a length that the bytes have not': [{}, { 'content-length': '99' }],
    'has another Vary': [{}, { vary: 'accept-language' }],
  };
  for (const [name, [known, update]] of Object.entries(cases)) {
    it(`a response to HEAD that ${name} makes it stale`, async () => {
      const { text, after } = httpWorld((request, number) => {
        if (request.method === 'GET') return answer(`v${number}`, { ...stored, ...known });
        return answer(null, { 'cache-control': 'max-age=1000', ...update });
      });
      await text();
      after(20);
      await text(HEAD);
      assert.equal(await text(), 'v3');
    });
  }

  it('a response to HEAD does not make a stored 404 fresh', async () => {
    const { text, after } = httpWorld((request, number) =>
      request.method === 'HEAD'
        ? answer(null, { 'cache-control': 'max-age=60' })
        : answer(`v${number}`, stored, number === 1 ? 404 : 200),
    );
    await text();
    after(20);
    await text(HEAD);
    assert.equal(await text(), 'v3');
  });

  it('f.expire during a HEAD is not undone by it', async () => {
    const { text, get } = httpWorld(async (request, number) => {
      if (request.method === 'HEAD') {
        await turn();
        return answer(null, { 'cache-control': 'max-age=1000' });
      }
      return answer(`v${number}`, { 'cache-control': 'max-age=1000' });
    });
    await text();
    const head = text({ ...HEAD, cache: 'no-cache' });
    assert.equal(get.expire(PAGE), true);
    await head;
    assert.equal(await text(), 'v3');
  });

  for (const name of ['tags', 'ttl', 'weigh']) {
    it(`${name} that throws for the update does not fail the HEAD`, async () => {
      let isFailing = false;
      const callback = () => {
        if (isFailing) throw new Error('no');
        return { tags: ['a'], ttl: '1m', weigh: 1 }[name];
      };
      const headers = name === 'ttl' ? {} : { 'cache-control': 'max-age=10' };
      const { text, get } = httpWorld(
        (request) => answer(request.method === 'GET' ? 'v' : null, headers),
        { [name]: callback },
      );
      await text();
      isFailing = true;
      const warnings = await warningsOf(async () => {
        assert.equal((await get(PAGE, { ...HEAD, cache: 'no-cache' })).status, 200);
      });
      assert.ok(warnings.every((text) => /could not be (updated|stored): no$/.test(text)));
      assert.ok(warnings.length > 0);
    });
  }
});

describe('a body that stalls during a revalidation brings nothing back', () => {
  for (const [name, change] of Object.entries({
    'f.invalidate': (get) => get.invalidate(PAGE),
    'a POST': (get) => get(PAGE, { method: 'POST' }),
    'f.put': (get) => get.put([PAGE], answer('put', { 'cache-control': 'max-age=600' })),
  })) {
    it(`${name} before a late waiter starts over is not undone by its 304`, async () => {
      const { text, after, get, sent } = httpWorld(
        (request, number) => {
          const headers = { 'cache-control': 'max-age=10', etag: '"1"' };
          if (number === 1) return answer('old', headers);
          if (number === 2) return answer(new ReadableStream(), { ...headers, etag: '"2"' });
          return request.headers.has('if-none-match')
            ? answer(null, headers, 304)
            : answer('new', { etag: '"3"' });
        },
        {},
        { timeout: { attempt: '5s', idle: '30ms' } },
      );
      await text();
      while (get.cache.size === 0) await turn();
      after(20);
      const first = await get(PAGE);
      const late = get(PAGE);
      const reading = [first, late].map(async (response) => (await response).text());
      await change(get);
      await Promise.allSettled(reading);
      await turn();
      assert.equal(await text(), name === 'f.put' ? 'put' : 'new');
      assert.equal(sent.filter(({ headers }) => headers.has('if-none-match')).length, 1);
    });
  }
});
