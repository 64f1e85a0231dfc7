import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import FakeTimers from '@sinonjs/fake-timers';
import fc from 'fast-check';
import { ResultCache } from 'holdfast';

const { makeKey } = ResultCache;

describe('the cache of property names changes no key', () => {
  it('makeKey distinguishes prefixes of the same property names, but not their order', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', '1', '0', '', '__proto__'));
    const objectOf = (list) => Object.fromEntries(list.map((name) => [name, `${name}!`]));
    fc.assert(
      fc.property(names, names, (one, other) => {
        const isSame = JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
        assert.equal(makeKey(objectOf(one)) === makeKey(objectOf(other)), isSame);
        assert.equal(makeKey([objectOf(one)], 1) === makeKey([objectOf(other)], 1), isSame);
      }),
      { numRuns: 5_000 },
    );
  });

  it('properties added to Object.prototype change no key', () => {
    const before = [makeKey({ a: 1 }), makeKey({ a: 1, extra: 1 })];
    Object.prototype.extra = 1;
    try {
      assert.equal(makeKey({ a: 1 }), before[0]);
      assert.equal(makeKey({ a: 1, extra: 1 }), before[1]);
    } finally {
      delete Object.prototype.extra;
    }
    assert.equal(makeKey({ a: 1 }), before[0]);
  });

  it('a proxy that lists other names each time changes no later key', () => {
    let calls = 0;
    const fickle = new Proxy(
      { p: 1, q: 2, r: 3 },
      {
        ownKeys: () => {
          calls += 1;
          return ['p', 'q', 'r'].slice(0, calls % 4);
        },
      },
    );
    for (let round = 0; round < 20; round += 1) makeKey(fickle);
    const keys = [{ p: 1 }, { p: 1, q: 2 }, { p: 1, q: 2, r: 3 }].map((value) => makeKey(value));
    assert.equal(new Set(keys).size, 3);
    assert.equal(makeKey({ r: 3, p: 1, q: 2 }), keys[2]);
    assert.equal(makeKey({ q: 2, p: 1 }), keys[1]);
  });
});

describe('makeKey reads values once', () => {
  it('makeKey reads each value once', () => {
    const read = [];
    const value = {
      get b() {
        read.push('b');
        return 1;
      },
      get a() {
        read.push('a');
        return { n: 1 };
      },
    };
    makeKey(value, [value.c]);
    assert.deepEqual(read.sort(), ['a', 'b']);
  });

  it('a getter that removes other values during makeKey leaves the rest of the key as it is', () => {
    const shrinking = {
      get a() {
        delete this.b;
        return 1;
      },
      b: 2,
    };
    assert.notEqual(makeKey(shrinking, 5), makeKey({ a: 1, b: 5 }));
    const list = [1, 2, 3];
    const emptying = {
      get a() {
        list.length = 1;
        return 1;
      },
    };
    assert.notEqual(makeKey([emptying, list], 2), makeKey([{ a: 1 }, [1, 2]]));
    const inner = [1, 2];
    Object.defineProperty(inner, 0, {
      enumerable: true,
      get() {
        inner.length = 1;
        return 1;
      },
    });
    assert.notEqual(makeKey(inner, 2), makeKey([1, 2]));
  });
});

describe('makeKey treats built-in classes and other classes differently', () => {
  it('an instance of a class with the name of a built-in one counts by identity', () => {
    for (const name of ['Date', 'Map', 'Headers', 'Uint8Array', 'Object', 'Array']) {
      const Class = { [name]: class {} }[name];
      assert.equal(Class.name, name);
      const value = new Class();
      assert.equal(makeKey(value), makeKey(value), name);
      assert.notEqual(makeKey(value), makeKey(new Class()), name);
      assert.notEqual(makeKey(value), makeKey(new globalThis[name]()), name);
    }
    for (const builder of [
      null,
      1,
      {},
      { name: 'Date' },
      Object.defineProperty(() => {}, 'name', { value: 1 }),
    ]) {
      const one = Object.create({ constructor: builder });
      assert.notEqual(makeKey(one), makeKey(Object.create(Object.getPrototypeOf(one))));
    }
  });

  it('makeKey runs no code of classes', () => {
    const loud = {
      get() {
        throw new Error('called');
      },
    };
    const value = new (Object.defineProperty(class {}, 'name', loud))();
    assert.equal(makeKey(value), makeKey(value));
    const other = Object.create(Object.defineProperty({}, 'constructor', loud));
    assert.equal(makeKey(other), makeKey(other));
  });

  it('an instance of a class of another realm counts by identity, but plain data of another realm does not', () => {
    const foreign = vm.createContext({});
    const date = () => vm.runInContext('new Date(5)', foreign);
    assert.notEqual(makeKey(date()), makeKey(date()));
    assert.equal(makeKey(vm.runInContext('[{ a: [] }, {}]', foreign)), makeKey([{ a: [] }, {}]));
  });

  it('a set, map or view that overrides its methods has a key of its real contents', () => {
    const bytes = (...list) => new Uint8Array(list);
    assert.equal(makeKey(new Set([bytes(1), bytes(2)])), makeKey(new Set([bytes(2), bytes(1)])));
    assert.notEqual(makeKey(new Set([bytes(1)])), makeKey(new Set([bytes(2)])));
    assert.notEqual(makeKey(new Map([[bytes(1), 1]])), makeKey(new Map([[bytes(1), 2]])));
    assert.notEqual(makeKey(new Map([[1, bytes(1)]])), makeKey(new Map([[1, [1]]])));
  });

  it('a regular expression that hides its flags has a key with them', () => {
    const hidden = (flags) =>
      Object.defineProperty(new RegExp('a', flags), 'global', { value: true });
    assert.equal(makeKey(hidden('')), makeKey(/a/));
    assert.notEqual(makeKey(hidden('')), makeKey(/a/g));
    assert.notEqual(
      makeKey(Object.assign(/a/, { [Symbol.match]: false })),
      makeKey(Object.assign(/a/g, { [Symbol.match]: false })),
    );
  });

  it('Headers and URLSearchParams have keys with their order and repetitions', () => {
    const cookies = (...list) => new Headers(list.map((value) => ['set-cookie', value]));
    assert.equal(makeKey(cookies('a', 'b')), makeKey(cookies('a', 'b')));
    assert.notEqual(makeKey(cookies('a', 'b')), makeKey(cookies('b', 'a')));
    const parameters = (text) => makeKey(new URLSearchParams(text));
    assert.equal(parameters('?a=1&a=2'), parameters('a=1&a=2'));
    assert.notEqual(parameters('a=1&a=2'), parameters('a=2&a=1'));
    assert.notEqual(parameters('a=1&a=1'), parameters('a=1'));
    assert.notEqual(parameters('a=&b=c'), parameters('a=b&=c'));
  });

  it('a Date has a key of its time, also when fake timers replace Date', () => {
    const before = makeKey({ at: new Date(5) });
    const real = new Date(5);
    const time = FakeTimers.install();
    try {
      assert.equal(makeKey({ at: new Date(5) }), before);
      assert.equal(makeKey({ at: real }), before);
      assert.notEqual(makeKey({ at: new Date(6) }), before);
    } finally {
      time.uninstall();
    }
    assert.equal(makeKey({ at: new Date(5) }), before);
    class Dated extends Date {}
    assert.notEqual(makeKey(new Dated(5)), makeKey(new Dated(5)));
  });
});
