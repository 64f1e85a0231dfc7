import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';

const { makeKey } = ResultCache;

/** Objects from a list of labels and links; a link is an index. */
function build(nodes) {
  const objects = nodes.map(({ label }) => [label]);
  for (const [index, { links }] of nodes.entries()) {
    for (const link of links) objects[index].push(objects[link]);
  }
  return objects;
}

function ring(length, contentOf = () => ({})) {
  const nodes = Array.from({ length }, (_, index) => contentOf(index));
  for (const [index, node] of nodes.entries()) node.next = nodes[(index + 1) % length];
  return nodes;
}

/* Equality without an encoding: cycles correspond node by node, other values by content. */

/** The nodes that each node can reach. */
function reachOf(nodes) {
  return nodes.map((_, start) => {
    const reached = new Set();
    const open = [start];
    for (const index of open) {
      for (const link of nodes[index].links) {
        if (!reached.has(link)) {
          reached.add(link);
          open.push(link);
        }
      }
    }
    return reached;
  });
}

function equal(nodes, reach, one, other) {
  const [there, back] = [new Map([[one, other]]), new Map([[other, one]])];
  for (const [a, b] of there) {
    const [from, to] = [nodes[a], nodes[b]];
    if (from.label !== to.label || from.links.length !== to.links.length) return false;
    for (const [index, c] of from.links.entries()) {
      const d = to.links[index];
      const isInside = reach[c].has(one);
      if (isInside !== reach[d].has(other)) return false;
      if (!isInside) {
        if (!equal(nodes, reach, c, d)) return false;
      } else if (!there.has(c) && !back.has(d)) {
        there.set(c, d);
        back.set(d, c);
      } else if (there.get(c) !== d || back.get(d) !== c) return false;
    }
  }
  return true;
}

describe('makeKey compares cycles node by node', () => {
  const graph = fc.integer({ min: 1, max: 9 }).chain((size) =>
    fc.array(
      fc.record({
        label: fc.nat(1),
        links: fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 2 }),
      }),
      { minLength: size, maxLength: size },
    ),
  );
  /** Two rings with one pattern each, and chords: similar graphs that are not equal. */
  const patterned = fc
    .tuple(
      fc.array(fc.nat(1), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(3),
    )
    .map(([pattern, times, chord]) => {
      const size = pattern.length * times;
      const ringOf = (start) =>
        Array.from({ length: size }, (_, index) => ({
          label: pattern[index % pattern.length],
          links: [(index + 1) % size, ...(chord > 0 ? [(index + chord) % size] : [])].map(
            (link) => link + start,
          ),
        }));
      return [...ringOf(0), ...ringOf(size)];
    });

  it('makeKey returns equal keys exactly for cycles that correspond node by node', () => {
    let cycles = 0;
    fc.assert(
      fc.property(fc.oneof(graph, patterned), (nodes) => {
        const reach = reachOf(nodes);
        const keys = build(nodes).map((object) => makeKey(object, 1));
        const lists = build(nodes).map((_, one) => makeKey(build(nodes)[one], build(nodes)[0]));
        const objects = build(nodes);
        for (const [one, node] of nodes.entries()) {
          if (reach[one].has(one) && node.links.length > 1) cycles += 1;
          // Outside a cycle, sharing of equal parts does not count.
          assert.equal(makeKey(objects[one], objects[0]), lists[one]);
          for (let other = 0; other < one; other += 1) {
            assert.equal(
              keys[one] === keys[other],
              equal(nodes, reach, one, other),
              `${one} and ${other}`,
            );
          }
        }
        assert.equal(makeKey(new Set(objects)), makeKey(new Set(build(nodes).reverse())));
      }),
      { numRuns: 500 },
    );
    assert.ok(cycles > 500);
  });

  it('the key of a large cycle does not depend on where and how often it is entered', () => {
    for (const contentOf of [
      () => ({}),
      (id) => ({ id }),
      (id) => ({ id: id % 3 }),
      (id) => ({ id: id === 7 }),
    ]) {
      const size = 999;
      const nodes = ring(size, contentOf);
      const [first, second] = [nodes[5], nodes[500]];
      const key = makeKey(first, second);
      assert.equal(makeKey(ring(size, contentOf)[5], ring(size, contentOf)[500]), key);
      assert.equal(
        makeKey(new Set(nodes.slice(0, 400))),
        makeKey(new Set(ring(size, contentOf).slice(0, 400).reverse())),
      );
      assert.equal(makeKey(nodes), makeKey(ring(size, contentOf)));
      assert.notEqual(makeKey(nodes), makeKey(ring(size - 3, contentOf)));
    }
    const identified = ring(999, (id) => ({ id }));
    assert.notEqual(
      makeKey(identified[5], identified[500]),
      makeKey(identified[500], identified[5]),
    );
  });

  it('the length of a key is linear in the nodes of many separate cycles', () => {
    for (const [size, contentOf] of [
      [256, () => ({})],
      [256, (index) => ({ bit: (index * index) % 7 < 3 })],
      [16, () => ({})],
      [2, () => ({})],
    ]) {
      const rings = (count) =>
        Array.from({ length: count }, (_, id) => {
          const nodes = ring(size, contentOf);
          nodes[0].id = id;
          return nodes;
        });
      const few = makeKey(rings(10)).length;
      const many = makeKey(rings(100));
      assert.ok(few < 10 * size * 60, `${few} characters`);
      assert.ok(many.length < 12 * few, `${many.length} characters`);
      assert.equal(many, makeKey(rings(100)));
      assert.notEqual(many, makeKey(rings(100).reverse()));
    }
  });

  it('makeKey reads the values of a cycle once, even if its nodes are alike', () => {
    let reads = 0;
    const nodes = ring(3_000, (index) =>
      Object.defineProperty({}, 'bit', {
        enumerable: true,
        get() {
          reads += 1;
          return index % 5 === 0 || index % 7 === 0;
        },
      }),
    );
    makeKey(nodes);
    assert.ok(reads <= 2 * nodes.length, `${reads} reads`);
  });
});

