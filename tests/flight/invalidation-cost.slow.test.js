import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';

const ENTRIES = 100_000;

// A cost that grew with the cache would make ten billion steps of each of these tests: they would take minutes.
const LONGEST = { timeout: 120_000 };

describe('the cost of ending results does not grow with the cache', () => {
  for (const way of ['invalidate', 'expire']) {
    it(
      `f.${way} of a method with 100,000 entries looks only at those of its arguments`,
      LONGEST,
      () => {
        const f = resilient(
          function (id) {
            return `${this.id} ${id}`;
          },
          { cache: { maxSize: ENTRIES } },
        );
        const objects = [1, 2].map((id) => ({ id, f }));
        for (const object of objects) for (let id = 0; id < ENTRIES / 2; id++) object.f(id);
        assert.equal(f.cache.size, ENTRIES);
        for (let id = 0; id < ENTRIES / 2; id++) assert.equal(f[way](id), true);
        assert.equal(f.cache.size, 0);
      },
    );
  }

  it('f.invalidateTag of 100,000 tags looks only at their members', LONGEST, () => {
    const store = new ResultCache({ maxSize: 2 * ENTRIES });
    const tags = (result) => [`tag ${result}`];
    const [f, g] = [1, 2].map(() => resilient((id) => id, { cache: { store, tags } }));
    for (let id = 0; id < ENTRIES; id++) assert.equal(f(id), g(id));
    for (let id = 0; id < ENTRIES; id++) assert.equal(f.invalidateTag(`tag ${id}`), 1);
    assert.equal(store.size, ENTRIES);
  });
});
