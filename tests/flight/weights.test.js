import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { removals } from '../support/cache-events.js';
import { controlled } from '../support/controlled.js';
import { BAD_WEIGHTS } from '../support/refused.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

const PAGE = 'http://server/';
const weightOf = (f, ...args) => f.cache.info(f.makeKey(...args))?.weight;

/** A function that returns its argument, and whose results weigh what they are. */
function numbers(options) {
  const runs = [];
  const load = async (number) => {
    runs.push(number);
    return number;
  };
  const cache = { maxWeight: 10, weigh: (value) => value, ...options };
  return { f: resilient(load, { cache }), runs };
}

/** A function that answers each path with a body of its length. */
function pages(options) {
  const runs = [];
  const load = async (url) => {
    runs.push(url.slice(PAGE.length));
    return new Response(url.slice(PAGE.length));
  };
  const f = resilient(load, { http: true, cache: options });
  const get = async (path) => {
    const text = await (await f(PAGE + path)).text();
    await turn();
    assert.equal(text, path);
  };
  return { f, get, runs };
}

describe('the results of a function have weights', () => {
  it('weigh is asked once for each result, with the result and the key, before it is stored', async () => {
    const load = controlled();
    const calls = [];
    const weigh = (...args) => {
      calls.push(args);
      return 3;
    };
    const f = resilient(load, { cache: { maxWeight: 10, weigh } });
    const waiters = [f('a', 1), f('a', 1), f('a', 1)];
    assert.deepEqual(calls, []);
    const result = {};
    load.runs[0].resolve(result);
    await Promise.all(waiters);
    await f('a', 1);
    assert.deepEqual(calls, [[result, f.makeKey('a', 1)]]);
    assert.equal(calls[0][0], result);
    assert.equal(weightOf(f, 'a', 1), 3);
  });

  it('results evict the least recent ones until maxWeight holds', async () => {
    const { f, runs } = numbers();
    for (const number of [3, 4, 2, 3, 5]) await f(number);
    assert.deepEqual(runs, [3, 4, 2, 5]);
    assert.deepEqual([f.cache.stats.weight, f.cache.size], [10, 3]);
    assert.deepEqual([...f.cache.values()], [2, 3, 5]);
    assert.deepEqual([f.cache.stats.maxWeight, f.cache.stats.maxSize], [10, 2 ** 23]);
  });

  it('a result heavier than maxWeight is returned and not stored, without a warning', async () => {
    const warnings = await warningsOf(async () => {
      const { f, runs } = numbers();
      await f(3);
      const left = removals(f.cache);
      assert.deepEqual([await f(11), await f(11)], [11, 11]);
      assert.deepEqual(runs, [3, 11, 11]);
      assert.deepEqual([...f.cache.values()], [3]);
      assert.deepEqual(left, []);
    });
    assert.deepEqual(warnings, []);
  });

  it('a refreshed result heavier than maxWeight removes the entry that it would replace', async () => {
    const weights = [4, 11];
    let runs = 0;
    const f = resilient(() => weights[runs++], {
      cache: { maxWeight: 10, weigh: (value) => value },
    });
    f('a');
    f.put(['b'], 5);
    const left = removals(f.cache);
    assert.equal(f.with({ refresh: true })('a'), 11);
    assert.deepEqual(left, [['replace', f.makeKey('a'), 4]]);
    assert.deepEqual([f.cache.size, f.cache.stats.weight], [1, 5]);
  });

  it('maxWeight without weigh is a TypeError for a function that is not http', () => {
    for (const options of [{}, { http: false }]) {
      assert.throws(() => resilient(() => {}, { cache: { maxWeight: 5 }, ...options }), {
        name: 'TypeError',
        message: /cache\.weigh.*maxWeight|cache\.maxWeight.*weigh/,
      });
    }
    assert.throws(() => resilient(fetch, { http: false, cache: { maxWeight: 5 } }), TypeError);
    resilient(fetch, { cache: { maxWeight: 5 } });
    resilient(async () => new Response(), { http: true, cache: { maxWeight: 5 } });
  });

  it('maxWeight and weigh next to a store are TypeErrors: they belong to the store', () => {
    const store = new ResultCache();
    for (const option of [{ maxWeight: 5 }, { weigh: () => 1 }, { maxWeight: 5, weigh: () => 1 }]) {
      for (const http of [false, true]) {
        assert.throws(() => resilient(() => {}, { http, cache: { store, ...option } }), TypeError);
      }
    }
  });

  it('functions over a store share its maxWeight, and its weigh sees their keys', async () => {
    const keys = [];
    const weigh = (value, key) => {
      keys.push(key);
      return value;
    };
    const store = new ResultCache({ maxWeight: 10, weigh });
    const [f, g] = [1, 2].map(() => resilient(async (number) => number, { cache: { store } }));
    await f(6);
    await g(4);
    await g(5);
    assert.deepEqual(keys, [f.makeKey(6), g.makeKey(4), g.makeKey(5)]);
    assert.deepEqual([...store.values()], [4, 5]);
    assert.equal(store.stats.weight, 9);
  });
});

