import assert from 'node:assert/strict';
import { assertConforms, run } from '../consumer.js';
import { nodeIn, nodePackage } from './node.js';

const WORKER = `import * as holdfast from 'holdfast';
import { conform } from './conformance.js';
export default {
  async fetch() {
    return Response.json(await conform(holdfast));
  },
};
`;

/** Bundles as wrangler does, with the WebAssembly as a separate module, and runs the worker in `miniflare`. */
const start = (rest) => `import { readdirSync } from 'node:fs';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
await build({
  entryPoints: ['worker.js'],
  outfile: 'out/worker.js',
  bundle: true,
  format: 'esm',
  conditions: ['workerd', 'worker', 'browser'],
  loader: { '.wasm': 'copy' },
  external: ['cloudflare:workers'],
  assetNames: '[name]',
  logLevel: 'error',
});
const modules = readdirSync('out').filter((name) => name.endsWith('.wasm'));
const [compatibilityDate] = process.argv.slice(2);
const miniflare = new Miniflare({
  compatibilityDate,
  modulesRoot: 'out',
  modules: [
    { type: 'ESModule', path: 'out/worker.js' },
    ...modules.map((name) => ({ type: 'CompiledWasm', path: \`out/\${name}\` })),
  ],
});
try {
  ${rest}
} finally {
  await miniflare.dispose();
}
`;

// miniflare needs a newer Node than the package.
const DEPENDENCIES = { miniflare: '^4.20260730.0', esbuild: '^0.28.2', ...nodePackage('24') };
const FILES = {
  'worker.js': WORKER,
  'start.mjs': start(`const response = await miniflare.dispatchFetch('http://localhost/');
  console.log(await response.text());`),
};

/** Runs a worker, and returns the text of its response. */
export async function runWorker(consumer, worker) {
  const folder = await consumer.install(DEPENDENCIES, { ...FILES, 'worker.js': worker });
  return run(nodeIn(folder), ['start.mjs', '2026-07-01'], { cwd: folder });
}

/** Runs a worker by a program, and returns the results that the program prints. */
async function resultsOf(consumer, worker, program) {
  const files = { 'worker.js': worker, 'start.mjs': program };
  const folder = await consumer.install(DEPENDENCIES, files);
  const output = await run(nodeIn(folder), ['start.mjs', '2026-07-01'], { cwd: folder });
  return JSON.parse(output.trim().split('\n').at(-1));
}

export const workerRows = ['2023-07-01', '2024-09-23', '2026-07-01'].map((date) => ({
  name: `Cloudflare Workers, compatibility date ${date}`,
  async run(consumer) {
    const folder = await consumer.install(DEPENDENCIES, FILES);
    assertConforms(await run(nodeIn(folder), ['start.mjs', date], { cwd: folder }));
  },
}));

/** All requests call the same function; a request with `leave` does not wait for the call that it started. */
const SHARING_WORKER = `import { resilient } from 'holdfast';
const load = resilient(async (url, name) => \`\${await (await fetch(url)).text()} for \${name}\`, {
  cache: { key: (url) => url },
});
export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    // Enough callers to start the check of the leader.
    const calls = Array.from({ length: 150 }, () =>
      load(searchParams.get('url'), searchParams.get('name')),
    );
    if (searchParams.has('leave')) return new Response('left');
    return new Response([...new Set(await Promise.all(calls))].join());
  },
};
`;

const SHARING_START = start(
  `const { createServer } = await import('node:http');
  const counts = {};
  const backend = createServer(async ({ url }, response) => {
    counts[url] = (counts[url] ?? 0) + 1;
    const number = counts[url];
    // Longer than the timeout of a silent leader.
    await new Promise((resolve) => setTimeout(resolve, number === 1 ? 6_000 : 10));
    response.end('answer ' + number);
  });
  await new Promise((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const base = 'http://127.0.0.1:' + backend.address().port;
  const ask = async (path, name, more = '') => {
    const url = 'http://localhost/?name=' + name + '&url=' + encodeURIComponent(base + path) + more;
    return (await miniflare.dispatchFetch(url)).text();
  };
  const together = [ask('/stays', 'a'), ask('/stays', 'b')];
  const left = await ask('/leaves', 'a', '&leave');
  const followers = [ask('/leaves', 'b'), ask('/leaves', 'c')];
  console.log(JSON.stringify({ stays: await Promise.all(together), left, leaves: await Promise.all(followers), counts }));
  backend.close().closeAllConnections();
`,
);

