import { plainKey } from './calls.js';

const SIZE = 1_000;
const TTL_MS = 300_000;

/**
 * Packages that cache the results of an async function, used in the fastest way that their documentation shows. Each
 * entry takes a function and returns the cached one. Packages whose users make the keys get `plainKey`.
 */
export const ASYNC = {
  holdfast: async (fn) => {
    const { resilient } = await import('holdfast');
    return resilient(fn, { cache: { maxSize: SIZE, ttl: TTL_MS / 1_000 } });
  },
  'lru-cache.fetch': async (fn) => {
    const { LRUCache } = await import('lru-cache');
    const fetchMethod = (_key, _stale, { context }) => fn(...context);
    const cache = new LRUCache({ max: SIZE, ttl: TTL_MS, fetchMethod });
    return (...args) => cache.fetch(plainKey(args), { context: args });
  },
  // A Map, without a ttl and without a maximum size.
  'p-memoize': async (fn) => {
    const { default: pMemoize } = await import('p-memoize');
    return pMemoize(fn, { cacheKey: plainKey });
  },
  'async-cache-dedupe': async (fn) => {
    const { createCache } = await import('async-cache-dedupe');
    const cache = createCache({
      ttl: TTL_MS / 1_000,
      storage: { type: 'memory', options: { size: SIZE } },
    });
    cache.define('call', fn.length === 2 ? ([a, b]) => fn(a, b) : fn);
    return fn.length === 2 ? (a, b) => cache.call([a, b]) : (argument) => cache.call(argument);
  },
  cacheable: async (fn) => {
    const { Cacheable } = await import('cacheable');
    return new Cacheable({ ttl: TTL_MS }).wrap(fn, { ttl: TTL_MS, keyPrefix: 'call' });
  },
  bentocache: async (fn) => {
    const { BentoCache, bentostore } = await import('bentocache');
    const { memoryDriver } = await import('bentocache/drivers/memory');
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: SIZE, serialize: false }));
    const cache = new BentoCache({ default: 'memory', stores: { memory: store } });
    return (...args) =>
      cache.getOrSet({ key: String(plainKey(args)), ttl: TTL_MS, factory: () => fn(...args) });
  },
  'effect Cache': async (fn) => {
    const { Cache, Effect } = await import('effect');
    const calls = new Map();
    const lookup = (key) => Effect.promise(() => fn(...calls.get(key)));
    const cache = await Effect.runPromise(
      Cache.make({ capacity: SIZE, timeToLive: TTL_MS, lookup }),
    );
    return (...args) => {
      const key = plainKey(args);
      // The lookup gets only the key, so the arguments are kept here.
      if (!calls.has(key)) calls.set(key, args);
      return Effect.runPromise(Cache.get(cache, key));
    };
  },
};

/** The same for synchronous functions. */
export const SYNC = {
  holdfast: async (fn) => {
    const { resilient } = await import('holdfast');
    return resilient(fn, { cache: { maxSize: SIZE, ttl: TTL_MS / 1_000 }, sync: true });
  },
  'lru-cache.memo': async (fn) => {
    const { LRUCache } = await import('lru-cache');
    const memoMethod = (_key, _stale, { context }) => fn(...context);
    const cache = new LRUCache({ max: SIZE, ttl: TTL_MS, memoMethod });
    return (...args) => cache.memo(plainKey(args), { context: args });
  },
  // A Map, without a ttl and without a maximum size.
  memoize: async (fn) => {
    const { default: memoize } = await import('memoize');
    return memoize(fn, { cacheKey: plainKey });
  },
  'cacheable, in memory': async (fn) => {
    const { CacheableMemory } = await import('cacheable');
    return new CacheableMemory({ lruSize: SIZE, ttl: TTL_MS }).wrap(fn, {
      ttl: TTL_MS,
      keyPrefix: 'call',
    });
  },
};
