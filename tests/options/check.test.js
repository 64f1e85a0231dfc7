import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bulkhead, CircuitBreaker, policy, RateLimiter, ResultCache, resilient } from 'holdfast';

const DURATION = "a number of seconds or a string such as '250ms', '5s', '5m', '2h' or '1d'";
const SOME_ERRORS = 'error classes or a predicate';

class Config {}

/** Values of every type, and how a message shows them. */
const KINDS = [
  [null, 'null'],
  [true, 'true'],
  [false, 'false'],
  [1, '1'],
  ['text', "'text'"],
  ['', "''"],
  ['x'.repeat(100), `'${'x'.repeat(40)}...'`],
  [1n, '1n'],
  [Symbol('s'), 'Symbol(s)'],
  [() => {}, 'a function'],
  [Config, 'a function'],
  [[], 'an array'],
  [[1], 'an array'],
  [{}, 'an object'],
  [new Config(), 'an object'],
  [new Map([['maxSize', 1]]), 'an object'],
  [new Date(0), 'an object'],
  [Promise.resolve(1), 'an object'],
  [Object.create(null), 'an object'],
];
const of = (...types) => KINDS.filter(([value]) => types.includes(typeof value));
const notOf = (...types) => KINDS.filter(([value]) => !types.includes(typeof value));
const isPlain = (value) => Object.prototype.toString.call(value) === '[object Object]';

/** Values that an integer option refuses: `[value, shown, accepted, class of the error]`. */
const badIntegers = (min, max) => [
  ...notOf('number').map(([value, shown]) => [value, shown, `an integer >= ${min}`, TypeError]),
  ...[min - 1, -1, 1.5, NaN, Infinity, -Infinity].map((value) => [
    ...[value, String(value), `an integer >= ${min}`, RangeError],
  ]),
  ...[max + 1, Number.MAX_VALUE].map((value) => [
    ...[value, String(value), `an integer <= ${max}`, RangeError],
  ]),
];
const badNumbers = (accepted, values) => [
  ...notOf('number').map(([value, shown]) => [value, shown, accepted, TypeError]),
  ...values.map((value) => [value, String(value), accepted, RangeError]),
];
const notDurations = ['', 'soon', '5 s', ' 5s', '5S', '5sec', '-5s', '+5s', '1e3s', 's', '1,5s'];
const badDurations = (aboveZero) => [
  ...notOf('number', 'string').map(([value, shown]) => [value, shown, DURATION, TypeError]),
  ...[...notDurations, '٣s', '5s\n', '5m5s', 'NaNs', '0x5s', '.s'].map((value) => [
    ...[value, `'${value}'`, `${DURATION}, not negative`, RangeError],
  ]),
  ...['5', '2000', '0.5'].map((value) => [
    value,
    `'${value}'; did you mean '${value}ms'?`,
    ...[`${DURATION}, not negative`, RangeError],
  ]),
  ...[-1, -0.0005, NaN, -Infinity].map((value) => [
    ...[value, String(value), `${DURATION}, not negative`, RangeError],
  ]),
  ...[Infinity, 1e13, Number.MAX_VALUE].map((value) => [
    ...[value, String(value), `${DURATION}, at most 9007199254740991 ms`, RangeError],
  ]),
  ['999999999999d', "'999999999999d'", `${DURATION}, at most 9007199254740991 ms`, RangeError],
  ...(aboveZero
    ? [
        [0, '0', `${DURATION}, above 0`, RangeError],
        [-0, '-0', `${DURATION}, above 0`, RangeError],
        ['0ms', "'0ms'", `${DURATION}, above 0`, RangeError],
      ]
    : []),
];
const wrongKinds = (accepted, kinds) =>
  kinds.map(([value, shown]) => [value, shown, accepted, TypeError]);
const badBooleans = wrongKinds('true or false', notOf('boolean'));
const badFunctions = wrongKinds('a function', notOf('function'));
const badFilters = [
  ...wrongKinds(
    SOME_ERRORS,
    notOf('function').filter(([value]) => !Array.isArray(value)),
  ),
  [[1], '1', SOME_ERRORS, TypeError],
  [[Error, 'TypeError'], "'TypeError'", SOME_ERRORS, TypeError],
  [[Error, undefined], 'undefined', SOME_ERRORS, TypeError],
];
const brandOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
const badObjects = (kinds = notOf('boolean')) =>
  wrongKinds(
    'an object of options',
    kinds
      .filter(([value]) => !isPlain(value))
      .map(([value, shown]) => [
        value,
        shown === 'an object' ? `an object (${brandOf(value)})` : shown,
      ]),
  );
