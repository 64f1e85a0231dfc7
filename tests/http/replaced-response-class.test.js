import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';

const Platform = globalThis.Response;
const STATE = Symbol('state');

/** A class such as `@hono/node-server` puts into the global scope: it makes a response of the platform only when it has to. */
class Lightweight {
  #body;
  #init;

  static [Symbol.hasInstance](value) {
    return (
      value instanceof Platform || Function.prototype[Symbol.hasInstance].call(Lightweight, value)
    );
  }

  constructor(body, init) {
    this.#body = body;
    this.#init = init;
  }

  get response() {
    this[STATE] ??= new Platform(this.#body, this.#init);
    return this[STATE];
  }
}
for (const name of [
  'body',
  'bodyUsed',
  'headers',
  'ok',
  'redirected',
  'status',
  'statusText',
  'type',
  'url',
]) {
  Object.defineProperty(Lightweight.prototype, name, {
    get() {
      return this.response[name];
    },
  });
}
for (const name of ['arrayBuffer', 'blob', 'clone', 'formData', 'json', 'text']) {
  Lightweight.prototype[name] = function () {
    return this.response[name]();
  };
}
Object.setPrototypeOf(Lightweight, Platform);
Object.setPrototypeOf(Lightweight.prototype, Platform.prototype);

const caches = { ttl: () => true, httpCache: () => httpCache() };

describe('a library has replaced the global Response by a subclass that claims all responses', () => {
  before(() => {
    globalThis.Response = Lightweight;
  });
  after(() => {
    globalThis.Response = Platform;
  });

  for (const [name, cache] of Object.entries(caches)) {
    for (const Class of [Platform, Lightweight]) {
      it(`responses of the class ${Class.name} are stored and can be read, by ${name}`, async () => {
        let requests = 0;
        const load = async () => {
          requests++;
          return new Class('hello', { headers: { 'cache-control': 'max-age=60', etag: '"1"' } });
        };
        const get = resilient(load, { http: true, cache: cache() });
        for (const call of [1, 2, 3]) {
          const response = await get('https://a.test/');
          assert.equal(response.headers.get('etag'), '"1"');
          assert.equal(await response.clone().text(), 'hello', `clone of call ${call}`);
          // A server passes the body on.
          assert.equal(await new Response(response.body, response).text(), 'hello');
        }
        assert.equal(requests, 1);
        assert.equal(get.cache.stats.hits, 2);
      });
    }
  }
});
