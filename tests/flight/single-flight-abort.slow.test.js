import assert from 'node:assert/strict';
import { it } from 'node:test';
import { resilient } from 'holdfast';
import '../support/unhandled-rejections.js';

it('a long-lived signal has no listener after 100,000 calls', async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  let most = 0;
  const add = signal.addEventListener;
  const remove = signal.removeEventListener;
  signal.addEventListener = (...args) => {
    most = Math.max(most, ++listeners);
    add.apply(signal, args);
  };
  signal.removeEventListener = (...args) => {
    listeners--;
    remove.apply(signal, args);
  };
  const f = resilient(
    async (n) => {
      if (n % 3 === 0) throw n;
      return n;
    },
    { cache: { maxSize: 10 } },
  );
  const mine = f.with({ signal });
  for (let batch = 0; batch < 100; batch++) {
    const calls = Array.from({ length: 1_000 }, (_, call) => mine(batch * 500 + (call % 500)));
    await Promise.allSettled(calls);
  }
  assert.ok(most > 0, 'the calls were to be seen listening');
  assert.equal(listeners, 0);
});
