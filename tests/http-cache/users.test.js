import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer, httpWorld } from '../support/http-cache-world.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const asUser = (authorization) => ({ headers: { authorization } });

describe('httpCache never gives the response of one user to another', () => {
  const failures = {
    'an error': () => {
      throw new Error('down');
    },
    'a bad status': () => answer('down', {}, 500),
  };
  for (const [name, fail] of Object.entries(failures)) {
    it(`a stale response that replaces ${name} is not given to a waiter with other values of Vary`, async () => {
      const { text, after } = httpWorld(
        async (request, number) => {
          if (number === 1) {
            return answer('for A', {
              'cache-control': 'public, max-age=1, stale-if-error=1000',
              vary: 'Authorization',
            });
          }
          await turn();
          return fail(request);
        },
        { shared: true },
      );
      await text(asUser('A'));
      after(5);
      const both = await Promise.all([text(asUser('A')), text(asUser('B'))]);
      assert.deepEqual(both, ['for A', 'down']);
    });
  }

  for (const [name, wrap] of Object.entries({
    value: (user) => `for ${user}`,
    Response: (user) => answer(`for ${user}`, { 'cache-control': 'public' }),
  })) {
    it(`a ${name} of the fallback for one user is not given to another in a shared cache`, async () => {
      const fallback = (_error, _url, init) => wrap(init.headers.authorization);
      const { get } = httpWorld(
        async () => {
          await turn();
          throw new Error('down');
        },
        { shared: true },
        { fallback },
      );
      const results = await Promise.all(
        ['A', 'B'].map((user) => get('https://api.example.com/', asUser(user))),
      );
      const texts = results.map((result) => (typeof result === 'string' ? result : result.text()));
      assert.deepEqual(await Promise.all(texts), ['for A', 'for B']);
    });
  }

  for (const shared of [false, true]) {
    const kind = shared ? 'shared' : 'private';
    it(`hits and revalidated responses of a ${kind} cache have no cookie of the first caller after \`tags\` has read the headers`, async () => {
      const { get, after } = httpWorld(
        (_request, number) =>
          number === 1
            ? answer('page', {
                'cache-control': 'max-age=10',
                etag: '"1"',
                'set-cookie': 'session=first',
                'x-version': '1',
              })
            : new Response(null, { status: 304, headers: { etag: '"1"', 'x-version': '2' } }),
        { shared, tags: (response) => [`v${response.headers.get('x-version')}`] },
      );
      const headers = async () => {
        const { headers } = await get('https://api.example.com/');
        return ['set-cookie', 'age', 'x-version'].map((name) => headers.get(name));
      };
      await (await get('https://api.example.com/')).text();
      after(5);
      assert.deepEqual(await headers(), [null, '5', '1'], 'a hit');
      after(60);
      assert.equal((await headers())[2], '2', 'the 304');
      after(3);
      assert.deepEqual(await headers(), [null, '3', '2'], 'a hit after the 304');
    });
  }
});
