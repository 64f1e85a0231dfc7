import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { record, simulate } from 'holdfast/tuning';

/** The lines of a recording, without its header. */
async function linesOf(recording) {
  const text = await new Response(recording).text();
  const [header, ...lines] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(header, { format: 'holdfast-recording-1' });
  return lines;
}

describe('record writes the requests of a running cache', () => {
  it('hits, misses and joined calls of a function are recorded with key and time', async () => {
    const load = resilient(async (id) => id, { cache: true });
    const controller = new AbortController();
    const recording = record(load, { signal: controller.signal, plainKeys: true });
    const before = Date.now();
    await Promise.all([load('a'), load('a')]);
    await load('a');
    await load('b');
    controller.abort();
    await load('c');
    const lines = await linesOf(recording);
    assert.deepEqual(
      lines.map(({ key }) => key),
      ['a', 'a', 'a', 'b'],
    );
    assert.ok(lines.every(({ time }) => time >= before && time <= Date.now()));
  });

  it('keys are hashed by HalfSipHash-2-4 with a random seed', async () => {
    const random = mock.method(crypto, 'getRandomValues', (seed) => {
      seed.set([0x03020100, 0x07060504]);
      return seed;
    });
    const cache = new ResultCache();
    const controller = new AbortController();
    const recording = record(cache, { signal: controller.signal });
    random.mock.restore();
    cache.get('');
    controller.abort();
    const [{ key }] = await linesOf(recording);
    // The published output for the empty input, in two words: 0xc83cb8b9591f8d21, of which 53 bits are kept.
    assert.equal(BigInt(Number.parseInt(key, 36)), 0xc83cb8b9591f8d21n & ((1n << 53n) - 1n));
  });

  it('calls of get are recorded, and get is as before after the end', async () => {
    const cache = new ResultCache();
    cache.put('a', 1);
    const controller = new AbortController();
    const recording = record(cache, { signal: controller.signal, plainKeys: true });
    assert.equal(cache.get('a'), 1);
    assert.equal(cache.get(7), undefined);
    controller.abort();
    assert.equal(Object.hasOwn(cache, 'get'), false);
    cache.get('b');
    assert.deepEqual(
      (await linesOf(recording)).map(({ key }) => key),
      ['a', 'number:7'],
    );
  });

  it('a get that was recorded twice ends with the last recording', async () => {
    const cache = new Map([['a', 1]]);
    const [one, two] = [new AbortController(), new AbortController()];
    const first = record(cache, { signal: one.signal });
    const second = record(cache, { signal: two.signal });
    cache.get('a');
    one.abort();
    cache.get('b');
    assert.equal((await linesOf(first)).length, 1);
    two.abort();
    assert.equal(cache.get('a'), 1);
    assert.equal((await linesOf(second)).length, 2);
  });

  it('keys are hashed: equal for equal keys, and differently in each recording', async () => {
    const keys = ['alice@example.com', 'bob', 'alice@example.com', 1, '1', {}, {}];
    const recorded = async () => {
      const cache = new ResultCache();
      const controller = new AbortController();
      const recording = record(cache, { signal: controller.signal });
      for (const key of keys) cache.get(key);
      controller.abort();
      return (await linesOf(recording)).map(({ key }) => key);
    };
    const first = await recorded();
    assert.equal(first[0], first[2]);
    assert.equal(new Set(first).size, 6);
    assert.doesNotMatch(first.join(), /alice|bob/);
    assert.notDeepEqual(await recorded(), first);
  });

  it('a hundred thousand different keys have different hashes', async () => {
    const cache = new Map();
    const controller = new AbortController();
    const recording = record(cache, { signal: controller.signal, maxPending: 200_000 });
    for (let id = 0; id < 100_000; id++) cache.get(`/users/${id}`);
    controller.abort();
    const lines = await linesOf(recording);
    assert.equal(new Set(lines.map(({ key }) => key)).size, 100_000);
  });

  it('simulate reads a recording while it is written', async () => {
    const cache = new ResultCache();
    const controller = new AbortController();
    const report = simulate(record(cache, { signal: controller.signal }), { sizes: [2] });
    for (let index = 0; index < 3_000; index++) {
      cache.get(index % 3);
      if (index % 500 === 0) await new Promise(setImmediate);
    }
    controller.abort();
    const { format, requests, uniqueKeys, badLines, seconds } = await report;
    assert.deepEqual([format, requests, uniqueKeys, badLines], ['recording', 3_000, 3, 0]);
    assert.ok(seconds >= 0);
  });

  it('a slow reader loses lines, which are counted, and not simulated', async () => {
    const cache = new ResultCache();
    const controller = new AbortController();
    const recording = record(cache, { signal: controller.signal, maxPending: 10 });
    for (let index = 0; index < 25; index++) cache.get(index);
    controller.abort();
    const [kept, counted] = recording.tee();
    const lines = await linesOf(counted);
    // The header waits as well.
    assert.equal(lines.length, 10);
    assert.deepEqual(lines.at(-1), { key: null, op: 'missed', count: 16 });
    const { requests, badLines } = await simulate(kept);
    assert.deepEqual([requests, badLines], [9, 0]);
  });

  it('cancelling the stream ends the recording', async () => {
    const cache = new ResultCache();
    const recording = record(cache);
    await recording.cancel();
    assert.equal(Object.hasOwn(cache, 'get'), false);
    const load = resilient(async (id) => id, { cache: true });
    const reader = record(load).getReader();
    await reader.read();
    const pending = reader.read();
    await reader.cancel();
    assert.deepEqual(await pending, { done: true, value: undefined });
    await load('a');
  });

  it('record refuses what has no cache, and wrong options', () => {
    const message =
      /^source must be a function of resilient with a cache, or a cache with a method get/;
    for (const source of [undefined, 1, {}, () => {}, resilient(async () => {}, { retry: {} })]) {
      assert.throws(() => record(source), { name: 'TypeError', message });
    }
    const cache = new ResultCache();
    assert.throws(() => record(cache, { signal: 1 }), { name: 'TypeError', message: /^signal/ });
    assert.throws(() => record(cache, { maxPending: 0 }), {
      name: 'RangeError',
      message: /^maxPending/,
    });
    assert.throws(() => record(cache, { plain: true }), {
      name: 'TypeError',
      message: /^Unknown option plain/,
    });
    assert.equal(Object.hasOwn(cache, 'get'), false);
  });
});