describe('a key of very many small parts is short', () => {
  it('very many small parts take a few characters each in the key', () => {
    const count = 100_000;
    for (const make of [() => [], () => ({}), () => new Set(), () => [[]], () => ({ a: [1] })]) {
      const parts = Array.from({ length: count }, make);
      const key = makeKey(parts);
      assert.ok(key.length < 30 * count, `${key.length} characters`);
      parts[count - 1] = [1];
      assert.notEqual(key, makeKey(parts));
    }
  });

  it('keys of very many parts differ if one part in the middle differs', () => {
    const list = (special, place) => {
      const parts = Array.from({ length: 100_000 }, () => []);
      parts[place] = special;
      return parts;
    };
    const keys = [[], {}, [[]], [0], ['0'], new Set(), new Map(), null, '[0:'].flatMap((special) =>
      [70_000, 70_001].map((place) => makeKey(list(special, place))),
    );
    // An empty array equals the others in both places.
    assert.equal(new Set(keys).size, keys.length - 1);
  });

  it('shared and repeated parts have equal keys around the length from which parts are written once', () => {
    for (let length = 100; length < 150; length += 3) {
      const part = () => [['x'.repeat(length)], 'y'.repeat(length), { a: [length] }];
      const one = part();
      const far = 'x'.repeat(300_000);
      const key = makeKey([one, one, new Set([one])], far);
      assert.equal(key, makeKey([part(), part(), new Set([part()])], far));
      assert.notEqual(key, makeKey([part(), part(), part()], far));
    }
  });
});

describe('an object may have very many properties', () => {
  const COUNT = 150_000;
  const objectOf = (nameOf, last = 1) => {
    const object = {};
    for (let index = 0; index < COUNT; index += 1)
      object[nameOf(index)] = index < COUNT - 1 ? index : last;
    return object;
  };
  const own = Array.from({ length: COUNT }, (_, index) => Symbol(index));
  const nameOfs = {
    symbols: (index) => own[index],
    'registered symbols': (index) => Symbol.for(`many ${index}`),
    names: (index) => `name ${index}`,
    indices: (index) => index,
  };
  for (const [name, nameOf] of Object.entries(nameOfs)) {
    it(`an object with very many ${name} has a key`, () => {
      assert.notEqual(makeKey(objectOf(nameOf)), makeKey(objectOf(nameOf, 2)));
    });
  }
});
