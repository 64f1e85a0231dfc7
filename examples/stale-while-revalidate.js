// staleWhileRevalidate: callers get the old result at once while a refresh runs in the background.
import { EventType, resilient } from 'holdfast';

// A fake clock in milliseconds, so that this example need not wait for a minute.
let now = 0;
let version = 0;
const refreshes = [];

const getPage = resilient(async (path) => `${path}, version ${++version}`, {
  name: 'getPage',
  cache: {
    ttl: '1m',
    staleWhileRevalidate: '1h',
    // For hosts that stop work after a response. Here it lets the example wait for the refresh.
    waitUntil: (refresh) => refreshes.push(refresh),
    clock: { now: () => now },
  },
});
getPage.addEventListener(EventType.CACHE_STALE, ({ detail }) => {
  console.log(`  stale for ${detail.age} s: ${detail.reason}`);
});
getPage.addEventListener(EventType.CACHE_REFRESH, () => console.log('  a refresh starts'));

console.log(await getPage('/news'));

now += 90_000;
const pages = await Promise.all([getPage('/news'), getPage('/news')]);
console.log('both callers get', new Set(pages));

await Promise.all(refreshes);
console.log(await getPage('/news'));

const { hits, misses, stale, refreshes: runs } = getPage.cache.stats;
console.log({ hits, misses, stale, refreshes: runs });
