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
