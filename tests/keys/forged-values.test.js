import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { ResultCache } from 'holdfast';

const { makeKey } = ResultCache;

/** A value so deep that arguments with it are encoded as a graph. */
let deep = [];
for (let level = 0; level < 102; level += 1) deep = [deep];

const encodings = [
  (value) => makeKey(value),
  (value) => makeKey([value]),
  (value) => makeKey(value, deep),
];

function assertDifferent(one, other, note) {
  for (const keyOf of encodings) assert.notEqual(keyOf(one), keyOf(other), note);
}

/** A proxy of an array that reports other contents. */
function lyingArray(names, get) {
  return new Proxy([], {
    ownKeys: () => [...names, 'length'],
    getOwnPropertyDescriptor: (target, name) =>
      name === 'length'
        ? Reflect.getOwnPropertyDescriptor(target, name)
        : { value: get(name), enumerable: true, configurable: true },
    get: (_, name) => get(name),
  });
}

describe('a proxy of an array cannot forge a key', () => {
  it('the length of a proxied array cannot write text into the key', () => {
    const sparse = [];
    sparse[1] = 'x';
    const victims = [
      [sparse, 'alice', {}],
      [[1, 2], 'alice'],
      [[], [], []],
    ];
    for (const victim of victims) {
      const key = makeKey(...victim);
      for (let start = 0; start < key.length; start += 1) {
        for (let end = start; end <= key.length; end += 1) {
          for (const length of [key.slice(start, end), { toString: () => key.slice(start, end) }]) {
            const forged = new Proxy([], {
              get: (_, name) => (name === 'length' ? length : undefined),
            });
            assert.notEqual(makeKey(forged), key);
            assert.notEqual(makeKey(forged, 'alice'), key);
          }
        }
      }
    }
  });

  it('the length of a proxied array, of any type, is part of the key', () => {
    const lengths = [
      0,
      1,
      '0',
      '1',
      1.5,
      -1,
      2 ** 53,
      Number.NaN,
      0n,
      null,
      undefined,
      true,
      [],
      {},
    ];
    for (const keyOf of encodings) {
      const keys = lengths.map((length) =>
        keyOf(lyingArray([], (name) => (name === 'length' ? length : 1))),
      );
      assert.equal(new Set(keys).size, lengths.length);
    }
    const ring = [];
    ring.push(ring);
    assert.equal(typeof makeKey(lyingArray([], () => ring)), 'string');
  });

  it('all names that a proxied array lists are part of the key', () => {
    const listed = (names, user) =>
      lyingArray(names, (name) => (name === 'length' ? names.length : name === 'user' ? user : 1));
    for (const names of [['user', '1'], ['0', 'user', '2'], ['user']]) {
      assertDifferent(listed(names, 'alice'), listed(names, 'bob'), names.join());
      assertDifferent(listed(names, 1), new Array(names.length).fill(1), names.join());
    }
    for (const name of ['01', '1e0', '+1', ' 1', '1.0']) {
      const one = lyingArray(['0', name], (each) =>
        each === 'length' ? 2 : each === name ? 5 : 1,
      );
      assertDifferent(one, [1, 1], name);
      assertDifferent(one, [1, 5], name);
    }
    assert.equal(makeKey(listed(['0', '1'])), makeKey([1, 1]));
  });

  it('a proxied array that hides an item does not have the key of a shorter array', () => {
    const hidden = lyingArray(['0'], (name) => (name === 'length' ? 2 : 1));
    assertDifferent(hidden, [1]);
    assertDifferent(hidden, [1, 1]);
  });
});

describe('a proxy of an object cannot forge a key', () => {
  it('a proxy that answers differently each time has a key that no other value has', () => {
    let looks = 0;
    const fickle = new Proxy(
      {},
      {
        ownKeys() {
          looks += 1;
          return [...'abcdef'].slice(0, looks % 6);
        },
        getOwnPropertyDescriptor: () => ({
          value: 1,
          enumerable: looks % 2 === 0,
          configurable: true,
        }),
        getPrototypeOf: () =>
          [Object.prototype, null, Array.prototype, { inherited: 1 }][looks % 4],
        get: (_, name) => (typeof name === 'symbol' ? undefined : looks % 3),
      },
    );
    const honest = new Set();
    for (const text of ['', 'a', 'ab', 'abc', 'abcd', 'abcde']) {
      for (const value of [0, 1, 2]) {
        honest.add(makeKey([Object.fromEntries([...text].map((name) => [name, value])), 'bob']));
      }
    }
    for (let round = 0; round < 100; round += 1) assert.ok(!honest.has(makeKey([fickle], 'bob')));
  });

  it('a proxy of a date, map or boxed value does not have the key of such a value', () => {
    const makers = [
      () => new Date(1),
      () => new Map(),
      () => new Set(),
      () => Object(1),
      () => /a/,
    ];
    for (const make of makers) {
      assertDifferent(new Proxy(make(), {}), make());
      assertDifferent(new Proxy(make(), {}), new Proxy(make(), {}));
    }
  });
});

