import { cachesFor } from '../caches.js';
import { KEY_KINDS, partsOf } from '../key-kinds.js';
import { verify } from '../model.js';
import { race } from '../rounds.js';

export const title = 'churn: put a new key, which evicts another, every time';
export const unit = 'ns a put';
export const limit = 'Map, oldest out';

const OPERATIONS = 32_768;
/** So many keys, one after the other, are more than any cache here keeps of them: quick-lru keeps two in three. */
const KEYS = 3;

export function cells(quick) {
  const kinds = quick ? ['string'] : Object.keys(KEY_KINDS);
  const sizes = quick ? [100_000] : [1_000, 100_000, 1_000_000];
  const ttls = quick ? [true] : [true, false];
  return kinds.flatMap((kind) => sizes.flatMap((size) => ttls.map((ttl) => ({ kind, size, ttl }))));
}

export async function run(cell, limits) {
  const { kind, size } = cell;
  const parts = partsOf(kind, KEYS * size);
  const contenders = {};
  const notes = {};
  const failed = {};
  // What never forgets does less.
  for (const cache of cachesFor(cell).filter(({ order }) => order !== 'none')) {
    try {
      const some = parts.slice(0, size + Math.min(size, 10_000));
      verify(cache, await cache.make(), cell, some);
      notes[cache.name] = cache.note;
      contenders[cache.name] = puts(cache, await cache.make(), kind, parts, limits);
    } catch (error) {
      failed[cache.name] = error.message;
    }
  }
  return { rows: await race(contenders, OPERATIONS, limits), notes, failed };
}

/** A loop of its own for each contender, that goes on where it was; the name is in the code as in get.js. */
function puts({ name, put, get }, cache, kind, parts, { budget }) {
  const { key } = KEY_KINDS[kind];
  const make = new Function(
    'cache',
    'parts',
    `// ${name}
    let place = 0;
    return (operations) => {
      for (let i = 0; i < operations; i++) {
        const part = parts[place];
        if (++place === parts.length) place = 0;
        const key = ${key};
        const value = part;
        ${put};
      }
      const part = parts[place];
      const key = ${key};
      return ${get};
    };`,
  );
  const loop = make(cache, parts);
  // The first time fills it, and is not waited for without end.
  const end = performance.now() + budget;
  for (let done = 0; done < parts.length; done += 500) {
    loop(500);
    if (performance.now() > end) {
      throw new Error(`${done.toLocaleString('en')} puts took it more than ${budget / 1_000} s`);
    }
  }
  return () => {
    if (loop(OPERATIONS) !== undefined) throw new Error('a key that should be gone is there');
  };
}
