import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';

const { makeKey } = ResultCache;

describe('the cache of property names', () => {
  it('an object has the same key, however many property names makeKey has seen since', () => {
    const objects = [
      { id: 1, lang: 'en', page: 1 },
      { page: 1, lang: 'en', id: 1 },
      { id: 1, lang: 'en' },
      { id: 1 },
      { '': 1 },
      { 0: 1 },
      { 0: 1, id: 1 },
    ];
    const keys = objects.map((object) => makeKey(object));
    assert.equal(keys[0], keys[1]);
    assert.equal(new Set(keys).size, objects.length - 1);
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 5_000; i += 1) {
        assert.equal(makeKey({ id: 1, [`n${i}`]: i }), makeKey({ [`n${i}`]: i, id: 1 }));
      }
      makeKey(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`many${i}`, i])));
      makeKey({ ['long'.repeat(100_000)]: 1 });
      assert.deepEqual(
        objects.map((object) => makeKey(object)),
        keys,
      );
    }
  });
});
