import assert from 'node:assert/strict';
import { it } from 'node:test';

const ENTRIES = 100_000;

it('an adaptive cache needs at most 12 bytes per entry more of the memory of the core than LRU', async () => {
  const memories = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      memories.push(this.exports.memory);
    }
  };
  try {
    const { ResultCache } = await import('holdfast');
    const { adaptive } = await import('holdfast/adaptive');
    for (const policy of ['lru', adaptive]) {
      const cache = new ResultCache({ maxSize: ENTRIES, ttl: 0, policy });
      for (let key = 0; key < 1.5 * ENTRIES; key++) cache.put(key, key);
      assert.equal(cache.size, ENTRIES);
    }
  } finally {
    WebAssembly.Instance = Instance;
  }
  const [lru, other] = memories.map(({ buffer }) => buffer.byteLength);
  assert.equal(memories.length, 2);
  assert.ok(other - lru <= 12 * ENTRIES, `${(other - lru) / ENTRIES} bytes per entry`);
});