workerRows.push({
  name: 'Cloudflare Workers: a call that joined a request whose context has ended',
  async run(consumer) {
    const { stays, left, leaves, counts } = await resultsOf(
      consumer,
      SHARING_WORKER,
      SHARING_START,
    );
    // Both calls get the response of the leader, whichever it is. When the leader is gone, one waiter leads again.
    const [leader] = stays[0].match(/[ab]$/);
    assert.deepEqual(stays, [`answer 1 for ${leader}`, `answer 1 for ${leader}`]);
    const [heir] = leaves[0].match(/[bc]$/);
    assert.deepEqual(leaves, [`answer 2 for ${heir}`, `answer 2 for ${heir}`]);
    assert.deepEqual([left, counts], ['left', { '/stays': 1, '/leaves': 2 }]);
  },
});

/** A request with `leave` ends when the headers have arrived, before the body. */
const BODY_WORKER = `import { resilient } from 'holdfast';
const load = resilient(fetch, { cache: true, timeout: { attempt: '30s', idle: '1s' } });
export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const response = await load(searchParams.get('url'));
    return new Response(searchParams.has('leave') ? 'left' : await response.text());
  },
};
`;

const BODY_START = start(
  `const { createServer } = await import('node:http');
  let count = 0;
  const backend = createServer((request, response) => {
    count++;
    response.write('answer ');
    if (count > 1) response.end(String(count));
  });
  await new Promise((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const url = encodeURIComponent('http://127.0.0.1:' + backend.address().port);
  const ask = async (more = '') =>
    (await miniflare.dispatchFetch('http://localhost/?url=' + url + more)).text();
  const left = await ask('&leave');
  // Longer than the timeout of the body, whose timer has ended with its request.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  console.log(JSON.stringify([left, await ask(), await ask()]));
  backend.close().closeAllConnections();
`,
);

workerRows.push({
  name: 'Cloudflare Workers: a body that was arriving when its request ended',
  async run(consumer) {
    const answers = await resultsOf(consumer, BODY_WORKER, BODY_START);
    assert.deepEqual(answers, ['left', 'answer 2', 'answer 2']);
  },
});

/** A request with `leave` ends at once, while its call holds a slot, waits, or is a probe. */
const LOST_WORKER = `import { resilient } from 'holdfast';
const load = async (name) => {
  await new Promise((resolve) => setTimeout(resolve, name === 'slow' ? 60_000 : 200));
  if (name === 'fails') throw new Error('down');
  return name;
};
const functions = {
  slot: resilient(load, { bulkhead: { maxConcurrent: 1, maxWait: '15s' } }),
  token: resilient(load, { rateLimiter: { maxCalls: 1, period: '500ms', maxWait: '15s' } }),
  probe: resilient(load, {
    circuitBreaker: { failureThreshold: 1, recoveryTimeout: '100ms', successThreshold: 1 },
  }),
};
export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const call = functions[searchParams.get('by')](searchParams.get('name'));
    if (searchParams.has('leave')) return new Response('left');
    return new Response(await call.catch(({ name }) => name));
  },
};
`;

const LOST_START = start(
  `const ask = async (by, name, more = '') => {
    const url = 'http://localhost/?by=' + by + '&name=' + name + more;
    return (await miniflare.dispatchFetch(url)).text();
  };
  const pass = (seconds) => new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
  const all = (by) => Promise.all(['a', 'b', 'c'].map((name) => ask(by, name)));
  const results = { together: [await all('slot'), await all('token')] };
  for (const by of ['slot', 'token']) {
    await ask(by, 'slow', '&leave');
    await ask(by, 'a', '&leave');
    results[by] = await all(by);
  }
  await ask('probe', 'fails');
  await pass(0.2);
  await ask('probe', 'slow', '&leave');
  results.probe = [await ask('probe', 'a')];
  // Longer than the timeout of a silent request.
  await pass(3.5);
  results.probe.push(await ask('probe', 'a'), await ask('probe', 'b'));
  console.log(JSON.stringify(results));
`,
);

workerRows.push({
  name: 'Cloudflare Workers: slots, tokens and probes of requests that have ended',
  async run(consumer) {
    const abc = ['a', 'b', 'c'];
    assert.deepEqual(await resultsOf(consumer, LOST_WORKER, LOST_START), {
      together: [abc, abc],
      slot: abc,
      token: abc,
      probe: ['CircuitOpenError', 'a', 'b'],
    });
  },
});

