import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { HttpRace, OTHER, PAGE } from '../support/http-race.js';
import '../support/unhandled-rejections.js';

const sometimes = (arbitrary, freq = 4) => fc.option(arbitrary, { nil: undefined, freq });
const often = (value, arbitrary, weight = 8) =>
  fc.oneof({ weight, arbitrary: fc.constant(value) }, arbitrary);

const url = often(PAGE, fc.constant(OTHER), 4);
const signal = fc.nat(2);

const call = fc.record({
  type: fc.constant('call'),
  url,
  method: often('GET', fc.constantFrom('HEAD', 'POST'), 4),
  user: sometimes(fc.constantFrom('a', 'b')),
  language: sometimes(fc.constantFrom('de', 'en')),
  control: often(
    undefined,
    fc.constantFrom('no-cache', 'no-store', 'max-age=0', 'max-age=2', 'max-stale=4', 'min-fresh=3'),
  ),
  cache: often(undefined, fc.constantFrom('no-cache', 'reload')),
  refresh: often(false, fc.constant(true)),
  signal: sometimes(signal, 3),
  reads: often(true, fc.constant(false)),
});

const action = fc.oneof(
  { weight: 10, arbitrary: call },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('wait'), seconds: fc.constantFrom(3, 6, 12) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('abort'), signal }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('change'), url }) },
  fc.record({ type: fc.constantFrom('invalidate', 'expire', 'clear'), url }),
  fc.record({ type: fc.constant('put'), url, control: fc.constantFrom('max-age=5', 'no-cache') }),
);

/** Steps that happen without a microtask in between. */
const burst = fc.array(action, { minLength: 1, maxLength: 3 });

/** What the server does with one request, and what happens until it is answered. */
const answer = fc.record({
  fails: often(undefined, fc.constantFrom('request', 'status', 'body'), 6),
  control: fc.constantFrom(
    undefined,
    'no-cache',
    'no-store',
    'max-age=0',
    'max-age=4, must-revalidate',
    'max-age=4, private',
    'max-age=4, public, private="x-user"',
    'max-age=4, stale-if-error=9',
    'max-age=4, stale-while-revalidate=6, stale-if-error=12',
    'max-age=4, stale-while-revalidate=9',
    'max-age=4',
    's-maxage=4',
  ),
  etag: fc.boolean(),
  vary: sometimes(fc.constantFrom('accept-language', 'authorization'), 3),
  confirms: fc.constantFrom('same', 'same', 'none', 'other', 'no-store'),
  isSlow: fc.boolean(),
  meanwhile: sometimes(burst),
  before: sometimes(burst),
  during: sometimes(burst),
});

const options = fc.record({
  shared: fc.boolean(),
  byUrl: often(false, fc.constant(true), 3),
  staleWhileRevalidate: sometimes(fc.constantFrom(false, '6s')),
  staleIfError: sometimes(fc.constantFrom(false, '6s')),
});

it('in any order of calls, answers and invalidations, an HTTP cache gives no caller what it must not get', async () => {
  const property = fc.asyncProperty(
    options,
    fc.array(answer, { minLength: 1, maxLength: 5 }),
    fc.array(burst, { minLength: 1, maxLength: 10 }),
    fc.scheduler(),
    async (given, answers, bursts, scheduler) => {
      const race = new HttpRace(scheduler, given, answers);
      for (const actions of bursts) {
        race.act(actions);
        await race.next();
      }
      await race.end();
      assert.deepEqual(race.faults(), []);
    },
  );
  await fc.assert(property, { numRuns: 100 });
});
