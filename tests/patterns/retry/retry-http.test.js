import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();
const URL = 'http://127.0.0.1/x';

/** The number of requests if every response has this status, and the wrapped function. */
async function sent(init, status, options) {
  const result = { requests: 0 };
  const send = async () => {
    result.requests++;
    return new Response('body', { status });
  };
  result.f = resilient(send, { http: true, ...options });
  const outcome = outcomeOf(result.f(URL, init));
  await time.passAll();
  assert.equal(outcome.value.status, status);
  assert.equal(await outcome.value.text(), 'body');
  return result;
}

describe('retry.methods selects methods', () => {
  const requests = async (method, retry, body) =>
    (await sent({ method, body, duplex: 'half' }, 503, { retry })).requests;

  it('retry.methods are the idempotent ones by default', async () => {
    for (const method of ['GET', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'get', 'delete']) {
      assert.equal(await requests(method, {}), 3, method);
    }
    for (const method of ['POST', 'PATCH', 'QUERY', 'trace', 'post']) {
      assert.equal(await requests(method, {}), 1, method);
    }
  });

  it('retry.methods replace the default methods', async () => {
    const retry = { methods: ['POST', 'QUERY'] };
    assert.equal(await requests('POST', retry, 'text'), 3);
    assert.equal(await requests('QUERY', retry), 3);
    assert.equal(await requests('GET', retry), 1);
    assert.equal(await requests('PUT', retry), 1);
    assert.equal(await requests('GET', { methods: [] }), 1);
    assert.equal(await requests('POST', { methods: undefined }), 1);
  });

  it('retry.methods are compared in the letter case in which fetch sends them', async () => {
    assert.equal(await requests('POST', { methods: ['post'] }), 3);
    assert.equal(await requests('post', { methods: ['POST'] }), 3);
    assert.equal(await requests('PATCH', { methods: ['patch'] }), 1);
    assert.equal(await requests('patch', { methods: ['patch'] }), 3);
  });

  it('retry.methods allow no second request with a body that is a stream', async () => {
    const retry = { methods: ['POST'] };
    const stream = () => new Blob(['body']).stream();
    const lines = async function* () {
      yield 'line';
    };
    for (const body of [stream(), lines()]) assert.equal(await requests('POST', retry, body), 1);
    let runs = 0;
    const f = resilient(() => ++runs && new Response('', { status: 503 }), { http: true, retry });
    await f(new Request(URL, { method: 'POST', body: 'text' }));
    assert.equal(runs, 1);
  });

  it('retry.methods have no effect on a function that is not like fetch', async () => {
    let runs = 0;
    const f = resilient(async () => Promise.reject(++runs), { retry: { methods: ['PUT'] } });
    const outcome = outcomeOf(f(URL, { method: 'POST' }));
    await time.passAll();
    assert.deepEqual([outcome.error, runs], [3, 3]);
  });

  it('retry.methods apply to a network error, too', async () => {
    for (const [methods, runs] of [
      [['POST'], 3],
      [['GET'], 1],
    ]) {
      let requests = 0;
      const send = async () => {
        requests++;
        throw new TypeError('fetch failed');
      };
      const f = resilient(send, { http: true, retry: { methods } });
      const outcome = outcomeOf(f(URL, { method: 'POST', body: 'text' }));
      await time.passAll();
      assert.deepEqual([outcome.error.message, requests], ['fetch failed', runs]);
    }
  });

  it('retry.methods select the requests that are hedged', async () => {
    for (const [method, methods, runs] of [
      ['POST', ['POST'], 2],
      ['GET', ['POST'], 1],
    ]) {
      let requests = 0;
      const f = resilient(() => ++requests && new Promise(() => {}), {
        http: true,
        hedge: { delay: '100ms' },
        retry: { methods },
      });
      outcomeOf(f(URL, { method }));
      await time.pass(1_000);
      assert.equal(requests, runs, method);
    }
  });
});

