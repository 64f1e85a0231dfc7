import { FifoMap, LruMap } from './maps.js';

const TTL_MS = 300_000;

/**
 * Every cache, used in the fastest way that its documentation shows.
 * - make: creates a cache for `size` entries; `ttlMs` is 0 for none
 * - ttl: whether it runs in the cells without and with a ttl
 * - order: 'exact' for a cache that evicts the least recently used entry, 'none' for one that never evicts
 * - plain: a Map, which has no ttl; the baselines of the cells without and with a ttl
 * - note: how it differs from the other caches
 * - get, put: the code of an operation, if it is not `cache.get(key)` and `cache.set(key, value)`
 */
const CACHES = [
  { name: 'bare Map', plain: true, ttl: [false, true], order: 'none', make: () => new Map() },
  {
    // The least work for a cache that keeps anything next to a value.
    name: 'Map of records',
    plain: true,
    ttl: [false, true],
    order: 'none',
    make: () => new Map(),
    get: 'cache.get(key)?.value',
    put: 'cache.set(key, { value })',
  },
  {
    name: 'Map as FIFO',
    plain: true,
    ttl: [false, true],
    order: 'other',
    note: 'evicts the oldest entry, used or not',
    make: (size) => new FifoMap(size),
  },
  {
    name: 'Map as LRU',
    plain: true,
    ttl: [false, true],
    order: 'exact',
    make: (size) => new LruMap(size),
  },
  {
    name: 'holdfast',
    ttl: [false, true],
    order: 'exact',
    put: 'cache.put(key, value)',
    async make(size, ttlMs) {
      const { ResultCache } = await import('holdfast');
      return new ResultCache({ maxSize: size, ttl: ttlMs / 1_000 });
    },
  },
  {
    name: 'lru-cache',
    ttl: [false, true],
    order: 'exact',
    async make(size, ttlMs) {
      const { LRUCache } = await import('lru-cache');
      return new LRUCache(ttlMs ? { max: size, ttl: ttlMs } : { max: size });
    },
  },
  {
    name: 'quick-lru',
    note: 'keeps up to twice as many entries',
    ttl: [false, true],
    order: 'other',
    async make(size, ttlMs) {
      const { default: QuickLRU } = await import('quick-lru');
      return new QuickLRU(ttlMs ? { maxSize: size, maxAge: ttlMs } : { maxSize: size });
    },
  },
  {
    name: 'tiny-lru',
    ttl: [false, true],
    order: 'exact',
    async make(size, ttlMs) {
      const { lru } = await import('tiny-lru');
      return ttlMs ? lru(size, ttlMs) : lru(size);
    },
  },
  {
    name: 'lru.min',
    ttl: [false],
    order: 'exact',
    async make(size) {
      const { createLRU } = await import('lru.min');
      return createLRU({ max: size });
    },
  },
  {
    name: 'mnemonist LRUMap',
    ttl: [false],
    order: 'exact',
    async make(size) {
      const { LRUMap } = await import('mnemonist');
      return new LRUMap(size);
    },
  },
  {
    name: '@isaacs/ttlcache',
    note: 'evicts what expires first, used or not',
    ttl: [true],
    order: 'other',
    async make(size, ttlMs) {
      const { TTLCache } = await import('@isaacs/ttlcache');
      return new TTLCache({ max: size, ttl: ttlMs });
    },
  },
];

/**
 * The caches of a cell; `make()` creates one of its size. A cache that runs in both kinds of cells is called
 * `<name>, ttl` in those with a ttl.
 */
export function cachesFor({ size, ttl }) {
  return CACHES.filter((cache) => cache.ttl.includes(ttl)).map((cache) => ({
    get: 'cache.get(key)',
    put: 'cache.set(key, value)',
    note: '',
    ...cache,
    name: ttl && !cache.plain && cache.ttl.length === 2 ? `${cache.name}, ttl` : cache.name,
    make: () => cache.make(size, ttl ? TTL_MS : 0),
  }));
}

/** How a cache differs from the others, by its name without `, ttl`; '' for most of them. */
export function noteOf(name) {
  return CACHES.find((cache) => cache.name === name)?.note ?? '';
}
