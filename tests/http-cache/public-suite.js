// Runs the public tests of HTTP caches, https://github.com/http-tests/cache-tests, with `httpCache`:
//   node tests/http-cache/public-suite.js <folder of a clone> [--failed]
// It takes about 40 s, and prints how many tests pass: as a private cache, and those for a shared cache only.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { resilient } from 'holdfast';
import { httpCache } from 'holdfast/http';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { failed: { type: 'boolean', default: false } },
});
const [folder] = positionals;
if (!folder) {
  console.error('Missing folder: a clone of https://github.com/http-tests/cache-tests');
  process.exit(2);
}
const load = (path) => import(pathToFileURL(resolve(folder, path)));
const { default: groups } = await load('tests/index.mjs');
const { runTests, getResults } = await load('test-engine/client/runner.mjs');
const { determineTestResult, resultTypes } = await load('test-engine/lib/results.mjs');
const PASSED = [resultTypes.pass, resultTypes.yes];

/** Headers that tell the server which test a request belongs to. They differ by request, so the cache must not see them. */
const OF_SUITE = /^(test-id|test-name|req-num)$/i;
const ofSuite = new AsyncLocalStorage();
const { fetch } = globalThis;

/** Sends a request of the cache, with the headers of the suite. */
function send(url, init) {
  const headers = new Headers(init.headers);
  for (const [name, value] of ofSuite.getStore()) headers.set(name, value);
  return fetch(url, { ...init, headers });
}

function cacheFor(shared) {
  return resilient(send, { http: true, cache: httpCache({ shared, maxSize: 10_000 }) });
}

/** A `fetch` for the suite, whose requests for a test pass the cache. */
function throughCache(get) {
  return (url, init) => {
    if (!`${url}`.includes('/test/')) return fetch(url, init);
    const isOfSuite = ([name]) => OF_SUITE.test(name);
    const headers = init.headers.filter((pair) => !isOfSuite(pair));
    return ofSuite.run(init.headers.filter(isOfSuite), () => get(url, { ...init, headers }));
  };
}

/** Whether a test is about a shared cache. Browsers skip these. */
function isOfShared({ id, browser_skip: isSkipped }, group) {
  return isSkipped && (group === 'auth' || /shared|proxy-revalidate|s-maxage/.test(id));
}

/** The tests that are for a cache of this kind. */
function testsFor(shared) {
  return groups.map((group) => ({
    ...group,
    tests: group.tests
      .filter((test) => !test.cdn_only)
      .filter((test) => (shared ? isOfShared(test, group.id) : !test.browser_skip))
      .map((test) => ({ ...test, browser_skip: false })),
  }));
}

async function run(shared, origin) {
  const chosen = testsFor(shared);
  globalThis.fetch = throughCache(cacheFor(shared));
  await runTests(chosen, true, origin, 50);
  const results = getResults();
  const counts = {};
  for (const { id, kind = 'required' } of chosen.flatMap(({ tests }) => tests)) {
    const hasPassed = PASSED.includes(determineTestResult(groups, id, results, false));
    counts[kind] ??= { passed: 0, of: 0 };
    counts[kind].of++;
    if (hasPassed) counts[kind].passed++;
    else if (values.failed) print(`  ${kind}: ${id}`);
  }
  const texts = Object.entries(counts).map(([kind, { passed, of }]) => `${kind} ${passed}/${of}`);
  print(`${shared ? 'shared' : 'private'}: ${texts.join(', ')}`);
}

const [config, state, test] = await Promise.all(
  ['config', 'state', 'test'].map((name) => load(`test-engine/server/handle-${name}.mjs`)),
);
const handlers = { config, state, test };
const server = createServer((request, response) => {
  const [, name, ...rest] = new URL(request.url, 'http://localhost').pathname.split('/');
  handlers[name].default(rest, request, response);
});
// Longer than the pauses of the tests.
server.keepAliveTimeout = 60_000;
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

// The suite prints what fails.
const print = console.log;
console.log = console.error = () => {};
for (const shared of [false, true]) await run(shared, `http://127.0.0.1:${server.address().port}`);
process.exit();
