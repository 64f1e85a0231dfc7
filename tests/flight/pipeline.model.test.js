import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resilient } from 'holdfast';
import { manualTimers } from '../support/manual-timers.js';
import { FALLBACK, PipelineModel } from '../support/pipeline-model.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

const RUNS = 10_000;
const FOR_EVER = 1e8;

/** The function's errors. */
class A extends Error {}
class B extends Error {}
const ERRORS = { A, B };

const ms = (max) => fc.integer({ min: 1, max });
const perhaps = (fields) => fc.option(fc.record(fields), { nil: undefined });
const kind = fc.constantFrom(undefined, 'A', 'B');

/** All times in milliseconds; a pattern that is `undefined` is off. */
const config = fc.record({
  cache: perhaps({
    ttl: fc.oneof({ weight: 2, arbitrary: ms(3_000) }, fc.constant(FOR_EVER)),
    staleIfError: fc.oneof(fc.constant(0), ms(20_000)),
    backoff: ms(3_000),
    only: kind,
  }),
  fallback: perhaps({ only: kind }),
  breaker: perhaps({
    failureThreshold: fc.integer({ min: 1, max: 3 }),
    recoveryTimeout: ms(5_000),
    successThreshold: fc.integer({ min: 1, max: 2 }),
    ignores: kind,
  }),
  total: fc.option(ms(8_000), { nil: undefined }),
  limiter: perhaps({
    maxCalls: fc.integer({ min: 1, max: 3 }),
    interval: ms(2_000),
    maxWait: fc.oneof(fc.constant(0), ms(5_000)),
  }),
  bulkhead: perhaps({
    maxConcurrent: fc.integer({ min: 1, max: 2 }),
    maxWait: fc.oneof(fc.constant(0), ms(5_000)),
  }),
  retry: perhaps({
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    delay: ms(2_000),
    maxDelay: ms(3_000),
    ignores: kind,
    rejects: fc.boolean(),
  }),
  attempt: fc.option(ms(4_000), { nil: undefined }),
  hedge: perhaps({ delay: ms(1_000), maxHedges: fc.integer({ min: 1, max: 2 }) }),
});

/** The outcome of a run of the function, and its time; `heeds` tells whether it ends with its signal. */
const ending = fc.record({
  after: fc.oneof({ weight: 3, arbitrary: ms(500) }, ms(10_000)),
  kind: fc.constantFrom('good', 'good', 'bad', 'A', 'B'),
  heeds: fc.boolean(),
});

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('call'),
      after: fc.oneof({ weight: 3, arbitrary: ms(300) }, ms(5_000)),
      key: fc.constantFrom('a', 'b', 'c'),
      refresh: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.constant(true)),
      stays: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('leave'), after: ms(1_000), which: fc.nat(3) }),
  },
);

/** The options in the form of the package. */
function optionsOf({ cache, fallback, breaker, total, limiter, bulkhead, retry, attempt, hedge }) {
  const duration = (milliseconds) => `${milliseconds}ms`;
  return {
    cache: cache && {
      ttl: duration(cache.ttl),
      staleIfError: duration(cache.staleIfError),
      staleBackoff: duration(cache.backoff),
      staleOn: ERRORS[cache.only],
    },
    fallback: fallback && { handler: FALLBACK, fallbackOn: ERRORS[fallback.only] },
    circuitBreaker: breaker && {
      failureThreshold: breaker.failureThreshold,
      recoveryTimeout: duration(breaker.recoveryTimeout),
      successThreshold: breaker.successThreshold,
      ignoreOn: ERRORS[breaker.ignores],
    },
    rateLimiter: limiter && {
      maxCalls: limiter.maxCalls,
      period: duration(limiter.maxCalls * limiter.interval),
      maxWait: duration(limiter.maxWait),
    },
    bulkhead: bulkhead && {
      maxConcurrent: bulkhead.maxConcurrent,
      maxWait: duration(bulkhead.maxWait),
    },
    retry: retry && {
      maxAttempts: retry.maxAttempts,
      delay: duration(retry.delay),
      maxDelay: duration(retry.maxDelay),
      jitter: false,
      ignoreOn: ERRORS[retry.ignores],
      retryOnResult: retry.rejects ? (result) => result.kind === 'bad' : undefined,
    },
    timeout:
      attempt === undefined && total === undefined
        ? undefined
        : {
            ...(attempt === undefined
              ? { seconds: duration(total), perAttempt: false }
              : { seconds: duration(attempt) }),
            ...(total !== undefined && { total: duration(total) }),
          },
    hedge: hedge && { delay: duration(hedge.delay), maxHedges: hedge.maxHedges },
  };
}

/** An error, reason or result of either side, as text to compare. */
function show(thing) {
  if (thing === undefined || typeof thing === 'string') return thing;
  if (thing.name === 'AbortError') return 'lost';
  if ('run' in thing) return `${thing.kind} of run ${thing.run}`;
  const { code, retryAfter, cause } = thing;
  return [code, retryAfter, cause && `after ${show(cause)}`].join(' ');
}

const showEvent = ({ at, key, type, attempt, what }) => {
  const [first, ...rest] = [what].flat();
  return [at, key, type, attempt, show(first), ...rest].join(' | ');
};

/** Runs the steps on the model, which has its own time. */
function imagine(settings, endings, actions) {
  const model = new PipelineModel(settings, (run) => endings[run % endings.length]);
  for (const { after, type, which, ...call } of actions) {
    model.runUntil(model.now + after);
    if (type === 'call') {
      model.call(call.key, call);
      Object.assign(model.callers.at(-1), { stays: call.stays });
    } else if (model.callers.at(which)?.stays === false) {
      model.leave(which, `caller ${which} left`);
    }
  }
  model.runUntil(FOR_EVER);
  return model;
}

