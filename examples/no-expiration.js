// ttl: 0 is for data that rarely changes: an entry stays until the cache needs its place.
import { resilient } from 'holdfast';

const settings = { region: 'eu-north', theme: 'dark', currency: 'NOK' };
// Time in milliseconds, ours to move, so that a year passes at once.
let now = 0;

// Not async, so neither is the cached function.
const getConfig = resilient(
  (name) => {
    console.log(`  reads ${name}`);
    return settings[name];
  },
  { cache: { maxSize: 2, ttl: 0, clock: { now: () => now } } },
);

console.log('getConfig region:', getConfig('region'));
now += 365 * 24 * 60 * 60 * 1_000;
console.log('a year later:', getConfig('region'));

console.log('getConfig theme:', getConfig('theme'));
console.log('getConfig currency:', getConfig('currency'));
console.log('region, of three the least recently used, had to go:', getConfig('region'));
