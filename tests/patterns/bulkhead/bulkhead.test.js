import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Bulkhead, BulkheadFullError, ResilienceError, resilient } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();
const settled = () => time.pass(0);

/** A function whose runs the test settles, behind a bulkhead; `started` are the arguments of its runs. */
function guarded(bulkhead, options) {
  const load = controlled();
  const f = resilient(load, { bulkhead, name: 'f', ...options });
  return {
    f,
    runs: load.runs,
    get started() {
      return load.runs.map(({ args }) => args[0]).join('');
    },
  };
}

describe('a bulkhead limits concurrent calls', () => {
  it('a bulkhead runs maxConcurrent calls, and refuses the next at once', async () => {
    const scene = guarded({ maxConcurrent: 2 });
    const outcomes = ['a', 'b', 'c'].map((id) => outcomeOf(scene.f(id)));
    await settled();
    assert.equal(scene.started, 'ab');
    const { error } = outcomes[2];
    assert.ok(error instanceof BulkheadFullError && error instanceof ResilienceError);
    assert.deepEqual([error.name, error.code], ['BulkheadFullError', 'BULKHEAD_FULL']);
    assert.deepEqual([error.functionName, error.retryAfter], ['f', undefined]);
    assert.match(error.message, /f/);
    assert.deepEqual(scene.f.bulkhead.metrics, { maxConcurrent: 2, active: 2, waiting: 0 });
    assert.equal(time.pending, 0);

    scene.runs[0].resolve('A');
    scene.runs[1].reject('B');
    await settled();
    assert.deepEqual(
      outcomes.slice(0, 2).map(({ value, error }) => value ?? error),
      ['A', 'B'],
    );
    assert.equal(scene.f.bulkhead.metrics.active, 0);
    outcomeOf(scene.f('d'));
    assert.equal(scene.started, 'abd');
  });

  it('a bulkhead has ten slots and no queue by default', async () => {
    const scene = guarded({});
    const outcomes = Array.from({ length: 11 }, () => outcomeOf(scene.f('x')));
    await settled();
    assert.equal(scene.started.length, 10);
    assert.equal(outcomes[10].state, 'rejected');
    assert.equal(scene.f.bulkhead.metrics.maxConcurrent, 10);
  });

  it('a function that throws synchronously releases its slot, whatever it throws', async () => {
    for (const thrown of [new Error('boom'), undefined, null]) {
      const f = resilient(
        () => {
          throw thrown;
        },
        { bulkhead: { maxConcurrent: 1 } },
      );
      for (let call = 0; call < 3; call++) {
        const outcome = outcomeOf(f());
        await settled();
        assert.deepEqual(outcome, { state: 'rejected', error: thrown });
      }
      assert.equal(f.bulkhead.metrics.active, 0);
    }
  });

  it('a bulkhead given to several functions is shared by them', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxWait: '1s' });
    const [a, b] = [guarded(bulkhead), guarded(bulkhead, { name: 'g' })];
    assert.equal(a.f.bulkhead, bulkhead);
    outcomeOf(a.f('a'));
    const waiting = outcomeOf(b.f('b'));
    assert.deepEqual([a.started, b.started], ['a', '']);
    assert.deepEqual(bulkhead.metrics, { maxConcurrent: 1, active: 1, waiting: 1 });
    a.runs[0].resolve();
    await settled();
    assert.equal(b.started, 'b');
    const late = outcomeOf(b.f('c'));
    await time.pass(1_000);
    assert.equal(late.error.functionName, 'g');
    b.runs[0].resolve('B');
    await settled();
    assert.equal(waiting.value, 'B');
  });

  it('the metrics of a bulkhead are read-only', () => {
    const { metrics } = new Bulkhead({ maxConcurrent: 3 });
    assert.ok(Object.isFrozen(metrics));
    assert.deepEqual(metrics, { maxConcurrent: 3, active: 0, waiting: 0 });
  });
});

