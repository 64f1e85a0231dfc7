import '../support/unhandled-rejections.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoryDriver } from '../support/memory-driver.js';
import { wrapInTier } from '../support/memory-tier.js';
import { until } from '../support/until.js';
import { warningsOf } from '../support/warnings.js';

const codec = {
  name: 'json',
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
};
const fail = async () => {
  throw new Error('not a codec');
};

describe('a codec that returns Promises', () => {
  it('an encode that rejects keeps the result in its process, with a warning', async () => {
    const f = wrapInTier(async () => 'result', { codec: { ...codec, encode: fail } });
    const warnings = await warningsOf(async () => {
      assert.equal(await f(1), 'result');
      await until(() => f.cache.has(f.makeKey(1)), 'the result is stored');
    });
    assert.deepEqual(warnings, [
      'A result of fn could not be stored in the second tier: ' +
        'the result of codec.encode must be a Uint8Array, not a Promise, got an object',
    ]);
    assert.equal(f.tier.stats.unstorable, 1);
  });

  for (const [name, decode] of Object.entries({ rejects: fail, resolves: async () => 'wrong' })) {
    it(`a stored result counts as absent if decode ${name}`, async () => {
      const driver = memoryDriver();
      const one = wrapInTier(async () => 'first', { driver, codec });
      await one(1);
      await until(() => driver.valueKey, 'the result is stored');
      const errors = [];
      const other = wrapInTier(async () => 'second', { driver, codec: { ...codec, decode } });
      other.tier.addEventListener('tier_error', ({ error }) => errors.push(error.message));
      assert.equal(await other(1), 'second');
      assert.deepEqual(errors, [
        'the result of codec.decode must be a value, not a Promise, got an object',
      ]);
    });
  }
});
