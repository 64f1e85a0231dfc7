import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import '../support/unhandled-rejections.js';
import { turn } from '../support/turn.js';
import { warningsOf } from '../support/warnings.js';

/** Results of which each can be consumed once, and how to read one. */
const kinds = {
  'a ReadableStream': [
    (text) => new Blob([text]).stream(),
    (stream) => new Response(stream).text(),
  ],
  'a stream of Node': [
    (text) => Readable.from([text]),
    async (stream) => (await stream.toArray())[0],
  ],
  'an async generator': [
    async function* (text) {
      yield text;
    },
    async (generator) => (await generator.next()).value,
  ],
  'a generator': [
    function* (text) {
      yield text;
    },
    (generator) => generator.next().value,
  ],
  'an iterator of a collection': [(text) => [text].values(), (iterator) => iterator.next().value],
  'an object with getReader': [
    (text) => ({ getReader: () => text }),
    (reading) => reading.getReader(),
  ],
};

for (const [kind, [make, read]] of Object.entries(kinds)) {
  describe(`${kind} as a result is not shared`, () => {
    it(`${kind} as a result is returned to its own caller only: each waiter makes its own call`, async () => {
      const warnings = await warningsOf(async () => {
        let runs = 0;
        const load = async () => make(`run ${++runs}`);
        const f = resilient(load, { name: 'load', cache: true });
        const { signal } = new AbortController();
        for (const first of [1, 4]) {
          const results = await Promise.all([f(1), f(1), f.with({ signal })(1)]);
          assert.equal(new Set(results).size, 3);
          const texts = [];
          for (const result of results) texts.push(await read(result));
          assert.deepEqual(
            texts.sort(),
            [0, 1, 2].map((index) => `run ${first + index}`),
          );
        }
        assert.equal(f.cache.size, 0);
      });
      assert.equal(warnings.length, 1);
      assert.match(warnings[0], /load .*once/);
    });

    it(`${kind} as a result is not shared by the callers of a function that has returned other results before`, async () => {
      await warningsOf(async () => {
        for (const patterns of [{}, { timeout: '5s' }]) {
          for (const leaderLeaves of [false, true]) {
            let runs = 0;
            const load = async (input) => (input === 'plain' ? 'text' : make(`run ${++runs}`));
            const f = resilient(load, { cache: true, ...patterns });
            assert.equal(await f('plain'), 'text');
            const bound = f.with({ signal: new AbortController().signal });
            const calls = [leaderLeaves ? bound(1) : f(1), f(1), f(1), bound(1), f(1)];
            const results = await Promise.all(calls);
            const texts = [];
            for (const result of results) texts.push(await read(result));
            assert.deepEqual(
              texts.sort(),
              [1, 2, 3, 4, 5].map((run) => `run ${run}`),
            );
          }
        }
      });
    });

    it(`${kind} as a result of a synchronous function is returned and not stored`, async () => {
      const warnings = await warningsOf(async () => {
        let runs = 0;
        const f = resilient(() => make(`run ${++runs}`), { cache: true, sync: true });
        for (const expected of ['run 1', 'run 2']) assert.equal(await read(f(1)), expected);
        assert.equal(f.cache.size, 0);
      });
      assert.equal(warnings.length, 1);
    });

    it(`${kind} as a result passes through unchanged without a cache`, async () => {
      const warnings = await warningsOf(async () => {
        const result = make('text');
        assert.ok((await resilient(async () => result, { retry: {} })()) === result);
      });
      assert.deepEqual(warnings, []);
    });
  });
}

describe('a response after other results', () => {
  for (const leaderLeaves of [false, true]) {
    it(`each caller gets a copy of a response of its own, even if the function has returned other results before, with a leader that ${leaderLeaves ? 'may leave' : 'cannot leave'}`, async () => {
      let runs = 0;
      const f = resilient(
        async (input) => {
          runs++;
          return input === 'plain'
            ? 'text'
            : new Response('body', { headers: { 'set-cookie': 'a=1' } });
        },
        { cache: true },
      );
      await f('plain');
      const bound = f.with({ signal: new AbortController().signal });
      const calls = [leaderLeaves ? bound(1) : f(1), f(1), f(1), bound(1), f(1)];
      const responses = await Promise.all(calls);
      assert.equal(new Set(responses).size, 5);
      const cookies = responses.map(({ headers }) => headers.get('set-cookie'));
      assert.deepEqual(cookies, ['a=1', null, null, null, null]);
      for (const response of responses) assert.equal(await response.text(), 'body');
      assert.equal(await (await f(1)).text(), 'body');
      assert.equal(runs, 2);
    });
  }
});

describe('a result that can be consumed again is shared', () => {
  it('collections, pages with a next property and iterables that start again are shared and stored', async () => {
    const again = {
      next: 'https://api.example.com/?page=2',
      *[Symbol.iterator]() {
        yield 1;
      },
    };
    for (const result of [[1], new Map([[1, 2]]), { next: () => 1 }, again, 'text', () => 1]) {
      const f = resilient(async () => result, { cache: true });
      assert.ok((await f(1)) === result && (await f(1)) === result);
      assert.equal(f.cache.stats.hits, 1);
    }
  });
});

describe('the first result of a function can be read only once', () => {
  const load = async ({ id }, who) => {
    await turn();
    return [`${id} for ${who}`].values();
  };
  const textOf = async (call) => (await call).next().value;

  it('a waiter gets the result of its own arguments, although the leader changes its own', async () => {
    await warningsOf(async () => {
      const f = resilient(load, { cache: true });
      const user = { id: 1 };
      const calls = [f(user, 'all'), f({ id: 1 }, 'all')];
      user.id = 2;
      assert.deepEqual(await Promise.all(calls.map(textOf)), ['1 for all', '1 for all']);
    });
  });

  it('a waiter gets the result of its own arguments, although its key leaves some out', async () => {
    await warningsOf(async () => {
      const f = resilient(async (id, who) => load({ id }, who), { cache: { key: (id) => id } });
      const texts = await Promise.all([f(1, 'a'), f(1, 'b')].map(textOf));
      assert.deepEqual(texts, ['1 for a', '1 for b']);
    });
  });

  for (const leaves of [false, true]) {
    it(`a response with a cookie goes to its own caller only, ${leaves ? 'which has left' : 'of several that share a Promise'}`, async () => {
      let runs = 0;
      const leaver = new AbortController();
      const f = resilient(
        async () => {
          const cookie = `run=${++runs}`;
          await turn();
          return new Response(cookie, {
            headers: { 'set-cookie': cookie, 'content-type': 'text/event-stream' },
          });
        },
        { cache: true },
      );
      await warningsOf(async () => {
        const leader = leaves ? f.with({ signal: leaver.signal })(1) : f(1);
        const waiter = f(1);
        if (leaves) {
          leaver.abort(new Error('left'));
          await assert.rejects(leader, { message: 'left' });
        }
        assert.equal((await waiter).headers.get('set-cookie'), 'run=2');
        if (!leaves) assert.equal((await leader).headers.get('set-cookie'), 'run=3');
      });
    });
  }
});
