// How well a cache does: its counters, and its own two events.
import { resilient } from 'holdfast';

const getSquare = resilient(async (n) => n * n, { cache: { maxSize: 3, ttl: '1m' } });

getSquare.cache.addEventListener('evict', ({ value }) => console.log(`evicted: ${value}`));

await Promise.all([getSquare(1), getSquare(1)]); // a miss, and one who joins it
for (const n of [1, 2, 3, 1, 4, 2]) await getSquare(n);

console.log(getSquare.cache.stats);
