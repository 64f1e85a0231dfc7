/** The import clause that a program needs of each package, for the scenarios start and bundle. */
export const IMPORTS = {
  holdfast: '{ resilient, ResultCache }',
  'holdfast/js': '{ resilient, ResultCache }',
  'lru-cache': '{ LRUCache }',
  'quick-lru': '{ default }',
  'tiny-lru': '{ lru }',
  'lru.min': '{ createLRU }',
  mnemonist: '{ LRUMap }',
  '@isaacs/ttlcache': '{ TTLCache }',
  'p-memoize': '{ default }',
  memoize: '{ default }',
  'async-cache-dedupe': '{ createCache }',
  cacheable: '{ Cacheable }',
  bentocache: '{ BentoCache, bentostore }',
  cockatiel: '*',
  opossum: '{ default }',
  effect: '{ Cache, Effect, Schedule }',
};
