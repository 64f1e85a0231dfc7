import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bulkhead, resilient } from 'holdfast';
import { inChild } from '../../support/in-child.js';
import { outcomeOf } from '../../support/outcome.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const URL = 'http://127.0.0.1/x';

/** A Response whose body the test sends, and whether it was cancelled. */
function sending(init) {
  const sent = { cancelled: false };
  const body = new ReadableStream({
    start(controller) {
      sent.send = (text) => controller.enqueue(new TextEncoder().encode(text));
      sent.end = () => controller.close();
      sent.fail = (error) => controller.error(error);
    },
    cancel() {
      sent.cancelled = true;
    },
  });
  return Object.assign(sent, { response: new Response(body, init) });
}

/** A function with a bulkhead of one slot that returns these responses in turn. */
function guarded(options, ...bodies) {
  const bulkhead = new Bulkhead({ maxConcurrent: 1, until: 'body' });
  let runs = 0;
  const send = async () => bodies[runs++]?.response ?? new Response('more');
  return { f: resilient(send, { bulkhead, ...options }), bulkhead };
}

const active = ({ bulkhead }) => bulkhead.metrics.active;

for (const [kind, options] of Object.entries({
  'a function like fetch': { http: true },
  'a function like fetch, with a cache': { http: true, cache: true },
  'another function': {},
  'another function, with a cache': { cache: true },
  'a function with a timeout': { timeout: { seconds: 5, total: 9 } },
})) {
  describe(`until: 'body' holds a slot of ${kind} for the body`, () => {
    it(`a slot of ${kind} with until: 'body' is held until the body has ended`, async () => {
      const body = sending();
      const scene = guarded(options, body);
      const response = await scene.f(URL);
      assert.equal(active(scene), 1);
      await assert.rejects(scene.f('http://127.0.0.1/y'), { code: 'BULKHEAD_FULL' });
      const text = outcomeOf(response.text());
      body.send('hel');
      await turn();
      assert.equal(active(scene), 1);
      body.send('lo');
      body.end();
      await turn();
      assert.deepEqual([text.value, active(scene)], ['hello', 0]);
      assert.equal(await (await scene.f('http://127.0.0.1/z')).text(), 'more');
    });

    it(`a slot of ${kind} with until: 'body' is released when the body fails, and its error is passed on`, async () => {
      const body = sending();
      const scene = guarded(options, body);
      const text = outcomeOf((await scene.f(URL)).text());
      body.send('hel');
      await turn();
      const broken = new Error('broken off');
      body.fail(broken);
      await turn();
      assert.deepEqual([text.error, active(scene)], [broken, 0]);
    });

    it(`a slot of ${kind} with until: 'body' is released when the body is cancelled, which cancels the original`, async () => {
      const body = sending();
      const scene = guarded(options, body);
      const response = await scene.f(URL);
      await response.body.cancel();
      await turn();
      assert.deepEqual([body.cancelled, active(scene)], [true, 0]);
    });

    it(`a slot of ${kind} with until: 'body' is released at once for a result without a body`, async () => {
      const used = new Response('used');
      await used.text();
      for (const response of [new Response(null, { status: 204 }), used]) {
        const scene = guarded(options, { response });
        assert.equal((await scene.f(URL)).status, response.status);
        assert.equal(active(scene), 0);
      }
      const scene = guarded({ ...options, http: false }, { response: 'no Response' });
      assert.equal(await scene.f(URL), 'no Response');
      assert.equal(active(scene), 0);
    });
  });
}

