// Runs every example and the demo as a user would, with the installed package, and compares what they print.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findServer } from '../../scripts/find-servers.js';
import { startChromium } from '../support/chromium.js';
import { programOf } from '../support/runtime.js';
import { startServer } from '../support/servers.js';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const PACKAGE = dirname(dirname(fileURLToPath(import.meta.resolve('holdfast'))));

/** The lines that each example prints. */
const EXPECTED = {
  'async-caching.js': [
    'first call: status 500',
    'second call: Alice',
    'third call, a hit, is a Promise: true',
    'third call: Alice',
    'requests: 2',
    'fourth call: AbortError',
  ],
  'bulkhead-pool.js': [
    'reports: { maxConcurrent: 2, active: 2, waiting: 4 }',
    'shop: { maxConcurrent: 2, active: 2, waiting: 4 }',
    'all 6 sales are done',
    'reports: { maxConcurrent: 2, active: 2, waiting: 4 }',
    'all 6 reports are done; connections at a time: 4',
    "[ 'rows of a', 'try again' ]",
  ],
  'basic-caching.js': [
    'getUser(42)',
    '  the API is asked for /users/42',
    '  Alice',
    'getUser(42)',
    '  Alice',
    'getUser(99)',
    '  the API is asked for /users/99',
    '  Bob',
  ],
  'cache-keys.js': [
    "search('python', 1)                        runs",
    "search('python', 2)                        runs",
    "search('python', 1)                        hit",
    "search('python')                           runs",
    "search('python', '1')                      runs",
    "search({ text: 'python', in: ['title'] })  runs",
    "search({ in: ['title'], text: 'python' })  hit",
    "search({ in: ['notes'], text: 'python' })  runs",
    "profile(42, 'token-1')                     runs",
    "profile(42, 'token-2')                     hit",
    'invalidated: true',
    "search('python', 1)                        runs",
  ],
  'http-caching.js': [
    '  the server answers 200',
    '200 version 1',
    '30 seconds later',
    '200 version 1',
    'a minute later, by 10 callers',
    '  the server answers 304',
    "Set(1) { 'version 1' }",
    'the page changes, and a minute passes',
    '  the server answers 200',
    '200 version 2',
    '{ hits: 1, misses: 3, coalesced: 9, revalidated: 1 }',
  ],
  'cache-size.js': [
    '40000 requests, 2839 keys, format access-log',
    'size: maxSize: 339. LRU answers 45.5 % of the requests with 339 entries, 46.5 % with 364, the knee of its curve, 55.0 % with 724, and 92.9 % with all keys. The curve has no clear knee: more memory brings more hits. At a mean size of 5,120, their values take 1,735,680.',
    'policy: At 300 entries policy: adaptive answers 51.3 %, 7.2 points more than LRU (44.1 %). No policy exceeds 61.4 % there.',
    'ttl: A ttl of 1h costs 1.6 points of the 45.5 % that LRU reaches with 339 entries and no ttl.',
  ],
  'cache-retry-breaker.js': [
    'product 1 costs 19: 3 requests, 2 of them retries',
    'the shop goes down',
    'product 2: status 503',
    'product 3: status 503',
    'product 4: status 503',
    'product 5: status 503',
    'product 6: status 503',
    '18 requests by now, the breaker is open',
    'product 7: CIRCUIT_OPEN, The circuit of getProduct is open',
    'product 1 still costs 19, from the cache',
    'still 18 requests',
  ],
  'commonjs.cjs': [
    '// From CommonJS: the same names, by require.',
    '20 lines',
    '20 lines',
    '{ hits: 2, misses: 2, size: 2 }',
  ],
  'direct-use.js': [
    "{ name: 'Alice' }",
    "{ name: 'Alice' }",
    'invalidated: true',
    'undefined',
    "{ hits: 2, misses: 1, hitRate: '0.67', size: 0, maxSize: 100 }",
    'size: 0 hits: 0',
  ],
  'events.js': [
    'Cache miss for getUser',
    'getUser ran for less than a second',
    'Cache hit for getUser',
    'Cache miss for getUser',
    'cache_miss, success, cache_hit, cache_miss, success',
  ],
  'fetch-deno.js': [
    'attempt 1 has status 503',
    '200 /cities',
    '200 /cities',
    'requests: 2',
    'a hit: 18 characters, still requests: 2',
    'left: AbortError',
    'stayed: /later',
    'requests: 3',
  ],
  'fetch-node.js': [
    'attempt 1 has status 503',
    '200 /cities',
    '200 /cities',
    '200 /cities',
    'requests: 2',
    'a hit, still requests: 2',
    'Alice gets what is for Alice',
    'Bob gets what is for Bob',
    'Alice gets what is for Alice',
    'requests: 4',
    'left: AbortError',
    'stayed: /later',
    'requests: 5',
  ],
  'first-cached-fetch.js': [
    "{ city: 'Oslo', degrees: 21 }",
    "{ city: 'Oslo', degrees: 21 }",
    '1 request',
  ],
  'hedged-reads.js': ['north is aborted', '/users/7 from south', '2 runs for it'],
  'no-expiration.js': [
    '  reads region',
    'getConfig region: eu-north',
    'a year later: eu-north',
    '  reads theme',
    'getConfig theme: dark',
    '  reads currency',
    'getConfig currency: NOK',
    '  reads region',
    'region, the least recently used of three, was evicted: eu-north',
  ],
  'rate-limited-api.js': [
    '8 pages, the last is page /7',
    'first come, first served: 0 1 2 3 4 5 6 7',
    'page /news',
    'getNow is asked too often',
    'RATE_LIMITED, again in 24 hours',
    '0 of 1 left, 0 waiting',
  ],
  'shared-policy.js': [
    '/users/1 /orders/1',
    'ping: status 500',
    'getUser: status 500',
    'getOrder, not asked any more: CIRCUIT_OPEN',
    'stored all the same: /users/1',
    'open after 2 failures',
    'active: 0',
    'getUser: 1 hits, 2 misses',
    'getOrder: 0 hits, 2 misses',
  ],
  'short-ttl.js': [
    'ACME 100',
    'ACME 100 at once again: the same',
    'ACME 101 after the ttl: a new one',
  ],
  'snapshot.js': [
    'runs: 3',
    '{ loaded: 3, skipped: 0 }',
    'results: 4 9 25',
    'runs: 4',
    'TypeError - entries: 4',
  ],
  'sqlite.js': [
    'first process, runs: 1',
    'second process, runs: 1',
    '1970-01-01T00:00:00.000Z true',
    'after invalidate, runs: 2',
    'hits in the file: 1',
  ],
  'stale-if-error.js': [
    'fresh: 1.1',
    'the backend goes down',
    '10 calls in 30 s: 1.1 - 3 requests',
    'a day later there is nothing to fall back on: status 503',
    'the backend is back: 1.1',
  ],
  'stale-while-revalidate.js': [
    '/news, version 1',
    '  a refresh starts',
    '  stale for 30 s: revalidate',
    '  stale for 30 s: revalidate',
    "both callers get Set(1) { '/news, version 1' }",
    '/news, version 2',
    '{ hits: 3, misses: 1, stale: 2, refreshes: 1 }',
  ],
  'stampede.js': [
    '1000 callers: sales, as of run 1',
    'the entry has expired',
    '1000 callers: sales, as of run 2',
    '2 runs, 2 misses, 1998 callers joined a run in flight',
  ],
  'cache-advice.js': [
    'Twice the size would raise the hit ratio from 26 % to 99.3 %. Confidence: high.',
    '  25 entries: 26 %',
    '  50 entries: 26 %',
    ' 100 entries: 26 %',
    ' 200 entries: 99 %',
    ' 400 entries: 99 %',
  ],
  'statistics.js': [
    'evicted: 4',
    'evicted: 9',
    '{',
    '  hits: 2,',
    '  misses: 5,',
    '  coalesced: 1,',
    '  hitRate: 0.2857142857142857,',
    '  size: 3,',
    '  maxSize: 3,',
    '  weight: 0,',
    '  maxWeight: 9007199254740991,',
    "  policy: 'lru',",
    '  evictions: 2,',
    '  expirations: 0,',
    '  stale: 0,',
    '  refreshes: 0,',
    '  refreshErrors: 0,',
    '  revalidated: 0',
    '}',
  ],
  'tags.js': [
    'at first: 2 1 | 42 7 | 4 runs',
    'again: 2 1 | 42 7 | 0 runs',
    'entries of user 42: 2',
    'after an order of user 42: 3 1 | 42 7 | 2 runs',
    "[ 'user:42' ]",
  ],
  'token-ttl.js': [
    'at first: token 1',
    '58 minutes later: token 1',
    'an hour later: token 2',
    'two hours later, expires_in is 0: token 3',
    'so it was not stored: token 4',
  ],
  'weights.js': [
    'load /40',
    'load /30',
    'load /40',
    'load /20',
    'load /25',
    '  evicted: /30',
    '{ size: 3, weight: 85000, maxWeight: 100000 }',
    'load /200, heavier than the whole cache',
    'stored: false',
  ],
};

