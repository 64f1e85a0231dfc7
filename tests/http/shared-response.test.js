import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { deferred } from '../support/deferred.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const bytes = (text) => new TextEncoder().encode(text);

/** A stream of `count` chunks that then waits until it is cancelled. */
function stalling(chunk, count = 1) {
  const state = { cancelled: 0 };
  let left = count;
  state.stream = new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(chunk.slice()) : new Promise(() => {})),
    cancel: () => {
      state.cancelled++;
    },
  });
  return state;
}

describe('the chunks of a body are copied', () => {
  it('the chunks of a body stay with the caller that made them', async () => {
    const chunk = bytes('hello');
    const body = () =>
      new ReadableStream({
        start(controller) {
          for (let n = 0; n < 3; n++) controller.enqueue(chunk);
          controller.close();
        },
      });
    const { signal } = new AbortController();
    const load = async () => new Response(body());
    for (const f of [
      resilient(load, { bulkhead: { until: 'body' } }),
      resilient(load, { retry: {} }).with({ signal }),
      resilient(load, { cache: { maxBodySize: 2 } }),
    ]) {
      for (let n = 0; n < 2; n++) assert.equal(await (await f(n)).text(), 'hellohellohello');
      assert.equal(chunk.byteLength, 5);
    }
  });
});

describe('chunks of other kinds than Uint8Array are read as their bytes, or fail', () => {
  const ways = {
    'of a cache': { cache: true },
    'of a bulkhead until the body has ended': { bulkhead: { until: 'body' } },
    'of a call with a signal': { timeout: '1h' },
  };
  const sending = (chunk) => async () => {
    const stream = new ReadableStream({
      start(controller) {
        for (const each of [bytes('<'), chunk, bytes('>')]) controller.enqueue(each);
        controller.close();
      },
    });
    return new Response(stream);
  };
  const wide = () => new Uint16Array(bytes('wide').buffer);
  const known = [
    ['text', () => 'text', '<text>'],
    ['an empty text', () => '', '<>'],
    ['a view of wider numbers', wide, '<wide>'],
    ['an ArrayBuffer', () => bytes('bytes').buffer, '<bytes>'],
    ['a DataView', () => new DataView(bytes('view').buffer, 1), '<iew>'],
  ];

  for (const [way, options] of Object.entries(ways)) {
    const call = (chunk) => {
      const f = resilient(sending(chunk), options);
      return f.with({ signal: new AbortController().signal })();
    };

    for (const [name, chunk, text] of known) {
      it(`a response ${way} keeps all bytes of ${name} in its body`, async () => {
        assert.equal(await (await call(chunk())).text(), text);
      });
    }

    it(`the body of a response ${way} fails at a chunk that has no bytes`, async () => {
      for (const chunk of [5, 0, null, { length: 3 }, [65]]) {
        await assert.rejects((await call(chunk)).text(), TypeError);
      }
    });
  }

  it('a response whose body fails at a chunk that has no bytes is not stored', async () => {
    const f = resilient(sending(5), { cache: true });
    await assert.rejects((await f()).text(), TypeError);
    assert.equal(f.cache.size, 0);
  });
});

describe('an instance of a subclass of Response is copied with its prototype', () => {
  class Page extends Response {
    constructor(page, init) {
      super(JSON.stringify(page), init);
    }

    get title() {
      return `title ${this.status}`;
    }

    async name() {
      return (await this.json()).name;
    }
  }
  const load = async () => new Page({ name: 'home' });
  const ways = {
    'of a cache': resilient(load, { cache: true }),
    'of a bulkhead until the body has ended': resilient(load, { bulkhead: { until: 'body' } }),
    'of a call with a signal': resilient(load, { timeout: '1h' }).with({
      signal: new AbortController().signal,
    }),
  };

  for (const [way, f] of Object.entries(ways)) {
    it(`a copy of an instance of a subclass of Response has its methods and getters ${way}`, async () => {
      for (const page of [...(await Promise.all([f(), f()])), await f()]) {
        assert.ok(page instanceof Page);
        assert.equal(page.title, 'title 200');
        assert.equal(await page.name(), 'home');
      }
    });
  }

  it('an instance of a subclass of Response whose getters need private fields is not copied', async () => {
    class Private extends Response {
      #text = 'private';

      get statusText() {
        return this.#text;
      }
    }
    let calls = 0;
    const f = resilient(async () => new Private(`answer ${++calls}`), { cache: true });
    const [a, b] = await Promise.all([f(), f()]);
    assert.equal(a.statusText, 'private');
    assert.deepEqual([await a.text(), await b.text()], ['answer 1', 'answer 2']);
  });
});