describe('retry.statuses selects statuses', () => {
  it('retry.statuses replace the default statuses', async () => {
    const retry = { statuses: [404, 599] };
    assert.equal((await sent({}, 404, { retry })).requests, 3);
    assert.equal((await sent({}, 599, { retry })).requests, 3);
    assert.equal((await sent({}, 503, { retry })).requests, 1);
    assert.equal((await sent({}, 503, { retry: { statuses: [] } })).requests, 1);
    assert.equal((await sent({}, 503, { retry: { statuses: undefined } })).requests, 3);
  });

  it('retry.statuses make a response a failure that is not stored, also where the method is not retried', async () => {
    const options = {
      retry: { statuses: [404] },
      cache: { statuses: [404] },
      circuitBreaker: { failureThreshold: 1 },
    };
    for (const [method, expected] of [
      ['GET', 3],
      ['POST', 1],
    ]) {
      const { f, requests } = await sent({ method }, 404, options);
      assert.deepEqual([requests, f.circuitBreaker.state, f.cache.size], [expected, 'open', 0]);
    }
  });

  it('retry.statuses do not remove a bad status from the breaker', async () => {
    const circuitBreaker = { failureThreshold: 1 };
    const { f, requests } = await sent({}, 503, { retry: { statuses: [404] }, circuitBreaker });
    assert.deepEqual([requests, f.circuitBreaker.state], [1, 'open']);
  });

  it('retry.statuses have no effect on a function that is not like fetch', async () => {
    const options = { http: false, retry: { statuses: [404] } };
    assert.equal((await sent({}, 404, options)).requests, 1);
  });
});

describe('an exhausted retryOnResult is a failure', () => {
  it('an exhausted retryOnResult is a failure for the breaker, also for a POST and for a single attempt', async () => {
    const retryOnResult = ({ status }) => status === 404;
    for (const [method, retry, runs] of [
      ['GET', {}, 3],
      ['GET', { maxAttempts: 1 }, 1],
      ['POST', {}, 1],
    ]) {
      const { f, requests } = await sent({ method }, 404, {
        retry: { ...retry, retryOnResult },
        circuitBreaker: { failureThreshold: 1 },
      });
      assert.deepEqual([requests, f.circuitBreaker.state], [runs, 'open']);
    }
  });
});

describe('retry.methods and retry.statuses are validated', () => {
  const wrapped = (retry) => () => resilient(async () => {}, { retry });

  it('a wrong list of methods or statuses is refused when it is given, by name and value', () => {
    const wrongs = [
      [
        { methods: 'POST' },
        TypeError,
        "retry.methods must be an array of HTTP methods, got 'POST'",
      ],
      [{ methods: [1] }, TypeError, 'retry.methods must be an array of HTTP methods, got 1'],
      [{ methods: [''] }, RangeError, "retry.methods must be an array of HTTP methods, got ''"],
      [{ methods: ['A B'] }, RangeError, /^retry.methods .* got 'A B'$/],
      [{ methods: new Set(['POST']) }, TypeError, /^retry.methods .* got an object$/],
      [{ methods: null }, TypeError, /^retry.methods .* got null$/],
      [
        { statuses: 503 },
        TypeError,
        /^retry.statuses must be an array of integers from 200 to 599/,
      ],
      [{ statuses: ['503'] }, TypeError, /^retry.statuses .* got '503'$/],
      [{ statuses: [199] }, RangeError, /^retry.statuses .* got 199$/],
      [{ statuses: [600] }, RangeError, /^retry.statuses .* got 600$/],
      [{ statuses: [429.5] }, RangeError, /^retry.statuses .* got 429.5$/],
      [{ statuses: [Number.NaN] }, RangeError, /^retry.statuses .* got NaN$/],
    ];
    for (const [retry, kind, message] of wrongs) {
      assert.throws(wrapped(retry), (error) => {
        assert.ok(error instanceof kind, error.stack);
        assert.match(error.message, message instanceof RegExp ? message : /^/);
        if (typeof message === 'string') assert.equal(error.message, message);
        return true;
      });
    }
  });

  it('changes to a list of methods or statuses after it was given have no effect', async () => {
    const methods = ['POST'];
    const statuses = [404];
    let requests = 0;
    const send = async () => ++requests && new Response('', { status: 404 });
    const f = resilient(send, { http: true, retry: { methods, statuses } });
    methods[0] = 'GET';
    statuses.length = 0;
    outcomeOf(f(URL, { method: 'POST' }));
    await time.passAll();
    assert.equal(requests, 3);
  });
});
