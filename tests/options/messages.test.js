import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { ResultCache, resilient } from 'holdfast';
import { turn } from '../support/turn.js';
import '../support/unhandled-rejections.js';

/** An asynchronous callback that fails. */
const failing = async () => {
  throw new Error('of the callback');
};
const down = async () => {
  throw new Error('down');
};

/** The places where a Promise is refused. Each throws, or rejects. */
const places = {
  'the result of retry.delayFunc': () => resilient(down, { retry: { delayFunc: failing } })(),
  'the result of clock.now': () => new ResultCache({ clock: { now: failing } }).put('a', 1),
  'the result of weigh': () => new ResultCache({ weigh: failing }).put('a', 1),
  'the result of cache.key': () => resilient(() => {}, { cache: { key: failing } })(),
  'the option ttl': () => new ResultCache({ ttl: failing() }),
  'the option timeout': () => resilient(down, { timeout: failing() }),
  'the option name': () => resilient(down, { name: failing() }),
  'the tags of a put': () => new ResultCache().put('a', 1, { tags: failing() }),
  'a tag': () => new ResultCache().invalidateTag(failing()),
  'the value of f.put': () => resilient(down, { cache: true }).put(['a'], failing()),
  'a signal': () => resilient(down).with({ signal: failing() }),
  'the option ttl, from another realm,': () =>
    new ResultCache({ ttl: runInNewContext('(async () => { throw new Error("far") })()') }),
};

describe('an error about a Promise replaces the rejection of that Promise', () => {
  for (const [place, use] of Object.entries(places)) {
    it(`a Promise as ${place} is refused, and its rejection is no unhandled one`, async () => {
      await assert.rejects(async () => use(), /^TypeError: .+ got an object/);
      await turn();
    });
  }

  it('a thenable that is no Promise is refused, and its work does not start', () => {
    let starts = 0;
    // biome-ignore lint/suspicious/noThenProperty: a query that runs when it is awaited
    const query = { then: () => starts++ };
    const f = resilient(down, { cache: true });
    assert.throws(() => f.put(['a'], query), /^TypeError: value must be a result, not a Promise/);
    assert.equal(starts, 0);
  });
});
