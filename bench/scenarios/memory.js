import { PerformanceObserver } from 'node:perf_hooks';
import { cachesFor } from '../caches.js';
import { bytesInUse } from '../heap.js';
import { KEY_KINDS, partsOf } from '../key-kinds.js';

export const title = 'memory: what an entry takes beside its key and its value';
export const unit = 'bytes an entry';
export const limit = 'bare Map';

/** Each contender by itself, in a process of its own. */
export function cells(quick) {
  const size = quick ? 100_000 : 1_000_000;
  const kinds = quick ? ['integer'] : ['integer', 'string'];
  return kinds.flatMap((kind) =>
    (quick ? [true] : [true, false]).map((ttl) => ({ kind, size, ttl })),
  );
}

export function contenders(cell) {
  return cachesFor(cell).map(({ name }) => name);
}

export async function run(cell, { budget }, contender) {
  const { kind, size } = cell;
  const { order, put, make } = cachesFor(cell).find(({ name }) => name === contender);
  // Twice, for the churn. They are there before, so that only what the cache adds is counted.
  const parts = partsOf(kind, 2 * size);
  const store = new Function(
    'cache',
    'part',
    `const key = ${KEY_KINDS[kind].key}; const value = part; ${put};`,
  );
  // What is loaded at the first use is no entry's.
  const first = await make();
  store(first, parts[0]);

  const before = bytesInUse();
  const cache = await make();
  for (let i = 0; i < size; i++) store(cache, parts[i]);
  const bytes = (bytesInUse() - before) / size;
  const rows = new Map([[contender, { median: bytes, low: bytes, high: bytes, rounds: 1 }]]);
  const pause = order === 'none' ? undefined : await longestPause(cache, store, parts, budget);
  // Whoever reads the result can tell that they were not collected.
  if (first === cache || parts.length !== 2 * size) throw new Error('nothing was kept');
  return { rows, notes: pause === undefined ? {} : { [contender]: pause } };
}

/** Puts all keys, so that each evicts another, with turns of the event loop between, as among requests. */
async function longestPause(cache, store, parts, budget) {
  let longest;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest ?? 0, duration);
  });
  try {
    observer.observe({ entryTypes: ['gc'] });
  } catch {
    return undefined;
  }
  if (!PerformanceObserver.supportedEntryTypes?.includes('gc')) return undefined;
  const end = performance.now() + budget;
  let done = 0;
  while (done < 2 * parts.length && performance.now() < end) {
    for (const stop = done + 1_000; done < stop; done++) {
      store(cache, parts[(done + parts.length / 2) % parts.length]);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  observer.disconnect();
  // Deno says that it tells, and does not.
  if (longest === undefined) return undefined;
  const least = done < 2 * parts.length ? `, in ${done} puts` : '';
  return `longest GC pause ${longest.toFixed(1)} ms${least}`;
}
