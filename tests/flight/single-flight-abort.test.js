import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bulkhead, EventType, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { inChild } from '../support/in-child.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import { watchedBody } from '../support/watched-body.js';
import '../support/unhandled-rejections.js';

const PENDING = { state: 'pending' };

/** A wrapped function whose runs the test settles, and callers that can leave. */
function scene(options) {
  const load = controlled();
  const f = resilient(load, { cache: true, passContext: true, ...options });
  const join = (key = 'a') => {
    const controller = new AbortController();
    const outcome = outcomeOf(f.with({ signal: controller.signal })(key));
    return { outcome, leave: (reason) => controller.abort(reason) };
  };
  const signalOf = (run) => load.runs[run].args.at(-1).signal;
  return { load, f, join, signalOf };
}

describe('a caller may leave a flight', () => {
  it('a leader that leaves rejects at once with the reason, and the other callers stay', async () => {
    const { load, f, join, signalOf } = scene();
    const leader = join();
    const others = [outcomeOf(f('a')), join().outcome];
    const reason = new Error('bye');
    leader.leave(reason);
    await turn();
    assert.equal(leader.outcome.error, reason);
    assert.deepEqual(others, [PENDING, PENDING]);
    assert.equal(signalOf(0).aborted, false);
    load.runs[0].resolve('v');
    await turn();
    assert.deepEqual(
      others.map(({ value }) => value),
      ['v', 'v'],
    );
    assert.equal(await f('a'), 'v');
    assert.equal(load.runs.length, 1);
  });

  it('a waiter that leaves rejects at once, and the leader stays', async () => {
    const { load, f, join, signalOf } = scene();
    const leader = outcomeOf(f('a'));
    const other = join();
    other.leave('bye');
    await turn();
    assert.deepEqual(other.outcome, { state: 'rejected', error: 'bye' });
    assert.deepEqual(leader, PENDING);
    assert.equal(signalOf(0).aborted, false);
    load.runs[0].resolve('v');
    await turn();
    assert.equal(leader.value, 'v');
  });

  it('the last caller that leaves aborts the signal of the function with the reason, and the next call runs again', async () => {
    const { load, f, join, signalOf } = scene();
    const callers = [join(), join(), join()];
    callers[1].leave('one');
    callers[0].leave('two');
    assert.equal(signalOf(0).aborted, false);
    callers[2].leave('three');
    assert.equal(signalOf(0).aborted, true);
    assert.equal(signalOf(0).reason, 'three');
    await turn();
    assert.deepEqual(
      callers.map(({ outcome }) => outcome.error),
      ['two', 'one', 'three'],
    );

    const next = f('a');
    assert.equal(load.runs.length, 2);
    load.runs[0].resolve('no caller waits for this');
    await turn();
    assert.equal(f.cache.size, 0);
    assert.equal(signalOf(1).aborted, false);
    load.runs[1].resolve('new');
    assert.equal(await next, 'new');
    assert.equal(await f('a'), 'new');
  });

  it('a function that rejects after its last caller has left, as fetch does, leaves nothing unhandled', async () => {
    const { load, join, signalOf } = scene();
    const caller = join();
    caller.leave('bye');
    load.runs[0].reject(signalOf(0).reason);
    await turn();
    assert.deepEqual(caller.outcome, { state: 'rejected', error: 'bye' });
  });

  it('the last caller that leaves a superseded flight does not cancel the new one', async () => {
    const { load, f, join, signalOf } = scene();
    const old = join();
    f.invalidate('a');
    const fresh = f('a');
    old.leave('bye');
    assert.equal(signalOf(0).aborted, true);
    assert.equal(signalOf(1).aborted, false);
    assert.equal(f('a'), fresh);
    load.runs[1].resolve('v');
    assert.equal(await fresh, 'v');
  });

  it('an abort after the result has arrived changes nothing', async () => {
    const { load, f, join, signalOf } = scene();
    const caller = join();
    load.runs[0].resolve('v');
    await turn();
    caller.leave('too late');
    await turn();
    assert.deepEqual(caller.outcome, { state: 'fulfilled', value: 'v' });
    assert.equal(signalOf(0).aborted, false);
    assert.equal(await f('a'), 'v');
  });

  it('callers with the same signal leave together', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const controller = new AbortController();
    const mine = f.with({ signal: controller.signal });
    const outcomes = ['a', 'a', 'b'].map((key) => outcomeOf(mine(key)));
    controller.abort('bye');
    await turn();
    assert.deepEqual(outcomes, Array(3).fill({ state: 'rejected', error: 'bye' }));
    const again = f('a');
    assert.equal(load.runs.length, 3);
    load.runs[2].resolve('v');
    assert.equal(await again, 'v');
  });

  it('a leader that aborts before the function has returned keeps the call', async () => {
    for (const options of [{}, { timeout: '5s' }, { retry: {} }]) {
      const { load, f, join, signalOf } = scene(options);
      let guest;
      f.addEventListener(EventType.CACHE_MISS, () => {
        guest = join();
        guest.leave('bye');
      });
      const leader = outcomeOf(f('a'));
      await turn();
      assert.deepEqual(guest.outcome, { state: 'rejected', error: 'bye' });
      assert.deepEqual(leader, PENDING);
      assert.equal(signalOf(0).aborted, false);
      load.runs[0].resolve('v');
      await turn();
      assert.equal(leader.value, 'v');
      assert.equal(await f('a'), 'v');
      assert.equal(load.runs.length, 1);
    }
  });

  it('a caller that aborts inside the function, before it has returned, leaves nevertheless', async () => {
    const controller = new AbortController();
    const f = resilient(
      async () => {
        controller.abort('bye');
        return 'v';
      },
      { cache: true },
    );
    await assert.rejects(f.with({ signal: controller.signal })('a'), (error) => error === 'bye');
    assert.equal(f.cache.size, 0);
  });

  it('a caller whose signal was aborted without a reason gets a DOMException', async () => {
    const { join, signalOf } = scene();
    const caller = join();
    caller.leave();
    await turn();
    assert.equal(caller.outcome.error.name, 'AbortError');
    assert.equal(caller.outcome.error, signalOf(0).reason);
  });
});

