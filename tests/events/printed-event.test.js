import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { CacheEvent, EventType, ResilienceEvent, ResultCache, resilient } from 'holdfast';

const asJson = (event) => JSON.parse(JSON.stringify(event));

/** The events of one call, as JSON. */
async function eventsOf(fn, options, ...args) {
  const events = [];
  const f = resilient(fn, { ...options, onEvent: (event) => events.push(asJson(event)) });
  await f(...args).catch(() => {});
  return events;
}

describe('JSON.stringify of a ResilienceEvent keeps its fields', () => {
  it('JSON.stringify of a ResilienceEvent keeps its type, its fields, and the name and message of its error', async () => {
    const load = async () => {
      throw Object.assign(new TypeError('down'), { code: 'E_DOWN' });
    };
    const events = await eventsOf(load, { cache: true, name: 'load' }, 1);
    for (const event of events) delete event.duration;
    const common = { functionName: 'load', key: 1, flight: 1, attempt: 0 };
    assert.deepEqual(events, [
      { type: 'cache_miss', ...common },
      { type: 'failure', ...common, error: { name: 'TypeError', message: 'down', code: 'E_DOWN' } },
    ]);
  });

  it('JSON.stringify of a ResilienceEvent keeps the status of a response in its detail', async () => {
    let n = 0;
    const load = async () => new Response('', { status: n++ ? 200 : 429 });
    const retry = { delay: 0, retryOnResult: ({ status }) => status === 429 };
    const [retried] = await eventsOf(load, { retry });
    assert.deepEqual(retried.detail, { result: { status: 429 }, delay: 0 });
  });

  it('JSON.stringify of a ResilienceEvent keeps the errors in its detail and the cause of an error', async () => {
    const load = async () => {
      throw new Error('first', { cause: new RangeError('second') });
    };
    const [retry] = await eventsOf(load, { retry: { maxAttempts: 2, delay: 0 } });
    const error = {
      name: 'Error',
      message: 'first',
      cause: { name: 'RangeError', message: 'second' },
    };
    assert.equal(retry.type, EventType.RETRY);
    assert.deepEqual(retry.detail, { delay: 0, error });
  });

  it('JSON.stringify of a ResilienceEvent keeps an error that has a cycle, is of another realm, or is a DOMException', async () => {
    const cyclic = Object.assign(new Error('cyclic'), { request: {} });
    cyclic.request.error = cyclic;
    const foreign = vm.runInNewContext("new Error('foreign')");
    for (const error of [cyclic, foreign, new DOMException('timed out', 'TimeoutError')]) {
      const [event] = await eventsOf(() => Promise.reject(error), {});
      assert.equal(event.error.name, error.name);
      assert.equal(event.error.message, error.message);
    }
  });

  it('JSON.stringify of a ResilienceEvent describes values that JSON cannot express, and never throws', () => {
    const cycle = [];
    cycle.push(cycle);
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('hostile');
        },
      },
    );
    const described = new Map([
      [5n, '5n'],
      [Symbol('s'), 'Symbol(s)'],
      [() => {}, 'a function'],
      [cycle, 'an array'],
      [{ big: 5n }, 'an object'],
      [hostile, 'an object'],
      [null, null],
      [undefined, undefined],
      ['', ''],
      [0, 0],
      [{ a: [1] }, { a: [1] }],
    ]);
    for (const [value, expected] of described) {
      const event = new ResilienceEvent(EventType.FAILURE, { functionName: 'f', error: value });
      assert.deepEqual(asJson(event).error, expected);
    }
  });
});

it('JSON.stringify of a CacheEvent keeps its type, key and value', () => {
  assert.deepEqual(asJson(new CacheEvent('evict', 1n, { a: 1 })), {
    type: 'evict',
    key: '1n',
    value: { a: 1 },
    reason: 'evict',
  });
  const heard = [];
  const cache = new ResultCache({ maxSize: 1 });
  cache.addEventListener('evict', (event) => heard.push(asJson(event)));
  cache.put('a', new Error('boom')).put('b', 2);
  assert.deepEqual(heard, [
    { type: 'evict', key: 'a', value: { name: 'Error', message: 'boom' }, reason: 'evict' },
  ]);
});
