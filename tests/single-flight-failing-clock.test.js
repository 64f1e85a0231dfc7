import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import './support/unhandled-rejections.js';

const { now } = performance;
afterEach(() => {
  performance.now = now;
});
process.on('warning', () => {});

const results = {
  'a value': () => 'value',
  'a response with an endless body': () => new Response(new ReadableStream()),
  'a response without a body': () => new Response(null),
  'what can be read once': () => [].values(),
};

describe('a flight whose clock throws while its result is handed out', () => {
  for (const [name, make] of Object.entries(results)) {
    it(`leaves its key to the next call: ${name}`, async () => {
      for (const timeout of [undefined, '1h']) {
        for (let reads = 0; reads < 6; reads++) {
          let finish;
          let runs = 0;
          const load = () => {
            runs++;
            return runs === 1 ? new Promise((resolve) => (finish = resolve)) : 'well';
          };
          const f = resilient(load, { cache: true, timeout });
          f.addEventListener(EventType.SUCCESS, () => {});
          const calls = [f(1), f(1)];
          let left = reads;
          performance.now = function () {
            if (left-- > 0) return now.call(this);
            throw new Error('no time');
          };
          finish(make());
          const received = await Promise.allSettled(calls);
          performance.now = now;
          const next = await f(1);
          assert.ok(['well', 'value'].includes(next) || next instanceof Response);
          assert.equal(received[0].status, 'fulfilled');
          // What waits for the rest of a body would keep the process alive.
          for (const { value } of [...received, { value: next }]) await value?.body?.cancel();
        }
      }
    });
  }
});