// A folder outside the repository, so that only the package itself is found.
const consumer = mkdtempSync(join(tmpdir(), 'holdfast-examples-'));
cpSync(EXAMPLES, consumer, { recursive: true });
cpSync(PACKAGE, join(consumer, 'node_modules/holdfast'), { recursive: true });
writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }\n');
after(() => rmSync(consumer, { recursive: true, force: true }));

/** Runs a script of the consumer; resolves to its exit code and what it printed. */
function run(script, ...args) {
  // Node 20 has no node:sqlite; Deno does.
  const [program, ...before] = /deno|sqlite/.test(script)
    ? [
        programOf('deno'),
        'run',
        '--quiet',
        '--allow-net',
        '--allow-env',
        '--allow-read',
        '--allow-write',
      ]
    : [process.execPath];
  return new Promise((resolve, reject) => {
    const all = [...before, join(consumer, script), ...args];
    const child = spawn(program, all, { cwd: consumer, timeout: 60_000 });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        printed[name] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...printed }));
  });
}

describe('the examples print what is expected', { concurrency: 2 }, () => {
  const scripts = readdirSync(EXAMPLES).filter((name) => /\.[cm]?js$/.test(name));

  test('every example has its expected output in this test', () => {
    assert.deepEqual(Object.keys(EXPECTED).sort(), scripts.sort());
  });

  for (const script of scripts) {
    test(`example ${script} prints its expected output`, async () => {
      assert.deepEqual(await run(script), {
        code: 0,
        signal: null,
        stdout: `${EXPECTED[script].join('\n')}\n`,
        stderr: '',
      });
    });
  }
});