describe('a caller with an aborted signal is rejected first', () => {
  it('a caller with an aborted signal is rejected before any key, run, count or event', async () => {
    let keys = 0;
    const events = [];
    const load = controlled();
    const f = resilient(load, {
      cache: { key: () => ++keys },
      onEvent: ({ type }) => events.push(type),
    });
    const refused = f.with({ signal: AbortSignal.abort('bye') })('a');
    await assert.rejects(refused, (error) => error === 'bye');
    const { hits, misses, coalesced } = f.cache.stats;
    assert.deepEqual([hits, misses, coalesced, keys, load.runs.length], [0, 0, 0, 0, 0]);
    assert.deepEqual(events, []);
  });

  it('a caller with an aborted signal is rejected even if a result is stored or a call is in flight', async () => {
    const { load, f } = scene();
    const gone = f.with({ signal: AbortSignal.abort('bye') });
    const call = f('a');
    await assert.rejects(gone('a'), (error) => error === 'bye');
    load.runs[0].resolve('v');
    await call;
    const before = f.cache.stats;
    await assert.rejects(gone('a'), (error) => error === 'bye');
    await assert.rejects(gone.with({ refresh: true })('a'), (error) => error === 'bye');
    assert.deepEqual(f.cache.stats, before);
    assert.equal(load.runs.length, 1);
  });

  it('a caller with an aborted signal gets the reason thrown by a function known to be synchronous', () => {
    const f = resilient((x) => x, { cache: true });
    f('a');
    const gone = f.with({ signal: AbortSignal.abort('bye') });
    assert.throws(
      () => gone('a'),
      (error) => error === 'bye',
    );
  });

  it('a caller with an aborted signal is rejected without a cache, too', async () => {
    const load = controlled();
    const f = resilient(load);
    const refused = f.with({ signal: AbortSignal.abort('bye') })();
    await assert.rejects(refused, (error) => error === 'bye');
    assert.equal(load.runs.length, 0);
  });
});

describe('callers that could leave leave nothing behind', () => {
  it('a cancelled call ends once, as a failure, with its duration', async (t) => {
    t.mock.timers.enable({ apis: ['Date'] });
    const events = [];
    const { load, join } = scene({
      onEvent: ({ type, error, duration }) => {
        events.push({ type, error, seconds: Math.round(duration) });
      },
    });
    const caller = join();
    t.mock.timers.tick(2_000);
    caller.leave('bye');
    load.runs[0].resolve('no caller waits for this');
    await turn();
    assert.deepEqual(events.slice(1), [{ type: 'failure', error: 'bye', seconds: 2 }]);
  });

  it('a hit adds no listener to the signal', async () => {
    const { signal } = new AbortController();
    const f = resilient(async (n) => n, { cache: true });
    await f(1);
    signal.addEventListener = () => assert.fail('it listens');
    assert.equal(await f.with({ signal })(1), 1);
  });

  it('many concurrent callers with the same signal cause no warning of a leak', () => {
    const warnings = inChild(async () => {
      const { resilient } = await import('holdfast');
      const warnings = [];
      process.removeAllListeners('warning');
      process.on('warning', ({ message }) => warnings.push(message));
      const { signal } = new AbortController();
      const f = resilient(async (n) => n, { cache: true });
      const mine = f.with({ signal });
      await Promise.all(Array.from({ length: 100 }, (_, n) => mine(n)));
      await new Promise((resolve) => setImmediate(resolve));
      return warnings;
    });
    assert.deepEqual(warnings, []);
  });
});

