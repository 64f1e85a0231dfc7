import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { tier } from 'holdfast/tier';
import { deferred } from '../support/deferred.js';
import { memoryDriver } from '../support/memory-driver.js';
import { CLIENTS } from '../support/redis-clients.js';
import { freePort } from '../support/servers.js';
import { until } from '../support/until.js';
import { warningsOf } from '../support/warnings.js';

function wrap(fn, { cache, ...options } = {}) {
  const driver = options.driver ?? memoryDriver();
  const shared = tier({ driver, ...options });
  const wrapped = resilient(fn, { name: 'fn', cache: { ...cache, tier: shared } });
  return Object.assign(wrapped, { tier: shared, driver });
}

test('wrong options of a tier are refused with their name', () => {
  const driver = memoryDriver();
  const cases = [
    [() => tier({}), /driver must be an object with get/],
    [() => tier({ driver: { ...driver, set: 1 } }), /driver.set must be a function, got 1/],
    [() => tier({ driver: { ...driver, leases: undefined } }), /consistency is 'eventual'/],
    [() => tier({ driver, consistency: 'strong' }), /consistency must be 'eventual', got 'strong'/],
    [() => tier({ driver, timeout: 0 }), /timeout must be .* above 0/],
    [() => tier({ driver, codec: {} }), /codec must be an object with name, encode and decode/],
    [() => tier({ driver, breaker: { failureThreshold: 0 } }), /breaker.failureThreshold must be/],
    [() => tier({ driver, maxstale: 1 }), /did you mean maxStale/],
    [() => redisTier({ client: {} }), /client must be a client of node-redis/],
    [() => redisTier({ duplicate() {}, _events: {} }), /options must be an object with the client/],
    [() => redisTier({ client: { send() {} }, prefix: '{a}' }), /prefix must be a string without/],
    [() => redisTier({ client: { send() {} }, tracking: 'on' }), /tracking must be one of 'auto'/],
  ];
  for (const [run, message] of cases) assert.throws(run, { message });
  const client = { send() {} };
  assert.throws(() => redisTier({ client, tracking: 'on' }), { name: 'RangeError' });
  assert.throws(() => redisTier({ client, tracking: 1 }), { name: 'TypeError' });
  assert.throws(() => tier({ driver, lease: 0.005 }), {
    name: 'RangeError',
    message: /lease must be at least 10 ms, got 0.005/,
  });
  const shared = tier({ driver, consistency: undefined });
  const fn = async () => 1;
  const refused = [
    [{ cache: { tier: shared } }, /name must be a string that is not empty if cache.tier is set/],
    [{ name: 'a', cache: { tier: {} } }, /cache.tier must be a tier such as redisTier/],
    [{ name: 'a', sync: true, cache: { tier: shared } }, /sync cannot be true/],
    [{ name: 'a', cache: { tier: shared, version: {} } }, /cache.version must be/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => resilient(options.sync ? () => 1 : fn, options), { message });
  }
  resilient(fn, { name: 'a', cache: { tier: shared } });
  resilient(fn, { name: 'a', cache: { tier: shared, version: 2 } });
  assert.throws(() => resilient(async () => 2, { name: 'a', cache: { tier: shared } }), {
    message: "name must be unique in cache.tier, 'a' is another function",
  });
});

test('a function with a tier returns Promises, and so do its members', async () => {
  const fn = wrap((id) => id);
  const results = [
    fn(1),
    fn.invalidate(1),
    fn.expire(1),
    fn.put([1], 2),
    fn.clear(),
    fn.invalidateTag('a'),
    fn.expireTag('a'),
  ];
  for (const result of results) assert.ok(result instanceof Promise);
  assert.deepEqual(await Promise.all(results.slice(1)), [false, false, undefined, undefined, 0, 0]);
});

test('a hit in the first tier does not reach the driver', async () => {
  const fn = wrap(async (id) => id);
  await fn(1);
  await until(() => fn.cache.has(1), 'a result');
  const { length } = fn.driver.calls;
  await fn(1);
  assert.equal(fn.driver.calls.length, length);
});

