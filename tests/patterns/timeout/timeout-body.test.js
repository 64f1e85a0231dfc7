import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventType, resilient } from 'holdfast';
import { deferred } from '../../support/deferred.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { turn } from '../../support/turn.js';
import { watchedBody } from '../../support/watched-body.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

/** A function that returns responses whose bodies the test feeds: `bodies[n].send(text)`, `.end()`. */
function fed() {
  const bodies = [];
  const fn = async () => {
    const body = { cancelled: undefined };
    const start = (controller) => {
      body.send = (text) => controller.enqueue(new TextEncoder().encode(text));
      body.end = () => controller.close();
    };
    const cancel = (reason) => {
      body.cancelled = reason;
    };
    bodies.push(body);
    return new Response(new ReadableStream({ start, cancel }));
  };
  return Object.assign(fn, { bodies });
}

describe('timeout.idle limits the time without bytes', () => {
  it('timeout.idle counts from the headers and from each byte of a shared body', async () => {
    const load = fed();
    const f = resilient(load, {
      name: 'load',
      cache: true,
      timeout: { attempt: '1m', idle: '1s' },
    });
    const events = [];
    f.addEventListener(EventType.TIMEOUT, (event) => events.push(event));
    const text = outcomeOf((await f(1)).text());
    for (let second = 0; second < 5; second++) {
      await time.pass(999);
      load.bodies[0].send('.');
    }
    await time.pass(999);
    assert.equal(text.state, 'pending');
    await time.pass(1);
    assert.equal(text.error.code, 'TIMEOUT');
    assert.equal(load.bodies[0].cancelled, text.error);
    assert.deepEqual(
      events.map(({ detail, error, attempt }) => ({
        ...detail,
        attempt,
        same: error === text.error,
      })),
      [{ scope: 'idle', seconds: 1, attempt: 1, same: true }],
    );
    assert.equal(time.pending, 0);
  });

  it('timeout.idle is the timeout of an attempt by default, or seconds with perAttempt: false', async () => {
    const cases = [
      ['2s', 2_000],
      [3, 3_000],
      [{}, 30_000],
      [{ attempt: '4s' }, 4_000],
      [{ seconds: '5s' }, 5_000],
      [{ attempt: '4s', seconds: '9s' }, 4_000],
      [{ seconds: '6s', perAttempt: false, total: '1h' }, 6_000],
      [{ attempt: '1m', idle: '250ms' }, 250],
      [{ total: '7s' }, 7_000],
    ];
    for (const [timeout, expected] of cases) {
      const load = fed();
      const f = resilient(load, { cache: true, timeout });
      const start = time.now;
      const text = outcomeOf((await f(1)).text());
      await time.passAll();
      assert.equal(text.error.code, 'TIMEOUT');
      assert.equal(time.now - start, expected);
    }
  });

  it('timeout.idle frees the key: the next call runs again', async () => {
    const load = fed();
    const f = resilient(load, { cache: true, timeout: '1s' });
    await f(1);
    await time.pass(1_000);
    const text = outcomeOf((await f(1)).text());
    load.bodies[1].send('whole');
    load.bodies[1].end();
    await time.pass(0);
    assert.equal(text.value, 'whole');
    assert.equal(await (await f(1)).text(), 'whole');
    assert.equal(load.bodies.length, 2);
  });

  it('timeout.idle has one timer, which ends with the body', async () => {
    const load = fed();
    const timeout = { attempt: '1s', total: '9s', idle: '2s' };
    const f = resilient(load, { cache: { ttl: 0 }, timeout });
    await Promise.all([f(1), f(1), f(1)]);
    assert.equal(time.pending, 1);
    load.bodies[0].send('one');
    await time.pass(1);
    assert.equal(time.pending, 1);
    load.bodies[0].end();
    await time.pass(0);
    assert.equal(time.pending, 0);
    const responses = await Promise.all([f(2), f(2)]);
    for (const { body } of responses) await body.cancel();
    assert.equal(time.pending, 0);
  });
});

describe('a shared body that times out errors', () => {
  it('a caller that joined after the headers gets the result of another call when the shared body times out', async () => {
    const load = fed();
    const f = resilient(load, { cache: true, timeout: { attempt: '1m', idle: '1s' } });
    const before = await Promise.all([f(1), f(1)]);
    const late = await Promise.all([f(1), f(1), f(1)]);
    const [streamed, ...whole] = late;
    load.bodies[0].send('half');
    const failed = before.map((response) => outcomeOf(response.text()));
    const texts = whole.map((response) => outcomeOf(response.text()));
    const pieces = outcomeOf(streamed.body.pipeTo(new WritableStream()));
    await time.pass(1_000);
    for (const { error } of [...failed, pieces]) assert.equal(error.code, 'TIMEOUT');
    assert.equal(load.bodies.length, 2);
    load.bodies[1].send('whole');
    load.bodies[1].end();
    await time.pass(0);
    for (const { value } of texts) assert.equal(value, 'whole');
    assert.equal(f.cache.size, 1);
  });

  it('the other call of a caller whose arguments have changed is not stored', async () => {
    const load = fed();
    const f = resilient(load, { cache: true, timeout: { attempt: '1m', idle: '1s' } });
    await f({ id: 1 });
    const user = { id: 1 };
    const text = outcomeOf((await f(user)).text());
    user.id = 2;
    await time.pass(1_000);
    load.bodies[1].send('two');
    load.bodies[1].end();
    await time.pass(0);
    assert.equal(text.value, 'two');
    assert.equal(f.cache.size, 0);
  });

  it('a caller that joined after the headers gets an error when the other call times out, too', async () => {
    const load = fed();
    const f = resilient(load, { cache: true, timeout: { attempt: '1m', idle: '1s' } });
    await f(1);
    const text = outcomeOf((await f(1)).text());
    await time.pass(1_999);
    assert.equal(text.state, 'pending');
    await time.pass(1);
    assert.equal(text.error.code, 'TIMEOUT');
    assert.equal(load.bodies.length, 2);
    assert.equal(time.pending, 0);
  });
});

