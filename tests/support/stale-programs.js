import fc from 'fast-check';

export const SIGNALS = 2;
export const KEYS = ['a', 'b', 'c'];

/** The errors of the function: `staleOn` may exclude the second kind. */
export class Outage {}
export class Refusal {}

const seconds = (...list) => fc.constantFrom(...list.map((each) => each * 1_000));
const perhaps = (arbitrary) => fc.option(arbitrary, { nil: undefined });
const tags = fc.oneof(fc.constant(['red']), fc.subarray(['red', 'blue']));
const life = fc.oneof(seconds(4, 10), fc.constantFrom(false, 0, Infinity));

/** All times in milliseconds. */
export const config = fc.record({
  maxSize: fc.integer({ min: 1, max: 3 }),
  ttl: fc.oneof({ weight: 2, arbitrary: fc.constant(10_000) }, fc.constant('by result')),
  tags: fc.oneof(tags, fc.constant('by result')),
  whileRevalidate: seconds(0, 5, 50),
  ifError: seconds(0, 5, 20, 60),
  slow: perhaps(fc.constant(3_000)),
  backoff: seconds(0, 5),
  excludes: fc.boolean(),
  /** Without a listener, calls take a shorter way. */
  listens: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  sync: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
});

const key = fc.constantFrom(...KEYS, 'a');
const signal = fc.oneof(fc.constantFrom(undefined, undefined, 'gone'), fc.nat(SIGNALS - 1));
const through = fc.constantFrom('f', 'cache');
const put = {
  ...{ type: fc.constant('put'), key, through, life, tags, again: fc.boolean() },
  own: fc.record({ ttl: perhaps(fc.constant(4_000)), tags: perhaps(tags) }),
};
const action = fc.oneof(
  { weight: 10, arbitrary: fc.record({ type: fc.constant('call'), key, signal }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('refresh'), key, signal }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('advance'),
      // A refresh hangs after 30 seconds.
      by: fc.oneof(
        fc.constantFrom(1, 1_000, 3_000, 5_000),
        fc.constantFrom(10_000, 12_000, 29_999, 30_000),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('abort'), signal: fc.nat(SIGNALS - 1) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('invalidate'), key, through }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('expire'), key, through }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ type: fc.constant('endTagged'), through, keepsStale: fc.boolean() },
      tags: fc.constantFrom(['red'], ['red'], ['blue'], ['red', 'blue'], []),
    }),
  },
  { weight: 2, arbitrary: fc.record(put) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('clear'), through }) },
);

/** Steps that happen without a microtask in between. */
export const burst = fc.array(action, { minLength: 1, maxLength: 4 });

/** How a run of the function ends, and the steps between its end and the notification of its callers. */
export const ending = fc.record({
  kind: fc.constantFrom('value', 'value', 'outage', 'refusal'),
  ...{ life, tags, retryAfter: fc.constantFrom(undefined, 8, 60) },
  meanwhile: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, burst),
});

/** The options in the form of the package. */
export function cacheOptions(settings) {
  const { maxSize, ttl, tags: own, whileRevalidate, ifError, slow, backoff, excludes } = settings;
  return {
    maxSize,
    ttl: ttl === 'by result' ? (result) => lifeOption(result.life) : durationOf(ttl),
    tags: own === 'by result' ? (result) => result.tags : own,
    staleWhileRevalidate: durationOf(whileRevalidate),
    staleIfError: durationOf(ifError),
    staleIfSlow: durationOf(slow),
    staleOn: excludes ? Outage : undefined,
    staleBackoff: durationOf(backoff),
  };
}

export const durationOf = (milliseconds) => milliseconds && milliseconds / 1_000;
const lifeOption = (own) => (Number.isFinite(own) ? durationOf(own) : own);
