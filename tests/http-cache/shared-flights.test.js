import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';
import { deferred } from '../support/deferred.js';
import { answer, httpWorld, PAGE } from '../support/http-cache-world.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const byUser = (user) => ({ headers: { authorization: user } });

describe('callers of an HTTP cache that share a flight', () => {
  for (const directive of ['private="x-user"', 'no-cache="x-user"']) {
    it(`callers of a shared cache do not get the header in ${directive} of another user`, async () => {
      const { get } = httpWorld(
        ({ headers }) =>
          answer('for all', {
            'cache-control': `public, max-age=10, ${directive}`,
            'x-user': headers.get('authorization'),
          }),
        { shared: true },
      );
      const responses = await Promise.all(['a', 'b'].map((user) => get(PAGE, byUser(user))));
      assert.deepEqual(
        responses.map(({ headers }) => headers.get('x-user')),
        ['a', 'b'],
      );
      await Promise.all(responses.map((response) => response.text()));
      assert.equal((await get(PAGE, byUser('c'))).headers.get('x-user'), null);
    });
  }

  for (const [what, headers, cache] of [
    ['is too large to be shared', { 'content-length': '9' }, { maxBodySize: 5 }],
    ['has no end', { 'content-type': 'text/event-stream' }, {}],
  ]) {
    for (const [kind, options] of [
      ['a shared cache', { shared: true }],
      ['a cache whose keys are URLs', { key: (url) => url }],
    ]) {
      it(`a caller of ${kind} does not get a response that ${what} from a user who has left`, async () => {
        const answers = deferred();
        const { get } = httpWorld(
          async ({ headers: sent }) => {
            const user = sent.get('authorization');
            if (user === 'user of a') await answers.promise;
            return answer(user, { ...headers, vary: 'authorization', 'cache-control': 'private' });
          },
          { ...options, ...cache },
        );
        const leaver = new AbortController();
        const left = get(PAGE, { ...byUser('user of a'), signal: leaver.signal });
        const other = get(PAGE, byUser('user of b'));
        leaver.abort(new Error('left'));
        await assert.rejects(left, { message: 'left' });
        answers.resolve();
        assert.equal(await (await other).text(), 'user of b');
      });
    }
  }

  /** A world whose first response has a body that goes on until the test ends it. */
  function slowBody(headers, cache) {
    let end;
    const world = httpWorld((_request, number) => {
      if (number > 1) return answer(`body ${number}`, headers);
      return answer(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('body '));
            end = () => {
              controller.enqueue(new TextEncoder().encode('1'));
              controller.close();
            };
          },
        }),
        headers,
      );
    }, cache);
    return { ...world, end: () => end(), after: world.after };
  }

  for (const [what, headers, isShared, cache] of [
    ['is fresh', { 'cache-control': 'max-age=30' }, true],
    ['is fresh no more', { 'cache-control': 'max-age=10' }, false],
    ['has to be confirmed each time', { 'cache-control': 'no-cache', etag: '"1"' }, false],
    ['has to be confirmed as its lifetime is 0', { 'cache-control': 'max-age=0' }, false],
    ['says nothing', {}, false],
    ['says nothing and has the ttl of the user', {}, true, { ttl: '1m' }],
  ]) {
    it(`a caller ${isShared ? 'shares' : 'does not share'} a body that is arriving if the response ${what}`, async () => {
      const { get, text, after, sent, end } = slowBody(headers, cache);
      const first = await get(PAGE);
      after(20);
      const second = text();
      await turn();
      end();
      assert.equal(await second, isShared ? 'body 1' : 'body 2');
      assert.equal(await first.text(), 'body 1');
      assert.equal(sent.length, isShared ? 1 : 2);
    });
  }
});

it('a caller that leaves just after the headers of another user have arrived leaves no rejection behind', async () => {
  const { get } = httpWorld(
    (_request, number) =>
      number === 1
        ? answer(new ReadableStream(), { 'cache-control': 'public, max-age=9, private="x-user"' })
        : new Promise(() => {}),
    { shared: true },
  );
  await get(PAGE, byUser('a'));
  const leaving = new AbortController();
  const call = get(PAGE, { ...byUser('b'), signal: leaving.signal });
  leaving.abort(new Error('left'));
  await assert.rejects(call, { message: 'left' });
});

it('a caller of a stale response does not start another refresh while the body of one arrives', async () => {
  const { text, after, sent } = httpWorld((_request, number) =>
    number === 1
      ? answer('old', { 'cache-control': 'max-age=10, stale-while-revalidate=60' })
      : answer(new ReadableStream(), { 'cache-control': 'no-cache' }),
  );
  await text();
  after(20);
  for (let round = 0; round < 3; round++) {
    assert.equal(await text(), 'old');
    await turn();
  }
  assert.equal(sent.length, 2);
});

describe('the headers of a conditional request', () => {
  const kinds = {
    'a record': { 'X-Own': '1' },
    pairs: [['X-Own', '1']],
    Headers: new Headers({ 'X-Own': '1' }),
    undefined,
  };
  for (const [kind, headers] of Object.entries(kinds)) {
    it(`the function gets ${kind} if the caller passes ${kind}, which it may spread`, async () => {
      const requests = [];
      const load = async (_url, init) => {
        requests.push(init.headers);
        return new Response('x', { headers: { 'cache-control': 'no-cache', etag: '"1"' } });
      };
      const get = resilient(load, { http: true, cache: httpCache() });
      for (let round = 0; round < 2; round++) await (await get(PAGE, { headers })).text();
      const [plain, conditional] = requests;
      const expected = {
        ...(headers && { 'x-own': '1' }),
        'cache-control': 'max-age=0',
        'if-none-match': '"1"',
      };
      assert.deepEqual(Object.fromEntries(new Headers(conditional)), expected);
      assert.equal(conditional.constructor, headers ? plain.constructor : Object);
      if (kind === 'a record') {
        const sent = new Headers({ ...conditional, authorization: 'token' });
        assert.equal(sent.get('if-none-match'), '"1"');
      }
    });
  }
});
