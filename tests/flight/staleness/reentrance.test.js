import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { manualClock } from '../../support/manual-clock.js';
import { storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';
import { warningsOf } from '../../support/warnings.js';

const WINDOW = { staleWhileRevalidate: 20 };

describe('listeners may call the function and its cache', () => {
  for (const type of ['cache_stale', 'cache_refresh']) {
    it(`a listener of ${type} that calls the function once gets the stale value, and one refresh runs`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      const inner = [];
      f.addEventListener(type, () => inner.push(f('a')), { once: true });
      clock.time = 10_001;
      assert.equal(await f('a'), 'old');
      assert.deepEqual(await Promise.all(inner), ['old']);
      assert.equal(inner.length, 1);
      assert.equal(load.runs.length, 2);
      load.runs[1].resolve('new');
      await turn();
      assert.equal(await f('a'), 'new');
    });
  }

  for (const type of ['cache_stale', 'cache_refresh']) {
    it(`a listener of ${type} that disposes of the cache leaves the caller the stale value`, async () => {
      const { clock, load, f } = await storedScene(WINDOW);
      f.addEventListener(type, () => f.cache[Symbol.dispose](), { once: true });
      clock.time = 10_001;
      assert.equal(await f('a'), 'old');
      load.runs[1].resolve('new');
      await turn();
      await assert.rejects(f('a'), /This ResultCache has been disposed of/);
    });
  }

  it('a listener of cache_stale that calls the function each time ends with its clear error, and one refresh runs', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    const codes = new Set();
    f.addEventListener('cache_stale', () => {
      try {
        f('a').catch(({ code }) => codes.add(code));
      } catch ({ code }) {
        codes.add(code);
      }
    });
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    await turn();
    assert.deepEqual([...codes], ['REENTRANT_CALL']);
    assert.equal(load.runs.length, 2);
    load.runs[1].resolve('new');
    await turn();
    assert.equal(f.cache.peek(f.makeKey('a')), 'new');
  });

  it('a listener of cache_refresh that invalidates the key keeps the result of that refresh out of the cache', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    f.addEventListener('cache_refresh', () => f.invalidate('a'), { once: true });
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    load.runs[1]?.resolve('late');
    await turn();
    assert.equal(f.cache.size, 0);
  });

  it('a listener of cache_stale that puts the key leaves its caller the stale value, and the put value stays', async () => {
    const { clock, load, f, key } = await storedScene(WINDOW);
    f.addEventListener('cache_stale', () => f.cache.put(key, 'put'), { once: true });
    clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    load.runs[1]?.resolve('late');
    await turn();
    assert.equal(await f('a'), 'put');
  });

  it('a listener of remove that puts the key when a refresh replaces it has the last word', async () => {
    const { clock, load, f, key } = await storedScene(WINDOW);
    const reasons = [];
    const remove = ({ reason }) => {
      reasons.push(reason);
      if (reasons.length === 1) f.cache.put(key, 'put');
    };
    f.cache.addEventListener('remove', remove);
    clock.time = 10_001;
    await f('a');
    load.runs[1].resolve('new');
    await turn();
    assert.equal(await f('a'), 'put');
    assert.deepEqual(reasons, ['replace', 'replace']);
  });

  it('a listener of remove that loads the entry again when its windows are over starts one run', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    f.cache.addEventListener('remove', () => f('a'), { once: true });
    clock.time = 30_001;
    const call = f('a');
    load.runs[1].resolve('new');
    assert.equal(await call, 'new');
    assert.equal(load.runs.length, 2);
  });

  it('listeners that throw change neither a stale value nor its refresh', async () => {
    const { clock, load, f } = await storedScene(WINDOW);
    for (const type of ['cache_stale', 'cache_refresh', 'success']) {
      f.addEventListener(type, () => {
        throw new Error(`at ${type}`);
      });
    }
    clock.time = 10_001;
    const warnings = await warningsOf(async () => {
      assert.equal(await f('a'), 'old');
      load.runs[1].resolve('new');
      await turn();
    });
    assert.equal(await f('a'), 'new');
    assert.equal(warnings.length, 3);
  });
});

describe('functions among the options may call the function and its cache', () => {
  /** Functions that are asked just before a result is stored. */
  const asked = {
    ttl: (act) => ({ ttl: () => act() ?? 10 }),
    tags: (act) => ({ tags: () => act() ?? ['t'] }),
    weigh: (act) => ({ weigh: () => act() ?? 1 }),
  };
  for (const [name, optionOf] of Object.entries(asked)) {
    it(`${name} may use the cache while a result is stored`, async () => {
      const clock = manualClock();
      let f;
      let acted = 0;
      const act = () => {
        if (acted++ > 0) return;
        f.cache.put('other', 1);
        f.cache.get('a');
        f.cache.resize(5);
        f.expire('a');
        f.invalidate('other');
      };
      f = resilient(async (key) => `${key} value`, {
        cache: { ...WINDOW, maxSize: 2, clock, ...optionOf(act) },
      });
      assert.equal(await f('b'), 'b value');
      assert.ok(acted > 0);
      assert.equal(await f('b'), 'b value');
      assert.deepEqual([f.cache.size, [...f.cache.keys()]], [1, ['b']]);
    });

    it(`${name} that calls the function for the key while it is stored does not hang`, async () => {
      const inner = [];
      let runs = 0;
      let f;
      const act = () => {
        if (inner.length === 0) inner.push(f('a'));
      };
      f = resilient(async () => ++runs, { cache: { ...WINDOW, ...optionOf(act) } });
      assert.equal(await f('a'), 1);
      assert.ok(runs <= 2);
      assert.equal(await inner[0], runs);
    });
  }

  for (const name of ['ttl', 'tags']) {
    it(`${name} that invalidates the key keeps the result out of the cache`, async () => {
      let f;
      const act = () => void f.invalidate('a');
      f = resilient(async () => 'v', { cache: { ...WINDOW, ...asked[name](act) } });
      assert.equal(await f('a'), 'v');
      assert.equal(f.cache.size, 0);
    });
  }

  it('staleOn may call the function: its caller has the stale value, and no run is left over', async () => {
    let f;
    const inner = [];
    const staleOn = () => {
      if (inner.length === 0) inner.push(f('b'));
      return true;
    };
    const scene = await storedScene({ staleIfError: 20, staleOn });
    ({ f } = scene);
    scene.clock.time = 10_001;
    const call = f('a');
    scene.load.runs[1].reject(new Error('no'));
    assert.equal(await call, 'old');
    scene.load.runs[2].resolve('b');
    assert.equal(await inner[0], 'b');
    assert.equal(scene.load.runs.length, 3);
  });

  it('waitUntil may call the function: it gets the stale value, and no other run starts', async () => {
    const inner = [];
    let f;
    const scene = await storedScene({ ...WINDOW, waitUntil: () => inner.push(f('a')) });
    ({ f } = scene);
    scene.clock.time = 10_001;
    assert.equal(await f('a'), 'old');
    assert.deepEqual(await Promise.all(inner), ['old']);
    assert.equal(scene.load.runs.length, 2);
  });
});