describe('a call may wait for a slot', () => {
  it('waiting calls get slots in the order of arrival, one for each slot that is released', async () => {
    const scene = guarded({ maxConcurrent: 2, maxWait: '1h' });
    for (const id of 'abcdef') outcomeOf(scene.f(id));
    assert.equal(scene.started, 'ab');
    scene.runs[1].resolve();
    await settled();
    assert.equal(scene.started, 'abc');
    scene.runs[0].resolve();
    scene.runs[2].resolve();
    await settled();
    assert.equal(scene.started, 'abcde');
    scene.runs[3].resolve();
    await settled();
    assert.equal(scene.started, 'abcdef');
    assert.deepEqual(scene.f.bulkhead.metrics, { maxConcurrent: 2, active: 2, waiting: 0 });
    assert.equal(time.pending, 0);
  });

  it('a new call does not overtake a waiting call when a slot is released', async () => {
    const scene = guarded({ maxConcurrent: 1, maxWait: '1h' });
    const first = scene.f('a');
    outcomeOf(scene.f('b'));
    first.then(() => outcomeOf(scene.f('c')));
    scene.runs[0].resolve();
    await settled();
    assert.equal(scene.started, 'ab');
    scene.runs[1].resolve();
    await settled();
    assert.equal(scene.started, 'abc');
  });

  it('each waiting call is refused after its own maxWait', async () => {
    const scene = guarded({ maxConcurrent: 1, maxWait: '1s' });
    outcomeOf(scene.f('a'));
    const b = outcomeOf(scene.f('b'));
    await time.pass(400);
    const c = outcomeOf(scene.f('c'));
    await time.pass(599);
    assert.deepEqual([b.state, c.state], ['pending', 'pending']);
    await time.pass(1);
    assert.deepEqual([b.error.code, c.state], ['BULKHEAD_FULL', 'pending']);
    await time.pass(400);
    assert.equal(c.error.code, 'BULKHEAD_FULL');
    assert.deepEqual(scene.f.bulkhead.metrics, { maxConcurrent: 1, active: 1, waiting: 0 });
    assert.equal(time.pending, 0);
    assert.equal(scene.started, 'a');
  });

  it('a bulkhead has one timer for all waiting calls, and none when no call waits', async () => {
    const scene = guarded({ maxConcurrent: 1, maxWait: '1h' });
    for (let call = 0; call < 1_000; call++) {
      outcomeOf(scene.f('x'));
      await time.pass(1);
    }
    assert.equal(time.pending, 1);
    scene.runs[0].resolve();
    await settled();
    assert.equal(time.pending, 1);
    for (let run = 1; run < 1_000; run++) {
      scene.runs[run].resolve();
      await settled();
    }
    assert.equal(scene.started.length, 1_000);
    assert.equal(time.pending, 0);
  });

  it('a waiting call leaves at once when its signal aborts, and those behind it move up', async () => {
    const scene = guarded({ maxConcurrent: 1, maxWait: '1h' });
    const controller = new AbortController();
    outcomeOf(scene.f('a'));
    const leaving = outcomeOf(scene.f.with({ signal: controller.signal })('b'));
    outcomeOf(scene.f('c'));
    controller.abort('bye');
    await settled();
    assert.deepEqual(leaving, { state: 'rejected', error: 'bye' });
    assert.equal(scene.f.bulkhead.metrics.waiting, 1);
    scene.runs[0].resolve();
    await settled();
    assert.equal(scene.started, 'ac');
  });

  it('a bulkhead has no timer once its only waiting call has left', async () => {
    const scene = guarded({ maxConcurrent: 1, maxWait: '1h' });
    const controller = new AbortController();
    outcomeOf(scene.f('a'));
    const leaving = outcomeOf(scene.f.with({ signal: controller.signal })('b'));
    assert.equal(time.pending, 1);
    controller.abort('bye');
    await settled();
    assert.equal(leaving.error, 'bye');
    assert.equal(time.pending, 0);
  });

  it('a call that has left the queue of a bulkhead is never run, whenever it left', async () => {
    for (let moment = 0; moment < 20; moment++) {
      const scene = guarded({ maxConcurrent: 1, maxWait: '1h' });
      const controller = new AbortController();
      outcomeOf(scene.f('a'));
      const leaving = outcomeOf(scene.f.with({ signal: controller.signal })('b'));
      outcomeOf(scene.f('c'));
      scene.runs[0].resolve();
      for (let microtask = 0; microtask < moment; microtask++) await undefined;
      const ran = scene.started === 'ab';
      controller.abort('bye');
      await settled();
      assert.equal(leaving.error, 'bye');
      assert.equal(scene.started, ran ? 'abc' : 'ac');
      scene.runs.at(-1).resolve();
      await settled();
      assert.deepEqual(scene.f.bulkhead.metrics, { maxConcurrent: 1, active: 0, waiting: 0 });
    }
  });

  it('a waiting call is refused in time, though a retry that waits without limit is ahead of it', async () => {
    const scene = guarded({ maxConcurrent: 1, maxWait: '5s' }, { retry: { delay: 1 } });
    outcomeOf(scene.f('a'));
    scene.runs[0].reject(new Error('boom'));
    await settled();
    outcomeOf(scene.f('b'));
    await time.pass(1_000);
    const late = outcomeOf(scene.f('c'));
    await time.pass(5_000);
    assert.equal(late.error.code, 'BULKHEAD_FULL');
    assert.equal(scene.f.bulkhead.metrics.waiting, 1);
  });

  it('the wait for a slot counts for the total timeout, and not for the timeout of an attempt', async () => {
    const wait = { maxConcurrent: 1, maxWait: '1h' };
    const inTotal = guarded(wait, { timeout: { total: '5s' } });
    outcomeOf(inTotal.f('a'));
    await time.pass(2_000);
    const late = outcomeOf(inTotal.f('b'));
    await time.pass(2_999);
    assert.equal(inTotal.started, 'a');
    await time.pass(1);
    // The first call has timed out, and the second runs for the rest of its time.
    assert.equal(inTotal.started, 'ab');
    await time.pass(2_000);
    assert.equal(late.error.code, 'TIMEOUT');
    assert.equal(inTotal.f.bulkhead.metrics.active, 0);
    assert.equal(time.pending, 0);

    const perAttempt = guarded(wait, { timeout: '5s' });
    outcomeOf(perAttempt.f('a'));
    const patient = outcomeOf(perAttempt.f('b'));
    await time.pass(5_000);
    assert.equal(perAttempt.started, 'ab');
    perAttempt.runs[1].resolve('B');
    await settled();
    assert.equal(patient.value, 'B');
  });
});

