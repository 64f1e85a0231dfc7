import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';

const DURATION = "a number of seconds or a string such as '250ms', '5s', '5m', '2h' or '1d'";
const SOME_ERRORS = 'error classes or a predicate';

/** Values of other types than those in `accepted`, and how a message shows them. */
const notOf = (...accepted) =>
  [
    [null, 'null'],
    [true, 'true'],
    [false, 'false'],
    [1, '1'],
    ['text', "'text'"],
    [1n, '1n'],
    [Symbol('s'), 'Symbol(s)'],
    [() => {}, 'a function'],
    [[], 'an array'],
    [{}, 'an object'],
    [Promise.resolve(1), 'an object'],
  ].filter(([value]) => !accepted.includes(typeof value));

const wrongKinds = (accepted, values) =>
  values.map(([value, shown]) => [value, shown, accepted, TypeError]);
const wrongValues = (accepted, values) =>
  values.map((value) => [
    value,
    typeof value === 'string' ? `'${value}'` : String(value),
    accepted,
    RangeError,
  ]);
const badDurations = (...more) => [
  ...wrongKinds(DURATION, notOf('number', 'string')),
  ...wrongValues(DURATION, [-1, NaN, Infinity, -Infinity, 1e13, '', 'soon', '5 s', '-5s', ...more]),
  ['2000', "'2000'; did you mean '2000ms'?", DURATION, RangeError],
];
const badFilters = [
  ...wrongKinds(
    SOME_ERRORS,
    notOf('function').filter(([value]) => !Array.isArray(value)),
  ),
  [[1], '1', SOME_ERRORS, TypeError],
  [[Error, 'TypeError'], "'TypeError'", SOME_ERRORS, TypeError],
];
const JITTER_RANGE = [-0.1, -1, 1, 1.5, NaN, Infinity, -Infinity];

/** The values that each option refuses: `[value, shown, accepted, class of the error]`. */
const FIELDS = {
  ttl: [
    ...wrongKinds(DURATION, notOf('number', 'string', 'function')),
    ...wrongValues(DURATION, [-1, NaN, '5 m']),
  ],
  ttlJitter: [...wrongKinds('', notOf('number')), ...wrongValues('', JITTER_RANGE)],
  staleWhileRevalidate: badDurations(),
  staleIfError: badDurations(),
  staleIfSlow: badDurations(0, '0ms'),
  staleOn: badFilters,
  staleBackoff: badDurations(),
  waitUntil: wrongKinds('a function', notOf('function')),
  store: wrongKinds('ResultCache', notOf('boolean')),
};
const STORE_FIELDS = ['ttlJitter', 'staleWhileRevalidate', 'staleIfError'];

function refuses(give, name, [value, shown, accepted, kind]) {
  assert.throws(
    () => give(value),
    (error) => {
      assert.equal(error.constructor, kind, error.message);
      assert.ok(error.message.startsWith(`${name} must be `), error.message);
      assert.ok(error.message.includes(accepted), error.message);
      // Messages may say which class of object they got.
      assert.ok(error.message.includes(`, got ${shown}`), error.message);
      return true;
    },
    `${name} took ${shown}`,
  );
}

describe('the options of staleness are checked when they are given', () => {
  for (const [field, cases] of Object.entries(FIELDS)) {
    it(`cache.${field} refuses ${cases.length} wrong values, and names itself, the value and what it accepts`, () => {
      const others = field === 'staleIfSlow' ? { staleIfError: '1h' } : {};
      const give = (value) => resilient(() => {}, { cache: { ...others, [field]: value } });
      for (const each of cases) refuses(give, `cache.${field}`, each);
    });

    if (STORE_FIELDS.includes(field)) {
      it(`${field} of a ResultCache refuses ${cases.length} wrong values, and names itself, the value and what it accepts`, () => {
        for (const each of cases) {
          refuses((value) => new ResultCache({ [field]: value }), field, each);
        }
      });
    }

    it(`cache.${field} that is undefined is treated as absent`, () => {
      resilient(() => {}, { cache: { [field]: undefined } });
    });
  }

  it('the options of staleness accept their limits', () => {
    const fn = () => {};
    for (const cache of [
      { ttlJitter: 0 },
      { ttlJitter: 0.999 },
      { staleWhileRevalidate: 0, staleIfError: 0, staleBackoff: 0 },
      { staleWhileRevalidate: '365d', staleIfError: '365d', staleBackoff: '1d' },
      { staleIfError: 1, staleIfSlow: '1ms' },
      { staleOn: [Error, TypeError] },
      { staleOn: () => true },
      { ttl: () => 1 },
      // Without a window they have nothing to do.
      { staleOn: [Error], staleBackoff: 1, waitUntil: () => {} },
    ]) {
      assert.equal(resilient(fn, { cache }).cache.size, 0);
    }
  });

  it('staleIfSlow is a TypeError without staleIfError', () => {
    for (const others of [{}, { staleIfError: 0 }, { staleWhileRevalidate: '1h' }]) {
      assert.throws(() => resilient(() => {}, { cache: { staleIfSlow: 1, ...others } }), {
        name: 'TypeError',
        message: /staleIfSlow.*staleIfError/,
      });
    }
  });

  it('a misspelled option of staleness is refused with the right name', () => {
    for (const [wrong, right] of [
      ['stalewhilerevalidate', 'staleWhileRevalidate'],
      ['staleIfErrors', 'staleIfError'],
      ['staleIfslow', 'staleIfSlow'],
      ['ttljitter', 'ttlJitter'],
      ['waituntil', 'waitUntil'],
    ]) {
      assert.throws(() => resilient(() => {}, { cache: { [wrong]: 1 } }), {
        name: 'TypeError',
        message: `Unknown option cache.${wrong}; did you mean cache.${right}?`,
      });
    }
  });

  it('a ResultCache refuses the options that only functions have', () => {
    const store = new ResultCache();
    for (const [field, value] of Object.entries({
      ...{ staleIfSlow: 1, staleOn: [Error], staleBackoff: 1, waitUntil: () => {}, store },
    })) {
      assert.throws(() => new ResultCache({ staleIfError: 1, [field]: value }), {
        name: 'TypeError',
        message: new RegExp(`Unknown option ${field}`),
      });
    }
    assert.throws(() => new ResultCache({ ttl: () => 1 }), TypeError);
    assert.throws(() => store.put('a', 1, { ttl: () => 1 }), TypeError);
  });

  it('a wrapped function whose options are refused leaves its store as it was', () => {
    const store = new ResultCache({ staleIfError: 1 });
    const fn = async () => {};
    const other = async () => {};
    assert.throws(() => resilient(fn, { name: 'f', cache: { store, staleBackoff: -1 } }));
    // The name has not been taken by the function that was refused.
    assert.equal(resilient(other, { name: 'f', cache: { store } }).cache, store);
  });
});
