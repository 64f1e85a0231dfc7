import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { iterationSteps } from '../support/iteration-steps.js';

/** A full cache whose entries share a tag; one in 10,000 has the tag `few`, one in 100 has `many`. */
function large(entries, options) {
  const cache = new ResultCache({ maxSize: entries, ...options });
  for (let key = 0; key < entries; key++) {
    const tags = ['shared', `own ${key}`];
    if (key % 10_000 === 7) tags.push('few');
    if (key % 100 === 7) tags.push('many');
    cache.put(key, key, { tags });
  }
  return cache;
}

describe('the cost of tags goes by their members, not by the cache', () => {
  for (const options of [{}, { staleWhileRevalidate: '1h' }]) {
    for (const way of ['invalidateTag', 'expireTag']) {
      const title = `${way} in a cache with${options.staleWhileRevalidate ? '' : 'out'} windows`;
      it(`${title} looks only at the members of a tag, among 100,000 entries`, () => {
        const cache = large(100_000, options);
        let ended;
        const few = iterationSteps(() => {
          ended = cache[way]('few');
        });
        assert.equal(ended, 10);
        const many = iterationSteps(() => {
          ended = cache[way]('many', 'few');
        });
        assert.equal(ended, 990);
        assert.ok(many > 990, `${many} steps for a thousand entries: they are counted`);
        assert.ok(few < 200, `${few} steps for ten entries`);
        assert.ok(many < 20_000, `${many} steps for a thousand entries`);
      });
    }
  }

  const uses = {
    'invalidateTag of an unknown tag': (cache) => cache.invalidateTag('unknown'),
    'a put that evicts': (cache) => cache.put('new', 1, { tags: ['shared', 'new'] }),
    'a put of other tags': (cache) => cache.put(5, 1, { tags: ['new'] }),
    'a put of a present key with a tag that all have': (cache) =>
      cache.put(5, 2, { tags: ['shared'] }),
    invalidate: (cache) => cache.invalidate(5),
    expire: (cache) => cache.expire(5),
    info: (cache) => cache.info(5),
    get: (cache) => cache.get(5),
  };
  for (const [name, use] of Object.entries(uses)) {
    it(`${name} looks at no other entry, among 20,000 with a common tag`, () => {
      const cache = large(20_000);
      const steps = iterationSteps(() => use(cache));
      assert.ok(steps < 100, `${steps} steps`);
      assert.ok(cache.invalidateTag('shared') >= 19_999);
    });
  }
});
