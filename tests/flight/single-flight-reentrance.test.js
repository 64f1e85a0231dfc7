import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, ResultCache, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

/** The clear error names the function and the cause, and is not a stack overflow. */
const REENTRANT = { name: 'ResilienceError', functionName: 'loop', message: /loop.*key/ };

describe('a function may call its wrapped self', () => {
  it('a synchronous function may call itself with other arguments: memoised Fibonacci', () => {
    let runs = 0;
    const fib = resilient(
      (n) => {
        runs++;
        return n < 2 ? BigInt(n) : fib(n - 1) + fib(n - 2);
      },
      { cache: true },
    );
    assert.equal(fib(90), 2880067194370816120n);
    assert.equal(runs, 91);
    assert.equal(fib(89), 1779979416004714189n);
    assert.equal(runs, 91);
  });

  it('an async function may call itself with other arguments', async () => {
    let runs = 0;
    const fib = resilient(
      async (n) => {
        runs++;
        return n < 2 ? BigInt(n) : (await fib(n - 1)) + (await fib(n - 2));
      },
      { cache: true },
    );
    assert.equal(await fib(90), 2880067194370816120n);
    assert.equal(runs, 91);
  });

  it('a function may call itself with other arguments in a cache of one entry', () => {
    const fib = resilient((n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)), { cache: { maxSize: 1 } });
    assert.equal(fib(15), 610);
    assert.equal(fib.cache.size, 1);
  });

  it('a synchronous function that calls itself with the same arguments throws a clear error', () => {
    let runs = 0;
    const loop = resilient(
      (key) => {
        runs++;
        return loop(key);
      },
      { cache: true, name: 'loop' },
    );
    assert.throws(() => loop('a'), REENTRANT);
    assert.equal(runs, 1);
    assert.throws(() => loop('a'), REENTRANT, 'and again: nothing is left behind');
    assert.equal(loop.cache.size, 0);
  });

  it('a synchronous function that calls itself with the same arguments through other functions throws a clear error', () => {
    const next = { a: 'b', b: 'c', c: 'a' };
    const loop = resilient((key) => loop(next[key]), { cache: true, sync: true, name: 'loop' });
    assert.throws(() => loop('a'), REENTRANT);
    assert.equal(loop.cache.size, 0);
  });

  it('a function may catch the error of a call to itself with the same arguments and go on', () => {
    const loop = resilient(
      (key) => {
        try {
          return loop(key);
        } catch (error) {
          return error.code;
        }
      },
      { cache: true, name: 'loop' },
    );
    const code = loop('a');
    assert.equal(typeof code, 'string');
    assert.equal(loop('a'), code);
    assert.equal(loop.cache.stats.hits, 1);
  });

  it('a function that refreshes itself with the same arguments throws a clear error', () => {
    let runs = 0;
    const loop = resilient(
      (key) => {
        runs++;
        return loop.with({ refresh: true })(key);
      },
      { cache: true, sync: true, name: 'loop' },
    );
    assert.throws(() => loop('a'), REENTRANT);
    assert.equal(runs, 1);
  });

  it('a function may call itself with the same arguments once it has put the result', () => {
    const f = resilient(
      (key) => {
        f.cache.put(f.makeKey(key), 'put');
        return f(key);
      },
      { cache: true },
    );
    assert.equal(f('a'), 'put');
    assert.equal(f('a'), 'put');
  });

  it('an async function that awaits itself with the same arguments never settles, but its callers can leave', async () => {
    const f = resilient(async (key) => f(key), { cache: true });
    const controller = new AbortController();
    const call = outcomeOf(f.with({ signal: controller.signal })('a'));
    await turn();
    assert.deepEqual(call, { state: 'pending' });
    controller.abort('enough');
    await turn();
    assert.deepEqual(call, { state: 'rejected', error: 'enough' });
  });
});