describe('a slot belongs to one attempt', () => {
  it('a retry releases its slot during the pause, and its next attempt goes to the end of the queue', async () => {
    const scene = guarded(
      { maxConcurrent: 1, maxWait: '1h' },
      { retry: { delay: '1s', jitter: false } },
    );
    const retried = outcomeOf(scene.f('a'));
    scene.runs[0].reject(new Error('boom'));
    await settled();
    assert.equal(scene.f.bulkhead.metrics.active, 0);
    outcomeOf(scene.f('b'));
    outcomeOf(scene.f('c'));
    assert.equal(scene.started, 'ab');
    await time.pass(1_000);
    assert.equal(scene.f.bulkhead.metrics.waiting, 2);
    scene.runs[1].resolve();
    await settled();
    assert.equal(scene.started, 'abc');
    scene.runs[2].resolve();
    await settled();
    assert.equal(scene.started, 'abca');
    scene.runs[3].resolve('A');
    await settled();
    assert.deepEqual(retried, { state: 'fulfilled', value: 'A' });
    assert.equal(scene.f.bulkhead.metrics.active, 0);
  });

  it('a retry waits for a slot without limit, even where new calls are refused at once', async () => {
    const scene = guarded({ maxConcurrent: 1 }, { retry: { delay: 1, jitter: false } });
    const retried = outcomeOf(scene.f('a'));
    scene.runs[0].reject(new Error('boom'));
    await settled();
    outcomeOf(scene.f('b'));
    await time.pass(1_000);
    const refused = outcomeOf(scene.f('c'));
    await time.pass(1e9);
    assert.equal(refused.error.code, 'BULKHEAD_FULL');
    assert.deepEqual([scene.started, retried.state], ['ab', 'pending']);
    assert.equal(time.pending, 0);
    scene.runs[1].resolve();
    await settled();
    scene.runs[2].resolve('A');
    await settled();
    assert.equal(retried.value, 'A');
  });

  it('a slot is released when its attempt times out, though the function still runs', async () => {
    const scene = guarded({ maxConcurrent: 1 }, { timeout: '1s' });
    outcomeOf(scene.f('a'));
    await time.pass(1_000);
    assert.equal(scene.f.bulkhead.metrics.active, 0);
    outcomeOf(scene.f('b'));
    scene.runs[0].resolve('late');
    await settled();
    assert.equal(scene.f.bulkhead.metrics.active, 1);
  });

  it('a slot is released as soon as the last caller leaves', async () => {
    const scene = guarded({ maxConcurrent: 1 }, { cache: true });
    const controller = new AbortController();
    const { signal } = controller;
    const both = [scene.f.with({ signal })('a'), scene.f.with({ signal })('a')].map(outcomeOf);
    await settled();
    controller.abort('bye');
    assert.equal(scene.f.bulkhead.metrics.active, 0);
    const next = outcomeOf(scene.f('b'));
    assert.equal(scene.started, 'ab');
    scene.runs[0].resolve('late');
    scene.runs[1].resolve('B');
    await settled();
    assert.deepEqual([both[0].error, both[1].error, next.value], ['bye', 'bye', 'B']);
    assert.equal(scene.f.bulkhead.metrics.active, 0);
  });

  it('neither a hit nor a call that joins a flight takes a slot', async () => {
    const scene = guarded({ maxConcurrent: 1 }, { cache: { ttl: 0 } });
    const joined = ['a', 'a', 'a'].map((id) => outcomeOf(scene.f(id)));
    scene.runs[0].resolve('A');
    await settled();
    assert.ok(joined.every(({ value }) => value === 'A'));
    outcomeOf(scene.f('b'));
    assert.equal(await scene.f('a'), 'A');
  });
});

