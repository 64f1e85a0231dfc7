import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import '../support/unhandled-rejections.js';
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
