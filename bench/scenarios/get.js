import { cachesFor } from '../caches.js';
import { KEY_KINDS, partsOf } from '../key-kinds.js';
import { verify } from '../model.js';
import { race, uniform, zipf } from '../rounds.js';

export const title = 'get: every one a hit';
export const unit = 'ns a hit';
export const limit = 'Map of records';

/** Where a hit is not to be had without a Map that forgets, one that forgets is no limit. */
const NO_LIMITS = ['Map, oldest out', 'Map, recent last'];
/** A turn goes on where the last one was, so that it finds in the processor's caches what a long life leaves there. */
const OPERATIONS = 32_768;
const KEYS = 32 * OPERATIONS;
const TRACES = { Zipf: zipf, uniform };

export function cells(quick) {
  const kinds = quick ? ['integer', 'string'] : Object.keys(KEY_KINDS);
  const sizes = quick ? [1_000, 100_000] : [1_000, 100_000, 1_000_000];
  const traces = quick ? ['Zipf'] : ['Zipf', 'uniform'];
  const ttls = quick ? [true] : [true, false];
  return kinds.flatMap((kind) =>
    sizes.flatMap((size) =>
      traces.flatMap((trace) => ttls.map((ttl) => ({ kind, size, trace, ttl }))),
    ),
  );
}

export async function run(cell, limits) {
  const { kind, size, trace } = cell;
  const parts = partsOf(kind, size + Math.min(size, 10_000));
  const stored = parts.slice(0, size);
  const asked = TRACES[trace](stored, KEYS);
  const contenders = {};
  const notes = {};
  const failed = {};
  for (const cache of cachesFor(cell).filter(({ name }) => !NO_LIMITS.includes(name))) {
    try {
      verify(cache, await cache.make(), cell, parts);
      // A new one: how far a Map is filled makes it quicker or slower, and depends on what was in it before.
      notes[cache.name] = cache.note;
      contenders[cache.name] = hits(cache, await cache.make(), kind, stored, asked);
    } catch (error) {
      failed[cache.name] = error.message;
    }
  }
  if (KEY_KINDS[kind].key !== 'part') contenders['the key alone'] = building(kind, asked);
  return { rows: await race(contenders, OPERATIONS, limits), notes, failed };
}

/**
 * A loop of its own for each contender: a shared one would see all their classes and be slow for each. The name is in
 * the code, for V8 gives two functions of one text the same feedback.
 */
function hits({ name, get, put }, cache, kind, stored, asked) {
  const { key } = KEY_KINDS[kind];
  const make = new Function(
    'cache',
    'stored',
    'asked',
    `// ${name}
    for (const part of stored) {
      const key = ${key};
      const value = { part };
      ${put};
    }
    for (const part of asked) {
      const key = ${key};
      if (${get}?.part !== part) throw new Error('a hit gave another value');
    }
    let place = 0;
    return () => {
      let found = 0;
      if (place === asked.length) place = 0;
      const end = place + ${OPERATIONS};
      for (; place < end; place++) {
        const part = asked[place];
        const key = ${key};
        if (${get} !== undefined) found++;
      }
      if (found !== ${OPERATIONS}) throw new Error('a hit was missed');
    };`,
  );
  return make(cache, stored, asked);
}

/** What it takes to put the keys together, which is in the time of every contender. */
function building(kind, asked) {
  const make = new Function(
    'asked',
    `let key;
    let place = 0;
    return () => {
      if (place === asked.length) place = 0;
      const end = place + ${OPERATIONS};
      for (; place < end; place++) {
        const part = asked[place];
        key = ${KEY_KINDS[kind].key};
      }
      return key;
    };`,
  );
  return make(asked);
}