describe('a refusal of the bulkhead is a failure of the call', () => {
  it('a refusal of the bulkhead emits an event with its error and a failure, without retry or outcome for the breaker', async () => {
    const events = [];
    const scene = guarded(
      { maxConcurrent: 1 },
      {
        retry: {},
        circuitBreaker: { failureThreshold: 1 },
        onEvent: ({ type, error, attempt }) => events.push([type, error, attempt]),
      },
    );
    outcomeOf(scene.f('a'));
    const { error } = await scene.f('b').then(assert.fail, (error) => ({ error }));
    assert.deepEqual(events, [
      ['bulkhead_rejected', error, 0],
      ['failure', error, 0],
    ]);
    await time.pass(60_000);
    assert.equal(scene.started, 'a');
    assert.deepEqual(
      [scene.f.circuitBreaker.metrics.calls, scene.f.circuitBreaker.state],
      [0, 'closed'],
    );
  });
});

/** A model of a bulkhead: slots and a queue. */
class Slots {
  active = [];
  line = [];
  started = [];
  refused = [];

  constructor(maxConcurrent, maxWait) {
    this.maxConcurrent = maxConcurrent;
    this.maxWait = maxWait;
  }

  call(id, now) {
    if (this.active.length < this.maxConcurrent) this.#start(id);
    else if (this.maxWait > 0) this.line.push({ id, until: now + this.maxWait });
    else this.refused.push(id);
  }

  /** A call has ended, or its caller has left. */
  end(id) {
    this.line = this.line.filter((waiter) => waiter.id !== id);
    if (!this.active.includes(id)) return;
    this.active = this.active.filter((other) => other !== id);
    if (this.line.length > 0) this.#start(this.line.shift().id);
  }

  pass(now) {
    for (const { id, until } of this.line) if (until <= now) this.refused.push(id);
    this.line = this.line.filter(({ until }) => until > now);
  }

  #start(id) {
    this.active.push(id);
    this.started.push(id);
  }
}

describe('a bulkhead behaves like a model of slots and a queue', () => {
  it('a bulkhead starts, queues and refuses the same calls in the same order as its model', async () => {
    const which = fc.nat(6);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant('call') }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('end'), which }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('leave'), which }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('pass'), by: fc.nat(30) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.nat(60),
        fc.array(step, { maxLength: 30 }),
        async (maxConcurrent, maxWait, steps) => {
          const scene = guarded({ maxConcurrent, maxWait: maxWait / 1_000 });
          const slots = new Slots(maxConcurrent, maxWait);
          const callers = [];
          for (const { type, which, by } of steps) {
            const id = callers.length - 1 - (which ?? 0);
            if (type === 'call') {
              const controller = new AbortController();
              const outcome = outcomeOf(
                scene.f.with({ signal: controller.signal })(callers.length),
              );
              callers.push({ controller, outcome });
              slots.call(callers.length - 1, time.now);
            } else if (type === 'end') {
              const run = scene.runs.find(({ args }) => args[0] === id);
              if (!run) continue;
              run.resolve(id);
              slots.end(id);
            } else if (type === 'leave') {
              callers[id]?.controller.abort('bye');
              slots.end(id);
            } else {
              await time.pass(by);
              slots.pass(time.now);
            }
            await settled();
            assert.deepEqual(
              scene.runs.map(({ args }) => args[0]),
              slots.started,
            );
            const { active, waiting } = scene.f.bulkhead.metrics;
            assert.deepEqual([active, waiting], [slots.active.length, slots.line.length]);
          }
          const refused = callers.flatMap(({ outcome }, id) => (outcome.error?.code ? [id] : []));
          assert.deepEqual(
            refused,
            slots.refused.sort((a, b) => a - b),
          );
          for (const { controller } of callers) controller.abort('end');
          await settled();
          const { active, waiting } = scene.f.bulkhead.metrics;
          assert.deepEqual([active, waiting, time.pending], [0, 0, 0]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
