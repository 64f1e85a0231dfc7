import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { inChild } from '../../support/in-child.js';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();

/** Milliseconds of the pause after a response with this Retry-After; `undefined` without a pause. */
async function pauseAfter(value, { status = 503, now = 0, retry, ...options } = {}) {
  time.setNow(now);
  let runs = 0;
  const send = async () => {
    if (runs++) return new Response('fine');
    return new Response('', { status, headers: { 'retry-after': value } });
  };
  const f = resilient(send, {
    http: true,
    retry: { delay: '3ms', jitter: false, maxDelay: '1d', ...retry },
    ...options,
  });
  let pause;
  f.addEventListener('retry', ({ detail }) => {
    pause = Math.round(detail.delay * 1_000);
  });
  const outcome = outcomeOf(f('http://127.0.0.1/x'));
  await time.passAll();
  assert.equal(outcome.value.status, pause === undefined ? status : 200);
  return pause;
}

/** The three forms of RFC 9110, 5.6.7 for one time. */
const FORMS = {
  'IMF-fixdate': 'Sun, 06 Nov 1994 08:49:37 GMT',
  'RFC 850': 'Sunday, 06-Nov-94 08:49:37 GMT',
  asctime: 'Sun Nov  6 08:49:37 1994',
};
const TEN_SECONDS_BEFORE = Date.UTC(1994, 10, 6, 8, 49, 27);

describe('Retry-After may be a date', () => {
  for (const [form, value] of Object.entries(FORMS)) {
    it(`a Retry-After date in the form ${form} is waited for`, async () => {
      assert.equal(await pauseAfter(value, { now: TEN_SECONDS_BEFORE }), 10_000);
    });

    it(`a Retry-After date in the form ${form} that has passed is no pause`, async () => {
      assert.equal(await pauseAfter(value, { now: TEN_SECONDS_BEFORE + 20_000 }), 0);
    });
  }

  it('a Retry-After date in the form asctime may have a day of two digits, or one space before one digit', async () => {
    const now = Date.UTC(1994, 10, 16, 8, 49, 27);
    assert.equal(await pauseAfter('Wed Nov 16 08:49:37 1994', { now }), 10_000);
    assert.equal(await pauseAfter('Sun Nov 6 08:49:37 1994', { now: TEN_SECONDS_BEFORE }), 10_000);
  });

  it('a Retry-After date means GMT in every time zone', () => {
    for (const zone of ['America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati', 'UTC']) {
      const pauses = inChild(`async () => {
        process.env.TZ = '${zone}';
        const { resilient } = await import('holdfast');
        const pauses = [];
        Date.now = () => ${TEN_SECONDS_BEFORE};
        for (const value of ${JSON.stringify(Object.values(FORMS))}) {
          const headers = { 'retry-after': value };
          const send = async () => new Response('', { status: 503, headers });
          const controller = new AbortController();
          const f = resilient(send, { http: true, retry: {} });
          f.addEventListener('retry', ({ detail }) => {
            pauses.push(detail.delay);
            controller.abort('seen');
          });
          await f('http://127.0.0.1/x', { signal: controller.signal }).catch(() => {});
        }
        return [pauses, new Date(0).getTimezoneOffset() === 0];
      }`);
      assert.deepEqual(pauses, [[10, 10, 10], zone === 'UTC'], zone);
    }
  });

  it('a Retry-After date with a year of two digits is at most 50 years in the future', async () => {
    const far = { now: Date.UTC(2025, 10, 28, 12), retry: { maxDelay: 50 * 366 * 86_400 } };
    const inYears = (years) => Date.UTC(2025 + years, 10, 28, 12) - far.now;
    const dates = [
      ['Friday, 28-Nov-25 12:00:07 GMT', 7_000],
      ['Saturday, 28-Nov-26 12:00:00 GMT', inYears(1)],
      ['Wednesday, 28-Nov-74 12:00:00 GMT', inYears(49)],
      ['Thursday, 28-Nov-75 12:00:00 GMT', inYears(50)],
      ['Thursday, 28-Nov-75 12:00:01 GMT', 0],
      ['Thursday, 01-Jan-76 00:00:00 GMT', 0],
      ['Sunday, 28-Nov-94 12:00:00 GMT', 0],
      ['Thursday, 28-Nov-24 12:00:00 GMT', 0],
    ];
    for (const [value, pause] of dates) assert.equal(await pauseAfter(value, far), pause, value);
    const turn = { now: Date.UTC(2099, 11, 31, 23, 59, 59) };
    assert.equal(await pauseAfter('Friday, 01-Jan-00 00:00:09 GMT', turn), 10_000);
  });

  it('a Retry-After value that is no date is ignored', async () => {
    const now = TEN_SECONDS_BEFORE;
    for (const value of [
      'Sun, 06 Nov 1994',
      'Sun, 32 Nov 1994 08:49:37 GMT',
      'Sun, 06 Foo 1994 08:49:37 GMT',
      'Sun Nov  6 08:49:37',
      '1994-11-06T08:49:37',
      '7, 7',
      '7.5',
    ]) {
      assert.equal(await pauseAfter(value, { now }), 3, value);
    }
  });
});

describe('retry obeys Retry-After', () => {
  it('Retry-After is obeyed with every status that is retried', async () => {
    const retryOnResult = ({ status }) => status === 403;
    assert.equal(await pauseAfter('7', { status: 403, retry: { retryOnResult } }), 7_000);
    assert.equal(await pauseAfter('7', { status: 404, retry: { statuses: [404] } }), 7_000);
    for (const status of [408, 413, 429, 500, 502, 503, 504]) {
      assert.equal(await pauseAfter('7', { status }), 7_000);
    }
  });

  it('Retry-After of a function that is not like fetch is obeyed, too', async () => {
    const retryOnResult = ({ status }) => status === 429;
    const options = { http: false, status: 429 };
    assert.equal(await pauseAfter('7', { ...options, retry: { retryOnResult } }), 7_000);
    const retry = { retryOnResult, maxDelay: '5s' };
    assert.equal(await pauseAfter('7', { ...options, retry }), undefined);
  });

  it('a Retry-After longer than maxDelay ends the retries in each form', async () => {
    for (const value of Object.values(FORMS)) {
      const options = { now: TEN_SECONDS_BEFORE, retry: { maxDelay: '9s' } };
      assert.equal(await pauseAfter(value, options), undefined);
    }
  });

  it('a Retry-After of an object that only resembles a Response, or throws when it is read, is ignored', async () => {
    const hostile = {
      [Symbol.toStringTag]: 'Response',
      status: 503,
      get headers() {
        throw new Error('no headers');
      },
      get body() {
        throw new Error('no body');
      },
    };
    const plain = { status: 503, headers: new Headers({ 'retry-after': '7' }) };
    for (const result of [
      hostile,
      plain,
      { ...plain, [Symbol.toStringTag]: 'Response', headers: {} },
    ]) {
      let runs = 0;
      const f = resilient(async () => (runs++ ? 'fine' : result), {
        retry: { delay: '3ms', jitter: false, retryOnResult: (given) => given !== 'fine' },
      });
      const outcome = outcomeOf(f());
      await time.pass(3);
      assert.equal(outcome.value, 'fine');
    }
  });
});
