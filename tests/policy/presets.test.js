import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import {
  BulkheadFullError,
  CircuitBreaker,
  CircuitOpenError,
  dbPolicy,
  httpPolicy,
  llmPolicy,
  policy,
  queuePolicy,
  ResultCache,
  resilient,
  strictPolicy,
  TimeoutError,
} from 'holdfast';
import { manualTimers } from '../support/manual-timers.js';
import { outcomeOf } from '../support/outcome.js';
import '../support/unhandled-rejections.js';

const time = manualTimers();

/** The options of each preset, and the times of its attempts in seconds when every pause is half of its maximum. */
const PRESETS = {
  httpPolicy: {
    preset: httpPolicy,
    values: {
      timeout: { seconds: 10 },
      retry: { maxAttempts: 3, delay: 0.5, backoffFactor: 2, maxDelay: 30, jitter: true },
      circuitBreaker: { failureThreshold: 5, recoveryTimeout: 30, successThreshold: 2 },
    },
    attempts: [0, 0.25, 0.75],
  },
  dbPolicy: {
    preset: dbPolicy,
    values: {
      timeout: { seconds: 30 },
      retry: { maxAttempts: 2, delay: 1, backoffFactor: 1.5, maxDelay: 10, jitter: true },
      circuitBreaker: { failureThreshold: 3, recoveryTimeout: 60, successThreshold: 1 },
      bulkhead: { maxConcurrent: 10, maxWait: 5 },
    },
    attempts: [0, 0.5],
  },
  queuePolicy: {
    preset: queuePolicy,
    values: {
      timeout: { seconds: 15 },
      retry: { maxAttempts: 5, delay: 2, backoffFactor: 2, maxDelay: 60, jitter: true },
      circuitBreaker: { failureThreshold: 10, recoveryTimeout: 60, successThreshold: 3 },
    },
    attempts: [0, 1, 3, 7, 15],
  },
  strictPolicy: {
    preset: strictPolicy,
    values: {
      timeout: { seconds: 5 },
      retry: { maxAttempts: 1 },
      circuitBreaker: { failureThreshold: 3, recoveryTimeout: 60, successThreshold: 1 },
    },
    attempts: [0],
  },
  llmPolicy: {
    preset: llmPolicy,
    values: {
      timeout: { seconds: 120, total: 300 },
      retry: {
        maxAttempts: 4,
        delay: 1,
        backoffFactor: 2,
        maxDelay: 60,
        jitter: true,
        methods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'TRACE', 'POST'],
        statuses: [408, 409, 429, ...Array.from({ length: 100 }, (_, index) => 500 + index)],
      },
      circuitBreaker: { failureThreshold: 5, recoveryTimeout: 60, successThreshold: 1 },
      bulkhead: { maxConcurrent: 10, maxWait: 60 },
    },
    attempts: [0, 0.5, 1.5, 3.5],
  },
};

/** Another value for every field of every group. */
const OTHERS = {
  timeout: { seconds: 1, perAttempt: false, total: 400 },
  retry: {
    maxAttempts: 7,
    delay: '100ms',
    backoffFactor: 3,
    maxDelay: 99,
    jitter: false,
    retryOn: TypeError,
    ignoreOn: [RangeError],
    methods: ['POST'],
    statuses: [503],
  },
  circuitBreaker: {
    failureThreshold: 9,
    recoveryTimeout: '9s',
    successThreshold: 8,
    slidingWindowSize: 20,
  },
  bulkhead: { maxConcurrent: 99, maxWait: 98 },
};

function down() {
  throw new Error('down');
}

