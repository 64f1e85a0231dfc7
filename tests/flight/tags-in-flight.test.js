import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import { deferred } from '../support/deferred.js';
import { outcomeOf } from '../support/outcome.js';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

/** A function whose results are `{ name, tags }`, with these tags. */
function tagging(options) {
  const load = controlled();
  const tags = (result) => result.tags;
  const f = resilient(load, { cache: { ttl: '1h', tags, ...options } });
  return { f, runs: load.runs };
}

/** A function whose results have the tags `x` and `y`. */
function tagged(options) {
  const load = controlled();
  const f = resilient(load, { cache: { ttl: '1h', tags: ['x', 'y'], ...options } });
  return { f, runs: load.runs };
}

const stored = (f, ...args) => f.cache.peek(f.makeKey(...args));

const ways = [
  ['f.invalidateTag', (f, ...tags) => f.invalidateTag(...tags)],
  ['f.expireTag', (f, ...tags) => f.expireTag(...tags)],
  ['cache.invalidateTag', (f, ...tags) => f.cache.invalidateTag(...tags)],
  ['cache.expireTag', (f, ...tags) => f.cache.expireTag(...tags)],
];
const places = [
  ['a cache without windows', () => ({})],
  ['a cache with windows', () => ({ staleWhileRevalidate: '1m', staleIfError: '1h' })],
  ['a store', () => ({ store: new ResultCache({ ttl: '1h' }), ttl: undefined })],
];

