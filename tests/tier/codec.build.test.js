import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { bundleOf } from '../support/bundle.js';
import { assertSameGraph } from '../support/same-graph.js';

const { defaultCodec: codec } = await bundleOf('js/tier/codec.ts');

const DEPTH = 100_000;
const textOf = (bytes) => new TextDecoder().decode(bytes);
const copyOf = (value) => codec.decode(codec.encode(value));

function own(name, value) {
  return Object.defineProperty({}, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function sparse(length, items) {
  const array = [];
  array.length = length;
  return Object.assign(array, items);
}

function errorWith(properties, Class = Error) {
  return Object.assign(new Class('a message'), properties);
}

describe('JSON data is written as JSON', () => {
  const shared = {};
  const cases = {
    'an object': { a: 1, b: [true, null, 'text', -1.5e300], c: { d: {} } },
    'an array': [[], [[]], 0],
    'a string': 'text',
    'an empty string': '',
    'a lone surrogate': '\ud800 \udfff',
    'a lone surrogate as a key': { '\ud800': 1 },
    'a NUL': '\0',
    'a number': 0,
    null: null,
    false: false,
    'an own __proto__': own('__proto__', { polluted: true }),
    'a constructor': { constructor: 1, prototype: 2 },
    'indices as keys': { 2: 'b', 1: 'a', name: 'c' },
  };
  for (const [name, value] of Object.entries(cases)) {
    it(`${name} is written as JSON and comes back`, () => {
      assert.equal(textOf(codec.encode(value)), JSON.stringify(value));
      assertSameGraph(copyOf(value), value);
    });
  }

  it('data that JSON would change is not written as JSON', () => {
    for (const value of [
      undefined,
      NaN,
      Infinity,
      -0,
      1n,
      [undefined],
      [-0],
      { a: undefined },
      [, 1],
      [shared, shared],
      Object.create(null),
      { toJSON: 1 },
      new Date(0),
    ]) {
      assert.equal(codec.encode(value)[0], 1);
      assertSameGraph(copyOf(value), value);
    }
  });
});

describe('the codec gives values back', () => {
  const shared = { id: 1 };
  const cycle = { list: [] };
  cycle.list.push(cycle, cycle.list);
  const mapCycle = new Map();
  mapCycle.set(mapCycle, new Set([mapCycle]));
  const errorCycle = new Error('a message');
  errorCycle.cause = errorCycle;
  const pattern = /a+(?<b>\/)/dgimsuy;
  pattern.lastIndex = 3;
  const hiddenName = Object.defineProperty(new Error('x'), 'name', { value: 'AbortError' });
  const withoutMessage = new Error();
  const withHidden = Object.defineProperty({ a: 1 }, 'b', { value: 2 });
  const cases = {
    'numbers that JSON lacks': [NaN, Infinity, -Infinity, -0, 0],
    undefined: { a: undefined, b: [undefined] },
    BigInts: [0n, 1n, -1n, 2n ** 64n, -(2n ** 64n), 10n ** 5_000n],
    Dates: [new Date(0), new Date(-1), new Date(NaN), new Date(8.64e15)],
    Maps: new Map([
      [shared, shared],
      [NaN, -0],
      ['a', new Map()],
    ]),
    Sets: new Set([1, '1', undefined, null, shared, new Set([shared])]),
    RegExps: [/a/, pattern, /[/]\n/, new RegExp('')],
    URLs: [new URL('https://user:p%C3%A4ss@example.com:8080/a%20b?c=d&c=%F0%9F%98%80#e')],
    'boxed primitives': [
      Object(1),
      Object(-0),
      Object('text'),
      Object(''),
      Object(true),
      Object(5n),
    ],
    buffers: [new ArrayBuffer(0), Uint8Array.of(0, 1, 255).buffer],
    'typed arrays': [
      new Int8Array([-1]),
      new Uint8ClampedArray([255]),
      new Uint16Array([1, 2]),
      new Float32Array([1.5, NaN, -0]),
      new Float64Array([Math.PI]),
      new BigInt64Array([-5n]),
      new BigUint64Array([2n ** 63n]),
      new Uint8Array(0),
      new Uint8Array(70_000).fill(7),
    ],
    DataViews: new DataView(Uint8Array.of(1, 2, 3).buffer),
    'sparse arrays': [
      [, 1],
      [1, ,],
      [, ,],
      sparse(3_000, { 1500: 1 }),
      sparse(2 ** 32 - 1, { 4294967294: 'last', 7: 'seventh' }),
      sparse(2 ** 32 - 1),
    ],
    'a null prototype': Object.assign(Object.create(null), { a: Object.create(null) }),
    'a null prototype with __proto__': Object.assign(Object.create(null), own('__proto__', shared)),
    'an own __proto__ next to undefined': [own('__proto__', { a: undefined })],
    'lone surrogates next to undefined': { '\udc00': '\ud800', a: undefined },
    'shared references': [shared, [shared, { shared }]],
    cycles: [cycle, mapCycle],
    errors: [
      errorWith({}),
      errorWith({ code: 'ENOENT', errno: -2, name: 'Renamed' }, RangeError),
      new TypeError('', { cause: { status: 500 } }),
      new SyntaxError('a', { cause: undefined }),
      new AggregateError([new EvalError('b'), 1], 'c'),
      new AggregateError([]),
      new ReferenceError('d'),
      new URIError('e'),
      withoutMessage,
      hiddenName,
      errorCycle,
    ],
    'the text toJSON as a key': { toJSON: 'text' },
  };
  for (const [name, value] of Object.entries(cases)) {
    it(`${name} come back as they were`, () => {
      assertSameGraph(copyOf(value), value);
      assertSameGraph(copyOf([value, { value }])[1].value, value);
    });
  }

  it('values of any depth come back', () => {
    for (const wrap of [
      (inner) => [inner],
      (inner) => ({ inner }),
      (inner) => new Map([[inner, 1]]),
    ]) {
      let value = 'core';
      for (let level = 0; level < DEPTH; level++) value = wrap(value);
      assertSameGraph(copyOf(value), value);
    }
  });

  it('values of another realm come back as values of this one', () => {
    const code = `({ list: [1, , 3], date: new Date(5), map: new Map([[{}, /a/g]]), bytes: new Uint8Array([7]),
      error: new RangeError('x'), big: Object(5n) })`;
    const value = copyOf(runInNewContext(code));
    const { stack } = value.error;
    assertSameGraph(value, {
      list: [1, , 3],
      date: new Date(5),
      map: new Map([[{}, /a/g]]),
      bytes: new Uint8Array([7]),
      error: Object.defineProperty(new RangeError('x'), 'stack', { value: stack }),
      big: Object(5n),
    });
    assert.equal(textOf(codec.encode(runInNewContext('({ a: [1] })'))), '{"a":[1]}');
  });

  it('a view comes back with the bytes of the view only', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    for (const view of [bytes.subarray(2, 4), Buffer.from(bytes).subarray(2, 4)]) {
      const copy = copyOf({ view, a: undefined }).view;
      assert.equal(Object.getPrototypeOf(copy), Uint8Array.prototype);
      assert.deepEqual([...copy], [3, 4]);
      assert.equal(copy.buffer.byteLength, 2);
    }
    assert.deepEqual(
      copyOf(new Uint16Array(bytes.buffer, 2, 2)),
      new Uint16Array([0x0403, 0x0605]),
    );
  });

  it('bytes that are part of a larger buffer are decoded', () => {
    for (const value of [{ a: 1 }, [undefined, new Uint8Array([1, 2]), new Uint32Array([3])]]) {
      const bytes = codec.encode(value);
      const shifted = Buffer.alloc(bytes.length + 9, 1).subarray(3, bytes.length + 3);
      shifted.set(bytes);
      assertSameGraph(codec.decode(shifted), value);
    }
  });

  it('changes to decoded bytes do not reach the bytes that were decoded', () => {
    const bytes = codec.encode(new Uint8Array([1, 2]));
    const before = [...bytes];
    codec.decode(bytes).fill(9);
    assert.deepEqual([...bytes], before);
  });

  it('equal values have equal bytes', () => {
    const make = () => [new Map([[{ a: undefined }, new Set([1n])]]), shared, new Uint8Array([1])];
    assert.deepEqual(codec.encode(make()), codec.encode(make()));
  });

  it('getters are read, and what is not enumerable is left out', () => {
    const value = {
      get a() {
        return { b: undefined };
      },
    };
    assertSameGraph(copyOf(value), { a: { b: undefined } });
    assertSameGraph(
      copyOf({
        get a() {
          return 1;
        },
      }),
      { a: 1 },
    );
    assertSameGraph(copyOf([withHidden, undefined]), [{ a: 1 }, undefined]);
    assertSameGraph(copyOf(Object.freeze({ a: undefined })), { a: undefined });
    const hiddenSymbol = Object.defineProperty({ a: 1 }, Symbol('b'), { value: 2 });
    assertSameGraph(copyOf(hiddenSymbol), { a: 1 });
  });

  it('instances of the Date that a test has put in place of the built-in one come back', () => {
    const original = globalThis.Date;
    globalThis.Date = class extends original {};
    try {
      const value = new globalThis.Date(5);
      for (const given of [value, new original(5)]) {
        const copy = copyOf(given);
        assert.equal(copy.getTime(), 5);
        assert.equal(Object.getPrototypeOf(copy), globalThis.Date.prototype);
      }
    } finally {
      globalThis.Date = original;
    }
  });
});

describe('the codec refuses what it could not give back', () => {
  class Point {
    x = 1;
  }
  const circular = [{}, { list: [() => {}] }];
  const detached = new Uint8Array(8);
  structuredClone(detached, { transfer: [detached.buffer] });
  let deep = [Symbol('deep')];
  for (let level = 0; level < 1_000; level++) deep = [deep];
  const cases = [
    [() => {}, 'value: it is a function'],
    [{ f() {} }, 'value.f: it is a function'],
    [Symbol('a'), 'value: it is a symbol'],
    [{ 'a key': [{ id: Symbol.for('a') }] }, 'value["a key"][0].id: it is a symbol'],
    [{ [Symbol('a')]: 1 }, 'value: it is an object with a symbol as a key'],
    [[undefined, new Point()], 'value[1]: it is an instance of Point'],
    [{ list: [Promise.resolve()] }, 'value.list[0]: it is an instance of Promise'],
    [new WeakMap(), 'value: it is an instance of WeakMap'],
    [new WeakRef({}), 'value: it is an instance of WeakRef'],
    [new ReadableStream(), 'value: it is an instance of ReadableStream'],
    [new Headers(), 'value: it is an instance of Headers'],
    [new (class extends Map {})(), 'value: it is an object with a prototype of its own'],
    [new (class MyError extends Error {})(), 'value: it is an instance of MyError'],
    [new (class MyList extends Array {})(), 'value: it is an instance of MyList'],
    [Object.create({ a: 1 }), 'value: it is an object with a prototype of its own'],
    [new Map([[{ a: () => {} }, 1]]), 'value[0].a: it is a function'],
    [
      new Map([
        [0, 1],
        [2, new Point()],
      ]),
      'value[1]: it is an instance of Point',
    ],
    [new Set([0, new Point()]), 'value[1]: it is an instance of Point'],
    [new Error('a', { cause: new Point() }), 'value.cause: it is an instance of Point'],
    [errorWith({ request: new Point() }), 'value.request: it is an instance of Point'],
    [circular, 'value[1].list[0]: it is a function'],
    ['abc'.match(/b/), 'value: it is an array with further properties'],
    [
      Object.assign(new Date(), { a: 1 }),
      'value: it is an instance of Date with further properties',
    ],
    [
      Object.assign(Object('abc'), { a: 1 }),
      'value: it is an instance of String with further properties',
    ],
    [Object.assign([, 1], { a: 1 }), 'value: it is an array with further properties'],
    [Object.assign([1], { 4294967295: 1 }), 'value: it is an array with further properties'],
    [Object.create(Map.prototype), 'value: it is an instance of Map that cannot be read'],
    [Object.create(Error.prototype), 'value: it is an instance of Error'],
    [Object.create(Array.prototype), 'value: it is an instance of Array'],
    [Object.setPrototypeOf([1], Object.prototype), 'value: it is an instance of Object'],
    [Object.setPrototypeOf(new Date(), Object.prototype), 'value: it is an instance of Object'],
    [Object.setPrototypeOf([1], null), 'value: it is an object with a prototype of its own'],
    [
      Object.assign(/a/, { lastIndex: {} }),
      'value: it is an instance of RegExp that cannot be read',
    ],
    [Math, 'value: it is an instance of Object'],
    [
      (function () {
        return arguments;
      })(1),
      'value: it is an instance of Object',
    ],
    [new SharedArrayBuffer(1), 'value: it is an instance of SharedArrayBuffer'],
    [
      [new Uint8Array(new SharedArrayBuffer(1))],
      'value[0]: it is an instance of Uint8Array that cannot be read',
    ],
    [
      new ArrayBuffer(1, { maxByteLength: 2 }),
      'value: it is an instance of ArrayBuffer that cannot be read',
    ],
    [detached, 'value: it is an instance of Uint8Array that cannot be read'],
  ];
  for (const [value, message] of cases) {
    it(`encode says: ${message}`, () => {
      assert.throws(() => codec.encode(value), {
        name: 'TypeError',
        message: `Cannot encode ${message}`,
      });
    });
  }

  it('a long path is cut to its end', () => {
    assert.throws(
      () => codec.encode(deep),
      ({ message }) => {
        assert.match(message, /^Cannot encode \.\.\.(\[0\])+: it is a symbol$/);
        assert.ok(message.length < 300);
        return true;
      },
    );
  });

  it('the error of a getter or a Proxy comes out of encode', () => {
    const failure = new Error('of the getter');
    const fail = () => {
      throw failure;
    };
    const getter = Object.defineProperty({}, 'a', { get: fail, enumerable: true });
    for (const value of [
      getter,
      [undefined, getter],
      new Proxy({}, { ownKeys: fail }),
      new Proxy([], { getPrototypeOf: fail }),
    ]) {
      assert.throws(
        () => codec.encode(value),
        (error) => error === failure,
      );
    }
  });

  it('values are refused while a library has added toJSON to all arrays', () => {
    Array.prototype.toJSON = () => 'wrong';
    try {
      assert.throws(() => codec.encode([1]), { name: 'TypeError', message: /toJSON/ });
    } finally {
      delete Array.prototype.toJSON;
    }
  });
});