for (const [name, { preset, values, attempts }] of Object.entries(PRESETS)) {
  describe(`${name} is a preset of options`, () => {
    beforeEach(() => mock.method(Math, 'random', () => 0.5));
    afterEach(() => mock.restoreAll());

    it(`${name} returns what its table says, and nothing else`, () => {
      for (const given of [preset(), preset(undefined), preset({})]) {
        assert.deepEqual(given, values);
        assert.deepEqual(JSON.parse(JSON.stringify(given)), values);
      }
      assert.equal(preset.name, name);
    });

    it(`${name} returns a new object on each call`, () => {
      const first = preset();
      for (const group of Object.keys(values)) {
        for (const field of Object.keys(values[group])) first[group][field] = undefined;
        first[group].more = true;
      }
      first.cache = true;
      assert.deepEqual(preset(), values);
      const overrides = { retry: { maxAttempts: 7 } };
      const second = preset(overrides);
      second.retry.maxAttempts = 8;
      second.timeout.seconds = 99;
      assert.deepEqual(overrides, { retry: { maxAttempts: 7 } });
      assert.deepEqual(preset(overrides), {
        ...values,
        retry: { ...values.retry, maxAttempts: 7 },
      });
    });

    for (const group of Object.keys(values)) {
      it(`${name} replaces single fields of ${group} and keeps the others`, () => {
        for (const [field, value] of Object.entries(OTHERS[group])) {
          assert.deepEqual(preset({ [group]: { [field]: value } }), {
            ...values,
            [group]: { ...values[group], [field]: value },
          });
        }
        assert.deepEqual(preset({ [group]: OTHERS[group] }), {
          ...values,
          [group]: { ...values[group], ...OTHERS[group] },
        });
      });

      it(`${name} keeps ${group} where its fields, or all of it, are undefined or absent`, () => {
        const nothing = Object.fromEntries(
          Object.keys(OTHERS[group]).map((field) => [field, undefined]),
        );
        for (const given of [undefined, {}, nothing]) {
          const made = preset({ [group]: given });
          assert.deepEqual(made, values);
        }
      });
    }

    it(`${name} takes options of several groups at once`, () => {
      const { timeout, retry, circuitBreaker } = OTHERS;
      const made = preset({ timeout, circuitBreaker, retry });
      assert.deepEqual(made, {
        ...values,
        timeout: { ...values.timeout, ...timeout },
        retry: { ...values.retry, ...retry },
        circuitBreaker: { ...values.circuitBreaker, ...circuitBreaker },
      });
    });

    it(`${name} takes an option that is not a group as a whole`, () => {
      const circuitBreaker = new CircuitBreaker();
      const made = preset({ timeout: '7s', circuitBreaker });
      assert.deepEqual(
        { ...made, circuitBreaker: 0 },
        { ...values, timeout: '7s', circuitBreaker: 0 },
      );
      assert.equal(made.circuitBreaker, circuitBreaker);
      assert.equal(resilient(async () => {}, made).circuitBreaker, circuitBreaker);
    });

    it(`${name} takes options that it does not have itself`, () => {
      const added = {
        cache: { ttl: '1m', key: () => 1 },
        rateLimiter: { maxCalls: 5 },
        hedge: { delay: 1 },
        fallback: { handler: { maxAttempts: 1 } },
        name: 'other',
        onEvent() {},
        passContext: true,
        http: true,
      };
      const made = preset(added);
      assert.deepEqual(made, { ...values, ...added });
      assert.equal(made.cache.key, added.cache.key);
      assert.equal(made.fallback.handler, added.fallback.handler);
      assert.equal(made.onEvent, added.onEvent);
      const cache = new ResultCache();
      assert.equal(preset({ cache }).cache, cache);
      assert.equal(preset({ cache: true }).cache, true);
    });

    it(`${name} refuses what resilient would refuse, by name`, () => {
      for (const [overrides, error, message] of [
        [{ retries: 3 }, 'TypeError', /^Unknown option retries/],
        [{ retry: { maxAttempt: 3 } }, 'TypeError', /^Unknown option retry\.maxAttempt;/],
        [{ retry: { maxAttempts: 0 } }, 'RangeError', /^retry\.maxAttempts must be/],
        [{ retry: 3 }, 'TypeError', /^retry must be/],
        [{ timeout: { seconds: 0 } }, 'RangeError', /^timeout\.seconds must be/],
        [{ timeout: null }, 'TypeError', /^timeout must be/],
        [{ circuitBreaker: { recoveryTimeout: '1 day' } }, 'RangeError', /^circuitBreaker\.recov/],
        [{ bulkhead: { maxConcurrent: 0 } }, 'RangeError', /^bulkhead\.maxConcurrent must be/],
        [{ cache: { tttl: 1 } }, 'TypeError', /^Unknown option cache\.tttl/],
        [{ sync: true }, 'TypeError', /^sync cannot be true/],
        [null, 'TypeError', /^options must be/],
        ['10s', 'TypeError', /^options must be/],
        [new Map(), 'TypeError', /^options must be/],
      ]) {
        assert.throws(() => preset(overrides), { name: error, message });
      }
    });

    for (const [way, wrap] of Object.entries({
      'given to resilient': (fn) => resilient(fn, preset()),
      'spread among other options': (fn) => resilient(fn, { ...preset(), cache: true, name: 'f' }),
      'given to policy': (fn) => policy(preset())(fn),
    })) {
      it(`${name} ${way} makes its attempts, with its pauses`, async () => {
        const at = [];
        const start = time.now;
        const f = wrap(async () => {
          at.push((time.now - start) / 1_000);
          down();
        });
        const call = outcomeOf(f());
        await time.passAll();
        assert.deepEqual(at, attempts);
        assert.equal(call.error.message, 'down');
      });
    }

    it(`${name} limits the time of an attempt`, async () => {
      const signals = [];
      const seen = [];
      const f = resilient(
        ({ signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
        { ...preset({ retry: { maxAttempts: 1 } }), passContext: true },
      );
      f.addEventListener('timeout', ({ detail }) => seen.push(detail));
      const call = outcomeOf(f());
      const { seconds } = values.timeout;
      await time.pass(seconds * 1_000 - 1);
      assert.equal(call.state, 'pending');
      assert.equal(signals[0].aborted, false);
      await time.pass(1);
      assert.ok(call.error instanceof TimeoutError);
      assert.deepEqual(seen, [{ scope: 'attempt', seconds }]);
      assert.equal(signals[0].aborted, true);
    });

    it(`${name} opens its breaker and closes it`, async () => {
      const { failureThreshold, recoveryTimeout, successThreshold } = values.circuitBreaker;
      let fails = true;
      const f = resilient(
        async () => fails && down(),
        preset({ retry: { maxAttempts: 1 }, name: 'f' }),
      );
      for (let n = 1; n <= failureThreshold; n++) {
        assert.equal(f.circuitBreaker.state, 'closed');
        await assert.rejects(f(), { message: 'down' });
      }
      assert.equal(f.circuitBreaker.state, 'open');
      await time.pass(recoveryTimeout * 1_000 - 1);
      await assert.rejects(f(), CircuitOpenError);
      await time.pass(1);
      fails = false;
      for (let n = 1; n <= successThreshold; n++) {
        assert.equal(f.circuitBreaker.state, 'half-open');
        await f();
      }
      assert.equal(f.circuitBreaker.state, 'closed');
    });

    it(`${name} counts a call with all its attempts as one outcome of the breaker`, async () => {
      const f = resilient(async () => down(), preset());
      const call = outcomeOf(f());
      await time.passAll();
      assert.equal(call.state, 'rejected');
      assert.equal(f.circuitBreaker.metrics.consecutiveFailures, 1);
    });

    const { bulkhead } = values;
    it(`${name} ${bulkhead ? 'lets its calls wait for a slot' : 'has no bulkhead'}`, async () => {
      const f = resilient(() => new Promise(() => {}), { ...preset(), timeout: '1h' });
      if (!bulkhead) return assert.equal(f.bulkhead, undefined);
      const { maxConcurrent, maxWait } = bulkhead;
      const calls = Array.from({ length: maxConcurrent + 1 }, () => outcomeOf(f()));
      await time.pass(maxWait * 1_000 - 1);
      assert.deepEqual(f.bulkhead.metrics, { maxConcurrent, active: maxConcurrent, waiting: 1 });
      assert.equal(calls.at(-1).state, 'pending');
      await time.pass(1);
      assert.ok(calls.at(-1).error instanceof BulkheadFullError);
      assert.equal(calls[0].state, 'pending');
    });

    it(`${name} stores no results`, async () => {
      let runs = 0;
      const f = resilient(async () => ++runs, preset());
      assert.equal(f.cache, undefined);
      assert.deepEqual([await f(), await f()], [1, 2]);
      const cached = resilient(async () => ++runs, preset({ cache: true }));
      assert.deepEqual([await cached(), await cached()], [3, 3]);
    });
  });
}

describe('llmPolicy fits calls of language models', () => {
  it('llmPolicy gives all attempts five minutes together', async () => {
    const at = [];
    const start = time.now;
    const f = resilient(
      () => {
        at.push((time.now - start) / 1_000);
        return new Promise(() => {});
      },
      llmPolicy({ retry: { jitter: false } }),
    );
    const call = outcomeOf(f());
    await time.pass(299_999);
    assert.deepEqual(at, [0, 121, 243]);
    assert.equal(call.state, 'pending');
    await time.pass(1);
    assert.ok(call.error instanceof TimeoutError);
    assert.equal(time.pending, 0);
  });

  it('llmPolicy retries a POST of fetch after 408, 409, 429 and 5xx, and after no other status', async () => {
    for (const [status, requests] of [
      ...[408, 409, 429, 500, 503, 529, 599].map((retried) => [retried, 4]),
      ...[400, 401, 404, 413, 422, 499].map((final) => [final, 1]),
    ]) {
      let sent = 0;
      const ask = resilient(
        async (_url, { body }) => {
          sent += body === 'prompt' ? 1 : 100;
          return new Response('', { status });
        },
        { ...llmPolicy(), http: true },
      );
      const call = outcomeOf(ask('http://llm.test/', { method: 'POST', body: 'prompt' }));
      await time.passAll();
      assert.deepEqual([call.value.status, sent], [status, requests]);
    }
  });

  it('llmPolicy waits for as long as Retry-After asks before it sends a POST again', async () => {
    const at = [];
    const start = time.now;
    const ask = resilient(
      async () => {
        at.push(time.now - start);
        const busy = { status: 429, headers: { 'retry-after': '17' } };
        return at.length === 1 ? new Response('', busy) : new Response('answer');
      },
      { ...llmPolicy(), http: true },
    );
    const call = outcomeOf(ask('http://llm.test/', { method: 'POST', body: 'prompt' }));
    await time.passAll();
    assert.deepEqual([await call.value.text(), at], ['answer', [0, 17_000]]);
  });

  it('llmPolicy retries a function that is not like fetch only by its errors', async () => {
    let runs = 0;
    const ask = resilient(async () => {
      runs++;
      return new Response('', { status: 503 });
    }, llmPolicy());
    assert.equal((await ask('http://llm.test/', { method: 'POST' })).status, 503);
    assert.equal(runs, 1);
  });
});
