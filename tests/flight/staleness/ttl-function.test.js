import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { controlled } from '../../support/controlled.js';
import { manualClock } from '../../support/manual-clock.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';
import { warningsOf } from '../../support/warnings.js';

const throwing = () => {
  throw new Error('no ttl');
};

/** Values that the ttl function may return, and what is left of them. */
const NOT_STORED = { false: false, 0: 0, '-0': -0, '-1': -1, '-Infinity': -Infinity };
const WRONG = {
  undefined: undefined,
  null: null,
  true: true,
  NaN: NaN,
  'a bad string': '5 m',
  'an empty string': '',
  'a Promise': Promise.resolve(5),
  'a rejected Promise': Promise.reject(new Error('late')),
  'an object': {},
  'a BigInt': 5n,
};
WRONG['a rejected Promise'].catch(() => {});
const STORED = { 0.25: 250, 2: 2_000, "'250ms'": 250, "'5m'": 300_000, "'1d'": 86_400_000 };

describe('the ttl function decides how long a result is stored', () => {
  for (const [name, milliseconds] of Object.entries(STORED)) {
    it(`a result whose ttl function returns ${name} is fresh for ${milliseconds} ms`, async () => {
      const clock = manualClock();
      let runs = 0;
      const ttl = name.startsWith("'") ? name.slice(1, -1) : Number(name);
      const f = resilient(async () => ++runs, { cache: { ttl: () => ttl, clock } });
      await f('a');
      clock.time = milliseconds;
      assert.equal(await f('a'), 1);
      clock.time = milliseconds + 1;
      assert.equal(await f('a'), 2);
    });
  }

  it('a result whose ttl function returns Infinity is stored forever', async () => {
    const clock = manualClock();
    let runs = 0;
    const f = resilient(async () => ++runs, { cache: { ttl: () => Infinity, clock } });
    await f('a');
    clock.time = 1e15;
    assert.equal(await f('a'), 1);
    assert.equal(f.cache.info('a').ttl, Infinity);
  });

  for (const [name, ttl] of Object.entries(NOT_STORED)) {
    it(`a result whose ttl function returns ${name} is not stored, without a warning`, async () => {
      let runs = 0;
      const f = resilient(async () => ++runs, { cache: { ttl: () => ttl } });
      const warnings = await warningsOf(async () => {
        assert.deepEqual(await Promise.all([f('a'), f('a')]), [1, 1]);
        assert.equal(f.cache.size, 0);
        assert.equal(await f('a'), 2);
      });
      assert.deepEqual(warnings, []);
    });
  }

  for (const [name, ttl] of [
    ...Object.entries(WRONG).map(([name, value]) => [`returns ${name}`, () => value]),
    ['throws', throwing],
  ]) {
    it(`a result whose ttl function ${name} is not stored, with one warning, and its callers have it`, async () => {
      let runs = 0;
      const f = resilient(async () => ++runs, { name: 'load', cache: { ttl } });
      const warnings = await warningsOf(async () => {
        assert.deepEqual(await Promise.all([f('a'), f('a')]), [1, 1]);
        assert.equal(await f('a'), 2);
        assert.equal(await f('b'), 3);
        assert.equal(f.cache.size, 0);
      });
      assert.equal(warnings.length, 1);
      assert.match(warnings[0], /ttl/);
      assert.match(warnings[0], /load/);
    });
  }

  it('each function warns once of its ttl function', async () => {
    const warnings = await warningsOf(async () => {
      for (const name of ['f', 'g']) {
        const f = resilient(async (n) => n, { name, cache: { ttl: () => NaN } });
        await f(1);
        await f(2);
      }
    });
    assert.equal(warnings.length, 2);
  });

  it('a ttl function that returns a Promise that rejects causes no unhandled rejection', async () => {
    const f = resilient(async () => 1, { cache: { ttl: async () => throwing() } });
    const warnings = await warningsOf(async () => {
      assert.equal(await f('a'), 1);
    });
    assert.equal(warnings.length, 1);
  });

  it('the results of a synchronous function are stored for as long as its ttl function says', () => {
    const clock = manualClock();
    let runs = 0;
    const f = resilient(() => ++runs, { cache: { ttl: (n) => (n === 1 ? 2 : 0), clock } });
    assert.deepEqual([f('a'), f('a')], [1, 1]);
    clock.time = 2_001;
    assert.deepEqual([f('a'), f('a')], [2, 3]);
  });

  it('a token is cached for as long as it says, and not if it has expired', async () => {
    const clock = manualClock();
    const tokens = [{ expires_in: 0 }, { expires_in: 60 }, { expires_in: 60 }];
    let runs = 0;
    const ttl = ({ expires_in }) => expires_in;
    const f = resilient(async () => tokens[runs++], { cache: { ttl, clock } });
    assert.equal(await f(), tokens[0]);
    assert.equal(await f(), tokens[1]);
    clock.time = 60_000;
    assert.equal(await f(), tokens[1]);
    clock.time = 60_001;
    assert.equal(await f(), tokens[2]);
  });
});