describe('a Response that has an owner stays intact', () => {
  it('a Response as a fallback stays intact though one caller cancels its copy', async () => {
    const f = resilient(async () => Promise.reject(new Error('down')), {
      fallback: new Response('offline'),
    });
    await (await f()).body.cancel();
    assert.equal(await (await f()).text(), 'offline');
  });

  it('a Response put into the cache stays intact though one caller cancels or aborts its copy', async () => {
    const f = resilient(async () => 'run', { cache: true });
    f.cache.put(f.makeKey('k'), new Response('put'));
    await (await f('k')).body.cancel();
    const controller = new AbortController();
    const copy = await f.with({ signal: controller.signal })('k');
    controller.abort('enough');
    await assert.rejects(copy.text(), (reason) => reason === 'enough');
    assert.equal(await (await f('k')).text(), 'put');
  });
});

describe('the shared body of a response ends with its callers', () => {
  it('a shared body is cancelled when all callers cancel, also at the first call of a function', async () => {
    const upstream = stalling(bytes('x'));
    const f = resilient(async () => new Response(upstream.stream), {
      cache: true,
      bulkhead: { until: 'body', maxConcurrent: 1 },
    });
    const responses = await Promise.all([f(1), f(1), f(1)]);
    for (const response of responses) await response.body.cancel();
    await turn();
    assert.deepEqual([upstream.cancelled, f.bulkhead.metrics.active], [1, 0]);
  });

  it('a shared body that was too large and has changed releases its slot', async () => {
    let n = 0;
    const upstreams = [];
    const load = async () => {
      const upstream = stalling(bytes(`version ${n++} `.padEnd(60_000)), 6);
      upstreams.push(upstream);
      return new Response(upstream.stream);
    };
    const f = resilient(load, {
      cache: { maxBodySize: 100_000 },
      bulkhead: { until: 'body', maxConcurrent: 2 },
    });
    const [one, other] = (await Promise.all([f(1), f(1)])).map(({ body }) => body.getReader());
    for (let got = 0; got < 200_000; ) got += (await one.read()).value.byteLength;
    await assert.rejects(async () => {
      for (;;) await other.read();
    }, /changed/);
    await one.cancel();
    await turn();
    assert.equal(f.bulkhead.metrics.active, 0);
    assert.deepEqual(
      upstreams.map(({ cancelled }) => cancelled),
      upstreams.map(() => 1),
    );
  });

  for (const [what, second] of Object.entries({
    'a response without a body': () => new Response(null),
    'a status without a body': () => new Response(null, { status: 204 }),
    'the value of a fallback': () => {
      throw new Error('down');
    },
    'no response': () => null,
  })) {
    it(`a waiter whose own request for a body that was too large gives ${what} reads that the body has changed`, async () => {
      let runs = 0;
      const load = async () => (++runs === 1 ? new Response(bytes('x'.repeat(100))) : second());
      const f = resilient(load, { cache: { maxBodySize: 50 }, fallback: { handler: 'none' } });
      const [one, other] = await Promise.all([f(1), f(1)]);
      assert.equal((await one.text()).length, 100);
      await assert.rejects(
        other.text(),
        /^TypeError: The body was too large to share, and changed/,
      );
      assert.equal(runs, 2);
    });
  }

  it('a shared body ends when its only caller leaves while success listeners run', async () => {
    const upstream = stalling(bytes('x'));
    const controller = new AbortController();
    const f = resilient(async () => new Response(upstream.stream), {
      cache: true,
      onEvent: ({ type }) => type === 'success' && controller.abort('enough'),
    });
    const left = f.with({ signal: controller.signal })(1);
    await assert.rejects(
      left.then((response) => response.text()),
      (reason) => reason === 'enough',
    );
    await turn();
    assert.equal(upstream.cancelled, 1);
  });
});

for (const [what, make] of Object.entries({
  'a Response': () => new Response('x'),
  'another value': () => 'x',
})) {
  it(`a hit is a Promise where a synchronous function like fetch returns ${what}`, async () => {
    const f = resilient(make, { http: true, cache: { staleIfError: 9 } });
    for (let n = 0; n < 3; n++) {
      const answer = f('http://a.test/');
      assert.ok(answer instanceof Promise);
      const result = await answer;
      assert.equal(typeof result === 'string' ? result : await result.text(), 'x');
      await turn();
    }
    assert.equal(f.cache.stats.hits, 2);
  });
}

it('a result is not stored under a key of cache.key when the URL changes while the call waits', async () => {
  const gate = deferred();
  const own = async (url) => {
    if (String(url).includes('busy')) await gate.promise;
    return new Response(`body of ${url}`);
  };
  const get = resilient(own, {
    http: true,
    bulkhead: { maxConcurrent: 1, maxWait: '1h' },
    cache: { key: (url) => String(url) },
  });
  const busy = get('http://a.test/busy');
  const url = new URL('http://a.test/alice');
  const waiting = [get(url), get(url)];
  url.pathname = '/bob';
  gate.resolve();
  await busy;
  for (const response of waiting) {
    assert.equal(await (await response).text(), 'body of http://a.test/alice');
  }
  assert.equal(await (await get('http://a.test/bob')).text(), 'body of http://a.test/bob');
});
