import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { manualClock } from '../support/manual-clock.js';
import { assertRefused, BAD_TAGS } from '../support/refused.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';
import { warningsOf } from '../support/warnings.js';

const tagsOf = (f, ...args) => f.cache.info(f.makeKey(...args))?.tags;

/** A synchronous function that counts its runs. */
function counting(options) {
  const runs = [];
  const f = resilient((id) => {
    runs.push(id);
    return { id };
  }, options);
  return { f, runs };
}

describe('the results of a function have tags', () => {
  it('tags given as an array are the tags of every result', async () => {
    const tags = ['users', 'all'];
    const { f, runs } = counting({ cache: { tags } });
    tags.push('later');
    f(1);
    f(2);
    assert.deepEqual(
      [tagsOf(f, 1), tagsOf(f, 2)],
      [
        ['users', 'all'],
        ['users', 'all'],
      ],
    );
    assert.equal(f.invalidateTag('users'), 2);
    assert.equal(f.cache.size, 0);
    f(1);
    assert.deepEqual(runs, [1, 2, 1]);
  });

  it('tags given as a function are asked with the result and the arguments', async () => {
    const calls = [];
    const tags = (...args) => {
      calls.push(args);
      return [`user:${args[0].id}`, `page:${args[2]}`];
    };
    const load = controlled();
    const f = resilient(load, { cache: { tags } });
    const call = f(7, 'de');
    const result = { id: 7 };
    load.runs[0].resolve(result);
    await call;
    assert.deepEqual(calls, [[result, 7, 'de']]);
    assert.equal(calls[0][0], result);
    assert.deepEqual(tagsOf(f, 7, 'de'), ['user:7', 'page:de']);
    assert.equal(f.invalidateTag('page:de'), 1);
  });

  it('tags given as a function are asked once for all waiters, and for no hit, error or call in flight', async () => {
    const load = controlled();
    let asked = 0;
    const tags = () => {
      asked++;
      return ['x'];
    };
    const f = resilient(load, { cache: { tags } });
    const calls = Array.from({ length: 50 }, () => f('a'));
    assert.equal(asked, 0);
    load.runs[0].resolve('v');
    await Promise.all(calls);
    await f('a');
    assert.equal(asked, 1);
    const failing = f('b');
    load.runs[1].reject('no');
    await assert.rejects(failing, (error) => error === 'no');
    assert.equal(asked, 1);
  });

  it('tags given as a function may return no tags, or the same tag twice', () => {
    for (const tags of [[], ['x', 'x']]) {
      const { f } = counting({ cache: { tags: () => tags } });
      f(1);
      assert.equal(f.cache.size, 1);
      assert.equal(f.invalidateTag('x'), tags.length > 0 ? 1 : 0);
    }
  });

  it('a result without tags that replaces another has none', async () => {
    let tags = ['x'];
    const { f } = counting({ cache: { tags: () => tags } });
    f(1);
    tags = [];
    f.with({ refresh: true })(1);
    assert.deepEqual(tagsOf(f, 1), []);
    assert.equal(f.invalidateTag('x'), 0);
    assert.equal(f.cache.size, 1);
  });

  it('tags given as a function see the Response, and leave its body to the callers', async () => {
    const load = async (url) => new Response(`body of ${url}`, { headers: { tag: 'x' } });
    const tags = (response, url) => [response.headers.get('tag'), url];
    const f = resilient(load, { http: true, cache: { tags } });
    const url = 'http://server/a';
    assert.equal(await (await f(url)).text(), `body of ${url}`);
    await turn();
    assert.deepEqual(tagsOf(f, url), ['x', url]);
    assert.equal(await (await f(url)).text(), `body of ${url}`);
    assert.equal(f.invalidateTag(url), 1);
  });
});

