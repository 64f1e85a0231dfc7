import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manualTimers } from '../../support/manual-timers.js';
import { outcomeOf } from '../../support/outcome.js';
import { storedScene } from '../../support/stale-scene.js';
import { turn } from '../../support/turn.js';
import '../../support/unhandled-rejections.js';

const time = manualTimers();
const CACHE = { staleWhileRevalidate: '1h', clock: undefined };

/** A refresh that began now and does not settle, as `load.runs[1]`. */
async function hanging(cache, options) {
  const scene = await storedScene({ ...CACHE, ...cache }, options);
  await time.pass(10_001);
  const { load, f } = scene;
  assert.equal(await f('a'), 'old');
  await turn();
  assert.equal(load.runs.length, 2);
  return scene;
}

describe('a refresh that hangs does not hold its key', () => {
  it('a refresh that has not settled counts as under way for 30 s, then the next caller starts another', async () => {
    const { load, f } = await hanging();
    await time.pass(29_999);
    assert.deepEqual(await Promise.all([f('a'), f('a')]), ['old', 'old']);
    assert.equal(load.runs.length, 2);
    await time.pass(1_001);
    assert.deepEqual(await Promise.all([f('a'), f('a')]), ['old', 'old']);
    assert.equal(load.runs.length, 3);
    load.runs[2].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
    assert.equal(f.cache.stats.refreshes, 2);
  });

  it('the late result of a refresh that hung is not stored', async () => {
    const { load, f, key } = await hanging();
    await time.pass(31_000);
    assert.equal(await f('a'), 'old');
    load.runs[1].resolve('late');
    await turn();
    assert.equal(f.cache.peek(key), undefined);
    assert.equal(await f('a'), 'old');
    load.runs[2].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
    assert.equal(load.runs.length, 3);
  });

  it('the late result of a refresh that hung does not replace a newer one', async () => {
    const { load, f } = await hanging();
    await time.pass(31_000);
    await f('a');
    load.runs[2].resolve('new');
    await turn();
    load.runs[1].resolve('late');
    await turn();
    assert.equal(await f('a'), 'new');
  });

  it('the late error of a refresh that hung is an error to no caller, and ends no newer refresh', async () => {
    const { load, f } = await hanging();
    await time.pass(31_000);
    await f('a');
    load.runs[1].reject(new Error('late'));
    await turn();
    assert.equal(await f('a'), 'old');
    assert.equal(load.runs.length, 3);
    load.runs[2].resolve('new');
    await turn();
    assert.equal(await f('a'), 'new');
  });

  it('a call after the windows does not join a refresh that hangs, and starts a new run', async () => {
    const { load, f } = await hanging({ staleWhileRevalidate: 20 });
    await time.pass(31_000);
    const calls = [f('a'), f('a')];
    assert.equal(load.runs.length, 3);
    load.runs[2].resolve('new');
    assert.deepEqual(await Promise.all(calls), ['new', 'new']);
    load.runs[1].resolve('late');
    await turn();
    assert.equal(await f('a'), 'new');
  });

  it('with({ refresh: true }) does not join a refresh that hangs', async () => {
    const { load, f } = await hanging();
    await time.pass(31_000);
    const refreshed = f.with({ refresh: true })('a');
    assert.equal(load.runs.length, 3);
    load.runs[2].resolve('new');
    assert.equal(await refreshed, 'new');
  });

  it('a caller that joined a refresh keeps waiting for it when it hangs', async () => {
    const { load, f } = await hanging();
    const joined = outcomeOf(f.with({ refresh: true })('a'));
    await time.pass(31_000);
    await f('a');
    assert.equal(joined.state, 'pending');
    load.runs[1].resolve('late');
    await turn();
    assert.deepEqual(joined, { state: 'fulfilled', value: 'late' });
  });

  it('a refresh starts no timer', async () => {
    const { load, f } = await storedScene(CACHE);
    await time.pass(10_001);
    const before = time.pending;
    assert.equal(await f('a'), 'old');
    await turn();
    assert.equal(load.runs.length, 2);
    assert.equal(time.pending, before);
  });
});

describe('the total timeout may be longer than 30 s', () => {
  it('a refresh counts as under way for as long as the total timeout', async () => {
    const { load, f } = await hanging({}, { timeout: { attempt: '10m', total: '60s' } });
    for (const milliseconds of [31_000, 28_000]) {
      await time.pass(milliseconds);
      assert.equal(await f('a'), 'old');
      assert.equal(load.runs.length, 2);
    }
    assert.equal(f.cache.stats.refreshErrors, 0);
    await time.pass(1_000);
    assert.equal(f.cache.stats.refreshErrors, 1, 'timed out');
    await time.pass(6_000);
    assert.equal(await f('a'), 'old');
    await turn();
    assert.equal(load.runs.length, 3);
  });
});