for (const [name, end] of ways) {
  for (const [place, options] of places) {
    describe(`${name} during a flight that has the tag, in ${place}`, () => {
      it(`${name} during a flight that has the tag keeps later callers from joining it, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        const before = [f('a'), f('a')];
        assert.equal(end(f, 'x'), 0);
        const after = [f('a'), f('a')];
        assert.equal(runs.length, 2);
        runs[0].resolve('old');
        assert.deepEqual(await Promise.all(before), ['old', 'old']);
        assert.equal(f.cache.size, 0);
        runs[1].resolve('new');
        assert.deepEqual(await Promise.all(after), ['new', 'new']);
        assert.equal(await f('a'), 'new');
        assert.equal(runs.length, 2);
      });

      it(`${name} during a flight that has the tag keeps its result out of the cache, even if no caller follows, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        const call = f('a');
        end(f, 'other', 'y');
        runs[0].resolve('old');
        assert.equal(await call, 'old');
        assert.deepEqual([f.cache.size, stored(f, 'a')], [0, undefined]);
      });

      it(`${name} during a flight keeps the old result from replacing a new one that came first, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        const before = f('a');
        end(f, 'x');
        const after = f('a');
        runs[1].resolve('new');
        assert.equal(await after, 'new');
        runs[0].resolve('old');
        assert.equal(await before, 'old');
        assert.equal(stored(f, 'a'), 'new');
      });

      it(`${name} between a result and its waiters keeps the result out of the cache, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        const call = f('a');
        runs[0].resolve('old');
        end(f, 'x');
        assert.equal(await call, 'old');
        assert.equal(f.cache.size, 0);
      });

      it(`${name} ends all flights that have the tag, whatever their keys, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        const calls = [1, 2, 3].map((id) => f(id));
        end(f, 'x');
        calls.push(f(3));
        assert.equal(runs.length, 4);
        for (const [n, run] of runs.entries()) run.resolve(n);
        assert.deepEqual(await Promise.all(calls), [0, 1, 2, 3]);
        assert.deepEqual(
          [1, 2, 3].map((id) => stored(f, id)),
          [undefined, undefined, 3],
        );
      });

      it(`${name} of another tag leaves a flight with tags of the function as it is, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        const call = f('a');
        end(f, 'other', 'X', 'xy');
        assert.equal(f('a'), call);
        runs[0].resolve('v');
        assert.equal(await call, 'v');
        assert.equal(stored(f, 'a'), 'v');
        assert.equal(runs.length, 1);
      });

      it(`${name} before a flight does not matter to it, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        end(f, 'x', 'y');
        const call = f('a');
        runs[0].resolve('v');
        await call;
        assert.equal(stored(f, 'a'), 'v');
      });

      it(`${name} without tags leaves flights as they are, in ${place}`, async () => {
        for (const { f, runs } of [tagged(options()), tagging(options())]) {
          const call = f('a');
          assert.equal(end(f), 0);
          f('a');
          assert.equal(runs.length, 1, 'the second call joins the flight');
          runs[0].resolve({ tags: ['x'] });
          await call;
          assert.equal(f.cache.size, 1);
        }
      });

      it(`${name} leaves the waiters of a flight that fails their error, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        const before = outcomeOf(f('a'));
        end(f, 'x');
        const after = f('a');
        runs[0].reject('no');
        await turn();
        assert.deepEqual(before, { state: 'rejected', error: 'no' });
        runs[1].resolve('yes');
        assert.equal(await after, 'yes');
        assert.equal(stored(f, 'a'), 'yes');
      });

      it(`${name} during a refresh keeps its result out of the cache, in ${place}`, async () => {
        const { f, runs } = tagged(options());
        f.put(['a'], 'old');
        const refreshed = f.with({ refresh: true })('a');
        assert.equal(end(f, 'x'), 1);
        runs[0].resolve('new');
        assert.equal(await refreshed, 'new');
        assert.equal(stored(f, 'a'), undefined);
      });
    });

    describe(`${name} during a flight whose tags come from its result, in ${place}`, () => {
      it(`${name} keeps later callers from joining a flight that may bring the tag, in ${place}`, async () => {
        const { f, runs } = tagging(options());
        const before = f('a');
        end(f, 'x');
        const after = f('a');
        assert.notEqual(after, before);
        assert.equal(f('a'), after);
        const joined = f.with({})('a');
        assert.equal(runs.length, 2);
        const [old, recent] = [{ tags: [] }, { tags: ['x'] }];
        runs[0].resolve(old);
        runs[1].resolve(recent);
        assert.deepEqual([await before, await after, await joined], [old, recent, recent]);
        assert.equal(stored(f, 'a'), recent);
      });

      it(`${name} keeps out a result that brings the tag, in ${place}`, async () => {
        const { f, runs } = tagging(options());
        const call = f('a');
        end(f, 'x');
        runs[0].resolve({ tags: ['w', 'x'] });
        assert.deepEqual(await call, { tags: ['w', 'x'] });
        assert.equal(f.cache.size, 0);
        f('a');
        assert.equal(runs.length, 2);
      });

      it(`${name} lets a result be stored that does not bring the tag, in ${place}`, async () => {
        const { f, runs } = tagging(options());
        const call = f('a');
        end(f, 'x');
        const result = { tags: ['w', 'y'] };
        runs[0].resolve(result);
        await call;
        assert.equal(stored(f, 'a'), result);
        assert.equal(await f('a'), result);
        assert.equal(runs.length, 1);
      });

      it(`${name} of several tags, one after another, keeps out a result that brings the first, in ${place}`, async () => {
        const { f, runs } = tagging(options());
        const calls = [f('first'), f('last'), f('none')];
        end(f, 'x', 'y');
        end(f, 'z');
        for (const [n, tags] of [['x'], ['z'], ['w']].entries()) runs[n].resolve({ tags });
        await Promise.all(calls);
        assert.deepEqual(
          ['first', 'last', 'none'].map((key) => stored(f, key)?.tags),
          [undefined, undefined, ['w']],
        );
      });

      it(`${name} keeps out a result without the tag while its key has a newer flight, in ${place}`, async () => {
        const { f, runs } = tagging(options());
        const before = f('a');
        end(f, 'x');
        const after = f('a');
        runs[0].resolve({ tags: ['y'] });
        await before;
        assert.equal(f.cache.size, 0);
        const recent = { tags: ['y'] };
        runs[1].resolve(recent);
        await after;
        assert.equal(stored(f, 'a'), recent);
      });

      it(`${name} keeps out a result without the tag if its key has a newer entry, in ${place}`, async () => {
        const { f, runs } = tagging(options());
        const before = f('a');
        end(f, 'x');
        const after = f('a');
        const recent = { tags: ['y'] };
        runs[1].resolve(recent);
        await after;
        runs[0].resolve({ tags: ['y'] });
        await before;
        assert.equal(stored(f, 'a'), recent);

        const call = f('b');
        end(f, 'x');
        f.cache.put(f.makeKey('b'), 'put');
        runs[2].resolve({ tags: ['y'] });
        await call;
        assert.equal(stored(f, 'b'), 'put');
      });

      it(`${name} does not matter to a flight that begins afterwards, though an older one is under way, in ${place}`, async () => {
        const { f, runs } = tagging(options());
        const older = f('a');
        end(f, 'x');
        const other = f('b');
        runs[1].resolve({ tags: ['x'] });
        await other;
        assert.deepEqual(stored(f, 'b'), { tags: ['x'] });
        runs[0].resolve({ tags: ['x'] });
        await older;
        assert.equal(stored(f, 'a'), undefined);
      });

      it(`${name} during a refresh keeps out what brings the tag and stores what does not, in ${place}`, async () => {
        for (const [tags, left] of [
          [['x'], undefined],
          [['y'], { tags: ['y'] }],
        ]) {
          const { f, runs } = tagging(options());
          f.put(['a'], { tags: ['x'] });
          const refreshed = f.with({ refresh: true })('a');
          assert.equal(end(f, 'x'), 1);
          runs[0].resolve({ tags });
          await refreshed;
          assert.deepEqual(stored(f, 'a'), left);
        }
      });
    });
  }
}

