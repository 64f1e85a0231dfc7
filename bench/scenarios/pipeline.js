import assert from 'node:assert/strict';
import { timeContenders } from '../rounds.js';

export const title = 'pipeline: an uncached call through all patterns';
export const unit = 'ns per call';
export const baseline = 'the function alone';

const OPERATIONS = 1_024;
/** High enough that no call is ever refused. */
const MAX_CALLS = 1_000_000_000;

/** Each wraps a function as its documentation shows; `has` lists the patterns. */
const CONTENDERS = {
  'the function alone': { has: 'nothing', wrap: async (fn) => fn },
  holdfast: {
    has: 'fallback, breaker, limiter, bulkhead, retry, timeout',
    async wrap(fn) {
      const { resilient } = await import('holdfast');
      return resilient(fn, holdfastOptions());
    },
  },
  'holdfast, a miss': {
    has: 'the same and a cache, in which each call is a miss',
    async wrap(fn) {
      const { resilient } = await import('holdfast');
      return resilient(fn, { cache: { maxSize: 1_000, ttl: '5m' }, ...holdfastOptions() });
    },
  },
  cockatiel: {
    has: 'fallback, breaker, bulkhead, retry, timeout',
    async wrap(fn) {
      const c = await import('cockatiel');
      const policy = c.wrap(
        c.fallback(c.handleAll, 'fallback'),
        c.circuitBreaker(c.handleAll, {
          halfOpenAfter: 30_000,
          breaker: new c.ConsecutiveBreaker(5),
        }),
        c.bulkhead(100),
        c.retry(c.handleAll, { maxAttempts: 3, backoff: new c.ExponentialBackoff() }),
        c.timeout(2_000, c.TimeoutStrategy.Cooperative),
      );
      return (n) => policy.execute(() => fn(n));
    },
  },
  opossum: {
    has: 'fallback, breaker, bulkhead, timeout',
    async wrap(fn) {
      const { default: CircuitBreaker } = await import('opossum');
      const breaker = new CircuitBreaker(fn, { timeout: 2_000, capacity: 100 });
      breaker.fallback(() => 'fallback');
      return (n) => breaker.fire(n);
    },
  },
  effect: {
    has: 'fallback, bulkhead, retry, timeout',
    async wrap(fn) {
      const { Effect, Schedule, Semaphore } = await import('effect');
      const slots = Semaphore.makeUnsafe(100);
      const schedule = Schedule.exponential('1 second');
      return (n) =>
        Effect.runPromise(
          Effect.tryPromise(() => fn(n)).pipe(
            Effect.timeout('2 seconds'),
            Effect.retry({ times: 2, schedule }),
            slots.withPermits(1),
            Effect.orElseSucceed(() => 'fallback'),
          ),
        );
    },
  },
};

function holdfastOptions() {
  return {
    fallback: { handler: () => 'fallback' },
    circuitBreaker: { failureThreshold: 5, recoveryTimeout: '30s' },
    rateLimiter: { maxCalls: MAX_CALLS, period: '1s' },
    bulkhead: { maxConcurrent: 100 },
    retry: { maxAttempts: 3 },
    timeout: '2s',
  };
}

export function cells() {
  return [{ function: 'async' }];
}

export async function run(_cell, timing) {
  const contenders = {};
  const notes = {};
  const failed = {};
  for (const [name, { has, wrap }] of Object.entries(CONTENDERS)) {
    try {
      contenders[name] = loopOf(name, await verified(wrap));
      notes[name] = has;
    } catch (error) {
      failed[name] = error.message;
    }
  }
  return { rows: await timeContenders(contenders, OPERATIONS, timing), notes, failed };
}

/** Wraps a function and checks that it returns the results of that function. */
async function verified(wrap) {
  const wrapped = await wrap(async (n) => n + 1);
  for (let n = -1_000; n < 0; n++) assert.equal(await wrapped(n), n + 1);
  return wrapped;
}

/** Compiles a loop for each contender, with the name in its code: see hits() in get.js. No argument is repeated. */
function loopOf(name, call) {
  const make = new Function(
    'call',
    `// ${name}
    let n = 0;
    return async () => {
      for (let i = 0; i < ${OPERATIONS}; i++) {
        if ((await call(n++)) !== n) throw new Error('a call returned a wrong result');
      }
    };`,
  );
  return make(call);
}
