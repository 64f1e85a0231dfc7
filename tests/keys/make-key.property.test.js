import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';

const { makeKey } = ResultCache;
const same = (a, b) => new Map([[a, 1]]).has(b);

/** Arguments next to a value of this depth are encoded as a graph. */
let deep = [];
for (let level = 0; level < 102; level += 1) deep = [deep];

const seeds = [
  makeKey(1, 'a'),
  makeKey({ a: 1 }),
  makeKey([1, , 'b']),
  makeKey(new Map([[1, 2]])),
  makeKey(new Set(['a'])),
  makeKey(deep),
  makeKey(Symbol.for('a')),
  makeKey(new Date(0)),
  makeKey(/a/g),
  makeKey(Object('a')),
  makeKey(new Uint8Array([34, 49])),
  makeKey({ [Symbol.for('a')]: 1n }),
];

/** Text that could confuse an encoding: pieces of real keys, separators, NULs, lone surrogates. */
const trickyText = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('', 'a', 'b', '1', '0', '__proto__', 'raw', 'length', 'constructor'),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...seeds), fc.nat(20), fc.nat(20))
      .map(([key, start, length]) => key.slice(start, start + length)),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.constantFrom(
          '"',
          ':',
          ',',
          '1',
          '2',
          '[',
          ']',
          '{',
          '}',
          '%',
          '|',
          '_',
          '*',
          '^',
          '\0',
          '(',
          '\ud800',
          '\udc00',
          'a',
        ),
        { maxLength: 5 },
      )
      .map((characters) => characters.join('')),
  },
  fc.string({ unit: 'binary', maxLength: 3 }),
);

/** Values that equal only themselves, though they have the prototype and properties of plain objects. */
const disguised = new Set(
  [new Date(1), new Date(2), /a/, Object(1), Object(''), new DataView(new ArrayBuffer(1))].map(
    (value) => Object.assign(Object.setPrototypeOf(value, Object.prototype), { a: 1 }),
  ),
);

const trickyLeaf = fc.oneof(
  fc.constantFrom(...disguised, { a: 1 }),
  trickyText,
  fc.constantFrom(
    0,
    -0,
    1,
    2,
    12,
    -1,
    0.5,
    Number.NaN,
    Infinity,
    -Infinity,
    1e21,
    1e-7,
    255,
    256,
    65536,
  ),
  fc.constantFrom(
    true,
    false,
    null,
    undefined,
    0n,
    1n,
    -1n,
    Symbol.for('a'),
    Symbol.for(''),
    Symbol.iterator,
  ),
  fc.constantFrom(0, 1, Number.NaN).map((time) => new Date(time)),
  fc
    .constantFrom('a', '(?:)', 'a"1:')
    .chain((source) => fc.constantFrom('', 'g', 'gi').map((flags) => new RegExp(source, flags))),
  fc
    .array(fc.constantFrom(0, 1, 34, 49, 58), { maxLength: 4 })
    .chain((bytes) =>
      fc.constantFrom(Uint8Array, Int8Array, Uint8ClampedArray).map((Kind) => new Kind(bytes)),
    ),
  fc.constantFrom(0, 'a', '1', true, 1n).map(Object),
);

const { value: trickyValue } = fc.letrec((tie) => {
  const inner = tie('value');
  const names = fc.oneof(trickyText, fc.constantFrom('a', 'b', 'c'));
  const properties = fc.array(fc.tuple(names, inner), { maxLength: 3 });
  const define = (target, list) => {
    for (const [name, value] of list) {
      Object.defineProperty(target, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return target;
  };
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      trickyLeaf,
      fc.array(inner, { maxLength: 3 }),
      fc.array(fc.option(inner, { nil: tie }), { maxLength: 4 }).map((list) => {
        const holey = new Array(list.length);
        list.forEach((value, index) => {
          if (value !== tie) holey[index] = value;
        });
        return holey;
      }),
      properties.map((list) => define({}, list)),
      properties.map((list) => define(Object.create(null), list)),
      fc
        .array(fc.tuple(fc.constantFrom('a', 'b', 'index'), inner), { maxLength: 2 })
        .map((list) => define([1], list)),
      fc
        .array(fc.tuple(fc.constantFrom(Symbol.for('a'), Symbol.for('b'), 'a'), inner), {
          maxLength: 2,
        })
        .map((list) => define({}, list)),
      fc.array(fc.tuple(inner, inner), { maxLength: 3 }).map((list) => new Map(list)),
      fc.array(inner, { maxLength: 3 }).map((list) => new Set(list)),
    ),
  };
});

