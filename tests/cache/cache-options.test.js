import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { removals } from '../support/cache-events.js';
import { assertRefused, BAD_TAGS, BAD_WEIGHTS } from '../support/refused.js';

describe('new ResultCache checks its options', () => {
  it('new ResultCache refuses a maxWeight without weigh', () => {
    for (const weigh of [{}, { weigh: undefined }]) {
      assert.throws(
        () => new ResultCache({ maxWeight: 5, ...weigh }),
        (error) => {
          assert.equal(error.constructor, TypeError);
          return /weigh/.test(error.message) && /maxWeight/.test(error.message);
        },
      );
    }
  });

  it('new ResultCache suggests the name of an option that is nearly right', () => {
    for (const [wrong, right] of [
      ['maxweight', 'maxWeight'],
      ['weight', 'weigh'],
      ['ttljitter', 'ttlJitter'],
      ['staleIfErrors', 'staleIfError'],
      ['staleWhileRevalidat', 'staleWhileRevalidate'],
    ]) {
      assert.throws(() => new ResultCache({ [wrong]: 1 }), {
        name: 'TypeError',
        message: new RegExp(`${wrong}.*${right}`),
      });
    }
  });

  it('new ResultCache refuses the options that only a wrapped function has', () => {
    for (const options of [
      { staleIfSlow: 1 },
      { staleOn: Error },
      { staleBackoff: 1 },
      { waitUntil: () => {} },
      { tags: ['x'] },
      { store: new ResultCache() },
      { key: () => 1 },
      { ttl: () => 1 },
    ]) {
      assert.throws(() => new ResultCache(options), TypeError, Object.keys(options)[0]);
    }
  });
});

describe('put, invalidateTag and expireTag check tags', () => {
  for (const name of ['put', 'set']) {
    it(`${name} refuses tags that are no array of strings that are not empty, and changes nothing`, () => {
      const cache = new ResultCache().put('a', 1, { tags: ['x'] }).put('b', 2);
      const left = removals(cache);
      for (const [tags, shown] of BAD_TAGS) {
        assertRefused(() => cache[name]('a', 3, { tags }), 'put.tags', shown, TypeError);
        assertRefused(() => cache[name]('new', 3, { tags }), 'put.tags', shown, TypeError);
      }
      assert.deepEqual(
        [[...cache], left],
        [
          [
            ['a', 1],
            ['b', 2],
          ],
          [],
        ],
      );
      assert.equal(cache.invalidateTag('x'), 1);
    });

    it(`${name} suggests tags for a name that is nearly right`, () => {
      for (const wrong of ['tag', 'Tags']) {
        assert.throws(() => new ResultCache()[name]('a', 1, { [wrong]: ['x'] }), {
          name: 'TypeError',
          message: /tags/,
        });
      }
    });
  }

  for (const name of ['invalidateTag', 'expireTag']) {
    it(`${name} refuses a tag that is no string or is empty, and changes nothing`, () => {
      const cache = new ResultCache({ staleIfError: 60 }).put('a', 1, { tags: ['x'] });
      for (const [tag, shown] of [
        ['', "''"],
        [undefined, 'undefined'],
        [null, 'null'],
        [5, '5'],
        [['x'], 'an array'],
        [Symbol('x'), 'Symbol(x)'],
        [{}, 'an object'],
      ]) {
        for (const args of [[tag], ['x', tag], [tag, 'x']]) {
          assert.throws(
            () => cache[name](...args),
            (error) => {
              assert.equal(error.constructor, TypeError);
              assert.match(error.message, /tag/);
              assert.match(error.message, /string/);
              assert.ok(error.message.includes(shown), error.message);
              return true;
            },
          );
        }
      }
      assert.equal(cache.get('a'), 1);
    });
  }
});

describe('put checks the weight that weigh returns', () => {
  it('put refuses a weight that is no integer >= 0', () => {
    for (const [weight, shown] of BAD_WEIGHTS) {
      const cache = new ResultCache({ weigh: () => weight, maxWeight: 10 });
      assert.throws(
        () => cache.put('a', 1),
        (error) => {
          assert.ok([TypeError, RangeError].includes(error.constructor), String(error));
          assert.match(error.message, /weigh/);
          assert.match(error.message, /integer >= 0/);
          assert.ok(error.message.endsWith(`got ${shown}`), error.message);
          return true;
        },
      );
      assert.deepEqual([cache.size, cache.stats.weight], [0, 0]);
    }
  });
});