/**
 * All requests call the same functions, over a clock that they set. A request that gets a stale value ends at once,
 * before the refresh that it started.
 */
const STALE_WORKER = `import { waitUntil } from 'cloudflare:workers';
import { resilient } from 'holdfast';
let base;
const clock = { time: 0, now: () => clock.time };
const wrap = (cache) =>
  resilient(async (path) => (await fetch(base + path)).text(), {
    cache: { ttl: 10, staleWhileRevalidate: '1h', clock, ...cache },
  });
const functions = {
  keeps: wrap({
    waitUntil: (refresh) => waitUntil(refresh.then(() => fetch(base + '/refreshed'))),
  }),
  drops: wrap(),
  slow: async (path) => (await load(base + path)).text(),
};
const load = resilient(fetch, {
  cache: { ttl: 10, staleWhileRevalidate: '1h', clock, waitUntil },
});
export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const read = (name) => searchParams.get(name);
    base = read('base');
    clock.time = Number(read('time'));
    return new Response(await functions[read('by')]('/' + read('by')));
  },
};
`;

/** The second answer to each path waits until all callers of its stale value have been served. */
const STALE_START = start(
  `const { createServer } = await import('node:http');
  const counts = {};
  const arrivals = new Map();
  const gates = new Map();
  const arrival = (name) => {
    if (!arrivals.has(name)) arrivals.set(name, Promise.withResolvers());
    return arrivals.get(name);
  };
  const gate = (url) => {
    if (!gates.has(url)) gates.set(url, Promise.withResolvers());
    return gates.get(url);
  };
  const backend = createServer(async ({ url }, response) => {
    counts[url] = (counts[url] ?? 0) + 1;
    const number = counts[url];
    arrival(url + ' ' + number).resolve();
    if (number === 2) {
      // The headers, at once.
      if (url === '/slow') response.write('answer ');
      await gate(url).promise;
      if (url === '/slow') return response.end('2');
    }
    response.end('answer ' + number);
  });
  await new Promise((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const base = 'http://127.0.0.1:' + backend.address().port;
  const ask = async (by, time) => {
    const url = 'http://localhost/?by=' + by + '&time=' + time + '&base=' + encodeURIComponent(base);
    return (await miniflare.dispatchFetch(url)).text();
  };
  const keeps = [await ask('keeps', 0), await ask('keeps', 10_001), await ask('keeps', 10_001)];
  gate('/keeps').resolve();
  await arrival('/refreshed 1').promise;
  keeps.push(await ask('keeps', 10_001));

  const slow = [await ask('slow', 0), await ask('slow', 10_001)];
  await arrival('/slow 2').promise;
  const drops = [await ask('drops', 10_001), await ask('drops', 20_002), await ask('drops', 20_002)];
  await arrival('/drops 2').promise;
  const before = counts['/drops'];
  // Longer than the timeout of a silent leader.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  drops.push(await ask('drops', 20_002));
  slow.push(await ask('slow', 10_001));
  gate('/slow').resolve();
  while (slow.at(-1) === 'answer 1') slow.push(await ask('slow', 10_001));
  await arrival('/drops 3').promise;
  gate('/drops').resolve();
  console.log(JSON.stringify({ keeps, drops, slow: slow.at(-1), before, counts }));
  backend.close().closeAllConnections();
`,
);

workerRows.push({
  name: 'Cloudflare Workers: a refresh whose request has ended, with and without waitUntil',
  async run(consumer) {
    const { keeps, drops, slow, before, counts } = await resultsOf(
      consumer,
      STALE_WORKER,
      STALE_START,
    );
    // With waitUntil the refresh goes on after its request, and is stored.
    assert.deepEqual(keeps, ['answer 1', 'answer 1', 'answer 1', 'answer 2']);
    // Without, it ends with its request, and a call four seconds later starts another.
    assert.deepEqual([drops, before], [['answer 1', 'answer 1', 'answer 1', 'answer 1'], 2]);
    // A refresh lives as long as its body arrives.
    assert.equal(slow, 'answer 2');
    assert.deepEqual(counts, { '/keeps': 2, '/refreshed': 1, '/drops': 3, '/slow': 2 });
  },
});