/** A number or a text instead of the options of a pattern is most likely meant for its first field. */
const badPatterns = (first) =>
  badObjects().map(([value, shown, ...rest]) => {
    const isMeant = typeof value === 'number' || typeof value === 'string';
    return [value, isMeant ? `${shown}; did you mean { ${first}: ${shown} }?` : shown, ...rest];
  });
const objects = of('object');

const wrapped = (options) => resilient(() => {}, options);
const nested = (group) => (field, value) => wrapped({ [group]: { [field]: value } });
const cacheFields = {
  maxSize: badIntegers(1, 2 ** 23),
  ttl: badDurations(false),
  clock: wrongKinds('an object with now(), in milliseconds', KINDS),
  ttlJitter: badNumbers('a number from 0 to below 1', [-0.1, 1, 1.5, NaN, Infinity]),
  staleWhileRevalidate: badDurations(false),
  staleIfError: badDurations(false),
  maxWeight: badIntegers(1, Number.MAX_SAFE_INTEGER),
  weigh: badFunctions,
};
const TAGS = 'an array of strings that are not empty';
const badTags = (kinds) => [
  ...wrongKinds(
    TAGS,
    kinds.filter(([value]) => !Array.isArray(value)),
  ),
  ...notOf('string').map(([value, shown]) => [['a', value], shown, TAGS, TypeError]),
  [['a', ''], "''", TAGS, TypeError],
];
const breakerFields = {
  failureThreshold: badIntegers(1, Number.MAX_SAFE_INTEGER),
  recoveryTimeout: badDurations(false),
  successThreshold: badIntegers(1, Number.MAX_SAFE_INTEGER),
  errorTypes: badFilters,
  ignoreOn: badFilters,
  slidingWindowSize: badIntegers(0, 1_000_000),
  failureRateThreshold: badNumbers('a number above 0 and up to 1', [0, -0.5, 1.01, NaN, Infinity]),
  minimumCalls: badIntegers(1, Number.MAX_SAFE_INTEGER),
  slowCallDuration: badDurations(false),
  slowCallRateThreshold: badNumbers('a number above 0 and up to 1', [0, -0.5, 1.01, NaN, Infinity]),
};
const COUNT = badIntegers(1, Number.MAX_SAFE_INTEGER);
const limiterFields = {
  maxCalls: COUNT,
  period: badDurations(true),
  maxWait: badDurations(false),
};
const bulkheadFields = { maxConcurrent: COUNT, maxWait: badDurations(false) };
const STATUSES = 'an array of integers from 200 to 599';
const badStatuses = [
  ...wrongKinds(
    STATUSES,
    KINDS.filter(([value]) => !Array.isArray(value)),
  ),
  ...notOf('number').map(([value, shown]) => [[200, value], shown, STATUSES, TypeError]),
  ...[199, 600, 200.5, NaN, Infinity, -200].map((value) => [
    ...[[200, value], String(value), STATUSES, RangeError],
  ]),
];

