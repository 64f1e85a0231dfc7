import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { cacheEvents, removals } from '../support/cache-events.js';
import { manualClock } from '../support/manual-clock.js';

const keysOf = (cache) => [...cache.keys()];

/** A cache with the entries `a` (tags x, y), `b` (x), `c` (y) and `d` (none). */
function tagged(options) {
  const cache = new ResultCache(options);
  return cache
    .put('a', 1, { tags: ['x', 'y'] })
    .put('b', 2, { tags: ['x'] })
    .put('c', 3, { tags: ['y'] })
    .put('d', 4);
}

describe('put gives an entry tags', () => {
  for (const name of ['put', 'set']) {
    it(`${name} stores tags, and info has them`, () => {
      const cache = new ResultCache();
      cache[name]('a', 1, { tags: ['x', 'y'] })[name]('b', 2, { ttl: 5, tags: [] });
      cache[name]('c', 3, { tags: undefined })[name]('d', 4);
      assert.deepEqual(
        ['a', 'b', 'c', 'd'].map((key) => cache.info(key).tags),
        [['x', 'y'], [], [], []],
      );
    });

    it(`${name} of a present key replaces its tags`, () => {
      const cache = tagged();
      cache[name]('a', 1, { tags: ['z'] })
        [name]('b', 5)
        [name]('c', 3);
      assert.deepEqual(
        ['a', 'b', 'c'].map((key) => cache.info(key).tags),
        [['z'], [], []],
      );
      assert.equal(cache.invalidateTag('x', 'y'), 0);
      assert.equal(cache.invalidateTag('z'), 1);
      assert.deepEqual(keysOf(cache), ['d', 'b', 'c']);
    });
  }

  it('put keeps the tags that it has checked, of a list that gives others the second time', () => {
    let reads = 0;
    const tags = Object.assign(['x'], {
      *[Symbol.iterator]() {
        yield reads++ === 0 ? 'x' : 5;
      },
    });
    const cache = new ResultCache().put('a', 1, { tags });
    assert.deepEqual(cache.info('a').tags, ['x']);
  });

  it('the tags of an entry are those that the array had at the put', () => {
    const tags = ['x'];
    const cache = new ResultCache().put('a', 1, { tags });
    tags.push('y');
    tags[0] = 'z';
    assert.deepEqual(cache.info('a').tags, ['x']);
    assert.equal(cache.invalidateTag('y', 'z'), 0);
    assert.equal(cache.invalidateTag('x'), 1);
  });

  it('the tags of an entry that went do not pass to the next entry in its place', () => {
    const cache = new ResultCache({ maxSize: 1 }).put('a', 1, { tags: ['x'] }).put('b', 2);
    assert.deepEqual(cache.info('b').tags, []);
    assert.equal(cache.invalidateTag('x'), 0);
    cache.put('c', 3, { tags: ['x'] });
    cache.invalidate('c');
    cache.put('d', 4);
    assert.equal(cache.invalidateTag('x'), 0);
    cache.put('e', 5, { tags: ['x'] });
    cache.clear();
    cache.put('f', 6);
    assert.equal(cache.invalidateTag('x'), 0);
    assert.deepEqual(keysOf(cache), ['f']);
  });
});

describe('invalidateTag removes the entries that have a tag', () => {
  it('invalidateTag removes each entry with the tag, and returns how many were fresh', () => {
    const cache = tagged();
    assert.equal(cache.invalidateTag('x'), 2);
    assert.deepEqual(
      [...cache],
      [
        ['c', 3],
        ['d', 4],
      ],
    );
    assert.equal(cache.invalidateTag('x'), 0);
    assert.equal(cache.invalidateTag('y'), 1);
    assert.deepEqual(keysOf(cache), ['d']);
  });

  it('invalidateTag takes several tags, and counts an entry with two of them once', () => {
    const cache = tagged();
    const left = removals(cache);
    assert.equal(cache.invalidateTag('x', 'y', 'z'), 3);
    assert.deepEqual(keysOf(cache), ['d']);
    assert.deepEqual(left.sort(), [
      ['invalidate', 'a', 1],
      ['invalidate', 'b', 2],
      ['invalidate', 'c', 3],
    ]);
  });

  it('invalidateTag without tags, or with an unknown tag, removes nothing and returns 0', () => {
    const cache = tagged();
    assert.deepEqual([cache.invalidateTag(), cache.invalidateTag('unknown')], [0, 0]);
    assert.deepEqual([cache.expireTag(), cache.expireTag('unknown')], [0, 0]);
    assert.equal(cache.size, 4);
  });

  it('the same tag twice is the tag once, in put and in invalidateTag', () => {
    const cache = new ResultCache().put('a', 1, { tags: ['x', 'x'] });
    const left = removals(cache);
    assert.equal(cache.invalidateTag('x', 'x'), 1);
    assert.deepEqual(left, [['invalidate', 'a', 1]]);
    cache.put('a', 1);
    assert.equal(cache.invalidateTag('x'), 0);
  });

  it('invalidateTag dispatches remove with the reason invalidate, and counts neither evictions nor expirations', () => {
    const cache = tagged();
    const events = cacheEvents(cache);
    const left = removals(cache);
    cache.invalidateTag('x');
    assert.deepEqual(left.sort(), [
      ['invalidate', 'a', 1],
      ['invalidate', 'b', 2],
    ]);
    const { hits, misses, evictions, expirations } = cache.stats;
    assert.deepEqual([events, hits, misses, evictions, expirations], [[], 0, 0, 0, 0]);
  });

  it('invalidateTag removes stale entries, too, and does not count them', () => {
    const clock = manualClock();
    const cache = new ResultCache({ ttl: 10, staleIfError: 60, clock });
    cache.put('stale', 1, { ttl: 1, tags: ['x'] }).put('fresh', 2, { tags: ['x'] });
    const left = removals(cache);
    clock.time = 1_001;
    assert.equal(cache.invalidateTag('x'), 1);
    assert.equal(cache.size, 0);
    assert.deepEqual(left.sort(), [
      ['invalidate', 'fresh', 2],
      ['invalidate', 'stale', 1],
    ]);
  });

  it('an entry past its windows leaves with the reason expire, though invalidateTag finds it', () => {
    for (const way of ['invalidateTag', 'expireTag']) {
      const clock = manualClock();
      const cache = new ResultCache({ ttl: 1, clock }).put('a', 1, { tags: ['x'] });
      const events = cacheEvents(cache);
      const left = removals(cache);
      clock.time = 1_001;
      assert.equal(cache[way]('x'), 0);
      assert.equal(cache.size, 0);
      assert.deepEqual([left, events], [[['expire', 'a', 1]], [['expire', 'a', 1]]]);
    }
  });

  it('a listener of invalidateTag sees the cache without any of the entries, and may put them again', () => {
    const cache = tagged();
    const seen = [];
    cache.addEventListener('remove', ({ key, value }) => {
      seen.push(keysOf(cache).length);
      if (seen.length <= 2) cache.put(`${key}!`, value, { tags: ['x'] });
    });
    assert.equal(cache.invalidateTag('x'), 2);
    assert.deepEqual(seen, [2, 3]);
    assert.equal(cache.invalidateTag('x'), 2);
  });
});

