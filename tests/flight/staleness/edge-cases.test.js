import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCache, resilient } from 'holdfast';
import { inChild } from '../../support/in-child.js';
import { manualClock } from '../../support/manual-clock.js';
import { turn } from '../../support/turn.js';

describe('stale results in unusual orders', () => {
  for (const name of ['getReader', Symbol.asyncIterator]) {
    it(`a stale result replaces a failure where Object.prototype has ${String(name)}`, async () => {
      const down = async () => {
        throw new Error('down');
      };
      const f = resilient(down, { cache: { staleIfError: 9 } });
      f.put(['a'], 'old');
      f.expire('a');
      Object.defineProperty(Object.prototype, name, { value() {}, configurable: true });
      try {
        assert.equal(await f('a'), 'old');
      } finally {
        delete Object.prototype[name];
      }
    });
  }

  it('each caller gets its own Response, if the first result of a function was a stale one', async () => {
    const clock = manualClock();
    const store = new ResultCache({ ttl: 1, staleIfError: 100, clock });
    let isDown = false;
    const page = async (id) => {
      if (isDown) throw new Error('down');
      return new Response(`page ${id}`);
    };
    const options = { name: 'page', cache: { store, staleBackoff: 0 } };
    await (await resilient(page, options)(1)).text();
    await turn();
    clock.time = 2_000;
    isDown = true;
    const f = resilient(page, options);
    assert.equal(await (await f(1)).text(), 'page 1');
    isDown = false;
    const [one, other] = await Promise.all([f(2), f(2)]);
    assert.notEqual(one, other);
    assert.deepEqual([await one.text(), await other.text()], ['page 2', 'page 2']);
  });

  for (const window of ['staleWhileRevalidate', 'staleIfError']) {
    it(`a clock that throws once, at any reading, leaves no key dead, with ${window}`, async () => {
      for (let failing = 1; failing < 30; failing++) {
        const clock = manualClock();
        let runs = 0;
        const f = resilient(async () => ++runs, { cache: { ttl: 1, [window]: 10, clock } });
        await f('a');
        clock.time = 2_000;
        const { now } = clock;
        let readings = 0;
        clock.now = () => {
          if (++readings === failing) throw new Error('no time');
          return now.call(clock);
        };
        const call = f('a');
        assert.ok(call instanceof Promise);
        await call.catch((error) => assert.equal(error.message, 'no time'));
        await turn();
        clock.now = now;
        clock.time = 100_000;
        const before = runs;
        assert.equal(await f('a'), before + 1, `reading ${failing}`);
      }
    });
  }

  it('a pause falls on no other entry, if staleOn changes the cache', async () => {
    const clock = manualClock();
    const runs = [];
    const f = resilient(
      async (id) => {
        runs.push(id);
        if (id === 'a' && runs.length > 1) throw new Error('down');
        return id;
      },
      {
        cache: {
          ...{ ttl: 1, staleIfError: 60, maxSize: 1, clock },
          staleOn: () => {
            f.put(['b'], 'b');
            return true;
          },
        },
      },
    );
    await f('a');
    clock.time = 2_000;
    await f('a').catch(() => {});
    clock.time = 4_000;
    await f('b');
    assert.deepEqual(runs, ['a', 'a', 'b']);
  });

  it('a caller that joins a refresh keeps the process alive until it ends', () => {
    const result = inChild(async () => {
      const { resilient } = await import('holdfast');
      let now = 0;
      let runs = 0;
      const f = resilient(
        async () => {
          if (++runs === 2) throw new Error('once');
          return runs;
        },
        {
          cache: { ttl: 1, staleWhileRevalidate: 1, clock: { now: () => now } },
          retry: { delay: '300ms', jitter: false },
        },
      );
      await f();
      now = 1_500;
      await f();
      now = 3_000;
      return f();
    });
    assert.equal(result, 3);
  });
});

describe('a Response that f.put stores', () => {
  const URL = 'http://localhost/page';

  it('replaces a fresh result at once, also while its body arrives', async () => {
    const f = resilient(async () => new Response('old'), { http: true, cache: true });
    await (await f(URL)).text();
    await turn();
    f.put([URL], new Response('new'));
    assert.equal(await (await f(URL)).text(), 'new');
  });

  it('removes a fresh result if it cannot be stored', async () => {
    let runs = 0;
    const f = resilient(async () => new Response(`run ${++runs}`), { http: true, cache: true });
    await (await f(URL)).text();
    await turn();
    f.put([URL], new Response('put', { status: 500 }));
    await turn();
    assert.equal(await (await f(URL)).text(), 'run 2');
  });

  it('is no refresh that with({ refresh: true }) joins', async () => {
    let runs = 0;
    const f = resilient(async () => new Response(`run ${++runs}`), { http: true, cache: true });
    const body = new TransformStream();
    f.put([URL], new Response(body.readable));
    assert.equal(await (await f.with({ refresh: true })(URL)).text(), 'run 1');
    body.writable.abort().catch(() => {});
  });
});
