import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { removals } from '../support/cache-events.js';
import {
  assertRefused,
  BAD_COUNTS,
  BAD_DURATIONS,
  BAD_TAGS,
  BAD_WEIGHTS,
  NO_FUNCTIONS,
} from '../support/refused.js';

const made = (name) => (value) => new ResultCache({ weigh: () => 1, [name]: value });

describe('new ResultCache checks its options', () => {
  for (const name of ['staleWhileRevalidate', 'staleIfError']) {
    it(`new ResultCache refuses a ${name} that is no duration`, () => {
      for (const [value, shown, kind] of BAD_DURATIONS) {
        assertRefused(() => made(name)(value), name, shown, kind);
      }
    });
  }

  it('new ResultCache refuses a ttlJitter that is not from 0 to below 1', () => {
    for (const value of [1, 1.5, -0.1, -1, Number.NaN, Infinity, -Infinity]) {
      assertRefused(() => made('ttlJitter')(value), 'ttlJitter', String(value), RangeError);
    }
    for (const [value, shown] of [
      [null, 'null'],
      [true, 'true'],
      ['0.5', "'0.5'"],
      ['10%', "'10%'"],
      [1n, '1n'],
      [{}, 'an object'],
    ]) {
      assertRefused(() => made('ttlJitter')(value), 'ttlJitter', shown, TypeError);
    }
    for (const value of [0, 0.5, 0.999, -0, undefined]) made('ttlJitter')(value);
  });

  it('new ResultCache refuses a maxWeight that is no integer >= 1', () => {
    for (const [value, shown, kind] of BAD_COUNTS) {
      assertRefused(() => made('maxWeight')(value), 'maxWeight', shown, kind);
    }
    for (const value of [1, 2 ** 31, Number.MAX_SAFE_INTEGER, undefined]) made('maxWeight')(value);
  });

  it('new ResultCache refuses a weigh that is no function', () => {
    for (const [value, shown] of NO_FUNCTIONS) {
      assertRefused(() => new ResultCache({ weigh: value }), 'weigh', shown, TypeError);
    }
    new ResultCache({ weigh: undefined });
  });

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

  it('put refuses a weight of the wrong type with a TypeError, and one out of range with a RangeError', () => {
    for (const [weight] of BAD_WEIGHTS) {
      const cache = new ResultCache({ weigh: () => weight });
      const kind = typeof weight === 'number' ? RangeError : TypeError;
      assert.throws(
        () => cache.put('a', 1),
        (error) => error.constructor === kind,
        String(weight),
      );
    }
  });
});