describe("until: 'body' holds a slot for the shared body", () => {
  it("a slot with until: 'body' is held for the shared body, whatever its callers do, and not for hits", async () => {
    const body = sending();
    const scene = guarded({ http: true, cache: true }, body);
    const responses = await Promise.all([scene.f(URL), scene.f(URL)]);
    await responses[0].body.cancel();
    await turn();
    assert.equal(active(scene), 1);
    body.send('all');
    body.end();
    assert.equal(await responses[1].text(), 'all');
    assert.equal(active(scene), 0);
    const hit = await scene.f(URL);
    assert.equal(active(scene), 0);
    assert.equal(await hit.text(), 'all');
  });

  it("a slot with until: 'body' is held for the response that retry returns, not for those that it rejects", async () => {
    const bodies = [sending({ status: 503 }), sending({ status: 200 })];
    const scene = guarded({ http: true, retry: { delay: 0 } }, ...bodies);
    const response = await scene.f(URL);
    assert.deepEqual([bodies[0].cancelled, active(scene)], [true, 1]);
    bodies[1].end();
    await response.text();
    assert.equal(active(scene), 0);
  });

  it("a slot with until: 'body' is released when its caller leaves during the body", async () => {
    for (const cache of [undefined, true]) {
      const body = sending();
      const scene = guarded({ http: true, cache }, body);
      const controller = new AbortController();
      const response = await scene.f(URL, { signal: controller.signal });
      const text = outcomeOf(response.text());
      controller.abort('enough');
      await turn();
      await turn();
      assert.deepEqual([text.error, active(scene), body.cancelled], ['enough', 0, true]);
    }
  });

  it("the next caller waits for a slot with until: 'body' until the body has ended", async () => {
    const body = sending();
    const bulkhead = { maxConcurrent: 1, maxWait: '1m', until: 'body' };
    const scene = guarded({ bulkhead }, body);
    const first = await scene.f(URL);
    const second = outcomeOf(scene.f(URL));
    await turn();
    assert.equal(second.state, 'pending');
    body.end();
    await first.text();
    await turn();
    assert.equal(await second.value.text(), 'more');
  });

  it("until: 'body' leaves the response unchanged but for the watched body", async () => {
    const init = { status: 418, statusText: 'Teapot', headers: { 'x-a': '1' } };
    const body = sending(init);
    const { f } = guarded({}, body);
    const response = await f(URL);
    assert.ok(response instanceof Response);
    assert.deepEqual([response.status, response.statusText], [418, 'Teapot']);
    assert.equal(response.headers.get('x-a'), '1');
    body.send('text');
    body.end();
    const copy = response.clone();
    assert.deepEqual([await response.text(), await copy.text()], ['text', 'text']);
  });

  it("a slot with until: 'body' is held until the stream of a node-fetch response has ended", async () => {
    const { PassThrough } = await import('node:stream');
    const { Response } = await import('node-fetch');
    const body = new PassThrough();
    const scene = guarded({}, { response: new Response(body) });
    const response = await scene.f(URL);
    assert.equal(active(scene), 1);
    body.end('text');
    assert.equal(await response.text(), 'text');
    assert.equal(active(scene), 0);
  });

  it("a slot with until: 'body' is released at once for an object that throws when it is inspected", async () => {
    const response = {
      [Symbol.toStringTag]: 'Response',
      get status() {
        throw new Error('no status');
      },
    };
    const scene = guarded({}, { response });
    assert.equal(await scene.f(URL), response);
    assert.equal(active(scene), 0);
  });

  it("a slot with until: 'body' is released when the response is collected, and its connection closes", () => {
    const [freed, cancelled] = inChild(async () => {
      const { Bulkhead, resilient } = await import('holdfast');
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      const freed = [];
      let cancelled = 0;
      for (const options of [{}, { http: true }, { timeout: { seconds: 50, total: 90 } }]) {
        const bulkhead = new Bulkhead({ maxConcurrent: 1, until: 'body' });
        const send = async () =>
          new Response(new ReadableStream({ cancel: () => void cancelled++ }));
        const f = resilient(send, { bulkhead, ...options });
        await f('http://127.0.0.1/x');
        for (let round = 0; round < 50 && bulkhead.metrics.active > 0; round++) {
          await turn();
          gc();
        }
        freed.push(bulkhead.metrics.active === 0);
      }
      return [freed, cancelled];
    });
    assert.deepEqual([freed, cancelled], [[true, true, true], 3]);
  });

  it("a slot with until: 'body' is held while only the body or a reader of it is referred to", () => {
    const held = inChild(async () => {
      const { Bulkhead, resilient } = await import('holdfast');
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      const bulkhead = new Bulkhead({ maxConcurrent: 2, until: 'body' });
      const f = resilient(async () => new Response(new ReadableStream({})), { bulkhead });
      const body = (await f()).body;
      const reader = (await f()).body.getReader();
      for (let round = 0; round < 20; round++) {
        await turn();
        gc();
      }
      return [bulkhead.metrics.active, body.locked, typeof reader.read];
    });
    assert.deepEqual(held, [2, false, 'function']);
  });
});

describe("until: 'headers' is the default", () => {
  it("a slot with until: 'headers' is released when the headers arrive", async () => {
    for (const until of ['headers', undefined]) {
      const body = sending();
      const bulkhead = new Bulkhead({ maxConcurrent: 1, until });
      const f = resilient(async () => body.response, { bulkhead });
      assert.equal(await f(), body.response);
      assert.equal(bulkhead.metrics.active, 0);
    }
  });
});

describe('bulkhead.until is validated', () => {
  it('bulkhead.until is validated when it is given', () => {
    const wrapped = (until) => () => resilient(async () => {}, { bulkhead: { until } });
    assert.throws(wrapped('end'), {
      name: 'RangeError',
      message: /until must be 'headers' or 'body', got 'end'/,
    });
    assert.throws(wrapped(true), { name: 'TypeError', message: /until must be .*, got true/ });
  });
});

describe('a response that cannot be copied is returned unchanged', () => {
  it("a response that cannot be copied can be read with until: 'body'", async () => {
    class Mock {
      status = 200;
      headers = new Headers();
      body = new Response('text').body;

      constructor(secret) {
        if (secret !== 'secret') throw new TypeError('not for others');
      }
      get [Symbol.toStringTag]() {
        return 'Response';
      }
      text() {
        return new Response(this.body).text();
      }
    }
    const bulkhead = new Bulkhead({ maxConcurrent: 1, until: 'body' });
    const response = new Mock('secret');
    const f = resilient(async () => response, { bulkhead });
    assert.equal(await f(), response);
    assert.equal(await response.text(), 'text');
    assert.equal(bulkhead.metrics.active, 0);
  });
});