describe('an instance of a built-in class with another prototype counts by identity', () => {
  const prototypes = {
    'Object.prototype': Object.prototype,
    null: null,
    "another realm's Object.prototype": vm.runInNewContext('Object.prototype'),
  };
  const makers = {
    Date: (state) => new Date(state),
    RegExp: (state) => new RegExp(`${state}`),
    Number: (state) => Object(state),
    String: (state) => Object(`${state}`),
    'empty String': () => Object(''),
    Boolean: (state) => Object(state === 1),
    Error: (state) => new Error(`${state}`),
    Array: (state) => [state],
    Uint8Array: (state) => new Uint8Array([state]),
    'empty Uint8Array': () => new Uint8Array(),
    DataView: (state) => new DataView(new Uint8Array([state]).buffer),
    arguments: (...state) =>
      (function () {
        return arguments;
      })(...state),
    'arguments without items': () =>
      (function () {
        delete arguments[Symbol.iterator];
        return arguments;
      })(),
  };
  const disguise = (value, prototype, properties) =>
    Object.assign(Object.setPrototypeOf(value, prototype), properties);

  for (const [name, make] of Object.entries(makers)) {
    it(`${name} with another prototype counts by identity`, () => {
      for (const [of, prototype] of Object.entries(prototypes)) {
        for (const properties of [{}, { id: 1 }, { 0: 1, id: 1 }, { [Symbol.for('a')]: 1 }]) {
          // The items of a typed array and the characters of a string cannot be assigned.
          if ('0' in properties && /String|Array|arguments/.test(name)) continue;
          const one = disguise(make(1), prototype, properties);
          assertDifferent(one, disguise(make(2), prototype, properties), of);
          assertDifferent(one, Object.assign(Object.create(prototype), properties), of);
          for (const keyOf of encodings) assert.equal(keyOf(one), keyOf(one));
        }
      }
    });
  }

  it('a built-in instance counts by identity when its own toStringTag hides what it is', () => {
    for (const make of [
      makers.Date,
      makers.RegExp,
      makers.Number,
      (state) => new Map([[state, 1]]),
      (state) => new Set([state]),
      (state) => Object(BigInt(state)),
      (state) => Object(Symbol.for(`${state}`)),
      (state) => new Uint8Array([state]).buffer,
    ]) {
      for (const prototype of Object.values(prototypes)) {
        const [one, other] = [1, 2].map((state) =>
          disguise(make(state), prototype, { [Symbol.toStringTag]: 'Object' }),
        );
        assertDifferent(one, other, make);
        assertDifferent(one, { [Symbol.toStringTag]: 'Object' }, make);
      }
    }
  });

  it('a built-in instance with the prototype of any other built-in class counts by identity', () => {
    const classes = [
      Date,
      RegExp,
      Map,
      Set,
      Number,
      String,
      Boolean,
      BigInt,
      Symbol,
      URL,
      URLSearchParams,
    ];
    classes.push(Headers, ArrayBuffer, DataView, Uint8Array, Int8Array, Array, Promise, Error);
    const values = {
      Date: () => new Date(1),
      RegExp: () => /a/,
      Map: () => new Map([[1, 2]]),
      Set: () => new Set([1]),
      Number: () => Object(1),
      String: () => Object('a'),
      URL: () => new URL('http://a/'),
      URLSearchParams: () => new URLSearchParams('a=1'),
      Headers: () => new Headers({ a: '1' }),
      ArrayBuffer: () => new ArrayBuffer(1),
      DataView: () => new DataView(new ArrayBuffer(1)),
      Uint8Array: () => new Uint8Array(1),
      Object: () => ({ a: 1 }),
      Array: () => [1],
    };
    for (const [name, make] of Object.entries(values)) {
      for (const { name: other, prototype } of classes) {
        if (name === other) continue;
        const one = Object.setPrototypeOf(make(), prototype);
        assertDifferent(one, Object.setPrototypeOf(make(), prototype), `${name} as ${other}`);
      }
    }
  });
});

