import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';
import { watchedBody } from '../../support/watched-body.js';

const time = manualTimers();
const isBusy = ({ status }) => status === 503;

/** The outcome of a function that returns these results in turn, and which bodies were cancelled. */
async function bodiesOf(statuses, options) {
  const bodies = statuses.map(() => watchedBody());
  let runs = 0;
  const f = resilient(async () => {
    const run = runs++;
    return new Response(bodies[run].body, { status: statuses[run] });
  }, options);
  const outcome = outcomeOf(f('http://127.0.0.1/x'));
  await time.passAll();
  return { outcome, cancelled: bodies.map((body) => body.cancelled) };
}

describe('a Response that retry rejects has its body cancelled', () => {
  for (const [kind, options] of Object.entries({
    'a function like fetch': { http: true, retry: { maxAttempts: 3 } },
    'a function that is not like fetch': { retry: { maxAttempts: 3, retryOnResult: isBusy } },
  })) {
    it(`a Response of ${kind} that retry rejects has its body cancelled, and the one returned does not`, async () => {
      const good = await bodiesOf([503, 503, 200], options);
      assert.equal(good.outcome.value.status, 200);
      assert.deepEqual(good.cancelled, [true, true, false]);
      const bad = await bodiesOf([503, 503, 503], options);
      assert.equal(bad.outcome.value.status, 503);
      assert.deepEqual(bad.cancelled, [true, true, false]);
    });
  }

  it('a Response that retry rejects has its body cancelled when a callback throws, and the caller gets that error', async () => {
    const fail = () => {
      throw new Error('no');
    };
    for (const retry of [
      { retryOnResult: fail },
      { retryOnResult: async () => true },
      { retryOnResult: isBusy, delayFunc: fail },
      { retryOnResult: isBusy, delayFunc: () => 'soon' },
    ]) {
      const { outcome, cancelled } = await bodiesOf([503], { retry });
      assert.deepEqual([outcome.state, cancelled], ['rejected', [true]]);
    }
  });

  it('a rejected result without a body that can be cancelled is ignored', async () => {
    const tagged = (body) => ({ [Symbol.toStringTag]: 'Response', body });
    const locked = new Response('locked');
    locked.body.getReader();
    const odd = [
      null,
      undefined,
      'text',
      new Response(null, { status: 204 }),
      locked,
      tagged(undefined),
      tagged({}),
      tagged({ cancel: () => 'at once' }),
      tagged({ cancel: async () => Promise.reject(new Error('no')) }),
      tagged({
        cancel() {
          throw new Error('no');
        },
      }),
    ];
    let runs = 0;
    const f = resilient(async () => odd[runs++] ?? 'fine', {
      retry: { maxAttempts: 99, retryOnResult: () => runs <= odd.length },
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual([outcome.value, runs], ['fine', odd.length + 1]);
  });

  it('a Response of node-fetch that retry rejects has its stream destroyed', async () => {
    let destroyed = 0;
    const response = {
      [Symbol.toStringTag]: 'Response',
      status: 503,
      headers: new Headers(),
      body: Object.assign(new PassThrough(), { destroy: () => destroyed++ }),
    };
    let runs = 0;
    const f = resilient(async () => (runs++ ? 'fine' : response), {
      retry: { retryOnResult: (result) => result === response },
    });
    const outcome = outcomeOf(f());
    await time.passAll();
    assert.deepEqual([outcome.value, destroyed], ['fine', 1]);
  });
});
