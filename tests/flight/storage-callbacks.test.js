import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

const stored = (f, ...args) => f.cache.peek(f.makeKey(...args));

/** The functions of the user that are asked before a result is stored, and what they return. */
const callbacks = { ttl: '1h', tags: ['x'], weigh: 1 };

/** A function that is asked by the option `name`, and does this once when it is. */
function asking(name, action) {
  const load = controlled();
  let asked = 0;
  const scene = { runs: load.runs };
  const callback = () => {
    asked++;
    if (asked === 1) scene.seen = action(scene.f);
    return callbacks[name];
  };
  scene.f = resilient(load, { cache: { [name]: callback } });
  return scene;
}

for (const name of Object.keys(callbacks)) {
  describe(`${name} may call the function and its cache`, () => {
    it(`${name} that reads the cache finds the result not stored yet`, async () => {
      const scene = asking(name, (f) => [
        f.cache.get(f.makeKey('a')),
        f.cache.has(f.makeKey('a')),
        f.cache.size,
        [...f.cache],
      ]);
      const { f, runs } = scene;
      const call = f('a');
      runs[0].resolve('v');
      assert.equal(await call, 'v');
      assert.deepEqual(scene.seen, [undefined, false, 0, []]);
      assert.equal(stored(f, 'a'), 'v');
    });

    it(`${name} that stores another key leaves both stored`, async () => {
      const { f, runs } = asking(name, (f) => f.cache.put(f.makeKey('b'), 'by hand'));
      const call = f('a');
      runs[0].resolve('v');
      await call;
      assert.deepEqual([stored(f, 'a'), stored(f, 'b')], ['v', 'by hand']);
      assert.equal(f.cache.size, 2);
    });

    const removals = {
      'invalidates the arguments': (f) => f.invalidate('a'),
      'invalidates the key': (f) => f.cache.invalidate(f.makeKey('a')),
      'expires the arguments': (f) => f.expire('a'),
      'clears the cache': (f) => f.cache.clear(),
      'clears the function': (f) => f.clear(),
    };
    for (const [what, remove] of Object.entries(removals)) {
      it(`${name} that ${what} keeps the result out of the cache`, async () => {
        const { f, runs } = asking(name, remove);
        const call = f('a');
        runs[0].resolve('v');
        assert.equal(await call, 'v');
        assert.equal(f.cache.size, 0);
        const next = f('a');
        runs[1].resolve('next');
        assert.equal(await next, 'next');
        assert.equal(stored(f, 'a'), 'next');
      });
    }

    it(`${name} that puts the key leaves what it put`, async () => {
      const { f, runs } = asking(name, (f) => f.put(['a'], 'by hand'));
      const call = f('a');
      runs[0].resolve('v');
      assert.equal(await call, 'v');
      assert.equal(stored(f, 'a'), 'by hand');
    });

    it(`${name} that calls the function with another key starts a run of its own`, async () => {
      const { f, runs } = asking(name, (f) => {
        f('b');
      });
      const call = f('a');
      runs[0].resolve('v');
      assert.equal(await call, 'v');
      assert.deepEqual(
        runs.map(({ args }) => args),
        [['a'], ['b']],
      );
      runs[1].resolve('w');
      assert.equal(await f('b'), 'w');
      assert.deepEqual([stored(f, 'a'), stored(f, 'b')], ['v', 'w']);
    });

    it(`${name} that disposes of the cache leaves the callers their result`, async () => {
      const warnings = await warningsOf(async () => {
        const { f, runs } = asking(name, (f) => f.cache[Symbol.dispose]());
        const call = f('a');
        runs[0].resolve('v');
        assert.equal(await call, 'v');
      });
      assert.ok(warnings.length <= 1, warnings.join('\n'));
    });

    it(`${name} of a synchronous function may call it with another key`, () => {
      let runs = 0;
      const f = resilient((id) => `${id}${++runs}`, {
        cache: {
          [name]: () => {
            if (runs === 1) assert.equal(f('b'), 'b2');
            return callbacks[name];
          },
        },
      });
      assert.equal(f('a'), 'a1');
      assert.deepEqual([f('a'), f('b'), runs], ['a1', 'b2', 2]);
    });
  });
}

describe('tags and weights are asked for the result that is stored', () => {
  it('a result that was superseded is neither tagged nor weighed', async () => {
    const asked = [];
    const load = controlled();
    const f = resilient(load, {
      cache: {
        tags: (result) => {
          asked.push(['tags', result]);
          return ['x'];
        },
        weigh: (result) => {
          asked.push(['weigh', result]);
          return 1;
        },
      },
    });
    const before = f('a');
    f.invalidate('a');
    const after = f('a');
    load.runs[0].resolve('old');
    await before;
    assert.deepEqual(asked, []);
    load.runs[1].resolve('new');
    await after;
    assert.deepEqual(asked, [
      ['tags', 'new'],
      ['weigh', 'new'],
    ]);
  });

  it('tags that end a tag of the result keep it out of the cache', () => {
    const f = resilient((id) => id, {
      cache: {
        tags: () => {
          f.invalidateTag('x');
          return ['x'];
        },
      },
    });
    assert.equal(f('a'), 'a');
    assert.equal(f.cache.size, 0);
  });

  it('tags that end another tag leave the result stored', () => {
    const f = resilient((id) => id, {
      cache: {
        tags: () => {
          f.cache.invalidateTag('y');
          return ['x'];
        },
      },
    });
    assert.equal(f('a'), 'a');
    assert.equal(stored(f, 'a'), 'a');
  });

  it('a listener of remove that calls the function while its result is stored is answered', async () => {
    const store = new ResultCache({ maxSize: 1 });
    let runs = 0;
    const f = resilient((id) => `${id}${++runs}`, { cache: store });
    const seen = [];
    store.addEventListener('remove', ({ reason }) => {
      if (seen.length < 3) seen.push([reason, f('c')]);
    });
    f('a');
    assert.equal(f('b'), 'b2');
    assert.deepEqual(seen[0], ['evict', 'c3']);
    assert.equal(store.size, 1);
  });
});

describe('ttl and tags as functions get the arguments of the call', () => {
  it('a URL that the caller changes while its request runs gives the entry the tags of the call', async () => {
    const load = async (url) => new Response(String(url));
    const tags = (_response, url) => [url.pathname];
    const f = resilient(load, { http: true, cache: { tags } });
    const url = new URL('https://api.example.com/one');
    const call = f(url);
    url.pathname = '/two';
    await (await call).text();
    const key = f.makeKey('https://api.example.com/one');
    assert.deepEqual(f.cache.info(key).tags, ['/one']);
  });

  for (const [name, option] of Object.entries({
    tags: (_result, user) => [`user:${user.id}`],
    ttl: (_result, user) => user.id,
  })) {
    it(`a result is not stored if the caller has changed the arguments that ${name} would get`, async () => {
      const load = controlled();
      const f = resilient(load, { cache: { [name]: option } });
      const user = { id: 1 };
      const call = f(user);
      user.id = 2;
      load.runs[0].resolve('v');
      assert.equal(await call, 'v');
      assert.equal(f.cache.size, 0);
      const next = f(user);
      load.runs[1].resolve('w');
      await next;
      assert.equal(f.cache.size, 1);
    });
  }
});