test('calls whose key means nothing elsewhere, or is secret, stay in the first tier', async () => {
  class Own {}
  const long = 'x'.repeat(20_000);
  for (const argument of [new Own(), Symbol('own'), () => {}, { deep: [new Own()] }, long]) {
    const fn = wrap(async () => 1);
    await fn(argument);
    assert.equal(fn.cache.size, 1);
    assert.equal(fn.tier.stats.local, 1);
    assert.equal(fn.driver.store.size, 0);
  }
  const get = async () => new Response('x');
  for (const headers of [{ Authorization: 'a' }, { cookie: 'a' }]) {
    const driver = memoryDriver();
    const shared = tier({ driver });
    const fn = resilient(get, { name: 'get', http: true, cache: { tier: shared } });
    await (await fn('http://localhost/', { headers })).text();
    assert.equal(shared.stats.local, 1);
    assert.equal(driver.store.size, 0);
  }
  const byObject = wrap(async () => 1, { cache: { key: () => ({}) } });
  await byObject(1);
  assert.equal(byObject.tier.stats.local, 1);
});

test('equal arguments have one place, different ones and other versions have different places', async () => {
  const driver = memoryDriver();
  const run = async (args, cache = {}) => {
    let runs = 0;
    const fn = wrap(async () => ++runs, { driver, cache });
    await fn(...args);
    await until(() => fn.cache.size === 1, 'a result');
    return runs;
  };
  const different = [
    [1],
    ['1'],
    [1n],
    [null],
    [undefined],
    [],
    [1, 1],
    [[1]],
    [{ a: 1 }],
    ['\0('],
    ['\ud800'],
    ['\ud801'],
  ];
  for (const args of different) assert.equal(await run(args), 1);
  for (const args of different) assert.equal(await run(args), 0);
  assert.equal(await run([1], { version: 2 }), 1);
  assert.equal(await run([1], { version: '2' }), 1);
  // A shared store changes the keys of the first tier only.
  assert.equal(await run([1], { store: new ResultCache() }), 0);
});

test('a value that belongs to another key is not used', async () => {
  const driver = memoryDriver();
  const fn = wrap(async (id) => id, { driver });
  await fn('a');
  await until(() => fn.cache.has('a'), 'a result');
  const { valueKey } = driver;
  const value = driver.store.get(valueKey);
  driver.store.delete(valueKey);
  await fn('b');
  await until(() => fn.cache.has('b'), 'a result');
  driver.store.set(driver.valueKey, value);
  fn.cache.clear();
  assert.equal(await fn('b'), 'b');
});

test('a value that changes while it is read is read again', async () => {
  const driver = memoryDriver();
  let version = 1;
  const first = wrap(async () => version, { driver });
  await first('a');
  await until(() => first.cache.has('a'), 'a result');
  const old = driver.store.get(driver.valueKey);
  const gate = deferred();
  let reads = 0;
  const late = {
    ...driver,
    open(watcher) {
      late.watcher = watcher;
      return true;
    },
    get: (key) => (key.includes(':{') && ++reads === 1 ? gate.promise : driver.get(key)),
  };
  const second = wrap(async () => version, { driver: late });
  const result = second('a');
  await until(() => reads === 1, 'a read');
  version = 2;
  const key = driver.valueKey;
  driver.delete(key);
  late.watcher.changed(key);
  gate.resolve(old);
  assert.equal(await result, 2);
});

test('what cannot be read is a miss', async () => {
  const driver = memoryDriver();
  let runs = 0;
  const fn = wrap(async () => ++runs, { driver });
  await fn('a');
  await until(() => fn.cache.has('a'), 'a result');
  const key = driver.valueKey;
  const good = driver.store.get(key);
  const broken = [
    new Uint8Array(0),
    new Uint8Array(100),
    good.subarray(0, good.length - 1),
    good.subarray(0, 60),
    Uint8Array.from(good, (byte, index) => (index === 20 ? 0xff : byte)),
    Uint8Array.from(good, (byte, index) => (index === 60 ? 0xff : byte)),
  ];
  for (const bytes of broken) {
    driver.store.set(key, bytes);
    fn.cache.clear();
    const before = runs;
    assert.equal(await fn('a'), before + 1);
    await until(() => fn.cache.has('a'), 'a result');
  }
  const other = { name: 'other', encode: () => new Uint8Array(1), decode: () => 'wrong' };
  const elsewhere = wrap(async () => 'run', { driver, codec: other });
  assert.equal(await elsewhere('a'), 'run');
});

