import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferred } from '../support/deferred.js';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver, wrapInTier as wrap } from '../support/memory-tier.js';
import { turn } from '../support/turn.js';
import { until } from '../support/until.js';

test('a put with tags is stored, whatever tags the function has', async () => {
  for (const tags of [undefined, ['own'], () => ['own']]) {
    const driver = memoryDriver({ watched: false });
    const [a, b] = [0, 1].map(() => wrap(async () => 'run', { driver, cache: { tags } }));
    await a.put(['x'], 'put', { tags: ['t'] });
    assert.equal(await b('x'), 'put');
    b.cache.clear();
    await a.invalidateTag('t');
    assert.equal(await b('x'), 'run');
  }
});

test('a call during expire and expireTag does not make the old result fresh again', async () => {
  for (const change of [(fn) => fn.expire('x'), (fn) => fn.expireTag('t')]) {
    const shared = memoryDriver();
    let gate;
    const replace = async (...args) => {
      await gate?.promise;
      return shared.replace(...args);
    };
    const driver = driverOver(shared, { replace });
    let version = 'old';
    const cache = { staleWhileRevalidate: 60, tags: ['t'] };
    const fn = wrap(async () => version, { driver, cache });
    await fn('x');
    await until(() => fn.cache.has('x'), 'a result');
    version = 'new';
    gate = deferred();
    const changed = change(fn);
    await fn('x');
    for (let round = 0; round < 5; round++) await turn();
    gate.resolve();
    await changed;
    await fn('x');
    await until(async () => (await fn('x')) === 'new', 'the new result', 1_000);
  }
});

test('a stale value that replaces a failure hears of an invalidation', async () => {
  for (const watched of [true, 'echoes', false]) {
    const shared = memoryDriver({ watched });
    let time = 1_000_000;
    const driver = driverOver(shared, { time: () => time });
    const cache = { ttl: 0.1, staleIfError: 60, staleBackoff: 0.001 };
    const first = wrap(async () => 'old', { driver, cache });
    await first('x');
    await until(() => shared.valueKey, 'a result');
    time += 200;
    const ownDriver = driverOver(shared, { time: () => time });
    const fail = async () => {
      throw new Error('down');
    };
    const second = wrap(fail, { driver: ownDriver, cache, maxStale: 0.3 });
    assert.equal(await second('x'), 'old');
    const key = shared.valueKey;
    shared.delete(key);
    if (watched) ownDriver.watcher.changed(key);
    const isGone = () =>
      second('x').then(
        () => false,
        () => true,
      );
    await until(isGone, `an error, watched: ${watched}`, 5_000);
    await first.tier[Symbol.asyncDispose]();
    await second.tier[Symbol.asyncDispose]();
  }
});

test('after invalidateTag and clear, a process that hears its own changes has no old result', async () => {
  const changes = [
    (fn) => fn.tier.invalidateTag('t'),
    (fn) => fn.invalidateTag('t'),
    (fn) => fn.clear(),
  ];
  for (const change of changes) {
    const shared = memoryDriver({ watched: 'echoes' });
    // Each answer takes a turn of the event loop.
    const get = async (key) => {
      await turn();
      return shared.get(key);
    };
    let version = 'old';
    const driver = driverOver(shared, { get });
    const fn = wrap(async () => version, { driver, cache: { tags: ['t'] } });
    await fn('x');
    await until(() => fn.cache.has('x'), 'a result');
    version = 'new';
    await change(fn);
    assert.equal(await fn('x'), 'new');
  }
});

test('a change that is heard of while a result is stored is not missed', async () => {
  const shared = memoryDriver({ watched: 'echoes' });
  let version = 'old';
  const store = async (key, ...args) => {
    const isStored = shared.leases.store(key, ...args);
    // Another process invalidates it before the answer arrives.
    version = 'new';
    shared.delete(key);
    driver.watcher.changed(key);
    await turn();
    return isStored;
  };
  const driver = driverOver(shared, { leases: { ...shared.leases, store } });
  const fn = wrap(async () => version, { driver });
  assert.equal(await fn('x'), 'old');
  await until(() => shared.calls.length > 0 && version === 'new', 'a change');
  for (let round = 0; round < 5; round++) await turn();
  driver.leases.store = shared.leases.store;
  assert.equal(await fn('x'), 'new');
});

test('a result that stays in its process is not kept if its key was invalidated during the run', async () => {
  class Own {
    constructor(version) {
      this.version = version;
    }
  }
  process.on('warning', () => {});
  for (const watched of [true, 'echoes', false]) {
    const shared = memoryDriver({ watched });
    let version = 'old';
    const [a, b] = [0, 1].map(() => {
      const gates = [];
      const run = async () => {
        const own = new Own(version);
        await gates.shift()?.promise;
        return own;
      };
      return Object.assign(wrap(run, { driver: driverOver(shared) }), { gates });
    });
    await b('x');
    await until(() => b.cache.has('x'), 'a result');
    const gate = deferred();
    a.gates.push(gate);
    const result = a('x');
    await until(() => a.gates.length === 0, 'a run');
    version = 'new';
    const { valueKey } = shared;
    await b.invalidate('x');
    if (watched) a.driver.watcher.changed(valueKey);
    gate.resolve();
    assert.equal((await result).version, 'old');
    for (let round = 0; round < 5; round++) await turn();
    assert.equal((await a('x')).version, 'new', `watched: ${watched}`);
  }
});