const skip = findServer('redis') ? false : 'not run: there is no redis-server';

test('the example two-processes shows one run for both processes', { skip }, async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const redis = fileURLToPath(new URL('../../node_modules/redis', import.meta.url));
  symlinkSync(redis, join(consumer, 'node_modules/redis'));
  const { code, stdout, stderr } = await run('two-processes/main.js', server.url);
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trim().split('\n'), [
    'both at once: 19 19',
    'the same run: true',
    'another run after invalidate in the other process: true',
    'and its result for the first: true',
  ]);
  assert.equal(code, 0);
});

test('the example fetch-browser shows its expected lines in Chromium', async (t) => {
  const stdio = ['ignore', 'pipe', 'inherit'];
  const server = spawn(process.execPath, [join(consumer, 'fetch-browser/server.js')], { stdio });
  t.after(() => server.kill());
  const [address] = await once(createInterface({ input: server.stdout }), 'line');
  const { page, close } = await startChromium();
  t.after(close);
  await page.goto(address);
  await page.waitForSelector('[data-done]');
  const shown = await page.$$eval('li', (items) => items.map(({ textContent }) => textContent));
  assert.deepEqual(shown, [
    'attempt 1: status 503',
    'the title knows Alice, from request 2',
    'the menu knows Alice, from request 2',
    'the footer knows Alice, from request 2',
    'a moment later: still from request 2',
    'left: AbortError',
    'after log-in: from request 3',
  ]);
});

test('both sides of a shortened demo count the same', async () => {
  const { code, stdout, stderr } = await run('demo/main.js', '--seconds', '4');
  assert.equal(stderr, '');
  assert.match(stdout, /^ {2}The counts agree\.$/m);
  assert.match(stdout, /^ {2}▚ stale +[1-9][\d,]* {2}answered at once/m);
  assert.match(
    stdout,
    /^ {2}[\d,]+ answers were compared with the files on disk: all the same\.$/m,
  );
  assert.equal(code, 0, stdout);
  assert.ok(!stdout.includes('\u001b'), 'plain lines, without a terminal');
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, `over 80 columns: ${line}`);
});
