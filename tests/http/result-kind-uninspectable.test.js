import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { inChild } from '../support/in-child.js';
import '../support/unhandled-rejections.js';

function fail() {
  throw new Error('not to be looked at');
}

/** A real response, one property of which cannot be read. */
const without = (name) => Object.defineProperty(new Response('x'), name, { get: fail });

class PrivateResponse {
  #status = 200;
  get status() {
    return this.#status;
  }
  get headers() {
    return new Headers();
  }
  get [Symbol.toStringTag]() {
    return 'Response';
  }
}

/** Results that throw while they are inspected, or claim to be what they are not. */
const results = {
  'a mock that is tagged as a Response': () => ({ status: 200, [Symbol.toStringTag]: 'Response' }),
  'a mock whose clone fails': () => ({
    ...{ status: 200, headers: new Headers(), text: fail, clone: fail },
  }),
  'a mock whose clone gives nothing': () => ({
    ...{ status: 200, headers: new Headers(), text() {}, clone() {} },
  }),
  'a mock whose clone returns itself': () => ({
    ...{ status: 200, headers: new Headers(), text() {} },
    clone() {
      return this;
    },
  }),
  'an object whose tag throws': () => ({
    get [Symbol.toStringTag]() {
      return fail();
    },
  }),
  'a Proxy of a Response with private fields': () => new Proxy(new PrivateResponse(), {}),
  'a Proxy whose traps throw': () =>
    new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : fail()), has: fail }),
  'a Proxy without a prototype to be seen': () => new Proxy({}, { getPrototypeOf: fail }),
  'a Response whose properties cannot be listed': () =>
    new Proxy(
      { status: 200, headers: new Headers(), body: null, [Symbol.toStringTag]: 'Response' },
      { ownKeys: fail },
    ),
  'an iterator that does not tell whether it is one': () => ({
    next() {},
    [Symbol.iterator]: fail,
  }),
  ...Object.fromEntries(
    ['status', 'headers', 'body', 'bodyUsed', 'url', 'statusText'].map((name) => [
      `a Response whose ${name} throws`,
      () => without(name),
    ]),
  ),
};

/** Results that only a synchronous function can return. */
const synchronous = {
  'a Proxy that was revoked': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'an object whose then throws': () =>
    Object.defineProperty({}, 'then', { get: fail, enumerable: true }),
};

const quiet = () => process.on('warning', () => {});

describe('a result that throws while it is inspected is not stored', () => {
  quiet();

  for (const [name, make] of Object.entries(results)) {
    it(`${name} is returned to each caller and not stored`, async () => {
      for (const options of [
        {},
        { http: true },
        { timeout: '1m', retry: {}, circuitBreaker: {}, fallback: 'none', hedge: { delay: '1m' } },
      ]) {
        const given = [];
        const load = async () => {
          if (given.length === 2) return 'well';
          given.push(make());
          return given.at(-1);
        };
        const f = resilient(load, { cache: true, ...options });
        const received = await Promise.all([f('http://a.test/'), f('http://a.test/')]);
        assert.ok(given.length === 2 && received.every((value, index) => value === given[index]));
        assert.equal(f.cache.size, 0);
        assert.equal(await f('http://a.test/'), 'well');
        assert.equal(f.cache.size, 1);
      }
    });
  }

  for (const [name, make] of Object.entries({ ...results, ...synchronous })) {
    it(`${name} is returned by a synchronous function and not stored`, () => {
      for (const options of [{}, { sync: true }, { circuitBreaker: {}, fallback: 'none' }]) {
        let value = make();
        const f = resilient(() => value, { cache: true, ...options });
        assert.ok(f(1) === value);
        assert.equal(f.cache.size, 0);
        value = 'well';
        assert.equal(f(1), 'well');
        assert.equal(f.cache.size, 1);
      }
    });

    it(`${name} is returned as it is when it was put into the cache`, async () => {
      const value = make();
      const f = resilient(() => 'well', { cache: true });
      f.cache.put(f.makeKey(1), value);
      assert.ok(f(1) === value);
      assert.ok(f.with({ signal: new AbortController().signal })(1) === value);
    });
  }

  for (const options of [
    { circuitBreaker: {} },
    { fallback: 'none' },
    { passContext: true },
    { sync: true, cache: { staleIfError: 9 } },
  ]) {
    it(`a Proxy whose prototype can be read only for some time is returned with ${Object.keys(options)}`, () => {
      for (let reads = 0; reads < 9; reads++) {
        let left = reads;
        const value = new Proxy(
          {},
          { getPrototypeOf: () => (left-- > 0 ? Object.prototype : fail()) },
        );
        const f = resilient(() => value, options);
        assert.ok(f(1) === value);
        assert.ok(f(2) === value);
      }
    });
  }

  it('a result that throws only at a later inspection leaves no key unusable', async () => {
    for (let reads = 1; reads < 12; reads++) {
      for (const http of [false, true]) {
        let value = new Response('x', { headers: { 'content-length': '1' } });
        let left = reads;
        for (const name of ['status', 'headers', 'body', 'bodyUsed', 'url']) {
          const { get } = Object.getOwnPropertyDescriptor(Response.prototype, name);
          Object.defineProperty(value, name, {
            get() {
              if (left-- <= 0) fail();
              return get.call(this);
            },
          });
        }
        const f = resilient(async () => value, { cache: true, http });
        await f('http://a.test/').catch(() => {});
        value = 'well';
        f.invalidate('http://a.test/');
        assert.equal(await f('http://a.test/'), 'well');
      }
    }
  });
});

