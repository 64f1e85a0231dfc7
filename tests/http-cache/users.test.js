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
});
