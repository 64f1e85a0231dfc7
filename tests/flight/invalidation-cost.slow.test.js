import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { iterationSteps } from '../support/iteration-steps.js';

const CALLS = 5_000;

/** A method `f` of two objects and a function `g`, with 20,000 results over one store. */
function scene() {
  const store = new ResultCache({ maxSize: 5 * CALLS });
  const tags = (result) => ['shared', `tag ${result}`];
  const method = function (id) {
    return this.id * id;
  };
  const f = resilient(method, { cache: { store, tags } });
  const g = resilient((id) => id, { cache: { store, tags } });
  const objects = [1, 2].map((id) => ({ id, f }));
  for (let id = 0; id < CALLS; id++) {
    for (const object of objects) object.f(id);
    g(id);
    g(-id - 1);
  }
  // The first result of another kind makes a list of all kinds.
  g.put([8], 'put');
  return { f, g, store };
}

describe('the cost of ending results does not grow with the cache', () => {
  const uses = {
    'f.invalidate of a method': [({ f }) => f.invalidate(7), true, 2],
    'f.expire of a method': [({ f }) => f.expire(7), true, 2],
    'f.invalidateTag': [({ g }) => g.invalidateTag('tag 7'), 1, 1],
    'f.expireTag': [({ g }) => g.expireTag('tag 7', 'unknown'), 1, 1],
    'f.put': [({ g }) => g.put([7], 'put'), undefined, 0],
  };
  for (const [name, [use, expected, ended]] of Object.entries(uses)) {
    it(`${name} looks only at the results that it ends, among 20,000`, () => {
      const given = scene();
      const { size } = given.store;
      let returned;
      const steps = iterationSteps(() => {
        returned = use(given);
      });
      assert.deepEqual([returned, size - given.store.size], [expected, ended]);
      assert.ok(steps < 200, `${steps} steps`);
    });
  }
});
