import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';
import { HttpCacheOracle } from '../support/http-cache-oracle.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const START = Date.UTC(2026, 0, 1);
const PAGE = 'https://a.example/page';
const OTHER = 'https://a.example/other';
const FOREIGN = 'https://b.example/page';

/** Lifetimes and limits are no multiples of the steps of time, so that no test depends on an edge. */
const step = fc.nat(12).map((n) => 3 * n);
const length = step.map((n) => n + 1);
const sometimes = (arbitrary, freq = 3) => fc.option(arbitrary, { nil: undefined, freq });
const often = (value, arbitrary, weight = 8) =>
  fc.oneof({ weight, arbitrary: fc.constant(value) }, arbitrary);
const stating = (name, seconds) => seconds.map((n) => `${name}=${n}`);

const directives = fc
  .uniqueArray(
    fc.oneof(
      { weight: 4, arbitrary: stating('max-age', length) },
      stating('s-maxage', length),
      stating('stale-while-revalidate', step),
      stating('stale-if-error', step),
      fc.constantFrom('no-cache', 'no-store', 'must-revalidate', 'proxy-revalidate', 'max-age=0'),
      fc.constantFrom('private', 'public', 'immutable', 'must-understand'),
      fc.constantFrom('no-cache="x-part"', 'private="x-part"'),
    ),
    { maxLength: 3, selector: (directive) => directive.split('=', 1)[0] },
  )
  .map((list) => list.join(', '));

/** What the server does with one request. */
const answer = fc.record({
  fails: often(false, fc.constant(true)),
  status: often(200, fc.constantFrom(203, 206, 299, 304, 404, 503)),
  delay: often(0, fc.constant(3_000), 3),
  control: directives,
  etag: sometimes(fc.constantFrom('"1"', 'W/"1"', '"2"'), 2),
  modified: sometimes(fc.nat(5)),
  date: sometimes(fc.integer({ min: -6, max: 3 })),
  expires: sometimes(fc.integer({ min: -3, max: 8 })),
  age: sometimes(step),
  vary: sometimes(fc.constantFrom('accept-language', 'authorization', 'x-none', '*')),
  part: sometimes(fc.constant('1')),
  connection: sometimes(fc.constant('x-part'), 6),
  location: sometimes(fc.constantFrom(OTHER, FOREIGN, '/other')),
  size: sometimes(fc.constant('99'), 8),
  /** Whether it confirms a stored response, and with which ETag. */
  confirms: sometimes(fc.constantFrom('same', 'same', 'weak', 'none', 'other'), 2),
});

const call = fc.record({
  type: fc.constant('call'),
  method: often('GET', fc.constantFrom('HEAD', 'HEAD', 'POST'), 6),
  url: often(PAGE, fc.constant(OTHER), 5),
  language: sometimes(fc.constantFrom('de', 'en')),
  user: sometimes(fc.constantFrom('a', 'b')),
  control: often(
    undefined,
    fc.oneof(
      fc.constantFrom('no-cache', 'no-store', 'max-age=0', 'max-stale', 'max-age=10, max-stale=6'),
      stating('max-age', length),
      stating('min-fresh', step),
      stating('max-stale', length),
      fc.constant('only-if-cached'),
    ),
  ),
  cache: often(undefined, fc.constantFrom('no-cache', 'reload', 'force-cache', 'no-store'), 10),
  range: often(undefined, fc.constant('bytes=0-1'), 15),
  refresh: often(false, fc.constant(true), 15),
});

const action = fc.oneof(
  { weight: 10, arbitrary: call },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('wait'), seconds: step }) },
  fc.record({ type: fc.constant('invalidate'), url: fc.constantFrom(PAGE, OTHER) }),
  fc.record({ type: fc.constant('expire'), url: fc.constantFrom(PAGE, OTHER) }),
);

const options = fc.record({
  shared: fc.boolean(),
  byUrl: often(false, fc.constant(true), 3),
  heuristic: often(0.1, fc.constant(0), 3),
  ttl: sometimes(length),
  maxTtl: sometimes(length, 5),
  whileRevalidate: sometimes(fc.constantFrom(false, 6), 4),
  ifError: sometimes(fc.constantFrom(false, 6), 4),
});