describe('a flight without tags is not concerned by tags', () => {
  for (const [name, end] of ways) {
    it(`${name} leaves a flight of a function without tags as it is`, async () => {
      for (const tags of [undefined, []]) {
        const load = controlled();
        const f = resilient(load, { cache: { tags } });
        const call = f('a');
        end(f, 'x');
        assert.equal(f('a'), call);
        load.runs[0].resolve('v');
        await call;
        assert.equal(stored(f, 'a'), 'v');
      }
    });
  }
});

describe('a function may end its own tags while it runs', () => {
  for (const [name, end] of ways) {
    it(`${name} by the function itself keeps its result out of the cache, synchronous or not`, async () => {
      for (const tags of [['x'], () => ['x']]) {
        const f = resilient(
          (key) => {
            end(f, 'x');
            return key;
          },
          { cache: { tags } },
        );
        const g = resilient(
          async (key) => {
            await turn();
            end(g, 'x');
            return key;
          },
          { cache: { tags } },
        );
        assert.equal(f('a'), 'a');
        assert.equal(await g('a'), 'a');
        assert.deepEqual([f.cache.size, g.cache.size], [0, 0]);
      }
    });
  }
});

describe('a flight of a Response is fenced until its body is whole', () => {
  for (const [name, end] of ways) {
    for (const [kind, tags] of [
      ['tags of the function', ['x']],
      ['tags from the response', (response) => response.headers.get('tags').split(',')],
    ]) {
      it(`${name} between the headers and the end of a body keeps the response out of the cache, with ${kind}`, async () => {
        const gates = [];
        let runs = 0;
        const load = async () => {
          const gate = deferred();
          gates.push(gate);
          const body = new ReadableStream({
            async start(controller) {
              controller.enqueue(new TextEncoder().encode(`body ${++runs}`));
              await gate.promise;
              controller.close();
            },
          });
          return new Response(body, { headers: { tags: 'w,x' } });
        };
        const f = resilient(load, { http: true, cache: { tags } });
        const url = 'http://server/';
        const before = await f(url);
        end(f, 'x');
        const after = await f(url);
        assert.equal(runs, 2);
        for (const { resolve } of gates) resolve();
        assert.equal(await before.text(), 'body 1');
        assert.equal(await after.text(), 'body 2');
        await turn();
        assert.equal(await (await f(url)).text(), 'body 2');
        assert.equal(runs, 2);
        assert.equal(f.cache.size, 1);
      });
    }
  }
});