/** Runs the steps on a wrapped function. */
class Scene {
  events = [];
  changes = [];
  runs = [];
  callers = [];
  #start = time.now;
  /** The timers of the function itself. */
  #running = 0;

  constructor(settings, endings) {
    const load = (key, { attempt, signal }) => {
      const { after, kind, heeds } = endings[this.runs.length % endings.length];
      const result = { run: this.runs.length, kind };
      const run = { key, attempt, began: this.now };
      this.runs.push(run);
      this.#running++;
      return new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', leave);
          this.#running--;
        };
        const timer = setTimeout(() => {
          end();
          if (ERRORS[kind]) reject(Object.assign(new ERRORS[kind](), result));
          else resolve(result);
        }, after);
        const leave = () => {
          run.aborted = signal.reason;
          if (!heeds) return;
          end();
          reject(signal.reason);
        };
        signal.addEventListener('abort', leave);
      });
    };
    const onEvent = (event) => this.#hear(event);
    this.f = resilient(load, { ...optionsOf(settings), passContext: true, onEvent });
  }

  get now() {
    return time.now - this.#start;
  }

  /** The calls that have not ended. */
  get pending() {
    return this.callers.filter(({ outcome }) => !('at' in outcome));
  }

  /** The package's own timers. */
  get timers() {
    return time.pending - this.#running;
  }

  async act({ after, type, key, refresh, stays, which }) {
    let arrived = false;
    setTimeout(() => {
      arrived = true;
    }, after);
    while (!arrived) await this.step();
    if (type === 'call') {
      const controller = stays ? undefined : new AbortController();
      const outcome = {};
      this.callers.push({ controller, outcome });
      this.f
        .with({ signal: controller?.signal, refresh })(key)
        .then(
          (value) => Object.assign(outcome, { value, at: this.now }),
          (error) => Object.assign(outcome, { error, at: this.now }),
        );
    } else {
      this.callers.at(which)?.controller?.abort(`caller ${which} left`);
    }
    await turn();
  }

  async step() {
    time.next();
    await turn();
  }

  #hear({ type, key, attempt, error, detail, duration }) {
    if (detail?.refused === false) return this.changes.push(type.replace('circuit_', ''));
    const what = {
      retry: () => [error, Math.round(detail.delay * 1_000)],
      timeout: () => [error, detail.scope],
      failure: () => [error, Math.round(duration * 1_000)],
      success: () => [error, Math.round(duration * 1_000)],
      cache_stale: () => [detail.reason, Math.round(detail.age * 1_000)],
    }[type];
    this.events.push({ at: this.now, key, type, attempt, what: what ? what() : error });
  }
}

const outcomes = (callers) =>
  callers.map(({ value, error, at }) => [at, value && 'gives', show(value), show(error)].join(' '));

const runsOf = (runs) =>
  runs.map(({ key, attempt, began, aborted }) =>
    [key, `attempt ${attempt} at ${began}`, show(aborted)].join(' '),
  );

async function compare(settings, endings, actions, model) {
  const scene = new Scene(settings, endings);
  for (const one of actions) await scene.act(one);
  while (scene.pending.length > 0) await scene.step();

  assert.deepEqual(outcomes(scene.callers.map(({ outcome }) => outcome)), outcomes(model.callers));
  assert.deepEqual(runsOf(scene.runs), runsOf(model.runs));
  const { cache, circuitBreaker, bulkhead, rateLimiter } = scene.f;
  const keyOf = ({ key }) => (cache ? scene.f.makeKey(key) : undefined);
  assert.deepEqual(
    scene.events.map(showEvent),
    model.events.map((event) => showEvent({ ...event, key: keyOf(event) })),
  );
  if (cache) {
    const { hits, misses, coalesced, stale } = cache.stats;
    assert.deepEqual({ hits, misses, coalesced, stale }, model.stats);
    cache.clear();
  }

  assert.equal(scene.timers, 0, 'no timer is left');
  for (const { controller } of scene.callers) {
    if (controller) assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  }
  if (bulkhead) assert.deepEqual([bulkhead.metrics.active, bulkhead.metrics.waiting], [0, 0]);
  if (rateLimiter) assert.equal(rateLimiter.metrics.waiting, 0);
  if (circuitBreaker) {
    assert.deepEqual(
      scene.changes,
      model.breaker.changes.map((phase) => phase.replace('-', '_')),
    );
    await assertProbes(circuitBreaker, settings.breaker);
  }
  while (time.pending > 0) await scene.step();
}

/** Asserts that a recovered breaker has all its permits: no call has kept one. */
async function assertProbes(circuitBreaker, { successThreshold, recoveryTimeout }) {
  if (circuitBreaker.state === 'closed') return;
  time.jump(recoveryTimeout);
  const probe = resilient(async () => {}, { circuitBreaker });
  for (let probes = 0; probes < successThreshold; probes++) {
    if (circuitBreaker.state === 'half-open') await probe();
  }
  assert.equal(circuitBreaker.state, 'closed');
}

describe('all patterns together behave like their model', () => {
  it(`${RUNS} random programs of all patterns behave like the model`, async () => {
    await fc.assert(
      fc.asyncProperty(
        config,
        fc.array(ending, { minLength: 1, maxLength: 12 }),
        fc.array(action, { minLength: 1, maxLength: 12 }),
        async (settings, endings, actions) => {
          const model = imagine(settings, endings, actions);
          fc.pre(!model.ambiguous);
          await compare(settings, endings, actions, model);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