describe('timeout.total includes the body', () => {
  it('timeout.total includes the body of a shared response and the time before the headers', async () => {
    const load = fed();
    const late = async () => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      return load();
    };
    const f = resilient(late, { cache: true, timeout: { attempt: '1m', total: '1s' } });
    const call = f(1);
    await time.pass(600);
    const text = outcomeOf((await call).text());
    for (const _ of [1, 2, 3]) {
      await time.pass(100);
      load.bodies[0].send('.');
    }
    await time.pass(99);
    assert.equal(text.state, 'pending');
    await time.pass(1);
    assert.equal(text.error.message, 'late did not answer within 1 s');
  });
});

describe('a shared body without a timeout is not joined forever', () => {
  it('a shared body without a timeout is not joined by a caller 10 s after its last byte', async () => {
    const load = fed();
    const f = resilient(load, { cache: true });
    const first = await f(1);
    await time.pass(9_999);
    load.bodies[0].send('one,');
    await time.pass(9_999);
    const second = await f(1);
    assert.equal(load.bodies.length, 1);
    assert.equal(time.pending, 0);
    await time.pass(1);
    const third = await f(1);
    assert.equal(load.bodies.length, 2);
    load.bodies[1].send('new');
    load.bodies[1].end();
    assert.equal(await third.text(), 'new');
    load.bodies[0].send('two');
    load.bodies[0].end();
    for (const response of [first, second]) assert.equal(await response.text(), 'one,two');
    assert.equal(await (await f(1)).text(), 'new');
    assert.equal(load.bodies.length, 2);
  });

  for (const timeout of [{ idle: '5s' }, { total: '5s', idle: '1m' }]) {
    const [scope] = Object.keys(timeout);
    it(`a shared body whose timer for timeout.${scope} was lost is not joined 1 s after the time it had`, async () => {
      const load = fed();
      const f = resilient(load, { cache: true, timeout: { attempt: '1m', ...timeout } });
      const { setTimeout } = globalThis;
      // The timers of a request in Workers end with the request.
      globalThis.setTimeout = () => ({});
      await f(1);
      globalThis.setTimeout = setTimeout;
      await time.pass(5_999);
      await f(1);
      assert.equal(load.bodies.length, 1);
      await time.pass(1);
      const next = await f(1);
      load.bodies[1].send('second');
      load.bodies[1].end();
      assert.equal(await next.text(), 'second');
      assert.equal(await (await f(1)).text(), 'second', 'stored');
      assert.equal(load.bodies.length, 2);
    });
  }

  it('a shared body without a timeout recovers under steady traffic whose callers have their own signals', async () => {
    const load = fed();
    const f = resilient(load, { cache: true });
    let errors = 0;
    for (let index = 0; index < 40; index++) {
      const controller = new AbortController();
      const response = await f.with({ signal: controller.signal })(1);
      response.text().catch(() => errors++);
      setTimeout(() => controller.abort(), 500);
      await time.pass(300);
    }
    assert.equal(load.bodies.length, 2);
    assert.ok(errors >= 30, `${errors} errors`);
  });
});

describe('a response comes after its call has ended', () => {
  for (const timeout of [{ attempt: '1s' }, { attempt: '9s', total: '1s' }]) {
    it(`the body of a response that comes after a timeout ${JSON.stringify(timeout)} is cancelled`, async () => {
      const watched = watchedBody();
      const late = deferred();
      const f = resilient(() => late.promise, { timeout });
      const outcome = outcomeOf(f());
      await time.pass(1_000);
      assert.equal(outcome.error.code, 'TIMEOUT');
      late.resolve(new Response(watched.body));
      await turn();
      assert.equal(watched.cancelled, true);
    });
  }

  it('the body of a response that comes after its caller has left is cancelled, with a timeout', async () => {
    const watched = watchedBody();
    const late = deferred();
    const leaver = new AbortController();
    const f = resilient(() => late.promise, { timeout: '1s' });
    const call = f.with({ signal: leaver.signal })();
    leaver.abort(new Error('left'));
    await assert.rejects(call, { message: 'left' });
    late.resolve(new Response(watched.body));
    await turn();
    assert.equal(watched.cancelled, true);
  });
});
