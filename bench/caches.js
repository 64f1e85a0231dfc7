import { OldestOut, RecentLast } from './maps.js';

const TTL = 300_000;

/**
 * Every cache, in the quickest way of use that its documentation shows.
 * - make: a new one for so many entries; `ttl` in milliseconds or 0
 * - ttl: whether it can be had with one and without
 * - order: 'exact' when it forgets the least recently used and nothing else; 'none' when it forgets nothing
 * - plain: a Map, which has no ttl, and is what the others are measured against with one and without
 * - note: what it does otherwise than the others
 * - get, put: code, where it is not `cache.get(key)` and `cache.set(key, value)`
 */
const CACHES = [
  { name: 'bare Map', plain: true, ttl: [false, true], order: 'none', make: () => new Map() },
  {
    // What any cache has to do that keeps anything at all beside a value.
    name: 'Map of records',
    plain: true,
    ttl: [false, true],
    order: 'none',
    make: () => new Map(),
    get: 'cache.get(key)?.value',
    put: 'cache.set(key, { value })',
  },
  {
    name: 'Map, oldest out',
    plain: true,
    ttl: [false, true],
    order: 'other',
    note: 'no order of use: forgets the oldest',
    make: (size) => new OldestOut(size),
  },
  {
    name: 'Map, recent last',
    plain: true,
    ttl: [false, true],
    order: 'exact',
    make: (size) => new RecentLast(size),
  },
  {
    name: 'holdfast',
    ttl: [false, true],
    order: 'exact',
    put: 'cache.put(key, value)',
    async make(size, ttl) {
      const { ResultCache } = await import('holdfast');
      return new ResultCache({ maxSize: size, ttl: ttl / 1_000 });
    },
  },
  {
    name: 'lru-cache',
    ttl: [false, true],
    order: 'exact',
    async make(size, ttl) {
      const { LRUCache } = await import('lru-cache');
      return new LRUCache(ttl ? { max: size, ttl } : { max: size });
    },
  },
  {
    name: 'quick-lru',
    note: 'keeps up to twice as many entries',
    ttl: [false, true],
    order: 'other',
    async make(size, ttl) {
      const { default: QuickLRU } = await import('quick-lru');
      return new QuickLRU(ttl ? { maxSize: size, maxAge: ttl } : { maxSize: size });
    },
  },
  {
    name: 'tiny-lru',
    ttl: [false, true],
    order: 'exact',
    async make(size, ttl) {
      const { lru } = await import('tiny-lru');
      return ttl ? lru(size, ttl) : lru(size);
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
    note: 'no order of use: forgets what expires first',
    ttl: [true],
    order: 'other',
    async make(size, ttl) {
      const { TTLCache } = await import('@isaacs/ttlcache');
      return new TTLCache({ max: size, ttl });
    },
  },
];

/** Those that can be had so, with `make()` for one of this size. Where a ttl is a choice, the name tells of it. */
export function cachesFor({ size, ttl }) {
  return CACHES.filter((cache) => cache.ttl.includes(ttl)).map((cache) => ({
    get: 'cache.get(key)',
    put: 'cache.set(key, value)',
    note: '',
    ...cache,
    name: ttl && !cache.plain && cache.ttl.length === 2 ? `${cache.name}, ttl` : cache.name,
    make: () => cache.make(size, ttl ? TTL : 0),
  }));
}
