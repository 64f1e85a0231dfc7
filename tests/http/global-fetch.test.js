import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { resilient } from 'holdfast';

const genuine = globalThis.fetch;
const textOf = async (response) => (await response).text();
const answering = (text) => async () => new Response(text);

describe('a wrapper of the global fetch follows its replacements', () => {
  afterEach(() => {
    globalThis.fetch = genuine;
  });

  for (const options of [undefined, {}, { cache: true }, { retry: {}, timeout: '5s' }]) {
    const how = `with ${JSON.stringify(options)}`;

    it(`a wrapper of the global fetch calls the current global fetch, ${how}`, async () => {
      globalThis.fetch = answering('wrapped');
      const get = resilient(fetch, options);
      globalThis.fetch = answering('stubbed');
      assert.equal(await textOf(get('http://a.test/1')), 'stubbed');
      globalThis.fetch = answering('stubbed again');
      assert.equal(await textOf(get('http://a.test/2')), 'stubbed again');
    });

    it(`a wrapper calls the fetch that was wrapped where the wrapper itself is the global fetch, ${how}`, async () => {
      globalThis.fetch = answering('wrapped');
      globalThis.fetch = resilient(fetch, options);
      assert.equal(await textOf(fetch('http://a.test/1')), 'wrapped');
      globalThis.fetch = resilient(fetch, options);
      assert.equal(await textOf(fetch('http://a.test/2')), 'wrapped');
      globalThis.fetch = globalThis.fetch.with({ refresh: true });
      assert.equal(await textOf(fetch('http://a.test/3')), 'wrapped');
    });

    it(`a wrapper calls the fetch that was wrapped where the global fetch calls it back, ${how}`, async () => {
      let calls = 0;
      globalThis.fetch = async () => new Response(`wrapped ${++calls}`);
      const get = resilient(fetch, options);
      globalThis.fetch = (...args) => get(...args);
      assert.equal(await textOf(fetch('http://a.test/1')), 'wrapped 1');
      assert.equal(await textOf(get('http://a.test/2')), 'wrapped 2');
    });
  }

  it('a wrapper calls the fetch that was wrapped where the global fetch calls it back later', async () => {
    globalThis.fetch = answering('wrapped');
    const get = resilient(fetch, { cache: true });
    globalThis.fetch = async (input, init) => {
      await null;
      return get(input, { ...init });
    };
    assert.equal(await textOf(fetch('http://a.test/1')), 'wrapped');
    assert.equal(await textOf(get('http://a.test/2')), 'wrapped');
  });

  it('a wrapper calls the fetch that was wrapped where there is no global fetch any more', async () => {
    globalThis.fetch = answering('wrapped');
    const get = resilient(fetch, { cache: true });
    delete globalThis.fetch;
    assert.equal(await textOf(get('http://a.test/1')), 'wrapped');
  });

  it('a wrapper of a custom function with http: true always calls that function', async () => {
    const get = resilient(answering('own'), { http: true, cache: true });
    globalThis.fetch = answering('stubbed');
    assert.equal(await textOf(get('http://a.test/1')), 'own');
  });
});
