import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { ResultCache } from 'holdfast';

const { makeKey } = ResultCache;
const same = (a, b) => new Map([[a, 1]]).has(b);

/** Deep enough that it and the arguments next to it are encoded as a graph. */
const deep = nest(150, 0, (inner) => [inner]);

function nest(levels, leaf, wrap) {
  let value = leaf;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

/** The places of a value: alone, among others, nested, and in the encoding of deep arguments. */
const places = [
  ['alone', (value) => makeKey(value)],
  ['next to another', (value) => makeKey('x', value)],
  ['in an array', (value) => makeKey([value])],
  ['in an object', (value) => makeKey({ p: value })],
  ['in a Map', (value) => makeKey(new Map([[value, value]]))],
  ['in a Set', (value) => makeKey(new Set([value]))],
  ['next to a deep one', (value) => makeKey(value, deep)],
  ['inside a deep one', (value) => makeKey(nest(150, value, (inner) => [inner]))],
];

function assertSame(a, b, note = '') {
  for (const [place, keyOf] of places) assert.ok(same(keyOf(a()), keyOf(b())), `${note} ${place}`);
}

function assertDifferent(a, b, note = '') {
  for (const [place, keyOf] of places) assert.ok(!same(keyOf(a()), keyOf(b())), `${note} ${place}`);
}

/** A function that returns what `make` made once. */
function once(make) {
  const value = make();
  return () => value;
}

class Point {
  constructor(x) {
    this.x = x;
  }
}

function hide(target, name, value) {
  return Object.defineProperty(target, name, { value, configurable: true });
}

function tag(strings) {
  return strings;
}

const foreign = vm.createContext({});

describe('a single primitive argument is its own key', () => {
  it('a single primitive argument is its own key, unchanged', () => {
    for (const value of [0, 1.5, Number.NaN, '', 'x', '(', 1n, true, false, null, undefined]) {
      assert.ok(same(makeKey(value), value), String(value));
    }
  });

  it('a string that could imitate a composite key, or a symbol, is not its own key', () => {
    for (const value of ['\0', '\0(', makeKey(1, 2), makeKey({}), makeKey([]), makeKey(deep)]) {
      assert.ok(!same(makeKey(value), value));
      assert.ok(same(makeKey(value), makeKey(`${value}`)));
    }
    for (const symbol of [Symbol('s'), Symbol.for('s'), Symbol.iterator]) {
      assert.equal(typeof makeKey(symbol), 'string');
    }
  });
});

describe('the arguments count', () => {
  it('the number and the order of arguments are part of the key', () => {
    const lists = [
      [],
      [undefined],
      [undefined, undefined],
      [null],
      [[]],
      [[undefined]],
      [[], []],
      [[[]]],
      [1, 2],
      [2, 1],
      [12],
      ['1', 2],
      ['12'],
      ['1', '2'],
      ['', '12'],
      ['12', ''],
      ['1,', 2],
      ['a', 'b'],
      ['a"1:b'],
      ['a""b'],
      ['a","b'],
      ['a,"b'],
      ['', ''],
      ['""'],
      ['","'],
      [',"'],
      ['a', 1],
      ['a1,'],
      ['a', 'b1,'],
      ['a', 'b', 1],
      [[1], 2],
      [[1, 2]],
      [{ 0: 1, 1: 2 }],
      [{ a: 1 }, { b: 2 }],
      [{ a: 1, b: 2 }],
      [{ a: { b: 2 } }],
      [{ a: '1:b2,' }],
    ];
    for (const extra of [[], [deep]]) {
      const keys = lists.map((list) => makeKey(...list, ...extra));
      assert.equal(new Set(keys).size, lists.length);
      assert.deepEqual(
        lists.map((list) => makeKey(...list, ...extra)),
        keys,
      );
    }
  });
});

describe('values of different types have different keys', () => {
  it('makeKey never mistakes one type for another', () => {
    const bytes = [0, 0, 0, 0, 0, 0, 0, 0];
    const values = [
      0,
      '0',
      0n,
      false,
      null,
      undefined,
      '',
      'null',
      'undefined',
      'NaN',
      Number.NaN,
      'false',
      [],
      {},
      Object.create(null),
      new Map(),
      new Set(),
      [0],
      [undefined],
      new Array(1),
      [null],
      ['0'],
      { 0: 0 },
      { length: 0 },
      new Set([0]),
      new Set(['0']),
      new Map([[0, 0]]),
      [[0, 0]],
      new Set([[0, 0]]),
      Object(0),
      Object('0'),
      Object(0n),
      Object(false),
      Object(''),
      Object(Symbol.for('0')),
      Symbol.for('0'),
      new Date(0),
      new Date(Number.NaN),
      '1970',
      new Date(0).toISOString(),
      /0/,
      /0/g,
      '/0/',
      new URL('http://0/'),
      'http://0.0.0.0/',
      new URLSearchParams('0=0'),
      new URLSearchParams([
        ['0', '0'],
        ['0', '0'],
      ]),
      '0=0',
      new Headers({ 0: '0' }),
      new Headers(),
      { 0: '0' },
      new Headers([
        ['0', '0'],
        ['a', '0'],
      ]),
      new ArrayBuffer(8),
      new DataView(new ArrayBuffer(8)),
      new Int8Array(8),
      new Uint8Array(8),
      new Uint8ClampedArray(8),
      new Int16Array(4),
      new Uint16Array(4),
      new Int32Array(2),
      new Uint32Array(2),
      new Float32Array(2),
      new Float64Array(1),
      new BigInt64Array(1),
      new BigUint64Array(1),
      bytes,
      Buffer.from(bytes),
      new ArrayBuffer(0),
      new Uint8Array(0),
      new ArrayBuffer(8, { maxByteLength: 16 }),
      new ArrayBuffer(8, { maxByteLength: 32 }),
      new SharedArrayBuffer(8),
      new Uint8Array(new SharedArrayBuffer(8)),
      () => {},
      class {},
      Symbol('0'),
      new Error('0'),
      Promise.resolve(0),
      new WeakMap(),
      AbortSignal.abort(),
      new Point(0),
      Math,
      JSON,
      Reflect,
      globalThis,
      Object.prototype,
      Array.prototype,
      Date.prototype,
      Point.prototype,
      Map.prototype,
      Error.prototype,
    ];
    for (const [place, keyOf] of places) {
      const seen = new Map();
      for (const value of values) {
        const key = keyOf(value);
        assert.ok(!seen.has(key), `${place}: ${String(seen.get(key)?.name)}`);
        seen.set(key, { name: Object.prototype.toString.call(value) });
        assert.ok(same(keyOf(value), key), place);
      }
    }
  });
});

const equalPairs = {
  NaN: [() => Number.NaN, () => 0 / 0],
  '-0': [() => 0, () => -0],
  'strings however they were built': [() => 'ab\ud800', () => ['a', 'b', '\ud800'].join('')],
  'long strings': [() => 'x'.repeat(1000), () => 'xx'.repeat(500)],
  'lone surrogates': [() => '\ud800\udc00', () => String.fromCharCode(0xd800, 0xdc00)],
  'property order': [() => ({ a: 1, b: 2, 1: 3 }), () => ({ b: 2, 1: 3, a: 1 })],
  'order of many properties': [
    () => Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i])),
    () => Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${39 - i}`, 39 - i])),
  ],
  'symbol property order': [
    () => ({ [Symbol.for('a')]: 1, [Symbol.for('b')]: 2 }),
    () => ({ [Symbol.for('b')]: 2, [Symbol.for('a')]: 1 }),
  ],
  'hidden properties': [() => hide({ a: 1 }, 'b', 2), () => ({ a: 1 })],
  'hidden symbol properties': [() => hide({ a: 1 }, Symbol.for('b'), 2), () => ({ a: 1 })],
  'an own toStringTag that is a property': [
    () => ({ [Symbol.toStringTag]: 'Date' }),
    () => ({ [Symbol.toStringTag]: 'Date' }),
  ],
  dates: [() => new Date(5), () => new Date(5)],
  'invalid dates': [() => new Date(Number.NaN), () => new Date('no')],
  'regular expressions': [() => /a\/b/gi, () => new RegExp('a/b', 'ig')],
  URLs: [() => new URL('http://a/b'), () => new URL('http://a/c/../b')],
  headers: [
    () => new Headers({ A: '1', b: '2' }),
    () =>
      new Headers([
        ['B', '2'],
        ['a', '1'],
      ]),
  ],
  'map order': [
    () =>
      new Map([
        [1, 2],
        ['a', {}],
      ]),
    () =>
      new Map([
        ['a', {}],
        [1, 2],
      ]),
  ],
  'map with object keys': [
    () =>
      new Map([
        [{ a: 1 }, 1],
        [{ a: 2 }, 2],
        [{ a: 1 }, 3],
      ]),
    () =>
      new Map([
        [{ a: 1 }, 3],
        [{ a: 1 }, 1],
        [{ a: 2 }, 2],
      ]),
  ],
  'set order': [() => new Set([1, '1', [1], { a: 1 }]), () => new Set([{ a: 1 }, [1], '1', 1])],
  'NaN and -0 as map keys': [
    () =>
      new Map([
        [Number.NaN, 1],
        [-0, 2],
      ]),
    () =>
      new Map([
        [0, 2],
        [0 / 0, 1],
      ]),
  ],
  'bytes wherever they lie': [
    () => new Uint16Array([1, 2]),
    () => new Uint16Array(new Uint16Array([0, 1, 2, 3]).buffer, 2, 2),
  ],
  'views wherever they lie': [
    () => new DataView(new Uint8Array([1, 2]).buffer),
    () => new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1, 2),
  ],
  boxed: [() => Object('a'), () => new String('a')],
  'registered symbols': [() => Symbol.for('a'), () => Symbol.for('a')],
  'boxed registered symbols': [() => Object(Symbol.for('a')), () => Object(Symbol.for('a'))],
  'sparse arrays': [() => [, 1, , , 2, ,], () => Object.assign(new Array(6), { 1: 1, 4: 2 })],
  'vast sparse arrays': [
    () => Object.assign(new Array(2 ** 32 - 1), { 4294967293: 1 }),
    () => Object.assign(new Array(2 ** 32 - 1), { 4294967293: 1 }),
  ],
  'long flat arrays': [
    () => Array.from({ length: 100 }, (_, i) => [i, -0, `${i}`, true, null][i % 5]),
    () => Array.from({ length: 100 }, (_, i) => [i, 0, `${i}`, true, null][i % 5]),
  ],
  'match arrays': [() => /b(?<n>c)/.exec('abc'), () => /b(?<n>c)/.exec('abc')],
  templates: [() => tag`a\n`, () => tag`a\n`],
  'plain objects of another realm': [
    () => vm.runInContext('({ a: 1, b: [2] })', foreign),
    () => ({ a: 1, b: [2] }),
  ],
  'proxies of plain data': [() => new Proxy({ a: [1] }, {}), () => ({ a: new Proxy([1], {}) })],
  'a shared and a repeated part': [
    () => {
      const part = { a: [1] };
      return [part, part, new Map([[part, part]])];
    },
    () => [{ a: [1] }, { a: [1] }, new Map([[{ a: [1] }, { a: [1] }]])],
  ],
  '__proto__ as a property': [
    () => JSON.parse('{"__proto__":1}'),
    () => JSON.parse('{"__proto__":1}'),
  ],
};

const differentPairs = {
  'a missing and an undefined property': [() => ({}), () => ({ a: undefined })],
  'plain and null prototype': [
    () => ({ a: 1 }),
    () => Object.assign(Object.create(null), { a: 1 }),
  ],
  '__proto__ as a property': [() => JSON.parse('{"__proto__":1}'), () => ({})],
  '__proto__ as a property, null prototype': [
    () => JSON.parse('{"__proto__":null}'),
    () => Object.create(null),
  ],
  'names and values': [() => ({ a: 'b' }), () => ({ b: 'a' })],
  'moved nesting': [() => ({ a: { b: 1 }, c: 1 }), () => ({ a: { b: 1, c: 1 } })],
  'string and symbol names': [() => ({ a: 1 }), () => ({ [Symbol.for('a')]: 1 })],
  'registered and other symbols': [() => Symbol.for('a'), () => Symbol('a')],
  'symbol values': [() => ({ [Symbol.for('a')]: 1 }), () => ({ [Symbol.for('a')]: 2 })],
  'number of symbol properties': [
    () => ({ [Symbol.for('a')]: 1 }),
    () => ({ [Symbol.for('a')]: 1, [Symbol.for('b')]: undefined }),
  ],
  'hole and undefined': [() => [, 1], () => [undefined, 1]],
  'hole at the end': [() => [1, ,], () => [1]],
  'holes moved': [() => [, 1, , 2], () => [, , 1, 2]],
  'holes in a long array': [
    () => Object.assign(new Array(100), { 50: 1 }),
    () => Object.assign(new Array(100), { 51: 1 }),
  ],
  'hole made up for by a property': [() => Object.assign([, 1], { a: 1 }), () => [undefined, 1]],
  'hole made up for in a long array': [
    () => Object.assign([...new Array(49).fill(1), , 1], { a: 1 }),
    () => [...new Array(49).fill(1), undefined, 1],
  ],
  'hole made up for by an equal property of a long array': [
    () => Object.assign([...new Array(49).fill(1), , 1], { a: 1 }),
    () => new Array(51).fill(1),
  ],
  'index-like names of a sparse array': [
    () => Object.assign([1, , 3], { '01': 5 }),
    () => Object.assign([1, , 3], { '1.0': 5 }),
  ],
  'property of an array': [() => Object.assign([1], { a: 1 }), () => [1]],
  'property of an empty array': [() => Object.assign([], { a: 1 }), () => []],
  'property of a long array': [
    () => Object.assign(new Array(50).fill(1), { a: 1 }),
    () => new Array(50).fill(1),
  ],
  'symbol property of an array': [() => Object.assign([1], { [Symbol.for('a')]: 1 }), () => [1]],
  'symbol property of a long array': [
    () => Object.assign(new Array(50).fill(1), { [Symbol.for('a')]: 1 }),
    () => new Array(50).fill(1),
  ],
  'index-like names of an array': [
    () => Object.assign([1], { '01': 1 }),
    () => Object.assign([1], { 1: 1 }),
  ],
  'match index': [() => /b/.exec('ab'), () => /b/.exec('b')],
  'match groups': [() => /b/.exec('ab'), () => ['b']],
  'raw strings': [
    () => tag`a\n`,
    () => tag`a