describe('a process without a global Response can use a cache', () => {
  it('results of classes with private fields are returned and stored without a global Response', () => {
    const names = inChild(async () => {
      const { resilient } = await import('holdfast');
      delete globalThis.Response;
      class Result {
        #fields = { a: 1 };
        get headers() {
          return this.#fields;
        }
      }
      const f = resilient(async () => new Result(), { cache: true });
      const results = [await f(1), await f(1)];
      return [results[0] === results[1], results[0] instanceof Result, f.cache.size];
    });
    assert.deepEqual(names, [true, true, 1]);
  });

  it('responses of a custom class are copied without a global Response', () => {
    const texts = inChild(async () => {
      const { resilient } = await import('holdfast');
      const { Response } = globalThis;
      let runs = 0;
      const f = resilient(async () => new Response(`run ${++runs}`), { cache: true });
      const { signal } = new AbortController();
      delete globalThis.Response;
      const responses = await Promise.all([f(1), f(1), f.with({ signal })(1)]);
      return Promise.all(responses.map((response) => response.text()));
    });
    assert.deepEqual(texts, ['run 1', 'run 1', 'run 1']);
  });
});

/** Ways in which the reader of a body answers `cancel`. */
const cancels = {
  'throws when it is cancelled': fail,
  'returns nothing when it is cancelled': () => {},
  'rejects when it is cancelled': async () => fail(),
};

for (const [how, cancel] of Object.entries(cancels)) {
  it(`a mock of a Response whose body ${how} fails for its readers only, and leaves the key free`, async () => {
    class MockResponse {
      status = 200;
      headers = new Headers();
      constructor(body) {
        this.body = body;
      }
      clone() {}
      async text() {
        return new Response(this.body).text();
      }
    }
    let runs = 0;
    const read = async () => {
      throw new Error(`broken off ${runs}`);
    };
    const load = async () => {
      runs++;
      return new MockResponse({ getReader: () => ({ read, cancel }) });
    };
    const f = resilient(load, { http: true, cache: true });
    for (const run of [1, 2]) {
      const response = await f('http://a.test/');
      await assert.rejects(response.text(), { message: `broken off ${run}` });
    }
    const leaving = new AbortController();
    await f('http://b.test/', { signal: leaving.signal });
    leaving.abort();
    assert.equal(f.cache.size, 0);
  });
}

it('a Promise whose constructor cannot be read makes the call reject, and leaves the key free', async () => {
  let runs = 0;
  const load = () => {
    const promise = Promise.resolve('well');
    if (++runs === 1) Object.defineProperty(promise, 'constructor', { get: fail });
    return promise;
  };
  const f = resilient(load, { cache: true });
  await assert.rejects(f(1), { message: 'not to be looked at' });
  assert.equal(await f(1), 'well');
});
