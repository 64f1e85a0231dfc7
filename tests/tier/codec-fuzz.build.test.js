import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bundleOf } from '../support/bundle.js';
import { assertSameGraph } from '../support/same-graph.js';

const { defaultCodec: codec } = await bundleOf('js/tier/codec.ts');

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('\ud800', '\udc00', '\0', '"', 'a', '\u2028') }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'NaN', '-0', '1n', 'null', '0'),
);

const anyBytes = fc.uint8Array({ maxLength: 8 });
const leaf = fc.oneof(
  fc.anything({
    maxDepth: 0,
    withBigInt: true,
    withDate: true,
    withTypedArray: true,
    withBoxedValues: true,
  }),
  anyText,
  fc.double(),
  fc.constantFrom(undefined, -0, NaN, 2n ** 70n),
  anyBytes.map(({ buffer }) => buffer),
  anyBytes.map((bytes) => new DataView(bytes.slice().buffer)),
  fc.constantFrom('https://example.com/a?b#c', 'data:,a').map((href) => new URL(href)),
  fc.constantFrom('', 'gi', 'uy').map((flags) => new RegExp('a+|/', flags)),
);

/** Values with holes, shared references and cycles: nodes that refer to each other at random. */
const KINDS = [
  () => [],
  () => ({}),
  () => Object.create(null),
  () => new Map(),
  () => new Set(),
  () => new RangeError('a'),
];
const anyGraph = fc
  .array(
    fc.record({
      kind: fc.nat(KINDS.length - 1),
      parts: fc.array(fc.oneof(leaf, fc.record({ node: fc.nat(9) })), { maxLength: 4 }),
      names: fc.array(anyText, { minLength: 4, maxLength: 4 }),
      gap: fc.oneof(fc.nat(2), fc.constant(50)),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((plan) => {
    const nodes = plan.map(({ kind }) => KINDS[kind]());
    for (const [at, { parts, names, gap }] of plan.entries()) {
      for (const [index, part] of parts.entries()) {
        add(
          nodes[at],
          Object.hasOwn(Object(part), 'node') ? nodes[part.node % nodes.length] : part,
          names[index],
          index * gap,
        );
      }
    }
    return nodes[0];
  });

function add(node, value, name, index) {
  if (Array.isArray(node)) node[index] = value;
  else if (node instanceof Map) node.set(index % 2 ? value : name, value);
  else if (node instanceof Set) node.add(value);
  else
    Object.defineProperty(node, node instanceof Error ? `of ${name}` : name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
}

const anyValue = fc.oneof(
  anyGraph,
  fc.jsonValue(),
  fc.anything({
    key: anyText,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
);

/** Decodes anything, and fails unless it gives a value or throws a TypeError. */
function decodeSafely(bytes) {
  try {
    return codec.decode(bytes);
  } catch (error) {
    assert.equal(Object.getPrototypeOf(error), TypeError.prototype);
    return undefined;
  }
}

const PROTOTYPES = [Object, Array, Map, Set, Date, RegExp, Error, Function, Uint8Array, URL].map(
  (Class) => Class.prototype,
);
const describeAll = () =>
  PROTOTYPES.map((prototype) =>
    Reflect.ownKeys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)]),
  );
const tagged = (text, ...bytes) =>
  Buffer.concat([Buffer.of(1), Buffer.from(text), Buffer.from(bytes)]);

describe('values survive the codec', () => {
  it('any value comes back as it was, also one that is decoded and encoded again', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = codec.encode(value);
        const copy = codec.decode(bytes);
        assertSameGraph(copy, value);
        assert.deepEqual(codec.encode(copy), bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a value comes back as structuredClone gives it back, but for null prototypes', () => {
    const value = fc.anything({
      key: anyText,
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(value, (given) => {
        assertSameGraph(codec.decode(codec.encode(given)), structuredClone(given));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('decode', () => {
  const before = describeAll();

  it('decode throws a TypeError or returns a value for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, isTagged) => {
        if (isTagged) bytes[0] = 1;
        decodeSafely(bytes);
      }),
      { numRuns: 10_000 },
    );
  });

  it('decode throws a TypeError or returns a value for damaged bytes', () => {
    const change = fc.record({
      at: fc.nat(),
      to: fc.oneof(
        fc.nat(255),
        fc.constantFrom(...new TextEncoder().encode('[]{},:"-0123456789n\\')),
      ),
    });
    fc.assert(
      fc.property(
        anyValue,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(2),
        (value, changes, cut, how) => {
          let bytes = codec.encode(value);
          for (const { at, to } of changes) bytes[at % bytes.length] = to;
          if (how === 1) bytes = bytes.subarray(0, cut % bytes.length);
          if (how === 2) bytes = Uint8Array.of(...bytes, ...bytes.subarray(cut % bytes.length));
          decodeSafely(bytes);
        },
      ),
      { numRuns: 4_000 },
    );
  });

  it('decode throws a TypeError or returns a value for any JSON in the tagged format', () => {
    const slot = fc.oneof(
      {
        arbitrary: fc.constantFrom(null, 0, -0, 'a', true, [], [0], [1], ['-0'], ['1n']),
        weight: 9,
      },
      fc.constantFrom([2], [-1], [-99], ['length'], [[0]], {}, [null]),
    );
    const kinds =
      'null Map Set Date URL RegExp Number BigInt Error AggregateError Uint8Array Float64Array ArrayBuffer DataView';
    const kind = fc.oneof(
      { arbitrary: fc.constantFrom(0, ...kinds.split(' ')), weight: 9 },
      fc.constantFrom('Function', 'eval', 'constructor', '__proto__', 'Promise', null, []),
    );
    const record = fc.dictionary(anyText, slot, { maxKeys: 3 });
    const node = fc.oneof(
      record,
      fc
        .tuple(kind, fc.array(fc.oneof(slot, record), { maxLength: 4 }))
        .map(([name, rest]) => [name, ...rest]),
    );
    let values = 0;
    fc.assert(
      fc.property(fc.array(node, { maxLength: 3 }), anyBytes, (nodes, rest) => {
        if (decodeSafely(tagged(JSON.stringify([[0], {}, ...nodes]), 0, ...rest)) !== undefined)
          values += 1;
      }),
      { numRuns: 10_000 },
    );
    assert.ok(values > 100, `${values} were values`);
  });

  it('decode changes no prototype', () => {
    for (const text of [
      '{"__proto__":{"polluted":1}}',
      '[[0],{"__proto__":[1]},{"polluted":1}]',
      '[[0],["null",{"__proto__":[1]}],{"polluted":1}]',
      '[[0],["Error",{"__proto__":[1]},{"__proto__":[1]}],{"polluted":1}]',
      '[[0],{"constructor":[1]},{"prototype":[2]},{"polluted":1}]',
    ]) {
      const value = decodeSafely(text[0] === '{' ? new TextEncoder().encode(text) : tagged(text));
      assert.equal(value.polluted, undefined);
      assert.ok(
        Object.getPrototypeOf(value) === null || PROTOTYPES.includes(Object.getPrototypeOf(value)),
      );
    }
    assert.equal({}.polluted, undefined);
    assert.deepEqual(describeAll(), before);
  });

  const refused = {
    'no bytes': new Uint8Array(),
    'another version': Uint8Array.of(2, 91, 91, 93, 93),
    'no text': Uint8Array.of(1),
    'text that is not UTF-8': Uint8Array.of(34, 0xff, 34),
    'a surrogate in UTF-8': Uint8Array.of(34, 0xed, 0xa0, 0x80, 34),
    'a byte order mark': Uint8Array.of(0xef, 0xbb, 0xbf, 34, 34),
    'JSON that is cut off': new TextEncoder().encode('{"a":1'),
    'JSON that is no list': tagged('{}'),
    'a text instead of a list': tagged('"[0]"'),
    'a short text instead of a list': tagged('"a"'),
    'an empty list': tagged('[]'),
    'a reference to nothing': tagged('[[1],{}]'),
    'a reference to a fraction': tagged('[[0.5],{}]'),
    'a reference by a name': tagged('[["length"],{}]'),
    'a negative reference': tagged('[[-1],{}]'),
    'an object as a slot': tagged('[{}]'),
    'a list as a slot': tagged('[[[0]],{}]'),
    'a null as a node': tagged('[[0],null]'),
    'a number as a node': tagged('[[0],5]'),
    'an unknown class': tagged('[[0],["Promise"]]'),
    'a function of the runtime': tagged('[[0],["eval","1"]]'),
    'a class in a list': tagged('[[0],[["Map"]]]'),
    'a map with a key only': tagged('[[0],["Map",1]]'),
    'a Date of a text': tagged('[[0],["Date","2020"]]'),
    'a Date of an object': tagged('[[1],{},["Date",[0]]]'),
    'a wrong URL': tagged('[[0],["URL","a"]]'),
    'a wrong RegExp': tagged('[[0],["RegExp","(","",0]]'),
    'wrong flags': tagged('[[0],["RegExp","a","xx",0]]'),
    'a RegExp without lastIndex': tagged('[[0],["RegExp","a",""]]'),
    'a RegExp that is too deep': tagged(`[[0],["RegExp","${'('.repeat(100_000)}","",0]]`),
    'a boxed object': tagged('[[1],{},["Number",[0]]]'),
    'a boxed null': tagged('[[0],["Number",null]]'),
    'a number boxed as a text': tagged('[[0],["String",1]]'),
    'a wrong BigInt': tagged('[["0x1n"]]'),
    'a number that JSON has': tagged('[["5"]]'),
    'bytes beyond the end': tagged('[[0],["Uint8Array",2]]', 0, 1),
    'a huge length': tagged('[[0],["Uint8Array",4294967296]]', 0, 1),
    'a negative length': tagged('[[0],["Uint8Array",-1]]', 0, 1),
    'a negative length without bytes': tagged('[[0],["Uint8Array",-1]]'),
    'a fraction of a byte': tagged('[[0],["Uint8Array",0.5]]', 0, 1),
    'a part of an element': tagged('[[0],["Float64Array",7]]', 0, 1, 2, 3, 4, 5, 6, 7),
    'bytes of no object': tagged('[[0],{}]', 0, 1),
    'too many holes': tagged('[[0],[0,[-4294967296]]]'),
    'far too many holes': tagged('[[0],[0,[-1e300],1]]'),
    'a fraction of a hole': tagged('[[0],[0,[-1.5]]]'),
    'holes in an object': tagged('[[0],{"a":[-1]}]'),
    'an error without properties': tagged('[[0],["Error"]]'),
    'a null prototype of a list': tagged('[[0],["null",[]]]'),
  };
  for (const [name, bytes] of Object.entries(refused)) {
    it(`decode refuses ${name}`, () => {
      assert.throws(() => codec.decode(bytes), {
        name: 'TypeError',
        message: 'Cannot decode: the bytes are of another format',
      });
    });
  }

  it('decode refuses values that are no bytes', () => {
    for (const value of [undefined, null, 'text', 5, {}]) {
      assert.throws(() => codec.decode(value), TypeError);
    }
  });

  it('decode reads nested lists of any depth', () => {
    const nested = '['.repeat(200_000) + ']'.repeat(200_000);
    decodeSafely(new TextEncoder().encode(nested));
    assert.equal(decodeSafely(tagged(`[[0],${nested}]`)), undefined);
    assert.equal(decodeSafely(tagged(`[${nested}]`)), undefined);
  });

  it('holes take no memory', () => {
    const text = JSON.stringify([
      [0],
      [
        0,
        ...Array(20_000)
          .fill(0)
          .map((_, index) => [index + 1]),
      ],
      ...Array(20_000).fill([0, [-1_000], 1]),
    ]);
    const before = process.memoryUsage().rss;
    const value = codec.decode(tagged(text));
    assert.equal(value[19_999].length, 1_001);
    const megabytes = (process.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(megabytes < 100, `${megabytes} MB`);
  });
});
