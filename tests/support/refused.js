import assert from 'node:assert/strict';

/**
 * Asserts that `give` throws an error of exactly this class, whose message names the option or argument, then what is
 * accepted, then the value.
 *
 * @param shown how the message shows the value
 */
export function assertRefused(give, name, shown, kind) {
  assert.throws(give, (error) => {
    assert.equal(error.constructor, kind, error.message);
    const [before, after] = error.message.split(' must be ');
    assert.equal(before, name, error.message);
    const [accepted, ...got] = (after ?? '').split(', got ');
    assert.ok(accepted.length > 3, `${error.message} says what is accepted`);
    assert.ok(got.join(', got ').startsWith(shown), `${error.message} shows ${shown}`);
    return true;
  });
}

/** Values that are no array of strings that are not empty, and how a message shows the part that is wrong. */
export const BAD_TAGS = [
  [null, 'null'],
  ['users', "'users'"],
  [5, '5'],
  [{}, 'an object'],
  [new Set(['users']), 'an object'],
  [{ length: 1, 0: 'users' }, 'an object'],
  [[''], "''"],
  [['users', ''], "''"],
  [['users', 5], '5'],
  [[null], 'null'],
  [[undefined], 'undefined'],
  [[['users']], 'an array'],
  [[Symbol('s')], 'Symbol(s)'],
  [[new String('users')], 'an object'],
];

/** Values that are no duration: `[value, how a message shows it, class of the error]`. */
export const BAD_DURATIONS = [
  [null, 'null', TypeError],
  [true, 'true', TypeError],
  [1n, '1n', TypeError],
  [{}, 'an object', TypeError],
  [() => {}, 'a function', TypeError],
  [-1, '-1', RangeError],
  [Number.NaN, 'NaN', RangeError],
  [Infinity, 'Infinity', RangeError],
  [1e13, '10000000000000', RangeError],
  ['', "''", RangeError],
  ['soon', "'soon'", RangeError],
  ['5 m', "'5 m'", RangeError],
  ['-5s', "'-5s'", RangeError],
  ['2000', "'2000'", RangeError],
];

/** Values that are no integer >= 1: `[value, how a message shows it, class of the error]`. */
export const BAD_COUNTS = [
  [null, 'null', TypeError],
  [true, 'true', TypeError],
  ['5', "'5'", TypeError],
  [5n, '5n', TypeError],
  [{}, 'an object', TypeError],
  [() => 5, 'a function', TypeError],
  [0, '0', RangeError],
  [-1, '-1', RangeError],
  [1.5, '1.5', RangeError],
  [Number.NaN, 'NaN', RangeError],
  [Infinity, 'Infinity', RangeError],
  [-Infinity, '-Infinity', RangeError],
];

/** What a `weigh` may not return: `[value, how a message shows it]`. */
export const BAD_WEIGHTS = [
  [undefined, 'undefined'],
  [null, 'null'],
  ['5', "'5'"],
  [5n, '5n'],
  [true, 'true'],
  [Promise.resolve(5), 'an object'],
  [-1, '-1'],
  [0.5, '0.5'],
  [Number.NaN, 'NaN'],
  [Infinity, 'Infinity'],
];

/** Values that are no function, and how a message shows them. */
export const NO_FUNCTIONS = [
  [null, 'null'],
  [5, '5'],
  ['length', "'length'"],
  [{}, 'an object'],
  [[() => 1], 'an array'],
];