describe('a listener may call the function with the same arguments', () => {
  it('a miss listener that calls the synchronous function gets a clear error, and the caller its result', async () => {
    const caught = [];
    const loop = resilient((key) => `${key}!`, { cache: true, sync: true, name: 'loop' });
    loop.addEventListener(EventType.CACHE_MISS, () => {
      try {
        loop('a');
      } catch (error) {
        caught.push(error);
      }
    });
    assert.equal(loop('a'), 'a!');
    assert.equal(caught.length, 1);
    assert.throws(() => {
      throw caught[0];
    }, REENTRANT);
    assert.equal(loop('a'), 'a!');
  });

  it('an uncaught error of a miss listener is a warning, and the process goes on', async () => {
    const loop = resilient((key) => `${key}!`, { cache: true, sync: true, name: 'loop' });
    loop.addEventListener(EventType.CACHE_MISS, () => loop('a'));
    const warnings = await warningsOf(() => assert.equal(loop('a'), 'a!'));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /loop.*key/);
  });

  it('a success listener that calls the function hits the stored result', () => {
    let runs = 0;
    const f = resilient(() => ++runs, { cache: true });
    const seen = [];
    f.addEventListener(EventType.SUCCESS, () => seen.push(f('a')));
    assert.equal(f('a'), 1);
    assert.deepEqual(seen, [1]);
    assert.equal(runs, 1);
  });

  it('a failure listener that calls the function starts a new run', async () => {
    let runs = 0;
    const f = resilient(
      async () => {
        if (++runs === 1) throw new Error('first');
        return runs;
      },
      { cache: true },
    );
    let again;
    f.addEventListener(EventType.FAILURE, () => {
      again = f('a');
    });
    await assert.rejects(f('a'), { message: 'first' });
    assert.equal(await again, 2);
    assert.equal(await f('a'), 2);
  });

  it('a miss listener that calls the async function joins the flight', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    let joined;
    f.addEventListener(EventType.CACHE_MISS, () => {
      joined = f('a');
    });
    const call = f('a');
    load.runs[0].resolve('v');
    assert.equal(await call, 'v');
    assert.equal(await joined, 'v');
    assert.equal(load.runs.length, 1);
    assert.equal(f.cache.stats.coalesced, 1);
  });

  it('an async listener that calls the function later gets a hit', async () => {
    const f = resilient(async () => 'v', { cache: true });
    let later;
    f.addEventListener(EventType.CACHE_MISS, async () => {
      await turn();
      later = f('a');
    });
    await f('a');
    await turn();
    assert.equal(await later, 'v');
    assert.equal(f.cache.stats.hits, 1);
  });

  it('a listener of the eviction that a result causes hits that result', () => {
    const cache = new ResultCache({ maxSize: 1 });
    const f = resilient((key) => `${key}!`, { cache });
    f('a');
    const seen = [];
    cache.addEventListener('evict', () => seen.push(f('b')));
    assert.equal(f('b'), 'b!');
    assert.deepEqual(seen, ['b!']);
    assert.equal(cache.size, 1);
  });

  it('a listener of the eviction that a result causes may invalidate it and start a run whose result is stored', async () => {
    const cache = new ResultCache({ maxSize: 1 });
    const load = controlled();
    const f = resilient(load, { cache });
    const calls = [f('a'), f('b')];
    load.runs[0].resolve('A');
    await calls[0];
    let fresh;
    cache.addEventListener('evict', () => {
      f.invalidate('b');
      fresh = f('b');
    });
    load.runs[1].resolve('B');
    assert.equal(await calls[1], 'B');
    const joined = f('b');
    load.runs[2].resolve('fresh');
    assert.deepEqual(await Promise.all([fresh, joined]), ['fresh', 'fresh']);
    assert.equal(load.runs.length, 3);
    assert.equal(await f('b'), 'fresh');
  });

  it('a once listener of hits that calls the function gets a hit', () => {
    const f = resilient((key) => key, { cache: true });
    const seen = [];
    f.addEventListener(EventType.CACHE_HIT, () => seen.push(f('a')), { once: true });
    f('a');
    assert.equal(f('a'), 'a');
    assert.deepEqual(seen, ['a']);
    assert.equal(f.cache.stats.hits, 2);
  });
});