describe('a weigh of a function that fails', () => {
  const faults = [
    ['throws', () => assert.fail('no weight')],
    ...BAD_WEIGHTS.map(([weight, shown]) => [`returns ${shown}`, () => weight]),
    [
      'returns a Promise that rejects',
      async () => {
        throw new Error('no weight');
      },
    ],
  ];
  for (const [name, weigh] of faults) {
    it(`a weigh that ${name} keeps the results out of the cache, with one warning`, async () => {
      const warnings = await warningsOf(async () => {
        let runs = 0;
        const load = async (key) => `${key}${++runs}`;
        const f = resilient(load, { name: 'loadUser', cache: { maxWeight: 10, weigh } });
        assert.deepEqual([await f('a'), await f('a'), await f('b')], ['a1', 'a2', 'b3']);
        assert.deepEqual([f.cache.size, f.cache.stats.weight], [0, 0]);
        const g = resilient((key) => `${key}${++runs}`, { name: 'sync', cache: { weigh } });
        assert.deepEqual([g('a'), g('a')], ['a4', 'a5']);
        assert.equal(g.cache.size, 0);
      });
      assert.equal(warnings.length, 2, warnings.join('\n'));
      assert.match(warnings[0], /loadUser/);
      assert.match(warnings[0], /weigh/);
      assert.match(warnings[1], /sync/);
    });
  }
});

describe('a response weighs the bytes of its body', () => {
  it('the default weight of an http function is the number of bytes of the body', async () => {
    const { f, get } = pages({ maxWeight: 1_000 });
    await get('abc');
    await get('abcdef');
    assert.deepEqual([weightOf(f, `${PAGE}abc`), weightOf(f, `${PAGE}abcdef`)], [3, 6]);
    assert.equal(f.cache.stats.weight, 9);
  });

  it('the weight of a body counts bytes, not characters, and 0 for no body', async () => {
    const bodies = [
      ['é€😀', 2 + 3 + 4],
      [new Uint8Array(5), 5],
      ['', 0],
      [null, 0],
    ];
    for (const [body, bytes] of bodies) {
      const load = async () => new Response(body, { status: body === null ? 204 : 200 });
      const f = resilient(load, { http: true, cache: { maxWeight: 100 } });
      await (await f(PAGE)).arrayBuffer();
      await turn();
      assert.deepEqual([f.cache.size, weightOf(f, PAGE), f.cache.stats.weight], [1, bytes, bytes]);
    }
  });

  it('the weight of a body that comes in parts is that of all its parts', async () => {
    const load = async () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            for (let n = 1; n <= 4; n++) {
              controller.enqueue(new Uint8Array(n));
              await turn();
            }
            controller.close();
          },
        }),
      );
    const f = resilient(load, { http: true, cache: { maxWeight: 100 } });
    await (await f(PAGE)).arrayBuffer();
    await turn();
    assert.equal(f.cache.stats.weight, 10);
  });

  it('responses evict the least recent ones until maxWeight holds', async () => {
    const { f, get, runs } = pages({ maxWeight: 10 });
    for (const path of ['aaa', 'bbbb', 'cc', 'aaa', 'ddddd']) await get(path);
    assert.deepEqual(runs, ['aaa', 'bbbb', 'cc', 'ddddd']);
    assert.deepEqual([f.cache.stats.weight, f.cache.size], [10, 3]);
    for (const path of ['aaa', 'cc', 'ddddd']) await get(path);
    assert.equal(runs.length, 4);
    assert.deepEqual([f.cache.stats.maxWeight, f.cache.stats.maxSize], [10, 2 ** 23]);
  });

  it('a response heavier than maxWeight reaches all its callers whole and is not stored', async () => {
    const { f, get, runs } = pages({ maxWeight: 10 });
    await get('short');
    await Promise.all([get('elevenchars'), get('elevenchars')]);
    assert.deepEqual(runs, ['short', 'elevenchars']);
    assert.deepEqual([f.cache.size, f.cache.stats.weight], [1, 5]);
    await get('elevenchars');
    assert.equal(runs.length, 3);
  });

  it('weigh of an http function sees the response instead, and may read its headers', async () => {
    const calls = [];
    const weigh = (response, key) => {
      calls.push([response.status, response.headers.get('cost'), key]);
      return Number(response.headers.get('cost'));
    };
    const load = async () => new Response('body', { headers: { cost: '7' } });
    const f = resilient(load, { http: true, cache: { maxWeight: 10, weigh } });
    assert.equal(await (await f(PAGE)).text(), 'body');
    await turn();
    assert.deepEqual(calls, [[200, '7', f.makeKey(PAGE)]]);
    assert.equal(f.cache.stats.weight, 7);
    assert.equal(await (await f(PAGE)).text(), 'body');
  });

  it('256 MB of responses are a maxWeight, whatever their number', async () => {
    const { f, get } = pages({ maxWeight: 256 * 1_024 ** 2 });
    for (let n = 0; n < 500; n++) await get(`page ${n}`.padEnd(10, '.'));
    assert.deepEqual([f.cache.size, f.cache.stats.weight], [500, 5_000]);
  });
});