describe('expireTag ends the freshness of the entries that have a tag', () => {
  it('expireTag without windows removes the entries, as invalidateTag does', () => {
    const cache = tagged();
    const left = removals(cache);
    assert.equal(cache.expireTag('x', 'unknown'), 2);
    assert.deepEqual(keysOf(cache), ['c', 'd']);
    assert.equal(cache.size, 2);
    assert.deepEqual(left.sort(), [
      ['invalidate', 'a', 1],
      ['invalidate', 'b', 2],
    ]);
    assert.equal(cache.expireTag('x'), 0);
  });

  it('expireTag with windows makes the entries stale, and returns how many were fresh', () => {
    const clock = manualClock();
    const cache = tagged({ ttl: 60, staleWhileRevalidate: 10, clock });
    const left = removals(cache);
    clock.time = 2_000;
    cache.expire('a');
    assert.equal(cache.expireTag('x', 'y'), 2);
    assert.deepEqual([keysOf(cache), cache.size, left], [['d'], 4, []]);
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((key) => cache.info(key).stale),
      [true, true, true, false],
    );
    assert.deepEqual(cache.info('a').tags, ['x', 'y']);
    assert.equal(cache.expireTag('x'), 0);
    clock.time = 11_998;
    assert.equal(cache.size, 4);
    clock.time = 12_001;
    assert.equal(cache.size, 1);
    assert.deepEqual(
      left.map(([reason]) => reason),
      ['expire', 'expire', 'expire'],
    );
  });

  it('an entry that expireTag made stale keeps its tags for invalidateTag', () => {
    const cache = tagged({ staleIfError: 60 });
    cache.expireTag('x');
    assert.equal(cache.invalidateTag('x'), 0);
    assert.equal(cache.size, 2);
  });
});

describe('a tag is any string but the empty one', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'size', 'a', ' ', '0'];
  it('a tag may have the name of a property of objects, of a key, or any other', () => {
    for (const name of [...names, '\0', '\ud800', 'x'.repeat(10_000)]) {
      const cache = new ResultCache().put('a', 1).put('b', 2, { tags: [name] });
      cache.put('c', 3, { tags: ['other'] });
      assert.deepEqual(cache.info('b').tags, [name]);
      assert.equal(cache.invalidateTag(name), 1);
      assert.deepEqual(keysOf(cache), ['a', 'c']);
      assert.equal(cache.invalidateTag(name), 0);
    }
    assert.equal(new ResultCache().put('a', 1).invalidateTag(...names), 0);
  });

  it('tags that differ in case, in spaces or in Unicode normalization are different', () => {
    const cache = new ResultCache();
    for (const tag of ['é', 'e\u0301', 'E', 'e', ' e']) cache.put(tag, tag, { tags: [tag] });
    assert.equal(cache.invalidateTag('e'), 1);
    assert.deepEqual(keysOf(cache), ['é', 'e\u0301', 'E', ' e']);
  });

  it('an entry may have a thousand tags, and a tag a thousand entries', () => {
    const tags = Array.from({ length: 1_000 }, (_, n) => `tag ${n}`);
    const cache = new ResultCache({ maxSize: 2_000 }).put('many', 1, { tags });
    for (let key = 0; key < 1_000; key++) cache.put(key, key, { tags: ['tag 7'] });
    assert.equal(cache.info('many').tags.length, 1_000);
    assert.equal(cache.invalidateTag('tag 7'), 1_001);
    assert.equal(cache.size, 0);
    assert.equal(cache.invalidateTag(...tags), 0);
  });
});
