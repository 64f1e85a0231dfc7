import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { nest, ring, same } from '../support/graphs.js';

const { makeKey } = ResultCache;
const LEVELS = 100_000;

describe('makeKey takes values of any depth', () => {
  const wraps = {
    arrays: (inner) => [inner],
    objects: (inner) => ({ a: inner, b: 1 }),
    'null-prototype objects': (inner) => Object.assign(Object.create(null), { a: inner }),
    'map values': (inner) => new Map([['a', inner]]),
    'map keys': (inner) => new Map([[inner, 1]]),
    sets: (inner) => new Set([inner, 1]),
    'symbol properties': (inner) => ({ [Symbol.for('a')]: inner }),
    'additions to dates': (inner) => Object.assign(new Date(0), { inner }),
    mixed: (inner, level) =>
      [[inner], { inner }, new Map([[1, inner]]), new Set([inner])][level % 4],
  };

  for (const [name, wrap] of Object.entries(wraps)) {
    const levels = ['arrays', 'map keys', 'mixed'].includes(name) ? LEVELS : LEVELS / 10;
    it(`makeKey takes a value nested in ${levels} levels of ${name}`, () => {
      const key = makeKey(nest(levels, 'leaf', wrap));
      assert.ok(same(key, makeKey(nest(levels, 'leaf', wrap))));
      assert.ok(!same(key, makeKey(nest(levels, 'leap', wrap))));
      assert.ok(!same(key, makeKey(nest(levels + 1, 'leaf', wrap))));
    });
  }

  it('makeKey distinguishes depths around the limits of the encoding', () => {
    for (const wrap of [wraps.arrays, wraps.objects, wraps.sets]) {
      const keys = Array.from({ length: 210 }, (_, levels) => makeKey(nest(levels, 1, wrap)));
      assert.equal(new Set(keys).size, keys.length);
      const deepest = Array.from({ length: 210 }, (_, levels) => makeKey(nest(levels, 1, wrap), 1));
      assert.equal(new Set([...keys, ...deepest]).size, 2 * keys.length);
    }
  });
});

describe('makeKey takes values of any size', () => {
  it('makeKey takes large flat data', () => {
    const numbers = (last) =>
      Array.from({ length: 1_000_000 }, (_, i) => (i === 999_999 ? last : i));
    assert.ok(same(makeKey(numbers(1)), makeKey(numbers(1))));
    assert.ok(!same(makeKey(numbers(1)), makeKey(numbers(2))));
    const mixed = (last) =>
      Array.from({ length: 300_000 }, (_, i) =>
        i === 299_999 ? last : [i, `${i}`, undefined][i % 3],
      );
    assert.ok(same(makeKey(mixed(1)), makeKey(mixed(1))));
    assert.ok(!same(makeKey(mixed(undefined)), makeKey(mixed(null))));
    const set = (values) => makeKey(new Set(values));
    const some = numbers(-1).slice(-300_000);
    const key = set(some);
    assert.ok(same(key, set([...some].reverse())));
    assert.ok(!same(key, set(some.slice(1))));
    const bytes = new Uint8Array(10_000_000);
    const before = makeKey(bytes);
    bytes[9_999_999] = 1;
    assert.ok(!same(before, makeKey(bytes)));
  });

  it('makeKey distinguishes sizes around the limits of the encoding', () => {
    const lengths = [];
    for (let length = 261_900; length < 262_300; length += 7) lengths.push(length);
    const keys = lengths.flatMap((length) => [
      makeKey('x'.repeat(length), 1),
      makeKey(['x'.repeat(length)]),
      makeKey(new Set(['x'.repeat(length)])),
      makeKey(new Uint8Array(length)),
      makeKey([], 'x'.repeat(length)),
    ]);
    assert.equal(new Set(keys).size, keys.length);
  });

  it('the key of a large set does not depend on its order, around the limits of the encoding', () => {
    for (let length = 262_000; length < 262_200; length += 1) {
      const text = 'x'.repeat(length);
      const list = [text, [], {}, new Map(), 'y'];
      const key = makeKey(new Set(list));
      assert.ok(same(key, makeKey(new Set([...list].reverse()))), `${length}`);
    }
  });

  it('makeKey takes very many objects', () => {
    const rows = (last) =>
      Array.from({ length: 50_000 }, (_, id) => ({ id, name: id === 9 ? last : 'n' }));
    assert.ok(same(makeKey(rows('a')), makeKey(rows('a'))));
    assert.ok(!same(makeKey(rows('a')), makeKey(rows('b'))));
    assert.ok(same(makeKey(new Set(rows('a'))), makeKey(new Set(rows('a').reverse()))));
    assert.ok(!same(makeKey(new Set(rows('a'))), makeKey(new Set(rows('b')))));
    const [first, ...others] = rows('a');
    assert.ok(!same(makeKey([first, ...others]), makeKey([...others, first])));
  });
});

it('makeKey takes a cycle of 100,000 nodes', () => {
  const key = makeKey(ring(LEVELS));
  assert.ok(same(key, makeKey(ring(LEVELS))));
  assert.ok(!same(key, makeKey(ring(LEVELS + 1))));
  const chain = (last) => {
    const nodes = Array.from({ length: LEVELS }, (_, id) => ({
      id: id === LEVELS - 1 ? last : id,
    }));
    for (const [i, node] of nodes.entries()) {
      node.next = nodes[i + 1];
      node.previous = nodes[i - 1];
    }
    return nodes;
  };
  assert.ok(same(makeKey(chain(1)[0]), makeKey(chain(1)[0])));
  assert.ok(!same(makeKey(chain(1)[0]), makeKey(chain(2)[0])));
  const all = makeKey(chain(1));
  assert.ok(same(all, makeKey(chain(1))));
  assert.ok(!same(all, makeKey(chain(2))));
  assert.ok(!same(all, makeKey(chain(1).reverse())));
  assert.ok(same(makeKey(new Set(chain(1))), makeKey(new Set(chain(1).reverse()))));
});

it('makeKey takes a cycle below 100,000 levels', () => {
  for (const wrap of [(inner) => [inner], (inner) => new Set([inner, [inner]])]) {
    const key = makeKey(nest(LEVELS, ring(2), wrap));
    assert.ok(same(key, makeKey(nest(LEVELS, ring(2), wrap))));
    assert.ok(!same(key, makeKey(nest(LEVELS, ring(3), wrap))));
  }
});

describe('makeKey writes shared parts once, at every size', () => {
  it('shared parts have the key of repeated ones at every size', () => {
    const share = (levels) => nest(levels, { x: 1 }, (inner) => [inner, inner]);
    const repeat = (levels) => (levels === 0 ? { x: 1 } : [repeat(levels - 1), repeat(levels - 1)]);
    for (let levels = 0; levels <= 17; levels += 1) {
      assert.ok(same(makeKey(share(levels)), makeKey(repeat(levels))), `${levels}`);
    }
  });
});
