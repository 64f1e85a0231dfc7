import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { inChild } from '../support/in-child.js';
import { turn } from '../support/turn.js';
import { warningsOf } from '../support/warnings.js';

const results = {
  'a value': `'value'`,
  'a response with an endless body': 'new Response(new ReadableStream())',
  'a response without a body': 'new Response(null)',
  'what can be read once': '[].values()',
};

/** The outcomes of the leader and the next call when the clock throws at the first reading, the second, and so on. */
const outcomes = (result) => `async () => {
  const { EventType, resilient } = await import('holdfast');
  const { now } = performance;
  const { signal } = new AbortController();
  const all = [];
  for (const timeout of [undefined, '1h']) {
    for (let reads = 0; reads < 6; reads++) {
      let finish;
      let runs = 0;
      const load = () => (++runs === 1 ? new Promise((resolve) => (finish = resolve)) : 'well');
      const f = resilient(load, { cache: true, timeout }).with({ signal });
      f.addEventListener(EventType.SUCCESS, () => {});
      const calls = [f(1), f(1)];
      let left = reads;
      performance.now = function () {
        if (left-- > 0) return now.call(this);
        throw new Error('no time');
      };
      finish(${result});
      const [leader, waiter] = await Promise.allSettled(calls);
      performance.now = now;
      const next = await f(1);
      all.push([leader.status, ['well', 'value'].includes(next) || next instanceof Response]);
      // A reader of an endless body would keep the process alive.
      for (const value of [leader.value, waiter.value, next]) await value?.body?.cancel();
    }
  }
  return all;
}`;

describe('a flight survives a clock that throws when its result is handed over', () => {
  for (const [name, result] of Object.entries(results)) {
    it(`a flight whose clock throws hands over ${name} and leaves its key to the next call`, () => {
      const all = inChild(outcomes(result), true);
      assert.equal(all.length, 12);
      for (const outcome of all) assert.deepEqual(outcome, ['fulfilled', true]);
    });
  }
});

it('callers of a refresh share no result that can be read once, although the clock throws', async () => {
  for (const make of [
    () => [].values(),
    () => new Response('x', { headers: { 'content-type': 'text/event-stream' } }),
  ]) {
    let isBroken = false;
    const now = () => {
      if (isBroken) throw new Error('no time');
      return 0;
    };
    let run = () => 'stored';
    const f = resilient(async () => run(), { cache: { clock: { now } } });
    await warningsOf(async () => {
      await f(1);
      run = async () => {
        await turn();
        isBroken = true;
        return make();
      };
      const refresh = f.with({ refresh: true });
      const [first, second] = await Promise.all([refresh(1), refresh(1)]);
      assert.notEqual(first, second);
    });
  }
});
