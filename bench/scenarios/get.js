import { cachesFor } from '../caches.js';
import { itemsOf, KEY_KINDS } from '../key-kinds.js';
import { verify } from '../model.js';
import { timeContenders, uniform, zipf } from '../rounds.js';

export const title = 'get: every call is a hit';
export const unit = 'ns per hit';
export const baseline = 'Map of records';

/** Baselines for evictions, which do not happen here. */
const LEFT_OUT = ['Map as FIFO', 'Map as LRU'];
/** Each turn continues where the last one ended, so that the processor's caches hold what they would after a long run. */
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

export async function run(cell, timing) {
  const { kind, size, trace } = cell;
  const items = itemsOf(kind, size + Math.min(size, 10_000));
  const stored = items.slice(0, size);
  const requested = TRACES[trace](stored, KEYS);
  const contenders = {};
  const notes = {};
  const failed = {};
  for (const cache of cachesFor(cell).filter(({ name }) => !LEFT_OUT.includes(name))) {
    try {
      verify(cache, await cache.make(), cell, items);
      // A new cache: the speed of a Map depends on its capacity, which depends on what it held before.
      notes[cache.name] = cache.note;
      contenders[cache.name] = hits(cache, await cache.make(), kind, stored, requested);
    } catch (error) {
      failed[cache.name] = error.message;
    }
  }
  if (KEY_KINDS[kind].key !== 'item') contenders['the key alone'] = buildKeys(kind, requested);
  return { rows: await timeContenders(contenders, OPERATIONS, timing), notes, failed };
}

/**
 * Compiles a loop for each contender: a shared one would see all their classes and be slow for each. The name in the
 * code of the loop keeps V8 from sharing type feedback between functions of the same text.
 */
function hits({ name, get, put }, cache, kind, stored, requested) {
  const { key } = KEY_KINDS[kind];
  const make = new Function(
    'cache',
    'stored',
    'requested',
    `// ${name}
    for (const item of stored) {
      const key = ${key};
      const value = { item };
      ${put};
    }
    for (const item of requested) {
      const key = ${key};
      if (${get}?.item !== item) throw new Error('a hit returned another value');
    }
    let place = 0;
    return () => {
      let found = 0;
      if (place === requested.length) place = 0;
      const end = place + ${OPERATIONS};
      for (; place < end; place++) {
        const item = requested[place];
        const key = ${key};
        if (${get} !== undefined) found++;
      }
      if (found !== ${OPERATIONS}) throw new Error('a hit was missed');
    };`,
  );
  return make(cache, stored, requested);
}

/** Makes the keys and does nothing else: a cost that is part of every contender's time. */
function buildKeys(kind, requested) {
  const make = new Function(
    'requested',
    `let key;
    let place = 0;
    return () => {
      if (place === requested.length) place = 0;
      const end = place + ${OPERATIONS};
      for (; place < end; place++) {
        const item = requested[place];
        key = ${KEY_KINDS[kind].key};
      }
      return key;
    };`,
  );
  return make(requested);
}
