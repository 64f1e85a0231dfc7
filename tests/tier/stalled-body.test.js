import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import FakeTimers from '@sinonjs/fake-timers';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier } from '../support/memory-tier.js';
import { turn } from '../support/turn.js';

let clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

test('a process whose response stalls keeps the others waiting no longer than its own calls', async () => {
  const shared = memoryDriver();
  const stalling = () => {
    const start = (controller) => controller.enqueue(new Uint8Array(10));
    return new Response(new ReadableStream({ start }));
  };
  const [one, other] = [async () => stalling(), async () => new Response('whole')].map((fn) =>
    wrapInTier(fn, { driver: driverOver(shared), lease: 3 }),
  );
  const reader = (await one('x')).body.getReader();
  await reader.read();
  let text;
  other('x').then(async (response) => {
    text = await response.text();
  });
  const states = [];
  for (const milliseconds of [9_000, 3_000]) {
    for (let left = milliseconds; left > 0; left -= 100) {
      clock.tick(100);
      for (let index = 0; index < 10; index++) await turn();
    }
    states.push(text);
  }
  assert.deepEqual(states, [undefined, 'whole']);
});