describe('wrong tags of a function', () => {
  it('tags that are no array of strings that are not empty, and no function, are refused', () => {
    for (const [tags, shown] of BAD_TAGS) {
      assertRefused(() => resilient(() => {}, { cache: { tags } }), 'cache.tags', shown, TypeError);
    }
  });

  const faults = {
    throws: () => {
      throw new Error('no tags');
    },
    'returns a text': () => 'users',
    'returns null': () => null,
    'returns an empty tag': () => ['users', ''],
    'returns a number': () => [5],
    'returns a Set': () => new Set(['users']),
    'returns a Promise': async () => ['users'],
  };
  for (const [name, tags] of Object.entries(faults)) {
    it(`a function of tags that ${name} keeps the results out of the cache, with one warning`, async () => {
      const warnings = await warningsOf(async () => {
        const runs = [];
        const load = async (id) => {
          runs.push(id);
          return { id };
        };
        const f = resilient(load, { name: 'loadUser', cache: { tags } });
        for (const id of [1, 2, 1]) assert.deepEqual(await f(id), { id });
        assert.deepEqual(runs, [1, 2, 1]);
        assert.equal(f.cache.size, 0);
        const { f: g } = counting({ name: 'sync', cache: { tags } });
        assert.deepEqual([g(1), g(1)], [{ id: 1 }, { id: 1 }]);
        assert.equal(g.cache.size, 0);
      });
      assert.equal(warnings.length, 2, warnings.join('\n'));
      assert.match(warnings[0], /loadUser/);
      assert.match(warnings[0], /tags/);
      assert.match(warnings[1], /sync/);
    });
  }
});

describe('a function ends the entries that have a tag', () => {
  for (const name of ['invalidateTag', 'expireTag']) {
    it(`f.${name} without windows removes the entries with one of the tags, and returns how many were fresh`, () => {
      const clock = manualClock();
      const tags = ({ id }) => (id > 3 ? ['big'] : ['small', `user:${id}`]);
      const { f, runs } = counting({ cache: { ttl: 5, tags, clock } });
      f(1);
      clock.time = 1_000;
      for (const id of [2, 3, 4]) f(id);
      clock.time = 5_001;
      assert.equal(f[name]('small', 'user:2', 'unknown'), 2);
      assert.equal(f.cache.size, 1);
      assert.equal(f[name](), 0);
      f(4);
      f(2);
      assert.deepEqual(runs, [1, 2, 3, 4, 2]);
    });
  }

  it('f.expireTag with windows makes entries stale, and returns how many were fresh', () => {
    const clock = manualClock();
    const { f } = counting({ cache: { ttl: 60, staleIfError: 60, tags: ['x'], clock } });
    f(1);
    f(2);
    assert.equal(f.expire(2), true);
    assert.equal(f.expireTag('x'), 1);
    assert.equal(f.cache.size, 2);
    assert.equal(f.cache.info(f.makeKey(1)).stale, true);
    assert.equal(f.invalidateTag('x'), 0);
    assert.equal(f.cache.size, 0);
  });

  for (const name of ['invalidateTag', 'expireTag']) {
    it(`f.${name} refuses a tag that is no string or is empty, and changes nothing`, () => {
      const { f, runs } = counting({ cache: { tags: ['x'] } });
      f(1);
      for (const tag of ['', null, undefined, 5, ['x'], Symbol('x')]) {
        for (const args of [[tag], ['x', tag]]) {
          assert.throws(() => f[name](...args), { name: 'TypeError', message: /tag.*string/ });
        }
      }
      f(1);
      assert.deepEqual(runs, [1]);
    });
  }

  it('f.invalidateTag reaches the entries of a method, whatever their this, and bound functions have it, too', () => {
    const method = resilient(
      function () {
        return this.id;
      },
      { cache: { tags: ['x'] } },
    );
    const objects = [1, 2, 3].map((id) => ({ id, method }));
    for (const object of objects) assert.equal(object.method(), object.id);
    assert.equal(method.with({ thisArg: objects[0] }).invalidateTag('x'), 3);
    assert.equal(method.cache.size, 0);
  });
});