describe('a response that no caller gets is cancelled', () => {
  const eventStream = { headers: { 'content-type': 'text/event-stream' } };
  for (const [name, options, init] of [
    ['without a cache', { cache: undefined, timeout: '1h' }],
    ['that is an event stream', { timeout: '1h' }, eventStream],
    ['with a waiting pattern', { bulkhead: { maxConcurrent: 1, maxWait: '1h' } }, eventStream],
  ]) {
    it(`a response ${name} is read or cancelled, whenever its only caller leaves`, async () => {
      for (let ticks = 0; ticks < 30; ticks++) {
        const { load, join } = scene(options);
        const { outcome, leave } = join({});
        const watched = watchedBody();
        load.runs[0].resolve(new Response(watched.body, init));
        for (let tick = 0; tick < ticks; tick++) await null;
        leave();
        await turn();
        const isCancelled = outcome.state === 'fulfilled' || watched.cancelled;
        assert.ok(isCancelled, `left after ${ticks} microtasks`);
      }
    });
  }

  it('a response for arguments that changed while the call waited is cancelled if its only caller leaves', async () => {
    for (let ticks = 0; ticks < 30; ticks++) {
      const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '1h' });
      const { load, f, join } = scene({ bulkhead });
      outcomeOf(f('first'));
      const argument = { id: 1 };
      const { outcome, leave } = join(argument);
      argument.id = 2;
      load.runs[0].resolve();
      await turn();
      const watched = watchedBody();
      load.runs[1].resolve(new Response(watched.body));
      for (let tick = 0; tick < ticks; tick++) await null;
      leave();
      await turn();
      const isCancelled = outcome.state === 'fulfilled' || watched.cancelled;
      assert.ok(isCancelled, `left after ${ticks} microtasks`);
    }
  });

  const withCookie = { headers: { ...eventStream.headers, 'set-cookie': 'a=1' } };

  it('a response with a cookie that cannot be shared is cancelled if its leader leaves before its waiters', async () => {
    const { load, f, join } = scene();
    const leader = join();
    const waiter = outcomeOf(f('a'));
    leader.leave();
    const watched = watchedBody();
    load.runs[0].resolve(new Response(watched.body, withCookie));
    await turn();
    assert.equal(watched.cancelled, true);
    load.runs[1].resolve(new Response('own', withCookie));
    await turn();
    assert.equal(await waiter.value.text(), 'own');
  });

  it('a response that cannot be shared is cancelled if all its callers got a stale result because it was slow', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let now = 0;
    const clock = { now: () => now };
    const { load, f } = scene({ cache: { ttl: 1, staleIfError: 60, staleIfSlow: 2, clock } });
    f.put(['a'], 'old');
    now = 1_500;
    const callers = [f('a'), f('a')];
    t.mock.timers.tick(2_000);
    assert.deepEqual(await Promise.all(callers), ['old', 'old']);
    const watched = watchedBody();
    load.runs[0].resolve(new Response(watched.body, eventStream));
    await turn();
    assert.equal(watched.cancelled, true);
  });

  it('a response of a refresh in the background that cannot be shared is cancelled if the callers that joined it have left', async () => {
    let now = 0;
    const clock = { now: () => now };
    const { load, f } = scene({ cache: { ttl: 1, staleWhileRevalidate: 60, clock } });
    f.put(['a'], 'old');
    now = 1_500;
    assert.equal(await f('a'), 'old');
    const controller = new AbortController();
    const joined = outcomeOf(f.with({ refresh: true, signal: controller.signal })('a'));
    controller.abort();
    const watched = watchedBody();
    load.runs[0].resolve(new Response(watched.body, eventStream));
    await turn();
    assert.deepEqual([joined.state, load.runs.length], ['rejected', 1]);
    assert.equal(watched.cancelled, true);
  });

  it('a response for arguments that changed while the call waited is cancelled if its leader leaves before its waiters', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '1h' });
    const { load, f, join } = scene({ bulkhead });
    outcomeOf(f('first'));
    const argument = { id: 1 };
    const leader = join(argument);
    const waiter = outcomeOf(f({ id: 1 }));
    argument.id = 2;
    load.runs[0].resolve();
    await turn();
    leader.leave();
    const watched = watchedBody();
    load.runs[1].resolve(new Response(watched.body));
    await turn();
    assert.equal(watched.cancelled, true);
    load.runs[2].resolve('own');
    await turn();
    assert.equal(waiter.value, 'own');
  });
});
