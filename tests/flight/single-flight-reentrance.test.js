import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, ResultCache, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { inChild } from '../support/in-child.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

/** The clear error: it says which function and what it did, and is no overflow of the stack. */
const REENTRANT = { name: 'ResilienceError', functionName: 'loop', message: /loop.*key/ };

describe('a function that calls its wrapped self', () => {
  it('with other arguments works, synchronously: memoised Fibonacci', () => {
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

  it('with other arguments works, asynchronously', async () => {
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

  it('with other arguments works in a cache of one', () => {
    const fib = resilient((n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)), { cache: { maxSize: 1 } });
    assert.equal(fib(15), 610);
    assert.equal(fib.cache.size, 1);
  });

  it('with its own arguments, synchronously, throws a clear error', () => {
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

  it('with its own arguments on a detour over others throws it, too', () => {
    const next = { a: 'b', b: 'c', c: 'a' };
    const loop = resilient((key) => loop(next[key]), { cache: true, sync: true, name: 'loop' });
    assert.throws(() => loop('a'), REENTRANT);
    assert.equal(loop.cache.size, 0);
  });

  it('with its own arguments may catch that error and go on', () => {
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

  it('with its own arguments to refresh throws it, too', () => {
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

  it('with its own arguments works once it has put the result itself', () => {
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

  it('with its own arguments, asynchronously, cannot settle, but its callers can leave', async () => {
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

describe('a recursion that the stack is too small for', () => {
  // From below, since a call stores what those above it ask for; fresh code, which takes the most of the stack.
  it('leaves nothing behind, synchronously', () => {
    const missed = inChild(`async () => {
      const { resilient } = await import('holdfast');
      const sum = resilient((n) => (n === 0 ? 0 : sum(n - 1) + 1), { cache: { maxSize: 100_000 } });
      let message;
      try { sum(50_000); } catch (error) { message = error.message; }
      const missed = [message];
      for (let n = 30_000; n <= 50_000; n++) {
        sum.cache.put(n - 1, n - 1);
        try { sum(n); } catch (error) { missed.push(n + ': ' + error.message); }
      }
      return missed;
    }`);
    assert.deepEqual(missed, ['Maximum call stack size exceeded']);
  });

  it('leaves nothing behind, asynchronously', () => {
    const missed = inChild(
      `async () => {
      const { resilient } = await import('holdfast');
      for (const unhandled of ['unhandledRejection', 'uncaughtException']) process.on(unhandled, () => {});
      const sum = resilient(async (n) => (n === 0 ? 0 : (await sum(n - 1)) + 1), { cache: { maxSize: 100_000 } });
      const missed = [await sum(50_000).catch((error) => error.message)];
      const waiting = new Set();
      for (let n = 1; n <= 50_000; n++) {
        sum.cache.put(n - 1, n - 1);
        waiting.add(n);
        sum(n).then(() => waiting.delete(n), (error) => missed.push(n + ': ' + error.message));
        if (n % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return [...missed, ...waiting];
    }`,
      true,
    );
    assert.deepEqual(missed, ['Maximum call stack size exceeded']);
  });
});

describe('a listener that calls the function back with the same arguments', () => {
  it('on a miss of a synchronous function gets a clear error, the caller its result', async () => {
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

  it('on a miss, uncaught: the error is a warning, and the process lives', async () => {
    const loop = resilient((key) => `${key}!`, { cache: true, sync: true, name: 'loop' });
    loop.addEventListener(EventType.CACHE_MISS, () => loop('a'));
    const warnings = await warningsOf(() => assert.equal(loop('a'), 'a!'));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /loop.*key/);
  });

  it('on a success hits what was stored', () => {
    let runs = 0;
    const f = resilient(() => ++runs, { cache: true });
    const seen = [];
    f.addEventListener(EventType.SUCCESS, () => seen.push(f('a')));
    assert.equal(f('a'), 1);
    assert.deepEqual(seen, [1]);
    assert.equal(runs, 1);
  });

  it('on a failure starts a run of its own', async () => {
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

  it('on a miss of an async function joins the call', async () => {
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

  it('later, from an async listener, hits', async () => {
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

  it('on the eviction that its own result causes hits that result', () => {
    const cache = new ResultCache({ maxSize: 1 });
    const f = resilient((key) => `${key}!`, { cache });
    f('a');
    const seen = [];
    cache.addEventListener('evict', () => seen.push(f('b')));
    assert.equal(f('b'), 'b!');
    assert.deepEqual(seen, ['b!']);
    assert.equal(cache.size, 1);
  });

  it('on the eviction, having invalidated its own result, starts a run whose result stays', async () => {
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
    assert.equal(f('b'), fresh);
    load.runs[2].resolve('fresh');
    assert.equal(await fresh, 'fresh');
    assert.equal(await f('b'), 'fresh');
  });

  it('on a hit, once, hits', () => {
    const f = resilient((key) => key, { cache: true });
    const seen = [];
    f.addEventListener(EventType.CACHE_HIT, () => seen.push(f('a')), { once: true });
    f('a');
    assert.equal(f('a'), 'a');
    assert.deepEqual(seen, ['a']);
    assert.equal(f.cache.stats.hits, 2);
  });
});
