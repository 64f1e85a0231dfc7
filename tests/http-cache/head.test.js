import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deferred } from '../support/deferred.js';
import { answer, httpWorld, PAGE } from '../support/http-cache-world.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const HEAD = { method: 'HEAD' };
const FRESH = { 'cache-control': 'max-age=10', etag: '"1"' };

describe('HEAD in an HTTP cache', () => {
  it('HEAD with keys of the user is sent without a condition, and gets no body', async () => {
    const { get, text, after, sent } = httpWorld(
      ({ method, headers }) => {
        if (headers.has('if-none-match')) return answer(null, FRESH, 304);
        return answer(method === 'HEAD' ? null : 'body', FRESH);
      },
      { key: (url) => url },
    );
    await text();
    after(20);
    assert.equal(await (await get(PAGE, HEAD)).text(), '');
    assert.equal(sent[1].headers.get('if-none-match'), null);
    assert.equal(await text(), 'body');
  });

  it('HEAD does not take the body of a response that the user has put into the cache', async () => {
    const { get, text } = httpWorld(() => answer('of the server'));
    get.cache.put(get.makeKey(PAGE), answer('put'));
    const head = await get(PAGE, HEAD);
    assert.equal(await head.text(), '');
    assert.deepEqual([await text(), await text()], ['put', 'put']);
  });

  it('a response to HEAD does not keep the result of a GET that is under way out of the cache', async () => {
    const slow = deferred();
    const { get, text, sent } = httpWorld(({ method }, number) => {
      if (method === 'HEAD') return answer(null, FRESH);
      return number === 1 ? answer('old', FRESH) : slow.promise;
    });
    await text();
    await turn();
    const newer = get.with({ refresh: true })(PAGE);
    await get(PAGE, { ...HEAD, cache: 'reload' });
    slow.resolve(answer('new', { ...FRESH, etag: '"2"' }));
    assert.equal(await (await newer).text(), 'new');
    assert.equal(await text(), 'new');
    assert.equal(sent.length, 3);
  });
});
