// ttl: 0, for data that rarely changes: an entry stays until it is evicted.
import { resilient } from 'holdfast';

const settings = { region: 'eu-north', theme: 'dark', currency: 'NOK' };
// A fake clock in milliseconds, so that this example can skip a year.
let now = 0;

// A synchronous function stays synchronous.
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
console.log('region, the least recently used of three, was evicted:', getConfig('region'));