describe('the ttl function is asked once for each result that is stored', () => {
  it('the ttl function gets the result and the arguments, once for all callers', async () => {
    const asked = [];
    const load = controlled();
    const query = { page: 1 };
    const ttl = (...args) => asked.push(args) && 10;
    const f = resilient(load, { cache: { ttl } });
    const calls = Array.from({ length: 50 }, () => f('a', query));
    load.runs[0].resolve('v');
    await Promise.all(calls);
    await f('a', query);
    assert.deepEqual(asked, [['v', 'a', query]]);
    assert.equal(asked[0][2], query);
  });

  it('the ttl function is not asked for an error, a fallback or a superseded result', async () => {
    let asked = 0;
    const load = controlled();
    const f = resilient(load, { cache: { ttl: () => ++asked }, fallback: 'fallback' });
    const failing = f('a');
    load.runs[0].reject(new Error('no'));
    assert.equal(await failing, 'fallback');
    const superseded = f('a');
    f.invalidate('a');
    load.runs[1].resolve('late');
    assert.equal(await superseded, 'late');
    assert.equal(asked, 0);
  });

  it('a refresh asks the ttl function for its own result', async () => {
    const clock = manualClock();
    const results = [10, 1, 10];
    const f = resilient(async () => results.shift(), {
      cache: { ttl: (seconds) => seconds, staleWhileRevalidate: 20, clock },
    });
    await f('a');
    clock.time = 10_001;
    assert.equal(await f('a'), 10);
    await turn();
    clock.time = 11_001;
    assert.equal(await f('a'), 1);
    assert.equal(results.length, 1);
    clock.time = 11_002;
    assert.equal(await f('a'), 1);
    await turn();
    assert.equal(results.length, 0);
  });

  it('the windows come after the life that the ttl function gives', async () => {
    const clock = manualClock();
    let runs = 0;
    const f = resilient(async () => (++runs > 1 ? Promise.reject(new Error('no')) : 'old'), {
      cache: { ttl: () => 100, staleIfError: 5, staleBackoff: 0, clock },
    });
    await f('a');
    clock.time = 105_000;
    assert.equal(await f('a'), 'old');
    clock.time = 105_001;
    await assert.rejects(f('a'), { message: 'no' });
  });

  it('the ttl function gets a response with its status and headers, and takes no body from the callers', async () => {
    const asked = [];
    const ttl = (response) => {
      asked.push([response.status, response.headers.get('x-life')]);
      return Number(response.headers.get('x-life'));
    };
    const clock = manualClock();
    let runs = 0;
    const load = async () => new Response(`body ${++runs}`, { headers: { 'x-life': '7' } });
    const f = resilient(load, { cache: { ttl, clock } });
    const responses = await Promise.all([f('a'), f('a')]);
    for (const response of responses) {
      assert.equal(response.bodyUsed, false);
      assert.equal(await response.text(), 'body 1');
    }
    await turn();
    clock.time = 7_000;
    assert.equal(await (await f('a')).text(), 'body 1');
    assert.deepEqual(asked, [[200, '7']]);
    clock.time = 7_001;
    assert.equal(await (await f('a')).text(), 'body 2');
  });

  it('a ttl function that reads the body of a response takes it from no caller', async () => {
    const texts = [];
    const ttl = (response) => {
      response.text().then(
        (text) => texts.push(text),
        () => {},
      );
      return 10;
    };
    let runs = 0;
    const f = resilient(async () => new Response(`body ${++runs}`), { cache: { ttl } });
    const first = await f('a');
    assert.equal(await first.text(), 'body 1');
    await turn();
    assert.equal(await (await f('a')).text(), 'body 1');
    assert.equal(runs, 1);
  });

  it('the ttl function of a response that is not stored is not asked', async () => {
    let asked = 0;
    const f = resilient(async () => new Response('no', { status: 500 }), {
      cache: { ttl: () => ++asked },
    });
    await (await f('a')).text();
    await turn();
    assert.equal(asked, 0);
  });

  it('two functions with one store have a ttl each, and entries that are put have that of the store', async () => {
    const clock = manualClock();
    const store = new ResultCache({ ttl: 100, clock });
    const f = resilient(async (n) => n, { cache: { store, ttl: (n) => n } });
    const g = resilient(async (n) => n, { cache: { store, ttl: '20s' } });
    const h = resilient(async (n) => n, { cache: { store } });
    await Promise.all([f(5), g(5), h(5)]);
    store.put('put', 1);
    const lives = [f.makeKey(5), g.makeKey(5), h.makeKey(5), 'put'].map((key) => store.info(key));
    assert.deepEqual(
      lives.map(({ ttl }) => ttl),
      [5, 20, 100, 100],
    );
  });

  it('a result that f.put stores has the life that the ttl function gives it', async () => {
    const asked = [];
    const ttl = (...args) => asked.push(args) && 7;
    const f = resilient(async () => {}, { cache: { ttl, clock: manualClock() } });
    f.put(['a'], 'put');
    assert.equal(f.cache.info('a').ttl, 7);
    assert.deepEqual(asked, [['put', 'a']]);
    f.put(['a'], 'put', { ttl: 3 });
    assert.equal(f.cache.info('a').ttl, 3);
  });
});
