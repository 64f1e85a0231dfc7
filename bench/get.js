// What a hit costs, beside the least that it can cost: `npm run bench`.
import { ResultCache, resilient } from 'holdfast';
import { LRUCache } from 'lru-cache';
import { race, zipf } from './rounds.js';

const OPERATIONS = 32_768;

/** A loop of its own for each contender: a shared one would see all their classes and be slow for each. */
function hits(cache, keys) {
  const loop = new Function(
    'cache',
    'keys',
    `return () => {
      let found = 0;
      for (let i = 0; i < keys.length; i++) if (cache.get(keys[i]) !== undefined) found++;
      if (found !== keys.length) throw new Error('a hit was missed');
    };`,
  );
  return loop(cache, keys);
}

/** The least that a cache costs which keeps anything at all beside a value. */
class RecordMap {
  #map = new Map();
  set(key, value) {
    this.#map.set(key, { value });
  }
  get(key) {
    return this.#map.get(key).value;
  }
}

const KINDS = {
  integer: (i) => i,
  string: (i) => `key:${i}`,
};

console.log(
  `node ${process.version}, ${process.platform} ${process.arch}; ns a hit, median of 15 rounds`,
);
console.log('[lower and upper quarter], and the ratio to a Map that holds a record for each key\n');

for (const [kind, keyAt] of Object.entries(KINDS)) {
  for (const size of [1_000, 100_000]) {
    const keys = Array.from({ length: size }, (_, i) => keyAt(i));
    const caches = {
      'bare Map': new Map(),
      'Map of records': new RecordMap(),
      'holdfast, ttl': new ResultCache({ maxSize: size, ttl: '5m' }),
      'lru-cache, ttl': new LRUCache({ max: size, ttl: 300_000 }),
      'lru-cache': new LRUCache({ max: size }),
    };
    for (const key of keys) for (const cache of Object.values(caches)) cache.set(key, { key });
    const trace = zipf(keys, OPERATIONS);
    const contenders = Object.fromEntries(
      Object.entries(caches).map(([name, cache]) => [name, hits(cache, trace)]),
    );
    print(
      `${size} entries, ${kind} keys, Zipf 0.99`,
      await race(contenders, OPERATIONS),
      'Map of records',
    );
  }
}

const map = new Map();
const lru = new LRUCache({ max: 1_000, ttl: 300_000, fetchMethod: (key) => key });
const wrapped = resilient(async (key) => key, { cache: { maxSize: 1_000, ttl: '5m' } });
const keys = Array.from({ length: 1_000 }, (_, i) => i);
for (const key of keys) {
  map.set(key, key);
  await lru.fetch(key);
  await wrapped(key);
}
const trace = zipf(keys, 4_096);
const awaited = {
  'Promise.resolve(map.get(key))': async () => {
    for (const key of trace) await Promise.resolve(map.get(key));
  },
  'resilient(fn, { cache })': async () => {
    for (const key of trace) await wrapped(key);
  },
  'lru-cache.fetch': async () => {
    for (const key of trace) await lru.fetch(key);
  },
};
print(
  'awaited hit, 1000 integers, Zipf 0.99',
  await race(awaited, trace.length),
  'Promise.resolve(map.get(key))',
);

function print(title, results, limit) {
  console.log(title);
  for (const [name, { median, low, high }] of results) {
    const ratio = median / results.get(limit).median;
    const range = `[${low.toFixed(1)}, ${high.toFixed(1)}]`;
    console.log(
      `  ${name.padEnd(30)} ${median.toFixed(1).padStart(7)} ${range.padEnd(18)} ${ratio.toFixed(2)} x`,
    );
  }
  console.log();
}