const anything = fc.anything({
  key: trickyText,
  maxDepth: 3,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

const anyValue = fc.oneof(trickyValue, trickyValue, anything);

/* Equality, defined a second time without an encoding. */

const kinds = [
  Object,
  Array,
  Date,
  RegExp,
  Map,
  Set,
  Number,
  String,
  Boolean,
  BigInt,
  Symbol,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

function equal(a, b) {
  if (typeof a !== typeof b) return false;
  if (typeof a !== 'object' || a === null || b === null) return a === b || Object.is(a, b);
  if (disguised.has(a) || disguised.has(b)) return a === b;
  const prototype = Object.getPrototypeOf(a);
  if (prototype !== Object.getPrototypeOf(b)) return false;
  const kind = prototype === null ? null : kinds.find((known) => known.prototype === prototype);
  if (kind === undefined) return a === b;
  switch (kind) {
    case Date:
      if (!Object.is(a.getTime(), b.getTime())) return false;
      break;
    case RegExp:
      if (String(a) !== String(b) || a.lastIndex !== b.lastIndex) return false;
      break;
    case Number:
    case String:
    case Boolean:
    case BigInt:
    case Symbol:
      if (!equal(a.valueOf(), b.valueOf())) return false;
      break;
    case Array:
      if (a.length !== b.length) return false;
      break;
    case Map:
      if (
        !matches([...a], [...b], (one, other) => equal(one[0], other[0]) && equal(one[1], other[1]))
      )
        return false;
      break;
    case Set:
      if (!matches([...a], [...b], equal)) return false;
      break;
    default:
      if (ArrayBuffer.isView(a)) return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
  }
  const names = own(a);
  return (
    names.length === own(b).length &&
    names.every(
      (name) => Object.prototype.propertyIsEnumerable.call(b, name) && equal(a[name], b[name]),
    )
  );
}

function own(value) {
  return Reflect.ownKeys(value).filter((name) =>
    Object.prototype.propertyIsEnumerable.call(value, name),
  );
}

/** Whether the lists have the same items equally often, in any order. */
function matches(list, others, isSame) {
  if (list.length !== others.length) return false;
  const left = [...others];
  return list.every((item) => {
    const place = left.findIndex((other) => isSame(item, other));
    if (place !== -1) left.splice(place, 1);
    return place !== -1;
  });
}

/* Copies, and copies with one thing changed. */

function randomFrom(seed) {
  let state = seed | 1;
  return (count) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
}

function shuffled(list, random) {
  const result = [...list];
  for (let place = result.length - 1; place > 0; place -= 1) {
    const other = random(place + 1);
    [result[place], result[other]] = [result[other], result[place]];
  }
  return result;
}

/** Copies everything, with properties, members and entries in another order, and some equal parts shared. */
function copy(value, random, made = []) {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'string')
      return [...Array(value.length).keys()].map((i) => value[i]).join('');
    return Object.is(value, -0) || value === 0 ? [0, -0][random(2)] : value;
  }
  if (disguised.has(value)) return value;
  if (random(2) === 0) {
    const known = made.find((other) => equal(other, value));
    if (known !== undefined) return known;
  }
  const prototype = Object.getPrototypeOf(value);
  let result;
  let names = own(value);
  if (Array.isArray(value)) result = new Array(value.length);
  else if (prototype === null) result = Object.create(null);
  else if (prototype === Object.prototype) result = {};
  else if (value instanceof Date) result = new Date(value.getTime());
  else if (value instanceof RegExp) result = new RegExp(value.source, value.flags);
  else if (value instanceof Map) {
    result = new Map(
      shuffled(value, random).map(([key, item]) => [copy(key, random, made), unshared(item)]),
    );
    // Two equal keys that became one object would make one entry.
    if (result.size !== value.size) {
      result = new Map([...value].map(([key, item]) => [unshared(key), unshared(item)]));
    }
  } else if (value instanceof Set) {
    result = new Set(shuffled(value, random).map(unshared));
  } else if (ArrayBuffer.isView(value)) return new value.constructor(value);
  else if ([Number, String, Boolean, BigInt, Symbol].some((Box) => prototype === Box.prototype)) {
    result = Object(value.valueOf());
    names = names.filter((name) => !Object.hasOwn(result, name));
  } else return value;
  for (const name of shuffled(names, random)) {
    Object.defineProperty(result, name, {
      value: copy(value[name], random, made),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  if (random(8) === 0 && [Array.prototype, Object.prototype, null].includes(prototype)) {
    result = new Proxy(result, {});
  }
  made.push(result);
  return result;

  function unshared(item) {
    return copy(item, random, []);
  }
}

/** A copy with a small difference in one random place, or with none. */
function mutate(value, random) {
  const choices = [];
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && Array.isArray(value)) {
    choices.push(
      () => [...value, undefined],
      () => [value],
      () => value.slice(1),
      () => [...value].reverse(),
      () => Object.assign([...value], { a: 1 }),
      () => new Array(value.length + 1),
      () => ({ ...value }),
      () => new Set(value),
      () => value.flat(),
      () => value.map((item, index) => (index === 0 ? mutate(item, random) : item)),
      () => value.map((item, index) => (index === value.length - 1 ? mutate(item, random) : item)),
    );
  } else if (value instanceof Map) {
    choices.push(
      () => new Map([...value].map(([key, item]) => [key, mutate(item, random)])),
      () => new Map([...value].map(([key, item]) => [mutate(key, random), item])),
      () => new Map([...value].map(([key, item]) => [item, key])),
      () => new Map([...value].map(([key], index) => [key, [...value.values()].at(index - 1)])),
      () => new Set(value),
      () => new Set([...value.keys()]),
    );
  } else if (value instanceof Set) {
    choices.push(
      () => new Set([...value].map((item) => mutate(item, random))),
      () => new Set([...value].slice(1)),
      () => new Set([...value, {}]),
      () => [...value],
      () => new Map([...value].map((item) => [item, item])),
    );
  } else if (
    isObject &&
    own(value).length > 0 &&
    !ArrayBuffer.isView(value) &&
    !disguised.has(value)
  ) {
    const names = own(value);
    const chosen = names[random(names.length)];
    const without = () => {
      const result = copy(value, random);
      delete result[chosen];
      return result;
    };
    const add = (name, item) =>
      Object.defineProperty(without(), name, {
        value: item,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    if (Object.getOwnPropertyDescriptor(value, chosen).configurable) {
      choices.push(
        without,
        () => add(chosen, mutate(value[chosen], random)),
        () => add('a', value[chosen]),
        () => add(chosen, undefined),
        () => Object.assign(Object.create(null), value),
      );
    }
  } else if (typeof value === 'string') {
    choices.push(
      () => `${value},`,
      () => value.slice(1),
      () => Symbol.for(value),
      () => Number(value),
      () => Object(value),
      () => [...value],
      () => `"${value.length}:${value}`,
      () => ({ [value]: value }),
    );
  } else if (typeof value === 'number') {
    choices.push(
      () => String(value),
      () => value + 1,
      () => new Date(value),
      () => Object(value),
      () => -value,
    );
  } else if (ArrayBuffer.isView(value) && !disguised.has(value)) {
    choices.push(
      () => value.buffer,
      () => new DataView(value.buffer),
      () => value.slice(1),
      () => [...value],
    );
  }
  choices.push(
    () => [value],
    () => undefined,
    () => ({ a: value }),
    () => copy(value, random),
  );
  return choices[random(choices.length)]();
}

function assertAgreement(a, b) {
  const expected = equal(a, b);
  assert.equal(same(makeKey(a), makeKey(b)), expected, 'alone');
  assert.equal(same(makeKey(a, 1), makeKey(b, 1)), expected, 'next to another');
  assert.equal(same(makeKey(a, deep), makeKey(b, deep)), expected, 'as a graph');
}

describe('keys are equal exactly for equal values', () => {
  it('a copy of a value has an equal key', () => {
    fc.assert(
      fc.property(anyValue, fc.integer(), (value, seed) => {
        const other = copy(value, randomFrom(seed));
        assert.ok(equal(value, other), 'the copy');
        assertAgreement(value, other);
      }),
      { numRuns: 10_000 },
    );
  });

  it('a value that nearly equals another has a different key', () => {
    let differences = 0;
    fc.assert(
      fc.property(anyValue, fc.integer(), (value, seed) => {
        const random = randomFrom(seed);
        const other = mutate(value, random);
        if (!equal(value, other)) differences += 1;
        assertAgreement(value, other);
        assert.equal(same(makeKey([value, other]), makeKey([other, value])), equal(value, other));
      }),
      { numRuns: 10_000 },
    );
    assert.ok(differences > 5_000);
  });

  it('each pair of many values has equal keys exactly if the values are equal', () => {
    fc.assert(
      fc.property(fc.array(trickyValue, { minLength: 15, maxLength: 15 }), (values) => {
        const keys = values.map((value) => makeKey([value]));
        for (let one = 0; one < values.length; one += 1) {
          for (let other = 0; other < one; other += 1) {
            assert.equal(keys[one] === keys[other], equal(values[one], values[other]));
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('lists of arguments have equal keys exactly if they are equal', () => {
    const list = fc.array(fc.oneof(trickyText, trickyLeaf), { maxLength: 4 });
    const separator = fc.constantFrom(
      '',
      '"',
      '""',
      '","',
      ',"',
      ',',
      '"1:',
      '"0:',
      '1:',
      '}{',
      '][',
    );
    fc.assert(
      fc.property(list, list, fc.nat(4), separator, (args, others, cut, between) => {
        assert.equal(same(makeKey(...args), makeKey(...others)), equal(args, others));
        const split = [args.slice(0, cut), args.slice(cut)];
        assert.ok(!same(makeKey(...args), makeKey(...split)));
        const joined = [
          ...args.slice(0, cut),
          args
            .slice(cut, cut + 2)
            .map(String)
            .join(between),
          ...args.slice(cut + 2),
        ];
        const expected = equal(args, joined);
        assert.equal(same(makeKey(...args), makeKey(...joined)), expected);
        assert.equal(same(makeKey(args), makeKey(joined)), expected);
        assert.equal(same(makeKey({ args }), makeKey({ args: joined })), expected);
        const names = (strings) =>
          makeKey(Object.fromEntries(strings.map((name) => [String(name), 'a'])));
        const asNames = (strings) => [...new Set(strings.map(String))].sort();
        assert.equal(same(names(args), names(joined)), equal(asNames(args), asNames(joined)));
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('keys of graphs with cycles are equal exactly for equal graphs', () => {
  /** Nodes that refer to each other at random; `kind` of each: array, object or map. */
  const graph = fc.integer({ min: 1, max: 5 }).chain((count) =>
    fc.array(
      fc.record({
        kind: fc.nat(2),
        label: fc.nat(1),
        edges: fc.array(fc.nat(count - 1), { maxLength: 3 }),
      }),
      { minLength: count, maxLength: count },
    ),
  );

  function build(plan) {
    const nodes = plan.map(({ kind }) => [[], {}, new Map()][kind]);
    plan.forEach(({ label, edges }, index) => {
      const node = nodes[index];
      [label, ...edges.map((edge) => nodes[edge])].forEach((item, place) => {
        if (Array.isArray(node)) node.push(item);
        else if (node instanceof Map) node.set(place, item);
        else node[place] = item;
      });
    });
    return nodes;
  }

  const itemsOf = (node) => (node instanceof Map ? [...node.values()] : Object.values(node));

  /** Walks both graphs in parallel. They are equal without a difference (`isExact`: in sharing, too). */
  function walksAlike(a, b, isExact) {
    const partners = new Map();
    const back = new Map();
    const queue = [[a, b]];
    for (const [one, other] of queue) {
      if (typeof one !== 'object' || typeof other !== 'object') {
        if (one !== other) return false;
        continue;
      }
      const met = partners.get(one);
      if (met?.has(other)) continue;
      if (isExact && (met !== undefined || back.has(other))) return false;
      if (met === undefined) partners.set(one, new Set([other]));
      else met.add(other);
      back.set(other, one);
      const items = itemsOf(one);
      const others = itemsOf(other);
      if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
      if (items.length !== others.length) return false;
      for (const [index, item] of items.entries()) queue.push([item, others[index]]);
    }
    return true;
  }

  it('graphs have equal keys for equal wiring, and different keys if a walk can distinguish them', () => {
    fc.assert(
      fc.property(graph, graph, fc.nat(4), (plan, otherPlan, change) => {
        const [one] = build(plan);
        assert.ok(same(makeKey(one), makeKey(structuredClone(one))));
        const near = plan.map((node, index) =>
          index === change % plan.length
            ? { ...node, edges: node.edges.map((e) => (e + 1) % plan.length) }
            : node,
        );
        for (const other of [build(otherPlan)[0], build(near)[0]]) {
          const isEqual = same(makeKey(one), makeKey(other));
          if (walksAlike(one, other, true)) assert.ok(isEqual, 'equal wiring');
          if (isEqual) assert.ok(walksAlike(one, other, false), 'a walk tells them apart');
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('the key of a graph entered in several places depends only on the arguments', () => {
    fc.assert(
      fc.property(graph, fc.nat(4), (plan, place) => {
        const nodes = build(plan);
        const node = nodes[place % nodes.length];
        const key = makeKey(nodes[0], node);
        assert.ok(same(key, makeKey(build(plan)[0], node)));
        assert.ok(same(key, makeKey(nodes[0], structuredClone(node))));
        assert.ok(same(makeKey(new Set(nodes)), makeKey(new Set([...build(plan)].reverse()))));
      }),
      { numRuns: 5_000 },
    );
  });
});