test('a driver that throws, or never answers, fails no call', async () => {
  const failing = memoryDriver();
  failing.get = () => {
    throw new Error('no');
  };
  const errors = [];
  const fn = wrap(async (id) => id, { driver: failing });
  fn.tier.addEventListener('tier_error', ({ error }) => errors.push(error.message));
  for (let id = 0; id < 5; id++) assert.equal(await fn(id), id);
  assert.ok(errors.includes('no'));
  assert.equal(fn.tier.health().state, 'lost');
  const silent = memoryDriver();
  silent.get = () => new Promise(() => {});
  const slow = wrap(async (id) => id, { driver: silent, timeout: '20ms' });
  assert.equal(await slow(1), 1);
  assert.equal(slow.tier.health().state, 'lost');
  await fn.tier[Symbol.asyncDispose]();
  await slow.tier[Symbol.asyncDispose]();
});

test('without leases, a tier is eventually consistent', async () => {
  const { leases, ...driver } = memoryDriver();
  assert.ok(leases);
  let runs = 0;
  const options = { driver, consistency: 'eventual' };
  const a = wrap(async () => ++runs, options);
  const b = wrap(async () => ++runs, options);
  await a('x');
  await until(() => a.cache.has('x'), 'a result');
  assert.equal(await b('x'), 1);
});

test('a function warns once that its calls do not use the tier, as their key counts by identity', async () => {
  class User {}
  const cases = [
    [{}, (fn) => fn.call({}, 1), /their `this` or an argument counts by identity/],
    [{}, (fn) => fn(new User()), /their `this` or an argument counts by identity/],
    [{ key: () => new User() }, (fn) => fn(1), /cache.key returns a key that means nothing/],
  ];
  for (const [cache, call, message] of cases) {
    const warnings = await warningsOf(async () => {
      const fn = wrap(async () => 'x', { cache });
      await call(fn);
      await call(fn);
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /^Calls of fn do not use the second tier: /);
    assert.match(warnings[0], message);
  }
  const none = await warningsOf(async () => {
    const fn = wrap(async () => 'x');
    await fn('x'.repeat(20_000));
    await fn({ plain: [1] });
  });
  assert.deepEqual(none, []);
});

test('the error of a change says why there is no connection', async () => {
  const driver = memoryDriver();
  driver.open = () => {
    throw new Error('connect ECONNREFUSED');
  };
  const fn = wrap(async () => 'x', { driver });
  await until(() => fn.tier.health().state === 'lost', 'a loss');
  const error = await fn.invalidate(1).catch((reason) => reason);
  assert.equal(error.cause.message, 'there is no connection: connect ECONNREFUSED');
  assert.equal(error.cause.cause.message, 'connect ECONNREFUSED');
  await fn.tier[Symbol.asyncDispose]();
});

for (const client of ['ioredis 5', 'ioredis 6', 'iovalkey', 'node-redis 6']) {
  test(`a refused connection of ${client} is named in errors`, async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const shared = redisTier({ client: await CLIENTS[client](url) });
    const errors = [];
    shared.addEventListener('tier_error', ({ error }) => errors.push(error));
    const fn = resilient(async () => 'x', { name: 'fn', cache: { tier: shared } });
    await until(() => errors.length > 0, 'an error');
    assert.match(errors[0].message, /ECONNREFUSED/);
    const { cause } = await fn.invalidate(1).catch((error) => error);
    assert.match(cause.message, /^there is no connection: .*ECONNREFUSED/);
    await shared[Symbol.asyncDispose]();
  });
}
