import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import * as undici from 'undici';
import { answer, httpWorld, PAGE } from '../support/http-cache-world.js';
import '../support/unhandled-rejections.js';

const TYPE = 'text/x-test;charset=utf-8';

/** A function whose later calls are hits. */
async function stored(Class = Response) {
  const load = async () => new Class('a=b', { headers: { 'content-type': TYPE, etag: '"1"' } });
  const get = resilient(load, { http: true, cache: { ttl: 60 } });
  await (await get(PAGE)).text();
  await get(PAGE);
  return get;
}

/** The ways in which a caller can see the headers of a response that it got, with the etag or the type. */
const USES = {
  'headers.get()': (response) => response.headers.get('etag'),
  'the iterator of the headers': (response) => new Map(response.headers).get('etag'),
  'headers after the body': async (response) => {
    await response.text();
    return response.headers.get('etag');
  },
  'clone()': (response) => response.clone().headers.get('etag'),
  'a clone of a clone': (response) => response.clone().clone().headers.get('etag'),
  'new Response() of its parts': (response) =>
    new Response(response.body, response).headers.get('etag'),
  'new Headers()': (response) => new Headers(response.headers).get('etag'),
  'blob()': async (response) => ((await response.blob()).type === TYPE ? '"1"' : undefined),
  'the getter of the prototype': (response) =>
    Reflect.get(Object.getPrototypeOf(response), 'headers', response).get('etag'),
};

describe('a copy of a stored response has its headers, however they are read', () => {
  for (const [name, use] of Object.entries(USES)) {
    it(`a hit has its headers in ${name}`, async () => {
      const get = await stored();
      assert.equal(await use(await get(PAGE)), '"1"');
      assert.equal(get.cache.stats.hits, 2);
    });
  }

  it('a form is read by the content type of a hit', async () => {
    const type = 'application/x-www-form-urlencoded';
    const load = async () => new Response('a=b', { headers: { 'content-type': type } });
    const get = resilient(load, { http: true, cache: true });
    await (await get(PAGE)).text();
    assert.equal((await (await get(PAGE)).formData()).get('a'), 'b');
  });

  it('the headers of a hit are one object, which its caller may change and no other caller sees', async () => {
    const get = await stored();
    const [one, other] = [await get(PAGE), await get(PAGE)];
    const { headers } = one;
    headers.set('etag', '"2"');
    headers.append('x-more', '1');
    headers.delete('content-type');
    assert.equal(one.headers, headers);
    assert.ok(headers instanceof Headers);
    assert.deepEqual([...one.headers.keys()], ['etag', 'x-more']);
    assert.deepEqual([...one.clone().headers.keys()], ['etag', 'x-more']);
    assert.deepEqual([...other.headers.keys()], ['content-type', 'etag']);
    assert.deepEqual([...(await get(PAGE)).headers.keys()], ['content-type', 'etag']);
  });

  it('the Age of a hit is its age at the hit, not at the first use of its headers', async () => {
    const { get, after } = httpWorld(() => answer('v', { 'cache-control': 'max-age=60' }));
    await (await get(PAGE)).text();
    const ages = [1, 2, 4];
    const hits = [];
    for (const [index, age] of ages.entries()) {
      after(age - (ages[index - 1] ?? 0));
      hits.push(await get(PAGE), await get(PAGE));
    }
    const read = hits.map((hit) => hit.headers.get('age'));
    assert.deepEqual(read, ['1', '1', '2', '2', '4', '4']);
  });

  it("undici's Cache finds the headers of a hit where undici has replaced the classes of Node", async () => {
    const { Response: Own, Headers: OwnHeaders, Request: OwnRequest } = globalThis;
    const { Response, Headers, Request } = undici;
    Object.assign(globalThis, { Response, Headers, Request });
    try {
      const get = await stored(Response);
      const cache = await undici.caches.open('headers-of-hits');
      await cache.put(PAGE, await get(PAGE));
      const found = await cache.match(PAGE);
      assert.equal(found.headers.get('etag'), '"1"');
      assert.equal(await found.text(), 'a=b');
    } finally {
      Object.assign(globalThis, { Response: Own, Headers: OwnHeaders, Request: OwnRequest });
    }
  });
});
