// The cache by itself, without a function.
import { ResultCache } from 'holdfast';

const cache = new ResultCache({ maxSize: 100, ttl: '1m' });

// Store and retrieve. Any value can be a key; makeKey makes one of several.
const key = ResultCache.makeKey('user', 42);
cache.put(key, { name: 'Alice' });
console.log(cache.get(key));

// Keys made of equal values are equal, so nobody has to keep them.
console.log(cache.get(ResultCache.makeKey('user', 42)));

// Invalidate.
console.log('invalidated:', cache.invalidate(key));
console.log(cache.get(key));

// Statistics.
const { hits, misses, hitRate, size, maxSize } = cache.stats;
console.log({ hits, misses, hitRate: hitRate.toFixed(2), size, maxSize });

// Clear all, the counters too.
cache.put('other', 1, { ttl: '5s' }).clear();
console.log('size:', cache.size, 'hits:', cache.stats.hits);
