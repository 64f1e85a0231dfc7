// The counters of a cache, and its evict event.
import { resilient } from 'holdfast';

const getSquare = resilient(async (n) => n * n, { cache: { maxSize: 3, ttl: '1m' } });

getSquare.cache.addEventListener('evict', ({ value }) => console.log(`evicted: ${value}`));

await Promise.all([getSquare(1), getSquare(1)]); // a miss, and a call that joins it
for (const n of [1, 2, 3, 1, 4, 2]) await getSquare(n);

console.log(getSquare.cache.stats);
