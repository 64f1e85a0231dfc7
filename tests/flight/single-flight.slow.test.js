import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { controlled } from '../support/controlled.js';
import '../support/unhandled-rejections.js';

describe('concurrent calls with the same arguments', () => {
  it('100,000 concurrent callers share one run, and all get its result', async () => {
    const load = controlled();
    const f = resilient(load, { cache: true });
    const calls = Array.from({ length: 100_000 }, () => f('a'));
    assert.equal(load.runs.length, 1);
    const value = { loaded: true };
    load.runs[0].resolve(value);
    const results = await Promise.all(calls);
    assert.ok(results.every((result) => result === value));
    assert.equal(load.runs.length, 1);
  });
});
