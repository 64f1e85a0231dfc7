import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache } from 'holdfast';
import { nest, ring, same } from '../support/graphs.js';

const { makeKey } = ResultCache;

describe('makeKey writes shared parts once', () => {
  const pair = (inner) => [inner, inner];

  it('shared parts that unfold to 2^100 nodes make a short key', () => {
    const key = makeKey(nest(100, 'leaf', pair));
    assert.ok(key.length < 10_000);
    assert.ok(same(key, makeKey(nest(100, 'leaf', pair))));
    assert.ok(!same(key, makeKey(nest(100, 'leap', pair))));
    assert.ok(!same(key, makeKey(nest(101, 'leaf', pair))));
    const copied = nest(100, 'leaf', (inner) =>
      [inner, structuredClone(inner)].slice(0, 1).concat([inner]),
    );
    assert.ok(same(key, makeKey(copied)));
  });

  it('shared parts of every kind make a short key, 60 levels deep', () => {
    const kinds = [
      (inner) => ({ a: inner, b: inner }),
      (inner) => new Map([[inner, inner]]),
      (inner) => new Set([inner, [inner]]),
      (inner) => [[inner], inner, [inner]],
    ];
    const keys = kinds
      .flatMap((wrap) => [nest(60, 1, wrap), nest(60, 2, wrap)])
      .map((v) => makeKey(v));
    assert.equal(new Set(keys).size, keys.length);
    for (const key of keys) assert.ok(key.length < 20_000);
  });

  it('shared long strings and buffers are in the key once', () => {
    const text = 'x'.repeat(1_000_000);
    const bytes = new Uint8Array(1_000_000);
    for (const part of [text, bytes, { [text]: text }]) {
      const key = makeKey(new Array(2_000).fill(part));
      assert.ok(key.length < 5_000_000);
      assert.ok(!same(key, makeKey(new Array(2_001).fill(part))));
    }
    const key = makeKey(...new Array(2_000).fill(text));
    assert.ok(key.length < 5_000_000);
    assert.ok(!same(key, makeKey(...new Array(2_001).fill(text))));
    const copies = (last) => [...Array.from({ length: 19 }, () => bytes.slice()), last];
    assert.ok(same(makeKey(copies(bytes)), makeKey(new Array(20).fill(bytes))));
    assert.ok(!same(makeKey(copies(new Int8Array(1_000_000))), makeKey(new Array(20).fill(bytes))));
  });

  it('parts that are wired differently have different keys', () => {
    const far = nest(150, 0, (inner) => [inner]);
    const a = () => [1];
    const b = () => [2];
    const values = [
      [
        [a(), b()],
        [a(), b()],
      ],
      [
        [a(), b()],
        [b(), a()],
      ],
      [
        [a(), a()],
        [b(), b()],
      ],
      [
        [b(), a()],
        [a(), b()],
      ],
      [[a()], [b()], [a()], [b()]],
      [[a(), b(), a(), b()]],
      new Map([
        [a(), b()],
        [b(), a()],
      ]),
      new Map([
        [a(), a()],
        [b(), b()],
      ]),
      new Set([
        [a(), b()],
        [b(), a()],
      ]),
      new Set([
        [a(), a()],
        [b(), b()],
      ]),
      new Set([
        [a(), b()],
        [a(), b()],
      ]),
      new Set([a(), b()]),
      new Set([a(), a(), b()]),
      new Set([a(), b(), b()]),
    ];
    assert.equal(new Set(values.map((value) => makeKey(value))).size, values.length);
    assert.equal(new Set(values.map((value) => makeKey(value, far))).size, values.length);
  });
});