/** The response of the server to its nth request. */
function respond(given, number, { method, headers: asked }, world) {
  world.time += given.delay;
  if (given.fails) return { error: 'down' };
  const dateAt = (seconds) => new Date(world.time + 1_000 * seconds).toUTCString();
  const { date, modified, expires } = given;
  const all = {
    'cache-control': given.control || undefined,
    etag: given.etag,
    'last-modified':
      modified === undefined
        ? undefined
        : new Date(START - 10_000 * (30 * modified + 10)).toUTCString(),
    date: date === undefined ? undefined : dateAt(3 * date),
    expires: expires === undefined ? undefined : dateAt(3 * (date ?? 0) + 3 * expires + 1),
    age: given.age?.toString(),
    vary: given.vary,
    'x-part': given.part,
    connection: given.connection,
    [method === 'POST' ? 'location' : 'content-location']: given.location,
    'content-type': 'text/plain',
  };
  const etag = asked['if-none-match'];
  const isConditional = etag || asked['if-modified-since'];
  const isConfirmed = isConditional && given.confirms;
  if (isConfirmed) {
    const etags = { same: etag, weak: etag && `W/${etag.replace('W/', '')}`, other: '"9"' };
    Object.assign(all, { etag: etags[given.confirms], 'content-type': undefined });
  } else if (method === 'HEAD') all['content-length'] = given.size;
  const headers = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  );
  const status = isConfirmed ? 304 : given.status;
  const hasBody = method !== 'HEAD' && status !== 304;
  return { status, headers, body: hasBody ? `body ${number}` : '' };
}

const inMilliseconds = (seconds) => (seconds ? 1_000 * seconds : seconds);
const asDuration = (seconds) => (seconds ? `${seconds}s` : seconds);
const sorted = (headers = {}) => Object.entries(headers).sort();

/** What a caller got, or should get, in a form to compare. */
const comparable = ({ error, status, body = '', headers }) =>
  error ? { error } : { status, body, headers: sorted(headers) };

/** A wrapped function and its model, each with a server and a time of its own. */
function scene(given, answers) {
  const { shared, byUrl, heuristic, ttl, maxTtl, whileRevalidate, ifError } = given;
  const [world, modelWorld] = [{ time: START }, { time: START }];
  const server = (ofWorld) => {
    let count = 0;
    return (request) => {
      const number = count++;
      return respond(answers[number % answers.length], number, request, ofWorld);
    };
  };
  const sent = [];
  const answerReal = server(world);
  const load = async (url, { method = 'GET', headers } = {}) => {
    const request = { method, url, headers: Object.fromEntries(new Headers(headers)) };
    sent.push(request);
    const { error, body, ...init } = answerReal(request);
    if (error) throw new Error(error);
    return new Response(body || null, init);
  };
  const cache = httpCache({
    shared,
    heuristic,
    ttl: asDuration(ttl),
    maxTtl: asDuration(maxTtl),
    staleWhileRevalidate: asDuration(whileRevalidate),
    staleIfError: asDuration(ifError),
    clock: { now: () => world.time },
    key: byUrl ? (url) => url : undefined,
  });
  const ms = { ttl, maxTtl, whileRevalidate, ifError };
  for (const name of Object.keys(ms)) ms[name] = inMilliseconds(ms[name]);
  const oracle = new HttpCacheOracle({ ...given, ...ms }, modelWorld, server(modelWorld));
  const wait = (seconds) => {
    world.time += 1_000 * seconds;
    modelWorld.time += 1_000 * seconds;
  };
  return { get: resilient(load, { http: true, cache }), oracle, sent, wait };
}

/** Makes a call of the function and of the model. */
async function makeCall({ get, oracle, sent }, { method, url, cache, refresh, ...given }) {
  const isCacheable = method !== 'POST' && cache !== 'no-store';
  const own = {
    'accept-language': given.language,
    authorization: given.user,
    // A request that is not cached has no use for it.
    'cache-control': isCacheable ? given.control : given.control?.replace('only-if-cached', 'x'),
    range: given.range,
  };
  const headers = Object.fromEntries(Object.entries(own).filter(([, value]) => value));
  const expected = oracle.call({ method, url, headers, cache, refresh });
  let actual;
  try {
    const response = await get.with({ refresh })(url, { method, headers, cache });
    actual = { status: response.status, body: await response.text(), headers: response.headers };
    actual.headers = Object.fromEntries(response.headers);
  } catch (error) {
    actual = { error: error.message };
  }
  // A refresh in the background.
  await turn();
  const requests = (list) =>
    list.splice(0).map((one) => ({ ...one, headers: sorted(one.headers) }));
  assert.deepEqual(requests(sent), requests(oracle.sent), 'requests');
  assert.deepEqual(comparable(actual), comparable(expected), 'response');
}

it('an HTTP cache answers any sequence of requests as RFC 9111 says', async () => {
  const property = fc.asyncProperty(
    options,
    fc.array(answer, { minLength: 1, maxLength: 6 }),
    fc.array(action, { minLength: 1, maxLength: 14 }),
    async (given, answers, actions) => {
      const world = scene(given, answers);
      const { get, oracle, wait } = world;
      for (const one of actions) {
        if (one.type === 'call') await makeCall(world, one);
        else if (one.type === 'wait') wait(one.seconds);
        else if (one.type === 'expire') assert.equal(get.expire(one.url), oracle.expire(one.url));
        else {
          get.invalidate(one.url);
          oracle.invalidate(one.url);
        }
      }
    },
  );
  await fc.assert(property, { numRuns: 500 });
});
