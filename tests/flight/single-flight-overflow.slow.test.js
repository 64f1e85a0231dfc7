import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';
import '../support/unhandled-rejections.js';

describe('a recursion that overflows the stack', () => {
  it('an async recursion that overflows the stack leaves nothing behind', () => {
    const missed = inChild(
      `async () => {
      const { resilient } = await import('holdfast');
      for (const unhandled of ['unhandledRejection', 'uncaughtException']) process.on(unhandled, () => {});
      const sum = resilient(async (n) => (n === 0 ? 0 : (await sum(n - 1)) + 1), { cache: { maxSize: 100_000 } });
      const missed = [await sum(50_000).catch((error) => error.message)];
      const waiting = new Set();
      for (let n = 1; n <= 50_000; n++) {
        sum.cache.put(n - 1, n - 1);
        waiting.add(n);
        sum(n).then(() => waiting.delete(n), (error) => missed.push(n + ': ' + error.message));
        if (n % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return [...missed, ...waiting];
    }`,
      true,
    );
    assert.deepEqual(missed, ['Maximum call stack size exceeded']);
  });

  // The depths increase, since a call stores the results for the next ones. New code needs the most stack.
  it('a synchronous recursion that overflows the stack leaves nothing behind', () => {
    const missed = inChild(`async () => {
      const { resilient } = await import('holdfast');
      const sum = resilient((n) => (n === 0 ? 0 : sum(n - 1) + 1), { cache: { maxSize: 100_000 } });
      let message;
      try { sum(50_000); } catch (error) { message = error.message; }
      const missed = [message];
      for (let n = 30_000; n <= 50_000; n++) {
        sum.cache.put(n - 1, n - 1);
        try { sum(n); } catch (error) { missed.push(n + ': ' + error.message); }
      }
      return missed;
    }`);
    assert.deepEqual(missed, ['Maximum call stack size exceeded']);
  });
});
