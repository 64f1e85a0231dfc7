import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

describe('a listener that answers every event by causing the next one is stopped', () => {
  it('an endless listener of hits is stopped with a clear error before the stack overflows', async () => {
    const loop = resilient((key) => key, { cache: true, sync: true, name: 'loop' });
    loop.addEventListener(EventType.CACHE_HIT, () => loop('a'));
    loop('a');
    const warnings = await warningsOf(() => assert.equal(loop('a'), 'a'));
    assert.ok(warnings.length > 0);
    for (const warning of warnings) assert.match(warning, /loop was called again and again by listeners/);
  });

  it('an endless listener of failures or successes is stopped with a clear error before the stack overflows', async () => {
    const fails = () => {
      throw new Error('no');
    };
    const endless = [
      [EventType.FAILURE, fails, (loop) => loop('a')],
      [EventType.SUCCESS, () => 'v', (loop) => loop.with({ refresh: true })('a')],
    ];
    for (const [type, fn, again] of endless) {
      const loop = resilient(fn, { cache: true, sync: true, name: 'loop' });
      loop.addEventListener(type, () => again(loop));
      const warnings = await warningsOf(() => {
        try {
          assert.equal(loop('a'), 'v');
        } catch (error) {
          assert.equal(error.message, 'no');
        }
      });
      assert.ok(warnings.some((warning) => /loop was called again and again by listeners/.test(warning)));
      assert.deepEqual(
        warnings.filter((warning) => /stack/.test(warning)),
        [],
      );
    }
  });

  it('an endless listener of joined calls does not keep a call alive that all callers have left', async () => {
    const load = controlled();
    const loop = resilient(load, { cache: true, name: 'loop', passContext: true });
    const controller = new AbortController();
    const mine = loop.with({ signal: controller.signal });
    const calls = [outcomeOf(mine('a'))];
    const join = async () => {
      calls.push(outcomeOf(mine('a')));
    };
    loop.addEventListener(EventType.CACHE_COALESCED, join);
    const warnings = await warningsOf(join);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /loop was called again and again by listeners/);
    controller.abort('bye');
    await turn();
    for (const call of calls) assert.deepEqual(call, { state: 'rejected', error: 'bye' });
    assert.equal(load.runs[0].args.at(-1).signal.aborted, true);
  });

  it('an endless listener with a new key each time gets an error that does not name one key', async () => {
    let calls = 0;
    const loop = resilient(async (key) => key, { cache: true, name: 'loop' });
    loop.addEventListener(EventType.CACHE_MISS, () => loop(++calls));
    const warnings = await warningsOf(() => loop(0));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /loop was called again and again by listeners/);
  });

  it('an endless listener that answers two events of each call is stopped soon, each time', async () => {
    let heard = 0;
    let key = 0;
    const loop = resilient((key) => key, {
      cache: true,
      name: 'loop',
      onEvent() {
        heard++;
        if (heard < 1_000) loop(++key);
      },
    });
    for (let round = 0; round < 3; round++) {
      heard = 0;
      const warnings = await warningsOf(() => loop(++key));
      assert.ok(heard > 100 && heard < 300, `heard ${heard}`);
      for (const warning of warnings) assert.match(warning, /loop was called again and again/);
    }
  });

  it('a listener of many consecutive calls is not stopped', async () => {
    let heard = 0;
    const f = resilient((key) => key, { cache: { maxSize: 10 }, onEvent: () => heard++ });
    const warnings = await warningsOf(() => {
      for (let call = 0; call < 1_000; call++) {
        f(call);
        f(call);
      }
    });
    assert.equal(heard, 3_000);
    assert.deepEqual(warnings, []);
  });
});
