import { cachesFor } from '../caches.js';
import { KEY_KINDS, partsOf } from '../key-kinds.js';
import { verify } from '../model.js';
import { race, zipf } from '../rounds.js';

export const title = 'mixed: get, and put on a miss; Zipf over ten times what fits';
export const unit = 'ns a call';
export const limit = 'Map, oldest out';

const OPERATIONS = 262_144;

export function cells(quick) {
  const kinds = quick ? ['string'] : Object.keys(KEY_KINDS);
  const sizes = quick ? [10_000] : [1_000, 10_000, 100_000];
  const ttls = quick ? [true] : [true, false];
  return kinds.flatMap((kind) => sizes.flatMap((size) => ttls.map((ttl) => ({ kind, size, ttl }))));
}

export async function run(cell, limits) {
  const { kind, size } = cell;
  const parts = partsOf(kind, 10 * size);
  const asked = zipf(parts, OPERATIONS);
  const contenders = {};
  const notes = {};
  const failed = {};
  for (const cache of cachesFor(cell).filter(({ order }) => order !== 'none')) {
    try {
      const some = parts.slice(0, size + Math.min(size, 10_000));
      verify(cache, await cache.make(), cell, some);
      const loop = calls(cache, await cache.make(), kind, asked);
      // Who keeps more has fewer misses, and so less to do.
      inTime(loop, limits);
      const share = `${((100 * inTime(loop, limits)) / asked.length).toFixed(1)} % hits`;
      notes[cache.name] = [share, cache.note].filter(Boolean).join('; ');
      contenders[cache.name] = loop;
    } catch (error) {
      failed[cache.name] = error.message;
    }
  }
  return { rows: await race(contenders, asked.length, limits), notes, failed };
}

/**
 * All calls once, which are not waited for without end: one is quick until it is full, and then takes minutes.
 * @returns the hits
 */
function inTime(loop, { budget }) {
  const end = performance.now() + budget;
  let hits = 0;
  for (let done = 0; done < OPERATIONS; done += 1_024) {
    hits += loop(done, done + 1_024);
    if (performance.now() > end) {
      throw new Error(`${done.toLocaleString('en')} calls took it more than ${budget / 1_000} s`);
    }
  }
  return hits;
}

/** A loop of its own for each contender, which tells how many hits there were; the name is in the code as in get.js. */
function calls({ name, get, put }, cache, kind, asked) {
  const make = new Function(
    'cache',
    'asked',
    `// ${name}
    return (from = 0, to = asked.length) => {
      let hits = 0;
      for (let i = from; i < to; i++) {
        const part = asked[i];
        const key = ${KEY_KINDS[kind].key};
        if (${get} !== undefined) {
          hits++;
        } else {
          const value = part;
          ${put};
        }
      }
      return hits;
    };`,
  );
  return make(cache, asked);
}