`,
  ],
  'template and array': [() => tag`a`, () => ['a']],
  'long arrays': [
    () => Array.from({ length: 100 }, (_, i) => i),
    () => Array.from({ length: 100 }, (_, i) => (i === 99 ? '99' : i)),
  ],
  'NaN and null in long arrays': [
    () => new Array(50).fill(Number.NaN),
    () => new Array(50).fill(null),
  ],
  'infinity and null in long arrays': [
    () => new Array(50).fill(Infinity),
    () => new Array(50).fill(null),
  ],
  'undefined and null in long arrays': [
    () => new Array(50).fill(undefined),
    () => new Array(50).fill(null),
  ],
  'surrogates in long arrays': [
    () => new Array(50).fill('\ud800'),
    () => new Array(50).fill('\\ud800'),
  ],
  dates: [() => new Date(5), () => new Date(6)],
  'property of a date': [() => Object.assign(new Date(5), { a: 1 }), () => new Date(5)],
  source: [() => /a/, () => /b/],
  flags: [() => /a/g, () => /a/y],
  'all flags': [() => /a/dgimsuy, () => /a/gimsuy],
  'source and flags': [() => /a"1:g/, () => /a/g],
  lastIndex: [() => /a/g, () => Object.assign(/a/g, { lastIndex: 1 })],
  'lastIndex that is no number': [
    () => Object.assign(/a/g, { lastIndex: '1' }),
    () => Object.assign(/a/g, { lastIndex: 1 }),
  ],
  'URL fragments': [() => new URL('http://a/#b'), () => new URL('http://a/')],
  'property of a URL': [
    () => Object.assign(new URL('http://a/'), { a: 1 }),
    () => new URL('http://a/'),
  ],
  'search parameter order': [
    () => new URLSearchParams('a=1&b=2'),
    () => new URLSearchParams('b=2&a=1'),
  ],
  'search parameter separators': [
    () => new URLSearchParams([['a', '1&b=2']]),
    () => new URLSearchParams('a=1&b=2'),
  ],
  'header values': [() => new Headers({ a: '1' }), () => new Headers({ a: '2' })],
  'header names and values': [() => new Headers({ a: 'bc' }), () => new Headers({ ab: 'c' })],
  cookies: [
    () =>
      new Headers([
        ['set-cookie', 'a'],
        ['set-cookie', 'b'],
      ]),
    () => new Headers([['set-cookie', 'a, b']]),
  ],
  'map pairs': [
    () =>
      new Map([
        [1, 2],
        [3, 4],
      ]),
    () =>
      new Map([
        [1, 4],
        [3, 2],
      ]),
  ],
  'map pairs of objects': [
    () =>
      new Map([
        [{}, 1],
        [{ a: 1 }, 2],
      ]),
    () =>
      new Map([
        [{}, 2],
        [{ a: 1 }, 1],
      ]),
  ],
  'map keys and values': [() => new Map([[1, 2]]), () => new Map([[2, 1]])],
  'map undefined': [() => new Map([[1, undefined]]), () => new Map()],
  'equal members of a set': [() => new Set([{}, {}]), () => new Set([{}])],
  'equal keys of a map': [
    () =>
      new Map([
        [{}, 1],
        [{}, 1],
      ]),
    () => new Map([[{}, 1]]),
  ],
  'set nesting': [() => new Set([new Set([1]), 2]), () => new Set([new Set([1, 2])])],
  'property of a map': [() => Object.assign(new Map(), { a: 1 }), () => new Map()],
  'property of a set': [() => Object.assign(new Set(), { a: 1 }), () => new Set()],
  'property and entry': [() => Object.assign(new Map(), { a: 1 }), () => new Map([['a', 1]])],
  bytes: [() => new Uint8Array([1, 2]), () => new Uint8Array([2, 1])],
  'many bytes': [() => new Uint8Array(20000), () => new Uint8Array(20000).fill(1, 19999)],
  'many bytes in the middle': [
    () => new Uint8Array(20000),
    () => new Uint8Array(20000).fill(1, 8191, 8193),
  ],
  'zeros in a float array': [() => new Float32Array([0]), () => new Float32Array([-0])],
  'byte lengths': [() => new ArrayBuffer(1), () => new ArrayBuffer(2)],
  'boxed and not': [() => Object(1), () => 1],
  'where boxed values are': [
    () => ({ p: { a: Object(0), q: 1 } }),
    () => ({ p: { a: 0 }, q: Object(1) }),
  ],
  'boxed values': [() => Object('a'), () => Object('b')],
  'property of a boxed string': [() => Object.assign(Object('a'), { b: 1 }), () => Object('a')],
  'index property of a boxed string': [
    () => Object.assign(Object('a'), { 1: 'b' }),
    () => Object('ab'),
  ],
  'property of a boxed number': [() => Object.assign(Object(1), { b: 1 }), () => Object(1)],
  'arguments and objects': [
    () =>
      (function () {
        return arguments;
      })(1),
    () => ({ 0: 1 }),
  ],
  'arguments with a tag': [
    () =>
      (function () {
        arguments[Symbol.toStringTag] = 'Object';
        return arguments;
      })(1),
    () => ({ 0: 1, [Symbol.toStringTag]: 'Object' }),
  ],
  'arguments without iterator': [
    () =>
      (function () {
        delete arguments[Symbol.iterator];
        return arguments;
      })(1),
    () => ({ 0: 1 }),
  ],
  'date with another prototype': [
    () => Object.setPrototypeOf(new Date(0), Object.prototype),
    () => ({}),
  ],
  'array with another prototype': [
    () => Object.setPrototypeOf([1], Object.prototype),
    () => ({ 0: 1 }),
  ],
  'array without prototype': [
    () => Object.setPrototypeOf([1], null),
    () => Object.assign(Object.create(null), { 0: 1 }),
  ],
};

for (const place of [0, 8191, 8192, 8193, 16383, 16384, 16385, 19999]) {
  differentPairs[`byte ${place}`] = [
    () => new Uint8Array(20000),
    () => new Uint8Array(20000).fill(1, place, place + 1),
  ];
}

describe('makeKey compares values by structure', () => {
  for (const [name, [one, other]] of Object.entries(equalPairs)) {
    it(`makeKey returns equal keys for equal structure: ${name}`, () => {
      assertSame(one, other, name);
      assertSame(other, one, name);
    });
  }

  for (const [name, [one, other]] of Object.entries(differentPairs)) {
    it(`makeKey returns different keys for different structure: ${name}`, () => {
      assertDifferent(one, other, name);
      const value = once(one);
      assertSame(value, value, name);
    });
  }
});

describe('makeKey compares some values by identity', () => {
  const makers = {
    functions: () => () => {},
    classes: () => class {},
    symbols: () => Symbol('a'),
    'boxed symbols': () => Object(Symbol('a')),
    instances: () => new Point(1),
    'instances of a class without prototype chain': () => Object.create(Object.create(null)),
    promises: () => Promise.resolve(1),
    signals: () => new AbortController().signal,
    errors: () => new Error('a'),
    'shared memory': () => new SharedArrayBuffer(1),
    'views of shared memory': () => new Uint8Array(new SharedArrayBuffer(1)),
    'data views of shared memory': () => new DataView(new SharedArrayBuffer(1)),
    'weak collections': () => new WeakMap(),
    iterators: () => [].values(),
    generators: () => (function* () {})(),
    blobs: () => new Blob(['a']),
    forms: () => new FormData(),
    requests: () => new Request('http://a/'),
    'buffers of Node': () => Buffer.from('a'),
    arguments: () =>
      (function () {
        return arguments;
      })(1),
    'proxies of functions': () => new Proxy(() => {}, {}),
    'proxies of dates': () => new Proxy(new Date(0), {}),
    'proxies of maps': () => new Proxy(new Map(), {}),
    'emptied buffers': () => {
      const buffer = new ArrayBuffer(1);
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    },
    ...Object.fromEntries(
      [
        [Array, 1],
        [Date, 0],
        [RegExp, 'a'],
        [Map],
        [Set],
        [URL, 'http://a'],
        [URLSearchParams],
        [Headers],
        [ArrayBuffer, 1],
        [Uint8Array, 1],
        [Number, 1],
        [String, 'a'],
        [Object],
        [DataView, new ArrayBuffer(1)],
      ].map(([Base, ...args]) => [
        `subclass of ${Base.name}`,
        () => new (class extends Base {})(...args),
      ]),
    ),
    ...Object.fromEntries(
      [
        Array,
        Date,
        RegExp,
        Map,
        Set,
        URL,
        URLSearchParams,
        Headers,
        ArrayBuffer,
        DataView,
        Uint8Array,
        Float64Array,
        Number,
        String,
        Boolean,
        Symbol,
        BigInt,
        Promise,
        Error,
      ].map(({ name, prototype }) => [
        `only the prototype of ${name}`,
        () => Object.create(prototype),
      ]),
    ),
    'typed array with the prototype of another kind': () =>
      Object.setPrototypeOf(new Uint8Array(4), Int8Array.prototype),
    'something with a tag': () => ({
      __proto__: { [Symbol.toStringTag]: 'Map' },
    }),
    'instances in the way of Array': () => ({ __proto__: [] }),
    'arrays with the methods of a class': () =>
      Object.setPrototypeOf(
        [1],
        class {
          concat() {}
        }.prototype,
      ),
    'arrays with a prototype that is an array': () => Object.setPrototypeOf([], []),
  };

  for (const [name, make] of Object.entries(makers)) {
    it(`makeKey compares by identity: ${name}`, () => {
      assertDifferent(make, make, name);
      const value = once(make);
      assertSame(value, value, name);
    });
  }

  it('makeKey distinguishes namespaces, prototypes and globals from plain objects', async () => {
    const module = await import('node:path');
    const empty = await import('data:text/javascript,');
    for (const value of [module, empty, Math, JSON, Reflect, Intl, Atomics, globalThis]) {
      assertDifferent(
        once(() => value),
        () => ({ ...value }),
      );
    }
    for (const value of [Point.prototype, Date.prototype, class {}.prototype]) {
      assertDifferent(
        once(() => value),
        () => ({}),
      );
    }
    assertDifferent(
      () => Object.prototype,
      () => Object.create(null),
    );
    assertDifferent(
      () => vm.runInContext('Object.prototype', foreign),
      () => Object.create(null),
    );
  });

  it('makeKey does not confuse an identity with a number or a string', () => {
    const object = new Point(1);
    const [number] = /\d+/.exec(makeKey(object, 1));
    for (const value of [
      Number(number),
      number,
      `@${number},`,
      [Number(number)],
      { '@': number },
    ]) {
      assertDifferent(
        () => object,
        () => value,
      );
    }
  });

  it('keys keep no value alive', async () => {
    v8.setFlagsFromString('--expose-gc');
    const collect = vm.runInNewContext('gc');
    const keys = [];
    const makersOf = [
      () => () => {},
      () => new Point(1),
      () => ({ a: 1 }),
      () => [new Point(1)],
      () => nest(200, new Point(1), (inner) => [inner]),
      () => {
        const ring = [new Point(1)];
        ring.push(ring);
        return ring;
      },
    ];
    const references = makersOf.map((make) => {
      const value = make();
      keys.push(makeKey(value), makeKey(value, 1));
      return new WeakRef(value);
    });
    const symbolReference = (() => {
      const symbol = Symbol('s');
      keys.push(makeKey(symbol), makeKey([symbol]));
      return new WeakRef(symbol);
    })();
    for (let round = 0; round < 20; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
    }
    assert.deepEqual(
      [...references, symbolReference].map((reference) => reference.deref()),
      new Array(makersOf.length + 1).fill(undefined),
    );
    assert.equal(new Set(keys).size, keys.length);
  });
});

describe('makeKey calls no overridden methods', () => {
  const bomb = () => {
    throw new Error('called');
  };
  const forEachHidden = (value, names) => {
    for (const name of names) hide(value, name, bomb);
    return value;
  };
  const spoofed = {
    map: () => [
      forEachHidden(new Map([[1, 2]]), [
        'entries',
        'forEach',
        'keys',
        'get',
        'size',
        Symbol.iterator,
      ]),
      new Map([[1, 2]]),
    ],
    set: () => [
      forEachHidden(new Set([1]), ['values', 'forEach', 'size', Symbol.iterator]),
      new Set([1]),
    ],
    date: () => [
      forEachHidden(new Date(1), [
        'getTime',
        'valueOf',
        'toJSON',
        'toISOString',
        Symbol.toPrimitive,
      ]),
      new Date(1),
    ],
    regexp: () => [forEachHidden(/a/g, ['source', 'flags', 'global', 'toString', 'exec']), /a/g],
    url: () => [
      forEachHidden(new URL('http://a/'), ['href', 'toString', 'toJSON']),
      new URL('http://a/'),
    ],
    parameters: () => [
      forEachHidden(new URLSearchParams('a=1'), [
        'toString',
        'entries',
        'forEach',
        Symbol.iterator,
      ]),
      new URLSearchParams('a=1'),
    ],
    headers: () => [
      forEachHidden(new Headers({ a: '1' }), ['entries', 'forEach', Symbol.iterator]),
      new Headers({ a: '1' }),
    ],
    bytes: () => [
      forEachHidden(new Uint8Array([1]), [
        'buffer',
        'length',
        'byteLength',
        'byteOffset',
        'subarray',
      ]),
      new Uint8Array([1]),
    ],
    buffer: () => [forEachHidden(new ArrayBuffer(2), ['byteLength', 'slice']), new ArrayBuffer(2)],
    array: () => [forEachHidden([1, 2], ['map', 'forEach', 'toJSON', Symbol.iterator]), [1, 2]],
    'long array': () => [
      forEachHidden(new Array(50).fill(1), ['toJSON', Symbol.iterator]),
      new Array(50).fill(1),
    ],
    object: () => [forEachHidden({ a: 1 }, ['toJSON', 'valueOf', 'toString']), { a: 1 }],
    boxed: () => [
      forEachHidden(Object('a'), ['valueOf', 'toString', Symbol.iterator]),
      Object('a'),
    ],
  };

  for (const [name, make] of Object.entries(spoofed)) {
    it(`makeKey ignores overridden methods of ${name}`, () => {
      const [one, other] = make();
      assertSame(
        () => one,
        () => other,
      );
    });
  }

  it('makeKey ignores a toJSON method of Array.prototype', () => {
    const list = (item) => Array.from({ length: 50 }, () => item);
    hide(Array.prototype, 'toJSON', () => 'nothing');
    try {
      assertDifferent(
        () => list(1),
        () => list(2),
      );
      assertSame(
        () => list(1),
        () => list(1),
      );
    } finally {
      delete Array.prototype.toJSON;
    }
  });
});

describe('makeKey passes on errors of getters and proxies', () => {
  it('an error thrown by a getter or a proxy reaches the caller of makeKey', () => {
    const problem = new Error('mine');
    const bad = {
      get a() {
        throw problem;
      },
    };
    const traps = ['ownKeys', 'getPrototypeOf', 'get', 'getOwnPropertyDescriptor'];
    const proxies = traps.map(
      (trap) =>
        new Proxy(
          { a: 1 },
          {
            [trap]() {
              throw problem;
            },
          },
        ),
    );
    for (const value of [bad, ...proxies]) {
      for (const [place, keyOf] of places) {
        assert.throws(
          () => keyOf(value),
          (error) => error === problem,
          place,
        );
      }
    }
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.throws(() => makeKey(proxy), TypeError);
  });

  it('an error that a getter throws only the first time reaches the caller of makeKey', () => {
    let calls = 0;
    const bad = {
      get a() {
        calls += 1;
        if (calls === 1) throw new Error('once');
        return calls;
      },
    };
    assert.throws(() => makeKey(bad), /once/);
    assert.equal(calls, 1);
  });

  it('a makeKey call that throws changes no later key', () => {
    const before = makeKey({ a: [1] }, 2);
    const bad = {
      get a() {
        throw new Error('mine');
      },
    };
    assert.throws(() => makeKey(new Set([[{ b: bad }]]), deep));
    assert.equal(makeKey({ a: [1] }, 2), before);
  });

  it('makeKey calls of a getter do not change the key being made', () => {
    const value = () => ({
      get a() {
        makeKey(deep, new Set([1, [2]]));
        return makeKey({ b: 1 });
      },
      b: [1],
    });
    assertSame(value, () => ({ a: makeKey({ b: 1 }), b: [1] }));
  });
});
