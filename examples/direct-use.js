// ResultCache used directly, without a wrapped function.
import { ResultCache } from 'holdfast';

const cache = new ResultCache({ maxSize: 100, ttl: '1m' });

// Any value can be a key; makeKey combines several values into one.
const key = ResultCache.makeKey('user', 42);
cache.put(key, { name: 'Alice' });
console.log(cache.get(key));

// makeKey returns equal keys for equal values, so the key need not be kept.
console.log(cache.get(ResultCache.makeKey('user', 42)));

console.log('invalidated:', cache.invalidate(key));
console.log(cache.get(key));

const { hits, misses, hitRate, size, maxSize } = cache.stats;
console.log({ hits, misses, hitRate: hitRate.toFixed(2), size, maxSize });

// Removes all entries and resets the counters.
cache.put('other', 1, { ttl: '5s' }).clear();
console.log('size:', cache.size, 'hits:', cache.stats.hits);
