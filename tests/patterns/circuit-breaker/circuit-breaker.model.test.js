import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, EventType, resilient } from 'holdfast';
import { BreakerModel } from '../../support/breaker-model.js';
import { controlled } from '../../support/controlled.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

class Unimportant extends Error {}
class Harmless extends Error {}

const { CIRCUIT_OPEN, CIRCUIT_HALF_OPEN, CIRCUIT_CLOSED } = EventType;
const EVENTS = {
  [CIRCUIT_OPEN]: 'open',
  [CIRCUIT_HALF_OPEN]: 'half-open',
  [CIRCUIT_CLOSED]: 'closed',
};

/** A breaker shared by two functions, and its model. */
class Rig {
  calls = [];

  constructor(options) {
    this.model = new BreakerModel(options);
    this.breaker = new CircuitBreaker({
      ...options,
      recoveryTimeout: `${options.recoveryTimeout}ms`,
      slowCallDuration: `${options.slowCallDuration}ms`,
      ignoreOn: Harmless,
      errorTypes: (error) => !(error instanceof Unimportant),
    });
    this.functions = [0, 1].map((n) => {
      const load = controlled();
      const f = resilient(load, { name: `f${n}`, circuitBreaker: this.breaker });
      const changes = [];
      for (const [type, state] of Object.entries(EVENTS)) {
        f.addEventListener(type, ({ detail }) => detail.refused || changes.push(state));
      }
      return { f, load, changes };
    });
  }

  async start(which) {
    const { f, load } = this.functions[which];
    const expected = this.model.start();
    const before = load.runs.length;
    const controller = new AbortController();
    const outcome = outcomeOf(f.with({ signal: controller.signal })());
    await turn();
    assert.equal(load.runs.length - before, expected.call ? 1 : 0, 'let in or not');
    if (expected.call) {
      this.calls.push({ call: expected.call, run: load.runs.at(-1), controller, outcome });
      return;
    }
    const { code, functionName, cause, retryAfter } = outcome.error;
    assert.deepEqual([code, functionName], ['CIRCUIT_OPEN', `f${which}`]);
    assert.equal(cause, expected.refused.cause);
    assert.equal(retryAfter, expected.refused.retryAfter);
  }

  async end(which, how) {
    if (this.calls.length === 0) return;
    const [{ call, run, controller, outcome }] = this.calls.splice(which % this.calls.length, 1);
    const error = { failure: new Error('boom'), other: new Unimportant(), ignored: new Harmless() }[
      how
    ];
    const means = { failure: 'failure', ignored: 'nothing', leave: 'nothing' }[how] ?? 'success';
    this.model.end(call, means, error);
    if (how === 'leave') controller.abort(how);
    else if (error) run.reject(error);
    else run.resolve(how);
    await turn();
    assert.equal(outcome.error ?? outcome.value, error ?? how, 'the caller’s own outcome');
    if (how === 'leave') run.reject(new Error('late'));
  }

  pass(milliseconds) {
    time.jump(milliseconds);
    this.model.now += milliseconds;
  }

  control(how) {
    this.breaker[how]();
    if (how === 'forceOpen') this.model.hold();
    else this.model.close();
  }

  check() {
    assert.equal(this.breaker.state, this.model.state);
    assert.deepEqual({ ...this.breaker.metrics }, this.model.metrics);
    for (const { changes } of this.functions) assert.deepEqual(changes, this.model.changes);
  }
}

const rate = fc.constantFrom(0.2, 0.5, 0.75, 1);
const common = {
  recoveryTimeout: fc.constantFrom(0, 1, 100),
  successThreshold: fc.integer({ min: 1, max: 3 }),
  slowCallDuration: fc.constantFrom(0, 50),
};
const consecutive = fc.record({
  ...common,
  failureThreshold: fc.integer({ min: 1, max: 4 }),
  slidingWindowSize: fc.constant(0),
});
const windowed = fc
  .record({
    ...common,
    slidingWindowSize: fc.integer({ min: 1, max: 5 }),
    minimumCalls: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    failureRateThreshold: rate,
    slowCallRateThreshold: rate,
  })
  .map((options) => ({
    ...options,
    minimumCalls: options.minimumCalls && Math.min(options.minimumCalls, options.slidingWindowSize),
  }));

const start = fc.tuple(fc.constant('start'), fc.nat({ max: 1 }));
const ends = fc.constantFrom('success', 'failure', 'failure', 'other', 'ignored', 'leave');
const step = fc.oneof(
  { weight: 6, arbitrary: start },
  { weight: 6, arbitrary: fc.tuple(fc.constant('end'), fc.nat({ max: 5 }), ends) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('pass'), fc.constantFrom(1, 49, 50, 99, 100)) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('control'),
      fc.constantFrom('reset', 'forceOpen', 'forceClose'),
    ),
  },
);

for (const [kind, options] of Object.entries({
  'in a row': consecutive,
  'in a window': windowed,
})) {
  describe(`a breaker that counts ${kind} behaves like its model`, () => {
    it(`a breaker that counts ${kind} behaves like its model for any calls, outcomes, pauses and manual control`, async () => {
      await fc.assert(
        fc.asyncProperty(options, fc.array(step, { maxLength: 40 }), async (given, steps) => {
          const rig = new Rig(given);
          for (const [what, ...args] of steps) {
            await rig[what](...args);
            rig.check();
          }
        }),
        { numRuns: 1_000 },
      );
    });
  });
}