describe('makeKey takes cycles', () => {
  const shapes = {
    'an array in itself': () => ring(1),
    'a ring of two': () => ring(2),
    'a ring of three': () => ring(3),
    'a ring of 100': () => ring(100),
    'an object in itself': () => ring(1, (next) => ({ next })),
    'a ring of two objects': () => ring(2, (next) => ({ next })),
    'a ring of an object and an array': () =>
      ring(
        2,
        (next) => [next],
        (next) => ({ next }),
      ),
    'a way into a ring': () => [ring(1)],
    'a longer way into a ring': () => [[ring(1)]],
    'a way into a ring of two': () => [ring(2)],
    'an array twice in itself': () => {
      const node = [];
      node.push(node, node);
      return node;
    },
    'an array in itself, with 1': () => {
      const node = [1];
      node.push(node);
      return node;
    },
    'an array in itself, with 2': () => {
      const node = [2];
      node.push(node);
      return node;
    },
    'an array in itself, before 1': () => {
      const node = [];
      node.push(node, 1);
      return node;
    },
    'two crossed': () => {
      const one = [1];
      const two = [2];
      one.push(one, two);
      two.push(one, two);
      return one;
    },
    'two crossed otherwise': () => {
      const one = [1];
      const two = [2];
      one.push(two, one);
      two.push(one, two);
      return one;
    },
    'two crossed, from the other': () => {
      const one = [1];
      const two = [2];
      one.push(one, two);
      two.push(one, two);
      return two;
    },
    'a map that is its own key': () => {
      const map = new Map();
      return map.set(map, 1);
    },
    'a map that is its own value': () => {
      const map = new Map();
      return map.set(1, map);
    },
    'a map that is both': () => {
      const map = new Map();
      return map.set(map, map);
    },
    'a set in itself': () => {
      const set = new Set();
      return set.add(set);
    },
    'a set in itself, with more': () => {
      const set = new Set(['a', { b: 1 }]);
      return set.add(set);
    },
    'a cyclic map key': () => new Map([[ring(1), 1]]),
    'a longer cyclic map key': () => new Map([[ring(2), 1]]),
    'a cyclic map value': () => new Map([[1, ring(1)]]),
    'a date that knows itself': () => {
      const date = new Date(0);
      return Object.assign(date, { date });
    },
    'a tree that knows its parents': () => {
      const root = { children: [] };
      for (let id = 0; id < 3; id += 1) root.children.push({ id, parent: root });
      return root;
    },
    'a tree that knows its parents, otherwise numbered': () => {
      const root = { children: [] };
      for (let id = 1; id < 4; id += 1) root.children.push({ id, parent: root });
      return root;
    },
    'a chain linked both ways': () => {
      const nodes = Array.from({ length: 5 }, (_, id) => ({ id }));
      for (const [i, node] of nodes.entries()) {
        node.next = nodes[i + 1];
        node.previous = nodes[i - 1];
      }
      return nodes[0];
    },
    'a chain linked both ways, from its end': () => {
      const nodes = Array.from({ length: 5 }, (_, id) => ({ id }));
      for (const [i, node] of nodes.entries()) {
        node.next = nodes[i + 1];
        node.previous = nodes[i - 1];
      }
      return nodes[4];
    },
    'two rings': () => [ring(2), ring(3)],
    'two rings turned round': () => [ring(3), ring(2)],
    'a ring in a ring': () => {
      const inner = ring(2);
      const outer = [inner];
      outer.push(outer);
      return outer;
    },
  };

  it('cycles have different keys if their shapes differ', () => {
    const seen = new Map();
    for (const [name, make] of Object.entries(shapes)) {
      const key = makeKey(make());
      assert.ok(!seen.has(key), `${name} and ${seen.get(key)}`);
      seen.set(key, name);
      assert.ok(same(key, makeKey(make())), name);
      if (!name.includes('date')) assert.ok(same(key, makeKey(structuredClone(make()))), name);
      assert.ok(!same(key, makeKey(make(), 1)), name);
      assert.ok(same(makeKey(make(), [make()]), makeKey(make(), [make()])), name);
    }
  });

  it('the arguments around a cycle are part of the key', () => {
    const one = ring(2);
    assert.ok(same(makeKey(one, 1), makeKey(structuredClone(one), 1)));
    assert.ok(!same(makeKey(one, 1), makeKey(one, 2)));
    assert.ok(!same(makeKey(1, one), makeKey(one, 1)));
    assert.ok(same(makeKey(one, one), makeKey(one, structuredClone(one))));
  });

  it('the key of a cycle is the same from wherever it is entered', () => {
    const nodes = (count) => {
      const list = Array.from({ length: count }, (_, id) => ({ id }));
      for (const [i, node] of list.entries()) node.next = list[(i + 1) % count];
      return list;
    };
    for (const count of [2, 3, 10, 200]) {
      const list = nodes(count);
      const [one, two] = list;
      const key = makeKey(one, two);
      assert.ok(same(key, makeKey(one, structuredClone(two))), `${count}`);
      assert.ok(same(key, makeKey(structuredClone(one), two)), `${count}`);
      assert.ok(!same(key, makeKey(two, one)), `${count}`);
      assert.ok(!same(key, makeKey(one, one)), `${count}`);
      assert.ok(same(makeKey([[one], two]), makeKey([[nodes(count)[0]], nodes(count)[1]])));
      assert.ok(same(makeKey(new Set(list)), makeKey(new Set(nodes(count).reverse()))), `${count}`);
      assert.ok(!same(makeKey(list), makeKey(nodes(count).reverse())), `${count}`);
    }
    const many = nodes(1000);
    assert.ok(same(makeKey(many), makeKey(structuredClone(many))));
    assert.ok(same(makeKey(new Set(many)), makeKey(new Set(nodes(1000).reverse()))));
    assert.ok(!same(makeKey(many), makeKey(nodes(1000).reverse())));
    const turned = nodes(1000);
    turned.push(turned.shift());
    assert.ok(!same(makeKey(many), makeKey(turned)));
  });

  it('cycles in sets and maps do not make their order count', () => {
    const members = () => [ring(1), ring(2), ring(3), [ring(1)], { a: ring(2) }, 'a', [1]];
    const key = makeKey(new Set(members()));
    assert.ok(same(key, makeKey(new Set(members().reverse()))));
    const twisted = members();
    twisted.push(twisted.shift());
    assert.ok(same(key, makeKey(new Set(twisted))));
    assert.ok(!same(key, makeKey(new Set(members().slice(1)))));
    const entries = () => members().map((member, index) => [member, index]);
    assert.ok(same(makeKey(new Map(entries())), makeKey(new Map(entries().reverse()))));
    const swapped = members().map((member, index) => [member, 6 - index]);
    assert.ok(!same(makeKey(new Map(entries())), makeKey(new Map(swapped))));
  });

  it('the order of members of a set in a cycle does not count for members outside the cycle', () => {
    const make = (...members) => {
      const set = new Set(members);
      return set.add({ set });
    };
    assert.ok(same(makeKey(make(1, 'a', [2])), makeKey(make([2], 1, 'a'))));
    assert.ok(!same(makeKey(make(1, 'a', [2])), makeKey(make([3], 1, 'a'))));
  });

  it('sharing counts inside a cycle', () => {
    const make = (parts) => {
      const node = [...parts];
      for (const part of parts) part.push(node);
      return node;
    };
    const part = [];
    const shared = make([part]);
    shared.push(part);
    assert.ok(!same(makeKey(shared), makeKey(make([[], []]))));
  });
});