/** Every option: its name in messages, how to give it, and the values that it refuses. */
const TABLE = [
  [
    'cache.',
    nested('cache'),
    {
      ...cacheFields,
      // A function returns the ttl of each result.
      ttl: cacheFields.ttl.filter(([value]) => typeof value !== 'function'),
      store: wrongKinds('a ResultCache', KINDS),
      key: badFunctions,
      tags: badTags(notOf('function')),
      staleIfSlow: badDurations(true),
      staleOn: badFilters,
      staleBackoff: badDurations(false),
      waitUntil: badFunctions,
      statuses: badStatuses,
      maxBodySize: badIntegers(0, Number.MAX_SAFE_INTEGER),
    },
  ],
  ['', (field, value) => new ResultCache({ [field]: value }), cacheFields],
  ['', (_, value) => new ResultCache().resize(value), { maxSize: cacheFields.maxSize }],
  [
    'put.',
    (field, value) => new ResultCache().put(1, 1, { [field]: value }),
    { ttl: badDurations(false), tags: badTags(KINDS) },
  ],
  [
    'put.',
    (field, value) => new ResultCache().set(1, 1, { [field]: value }),
    { ttl: badDurations(false), tags: badTags(KINDS) },
  ],
  [
    'retry.',
    nested('retry'),
    {
      maxAttempts: badIntegers(1, Number.MAX_SAFE_INTEGER),
      delay: badDurations(false),
      backoffFactor: badNumbers('a finite number >= 1', [0, 0.99, -2, NaN, Infinity]),
      maxDelay: badDurations(false),
      jitter: badBooleans,
      retryOn: badFilters,
      ignoreOn: badFilters,
      retryOnResult: badFunctions,
      delayFunc: badFunctions,
    },
  ],
  [
    'timeout.',
    nested('timeout'),
    { seconds: badDurations(true), perAttempt: badBooleans, total: badDurations(true) },
  ],
  ['circuitBreaker.', nested('circuitBreaker'), breakerFields],
  ['', (field, value) => new CircuitBreaker({ [field]: value }), breakerFields],
  ['rateLimiter.', nested('rateLimiter'), limiterFields],
  ['', (field, value) => new RateLimiter({ [field]: value }), limiterFields],
  ['bulkhead.', nested('bulkhead'), bulkheadFields],
  ['', (field, value) => new Bulkhead({ [field]: value }), bulkheadFields],
  [
    'hedge.',
    (field, value) => wrapped({ hedge: { delay: 1, [field]: value } }),
    {
      delay: [...badDurations(false), [undefined, 'undefined', DURATION, TypeError]],
      maxHedges: COUNT,
    },
  ],
  [
    'fallback.',
    (field, value) => wrapped({ fallback: { handler: 1, [field]: value } }),
    {
      fallbackOn: badFilters,
      handler: [[undefined, 'undefined', 'a value or a function', TypeError]],
    },
  ],
  ['retry.', (field, value) => policy({ retry: { [field]: value } }), { maxAttempts: COUNT }],
  [
    '',
    (field, value) => wrapped({ [field.split('.')[0]]: value }),
    {
      name: wrongKinds('a string', notOf('string')),
      onEvent: badFunctions,
      passContext: badBooleans,
      sync: badBooleans,
      http: badBooleans,
      retry: badPatterns('maxAttempts'),
      circuitBreaker: badPatterns('failureThreshold'),
      rateLimiter: badPatterns('maxCalls'),
      bulkhead: badPatterns('maxConcurrent'),
      hedge: badPatterns('delay'),
      'hedge.delay': [[true, 'undefined', DURATION, TypeError]],
      timeout: [
        ...badObjects(objects),
        ...wrongKinds(
          "a duration such as '5s', or an object of options",
          notOf('number', 'string', 'object', 'boolean'),
        ),
        ...badDurations(true).filter(([value]) => /number|string/.test(typeof value)),
      ],
      cache: [
        ...wrongKinds(
          'a boolean, options such as { ttl: 60 }, or a ResultCache',
          notOf('object', 'boolean'),
        ),
        ...badObjects(objects),
      ],
    },
  ],
  [
    'with.',
    (field, value) => wrapped().with({ [field]: value }),
    { signal: wrongKinds('an AbortSignal', KINDS), refresh: badBooleans },
  ],
  ['', (_, value) => resilient(value), { fn: badFunctions }],
  ['', (_, value) => wrapped(value), { options: badObjects(KINDS) }],
  ['', (_, value) => wrapped().with(value), { with: badObjects(KINDS) }],
  ['', (_, value) => new ResultCache(value), { options: badObjects(KINDS) }],
  ['', (_, value) => new CircuitBreaker(value), { options: badObjects(KINDS) }],
  ['', (_, value) => new RateLimiter(value), { options: badObjects(KINDS) }],
  ['', (_, value) => new Bulkhead(value), { options: badObjects(KINDS) }],
  ['', (_, value) => policy(value), { options: badObjects(KINDS) }],
  ['', (_, value) => policy({})(() => {}, value), { options: badObjects(KINDS) }],
  ['', (_, value) => policy({})(value), { fn: badFunctions }],
  ['', (_, value) => new ResultCache().put(1, 1, value), { put: badObjects(objects) }],
  [
    '',
    (_, value) => new ResultCache().put(1, 1, value),
    { "put's options": wrongKinds("an object such as { ttl: '5m' }", notOf('object')) },
  ],
];

for (const [prefix, give, fields] of TABLE) {
  for (const [field, cases] of Object.entries(fields)) {
    describe(`${prefix}${field} is validated by ${String(give).replace(/\s+/g, ' ').slice(0, 70)}`, () => {
      it(`${prefix}${field} refuses ${cases.length} wrong values, and names itself, the value and what it accepts`, () => {
        for (const [value, shown, accepted, kind] of cases) {
          assert.throws(
            () => give(field, value),
            (error) => {
              assert.equal(error.message, `${prefix}${field} must be ${accepted}, got ${shown}`);
              assert.equal(error.constructor, kind, error.message);
              return true;
            },
            `${prefix}${field} took ${shown}`,
          );
        }
      });
    });
  }
}
