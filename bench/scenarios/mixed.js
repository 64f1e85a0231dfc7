import { cachesFor } from '../caches.js';
import { itemsOf, KEY_KINDS } from '../key-kinds.js';
import { verify } from '../model.js';
import { timeContenders, zipf } from '../rounds.js';

export const title = 'mixed: get, then put on a miss; Zipf over ten times as many keys as fit';
export const unit = 'ns per call';
export const baseline = 'Map as FIFO';

const OPERATIONS = 262_144;

export function cells(quick) {
  const kinds = quick ? ['string'] : Object.keys(KEY_KINDS);
  const sizes = quick ? [10_000] : [1_000, 10_000, 100_000];
  const ttls = quick ? [true] : [true, false];
  return kinds.flatMap((kind) => sizes.flatMap((size) => ttls.map((ttl) => ({ kind, size, ttl }))));
}

export async function run(cell, timing) {
  const { kind, size } = cell;
  const items = itemsOf(kind, 10 * size);
  const requested = zipf(items, OPERATIONS);
  const contenders = {};
  const notes = {};
  const failed = {};
  for (const cache of cachesFor(cell).filter(({ order }) => order !== 'none')) {
    try {
      const checked = items.slice(0, size + Math.min(size, 10_000));
      verify(cache, await cache.make(), cell, checked);
      const loop = calls(cache, await cache.make(), kind, requested);
      // The first pass fills the cache. The hit rate belongs to the result: a cache that holds more has fewer misses.
      replay(loop, timing);
      const share = `${((100 * replay(loop, timing)) / requested.length).toFixed(1)} % hits`;
      notes[cache.name] = [share, cache.note].filter(Boolean).join('; ');
      contenders[cache.name] = loop;
    } catch (error) {
      failed[cache.name] = error.message;
    }
  }
  return { rows: await timeContenders(contenders, requested.length, timing), notes, failed };
}

/**
 * Makes all calls once.
 * @returns the number of hits
 * @throws Error when that takes too long: one contender is fast until it is full, and then takes minutes
 */
function replay(loop, { budgetMs }) {
  const end = performance.now() + budgetMs;
  let hits = 0;
  for (let done = 0; done < OPERATIONS; done += 1_024) {
    hits += loop(done, done + 1_024);
    if (performance.now() > end) {
      throw new Error(`${done.toLocaleString('en')} calls took more than ${budgetMs / 1_000} s`);
    }
  }
  return hits;
}

/** Compiles a loop for each contender, with the name in its code: see hits() in get.js. Returns the number of hits. */
function calls({ name, get, put }, cache, kind, requested) {
  const make = new Function(
    'cache',
    'requested',
    `// ${name}
    return (from = 0, to = requested.length) => {
      let hits = 0;
      for (let i = from; i < to; i++) {
        const item = requested[i];
        const key = ${KEY_KINDS[kind].key};
        if (${get} !== undefined) {
          hits++;
        } else {
          const value = item;
          ${put};
        }
      }
      return hits;
    };`,
  );
  return make(cache, requested);
}
