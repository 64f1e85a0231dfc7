import { equal, rejects } from './assert.js';
import { readText } from './bytes.js';
import { until } from './until.js';

const REST = [{ gate: 'rest' }, { cut: true }];

const kinds = {
  'that is shorter than its Content-Length': { length: 10, body: ['12345', ...REST] },
  'that is sent in chunks and never ends': { body: ['12345', ...REST] },
  'that is compressed': {
    length: 10,
    headers: { 'content-encoding': 'gzip' },
    body: [{ gate: 'rest' }, 'not', { cut: true }],
    unreadable: true,
  },
};

export const brokenBodies = {};

for (const [kind, { unreadable, ...answer }] of Object.entries(kinds)) {
  brokenBodies[`a body ${kind} errors all its readers, and is not stored`] = async (context) => {
    const { resilient, page } = context;
    const half = page(answer, 'whole');
    const f = resilient(fetch, { cache: true });
    const [one, two, three] = await Promise.all([f(half.url), f(half.url), f(half.url)]);
    const reader = one.body.getReader();
    if (!unreadable) await readText(reader, '12345');
    const text = rejects(two.text(), {}, 'text()');
    await half.open('rest');
    await rejects(readToEnd(reader), {}, 'the reader');
    await text;
    // A later reader, too.
    await rejects(three.arrayBuffer(), {}, 'arrayBuffer()');
    equal(f.cache.size, 0);
    equal(await (await f(half.url)).text(), 'whole');
    equal(await half.count(), 2, 'requests');
    equal(f.cache.size, 1);
  };
}

async function readToEnd(reader) {
  while (!(await reader.read()).done);
}

Object.assign(brokenBodies, {
  async 'a broken body is not requested again, and is no failure for the breaker'({
    resilient,
    page,
  }) {
    const half = page({ length: 10, body: ['12345', ...REST] });
    const f = resilient(fetch, {
      cache: true,
      retry: { delay: '1ms' },
      circuitBreaker: { failureThreshold: 1 },
    });
    const response = await f(half.url);
    const text = rejects(response.text(), {}, 'text()');
    await half.open('rest');
    await text;
    equal(await half.count(), 1, 'requests');
    equal(f.circuitBreaker.state, 'closed');
  },

  async 'a broken body that no caller reads causes no error'({ resilient, page }) {
    const half = page({ length: 10, body: ['12345', { cut: true }] }, 'whole');
    const f = resilient(fetch, { cache: true });
    await f(half.url);
    // A caller that joins the body gets what has arrived.
    const read = async () => (await f(half.url)).text();
    await until(async () => (await read().catch(() => 'broken')) === 'whole');
    equal(await half.count(), 2, 'requests');
  },
});
