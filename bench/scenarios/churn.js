import { cachesFor } from '../caches.js';
import { itemsOf, KEY_KINDS } from '../key-kinds.js';
import { verify } from '../model.js';
import { timeContenders } from '../rounds.js';

export const title = 'churn: every put inserts a new key and evicts another';
export const unit = 'ns per put';
export const baseline = 'Map as FIFO';

const OPERATIONS = 32_768;
/** The loop goes round this many keys per entry, more than any cache holds: quick-lru holds two. */
const KEYS_PER_ENTRY = 3;

export function cells(quick) {
  const kinds = quick ? ['string'] : Object.keys(KEY_KINDS);
  const sizes = quick ? [100_000] : [1_000, 100_000, 1_000_000];
  const ttls = quick ? [true] : [true, false];
  return kinds.flatMap((kind) => sizes.flatMap((size) => ttls.map((ttl) => ({ kind, size, ttl }))));
}

export async function run(cell, timing) {
  const { kind, size } = cell;
  const items = itemsOf(kind, KEYS_PER_ENTRY * size);
  const contenders = {};
  const notes = {};
  const failed = {};
  // A cache that never evicts does less work.
  for (const cache of cachesFor(cell).filter(({ order }) => order !== 'none')) {
    try {
      const checked = items.slice(0, size + Math.min(size, 10_000));
      verify(cache, await cache.make(), cell, checked);
      notes[cache.name] = cache.note;
      contenders[cache.name] = puts(cache, await cache.make(), kind, items, timing);
    } catch (error) {
      failed[cache.name] = error.message;
    }
  }
  return { rows: await timeContenders(contenders, OPERATIONS, timing), notes, failed };
}

/** Compiles a loop for each contender, with the name in its code: see hits() in get.js. Each turn continues the last. */
function puts({ name, put, get }, cache, kind, items, { budgetMs }) {
  const { key } = KEY_KINDS[kind];
  const make = new Function(
    'cache',
    'items',
    `// ${name}
    let place = 0;
    return (operations) => {
      for (let i = 0; i < operations; i++) {
        const item = items[place];
        if (++place === items.length) place = 0;
        const key = ${key};
        const value = item;
        ${put};
      }
      const item = items[place];
      const key = ${key};
      return ${get};
    };`,
  );
  const loop = make(cache, items);
  // The first pass fills the cache; some contenders would take minutes for it.
  const end = performance.now() + budgetMs;
  for (let done = 0; done < items.length; done += 500) {
    loop(500);
    if (performance.now() > end) {
      throw new Error(`${done.toLocaleString('en')} puts took more than ${budgetMs / 1_000} s`);
    }
  }
  return () => {
    if (loop(OPERATIONS) !== undefined)
      throw new Error('a key that must be evicted is still there');
  };
}