describe('an instance of a class cannot forge a key', () => {
  it('an instance of a class named Object or Array counts by identity, whatever its prototype', () => {
    const named = (name, prototype) => {
      const Class = { [name]: () => {} }[name];
      Object.defineProperty(prototype, 'constructor', { value: Class });
      Class.prototype = prototype;
      return prototype;
    };
    const make = (tenant) =>
      Object.create(named('Object', Object.assign(Object.create(null), { tenant })));
    assertDifferent(make('alice'), make('bob'));
    assertDifferent(make('alice'), {});
    const list = (tenant) =>
      Object.setPrototypeOf([1], named('Array', Object.assign([], { tenant })));
    assertDifferent(list('alice'), list('bob'));
    assertDifferent(list('alice'), [1]);
    const bound = (tenant) => {
      const prototype = Object.assign(Object.create(null), { tenant });
      const Class = Object.defineProperty(Object.bind(), 'name', { value: 'Object' });
      Class.prototype = prototype;
      prototype.constructor = Class;
      return Object.create(prototype);
    };
    assertDifferent(bound('alice'), bound('bob'));
  });

  it('an instance of a class whose name is no string counts by identity', () => {
    for (const name of [Object.create(null), Symbol('a'), { toString: () => 'Map' }]) {
      const Class = Object.defineProperty(class {}, 'name', { value: name });
      assertDifferent(new Class(), new Class());
    }
  });

  it('an instance of a class that replaced a global one counts by identity', () => {
    const real = globalThis.Set;
    for (const Fake of [class extends real {}, class {}]) {
      Object.defineProperty(Fake, 'name', { value: 'Set' });
      globalThis.Set = Fake;
      try {
        const [one, other] = [new Fake([1]), new Fake([2])];
        for (const keyOf of encodings) {
          assert.notEqual(keyOf(one), keyOf(other));
          assert.equal(keyOf(one), keyOf(one));
        }
      } finally {
        globalThis.Set = real;
      }
    }
  });
});

describe('own properties of buffers count', () => {
  it('the own properties of a buffer are part of its key', () => {
    for (const make of [() => new ArrayBuffer(1), () => new DataView(new ArrayBuffer(1))]) {
      assertDifferent(Object.assign(make(), { user: 1 }), Object.assign(make(), { user: 2 }));
      assert.equal(
        makeKey(Object.assign(make(), { user: 1 })),
        makeKey(Object.assign(make(), { user: 1 })),
      );
    }
  });
});

describe('properties added to Object.prototype do not count', () => {
  const values = () => [
    { a: 1 },
    {},
    [1, 'a', 300, 'b'.repeat(300)],
    [],
    [, 1],
    Object.create(null),
    new Date(1),
    new Map([[1, { a: 1 }]]),
    new Set(['a']),
    Object(1),
    /a/g,
    new Uint8Array([1]),
    { [Symbol.for('a')]: 1 },
    Object.prototype,
    Array.prototype,
  ];

  for (const name of [
    'extra',
    'get',
    'value',
    'raw',
    'length',
    '0',
    'component',
    'text',
    Symbol.toStringTag,
  ]) {
    it(`an Object.prototype.${String(name)} is neither in a key nor read`, () => {
      const keys = () => encodings.map((keyOf) => values().map((value) => keyOf(value)));
      const expected = keys();
      let reads = 0;
      let found;
      for (const property of [
        { value: 'x', writable: true },
        ['get', 'value', '0'].includes(name)
          ? { value: 'y', writable: true }
          : {
              get() {
                reads += 1;
                return 'x';
              },
            },
      ]) {
        Object.defineProperty(Object.prototype, name, {
          ...property,
          enumerable: true,
          configurable: true,
        });
        try {
          found = keys();
        } finally {
          delete Object.prototype[name];
        }
        assert.deepEqual(found, expected);
        if (typeof name === 'string') assert.equal(reads, 0);
      }
    });
  }
});
