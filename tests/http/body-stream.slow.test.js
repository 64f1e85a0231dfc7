import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

/**
 * The number of twenty connections that are still open after the responses of `call` were collected unread. The
 * server sends `size` bytes of a body that never ends.
 */
const held = ({ options, size, call }) => `async () => {
  const { createServer } = await import('node:http');
  const { once } = await import('node:events');
  const { resilient } = await import('holdfast');
  let open = 0;
  let asked = 0;
  const server = createServer((_, response) => {
    open++;
    asked++;
    response.on('close', () => open--);
    response.write(Buffer.alloc(${size}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = 'http://127.0.0.1:' + server.address().port + '/';
  const f = resilient(fetch, ${options});
  const { signal } = new AbortController();
  for (let index = 0; index < 20; index++) {
    await (async () => (${call})(f, base + index, signal))();
  }
  for (let turns = 0; turns < 200 && open > 0; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
  }
  server.closeAllConnections();
  server.close();
  return { open, asked };
}`;

const one = '(f, url, signal) => f(url, { signal })';
const many = '(f, url) => Promise.all([f(url), f(url), f(url)])';

const cases = {
  'with a signal and no cache': { options: '{ retry: {} }', call: one },
  'of a Request and no cache': {
    options: '{ retry: {} }',
    call: '(f, url) => f(new Request(url))',
  },
  'over maxBodySize, with a signal': {
    options: '{ cache: { maxBodySize: 1000 } }',
    call: one,
  },
  'over maxBodySize, whose leader and waiters do not read': {
    options: '{ cache: { maxBodySize: 1000 } }',
    call: many,
  },
  'over maxBodySize, whose waiters have cancelled theirs': {
    options: '{ cache: { maxBodySize: 1000 } }',
    call: `async (f, url) => {
      const [, ...waiters] = await Promise.all([f(url), f(url), f(url)]);
      for (const waiter of waiters) await waiter.body.cancel();
    }`,
  },
  'over maxBodySize, that were cloned': {
    options: '{ cache: { maxBodySize: 1000 } }',
    call: '(f, url, signal) => f(url, { signal }).then((response) => void response.clone())',
  },
  'that are not stored': {
    options: '{ cache: { statuses: [404] } }',
    size: 1_000,
    call: many,
  },
  'that were invalidated in flight': {
    options: '{ cache: true }',
    size: 1_000,
    call: '(f, url) => Promise.all([f(url), f(url)]).then(() => f.invalidate(url))',
  },
};

describe('the connections of unread responses are closed', () => {
  for (const [name, { size = 8_000_000, ...program }] of Object.entries(cases)) {
    it(`the connections of collected responses ${name} are closed`, () => {
      assert.deepEqual(inChild(held({ size, ...program })), { open: 0, asked: 20 });
    });
  }

  it('the connection of a response stays open while it is referred to and may be read', () => {
    const texts = inChild(async () => {
      const { resilient } = await import('holdfast');
      const sizes = [];
      for (const options of [{ retry: {} }, { cache: { maxBodySize: 10 } }, { cache: true }]) {
        const pull = (controller) => {
          controller.enqueue(new Uint8Array(100));
          if (++sent === 50) controller.close();
        };
        let sent = 0;
        const f = resilient(async () => new Response(new ReadableStream({ pull })), options);
        const { body } = await f.with({ signal: new AbortController().signal })();
        for (let turns = 0; turns < 5; turns++) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          gc();
        }
        let size = 0;
        for await (const { byteLength } of body) {
          gc();
          size += byteLength;
        }
        sizes.push(size);
      }
      return sizes;
    });
    assert.deepEqual(texts, [5_000, 5_000, 5_000]);
  });
});