test('an invalidation right after a put removes what was put', async () => {
  const shared = memoryDriver();
  const get = async (key) => {
    await turn();
    return shared.get(key);
  };
  const fn = wrap(async () => 'run', { driver: driverOver(shared, { get }) });
  await Promise.all([fn.put(['x'], 'put'), fn.invalidate('x')]);
  assert.equal(shared.valueKey, undefined);
  await Promise.all([fn.put(['x'], 'put'), fn.put(['x'], 'put again')]);
  fn.cache.clear();
  assert.equal(await fn('x'), 'put again');
});

test('a put is stored although another process changes the key meanwhile', async () => {
  const shared = memoryDriver();
  const fn = wrap(async () => 'run', { driver: driverOver(shared) });
  await fn('x');
  await until(() => fn.cache.has('x'), 'a result');
  const { valueKey } = shared;
  fn.driver.set = (key, ...rest) => shared.set(key, ...rest);
  let isPut = false;
  fn.driver.get = async (key) => {
    if (key.includes('#') && !isPut) {
      isPut = true;
      fn.driver.watcher.changed(valueKey);
    }
    return shared.get(key);
  };
  fn.driver.watcher.changed();
  await fn.put(['x'], 'put');
  assert.ok(isPut);
  fn.cache.clear();
  assert.equal(await fn('x'), 'put');
});

test('a put that the store refuses each time does not keep the tier lost', async () => {
  const shared = memoryDriver();
  const set = (key, value) => {
    if (value.length > 2_000) throw new Error('value too large');
    shared.set(key, value);
  };
  const breaker = { recoveryTimeout: 0.01, maxRecoveryTimeout: 0.01 };
  const driver = driverOver(shared, { set });
  const fn = wrap(async () => 'run', { driver, breaker });
  await fn.put(['x'], 'small');
  await assert.rejects(fn.put(['x'], 'x'.repeat(3_000)), { name: 'TierError' });
  await until(() => fn.tier.health().state === 'ready', 'a connection', 2_000);
  assert.equal(shared.valueKey, undefined);
  await fn.tier[Symbol.asyncDispose]();
});

test('a full store does not end the connection, whatever its error looks like', async () => {
  const errors = [
    { message: 'OOM command not allowed' },
    // Redis 6, from a script.
    { message: 'ERR Error running script (call to f_1): @user_script:3: -OOM command not allowed' },
    { message: 'full', code: 'SQLITE_FULL' },
    { message: 'full', code: 'ERR_SQLITE_ERROR', errcode: 13 },
    { message: 'database or disk is full' },
  ];
  for (const properties of errors) {
    const shared = memoryDriver();
    const driver = driverOver(shared);
    const fn = wrap(async () => 'run', { driver });
    await fn.put(['x'], 'old');
    driver.set = () => {
      throw Object.assign(new Error(), properties);
    };
    await assert.rejects(fn.put(['x'], 'new'), { name: 'TierError' });
    assert.equal(fn.tier.health().state, 'ready');
    await until(() => shared.valueKey === undefined, 'a removal');
  }
});

test('changes do not end an opening that takes longer than timeout, which sends them', async () => {
  const shared = memoryDriver();
  const gates = [];
  const breaker = { recoveryTimeout: 0.001, maxRecoveryTimeout: 0.001 };
  const driver = driverOver(shared);
  const { open } = driver;
  driver.open = async (watcher) => {
    await gates[0]?.promise;
    return open(watcher);
  };
  const fn = wrap(async () => 'run', { driver, breaker, timeout: 0.02 });
  await fn('x');
  await until(() => fn.cache.has('x'), 'a result');
  let failures = 0;
  fn.tier.addEventListener('tier_error', () => failures++);
  gates.push(deferred());
  driver.watcher.lost(new Error('lost'));
  await until(() => fn.tier.health().state === 'opening', 'an opening');
  await assert.rejects(fn.invalidate('x'), { name: 'TierError' });
  await assert.rejects(fn.put(['y'], 1), { name: 'TierError' });
  assert.equal(fn.tier.health().state, 'opening');
  assert.equal(failures, 0);
  const { valueKey } = shared;
  gates[0].resolve();
  await until(() => fn.tier.health().state === 'ready', 'a connection');
  assert.equal(shared.store.has(valueKey), false);
  await fn.tier[Symbol.asyncDispose]();
});

test('a put whose result left the first tier before it was written removes the old result and the lease', async () => {
  const shared = memoryDriver();
  const gate = deferred();
  let isGated = false;
  const get = async (key) => {
    if (isGated && key.includes('#')) await gate.promise;
    return shared.get(key);
  };
  const fn = wrap(async () => 'new', { driver: driverOver(shared, { get }) });
  const run = deferred();
  const other = wrap(() => run.promise, { driver: driverOver(shared) });
  const older = other('x');
  await turn();
  isGated = true;
  const put = fn.put(['x'], 'put');
  await turn();
  fn.cache.clear();
  gate.resolve();
  await put;
  run.resolve('old');
  assert.equal(await older, 'old');
  await turn();
  assert.equal(await fn('x'), 'new');
});
