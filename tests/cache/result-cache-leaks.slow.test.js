import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inChild } from '../support/in-child.js';

/**
 * Bytes of WebAssembly memory that a cache with one entry takes, with memory reserved ahead, and the initial size.
 */
const PER_CACHE = 2_600;
const BASE = 1_000_000;

/**
 * Bytes of WebAssembly memory after 100,000 caches were made and dropped, twice: the second figure shows growth.
 */
const makeAndDrop = ({ disposes, yields }) => `async () => {
  const { wasmBytes } = await import('./support/wasm-instances.js');
  const { ResultCache } = await import('holdfast');
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const sizes = [];
  for (let round = 0; round < 2; round++) {
    for (let made = 0; made < 100_000; made++) {
      const cache = new ResultCache({ ttl: 0 }).put(made, made);
      if (${disposes}) cache[Symbol.dispose]();
      if (${yields} && made % 1_000 === 0) {
        await turn();
        gc();
      }
    }
    sizes.push(wasmBytes());
    // Dropped caches are collected between two turns.
    for (let turns = 0; turns < 5; turns++) {
      await turn();
      gc();
    }
  }
  return sizes;
}`;

describe('100,000 caches that are made and dropped do not leak memory', () => {
  for (const yields of [false, true]) {
    const loop = yields ? 'a loop that yields' : 'a loop that does not yield';

    it(`caches that are disposed of in ${loop} take the memory of one cache`, () => {
      const [first, second] = inChild(makeAndDrop({ disposes: true, yields }));
      assert.ok(first <= BASE, `${first} bytes`);
      assert.equal(second, first);
    });

    it(`caches dropped in ${loop} take only their own memory, and later caches reuse it`, () => {
      const [first, second] = inChild(makeAndDrop({ disposes: false, yields }));
      const atATime = yields ? 10_000 : 100_000;
      assert.ok(first <= BASE + atATime * PER_CACHE, `${first} bytes`);
      assert.ok(second <= 1.1 * first, `${first}, then ${second} bytes`);
    });
  }
});

describe('a cache with a large maxSize takes memory only for its entries', () => {
  it('a cache for eight million entries takes no more memory than one for a hundred until it has more', () => {
    const [large, small] = inChild(async () => {
      const { wasmBytes } = await import('./support/wasm-instances.js');
      const { ResultCache } = await import('holdfast');
      const inUse = () => {
        gc();
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        return heapUsed + arrayBuffers + wasmBytes();
      };
      const kept = [];
      const made = (maxSize) => {
        const before = inUse();
        const caches = Array.from({ length: 100 }, () => new ResultCache({ maxSize }));
        for (const cache of caches) for (let n = 0; n < 100; n++) cache.put(n, n);
        kept.push(caches);
        return inUse() - before;
      };
      made(100);
      return [made(8_000_000), made(100)];
    });
    assert.ok(large < 3 * small + 1_000_000, `${large} and ${small} bytes for a hundred`);
  });
});

describe('refused options leave nothing behind', () => {
  it('refused options make no cache, whichever option is wrong', () => {
    const made = inChild(async () => {
      const { instances } = await import('./support/wasm-instances.js');
      const { resilient } = await import('holdfast');
      for (const options of [
        { cache: { statuses: 'wrong' } },
        { cache: { maxBodySize: -1 } },
        { cache: true, sync: true, timeout: 1 },
        { cache: true, hedge: {} },
      ]) {
        try {
          resilient(() => {}, options);
        } catch {
          continue;
        }
        return 'taken';
      }
      return instances.length;
    });
    assert.equal(made, 0);
  });
});
