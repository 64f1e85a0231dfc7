import { PerformanceObserver } from 'node:perf_hooks';
import { cachesFor } from '../caches.js';
import { bytesInUse } from '../heap.js';
import { itemsOf, KEY_KINDS } from '../key-kinds.js';

export const title = 'memory: bytes per entry, without its key and its value';
export const unit = 'bytes per entry';
export const baseline = 'bare Map';

export function cells(quick) {
  const size = quick ? 100_000 : 1_000_000;
  const kinds = quick ? ['integer'] : ['integer', 'string'];
  return kinds.flatMap((kind) =>
    (quick ? [true] : [true, false]).map((ttl) => ({ kind, size, ttl })),
  );
}

/** Each contender runs in a process of its own, so that the heap holds nothing else. */
export function contenders(cell) {
  return cachesFor(cell).map(({ name }) => name);
}

export async function run(cell, { budgetMs }, contender) {
  const { kind, size } = cell;
  const { order, put, make } = cachesFor(cell).find(({ name }) => name === contender);
  // Created before the first reading, so that only what the cache adds is counted. The second half is for the churn.
  const items = itemsOf(kind, 2 * size);
  const store = new Function(
    'cache',
    'item',
    `const key = ${KEY_KINDS[kind].key}; const value = item; ${put};`,
  );
  // Memory for what is loaded at first use is not an entry's.
  const first = await make();
  store(first, items[0]);

  const before = bytesInUse();
  const cache = await make();
  for (let i = 0; i < size; i++) store(cache, items[i]);
  const bytes = (bytesInUse() - before) / size;
  const rows = new Map([[contender, { median: bytes, low: bytes, high: bytes, rounds: 1 }]]);
  const pause = order === 'none' ? undefined : await longestPause(cache, store, items, budgetMs);
  // Keeps the objects alive until after the reading.
  if (first === cache || items.length !== 2 * size) throw new Error('the items are gone');
  return { rows, notes: pause === undefined ? {} : { [contender]: pause } };
}

/** Puts all keys, each of which evicts another, with turns of the event loop in between, as in a server. */
async function longestPause(cache, store, items, budgetMs) {
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
  const end = performance.now() + budgetMs;
  let done = 0;
  while (done < 2 * items.length && performance.now() < end) {
    for (const stop = done + 1_000; done < stop; done++) {
      store(cache, items[(done + items.length / 2) % items.length]);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  observer.disconnect();
  // Deno lists the entry type 'gc', but reports none.
  if (longest === undefined) return undefined;
  const shortened = done < 2 * items.length ? `, in ${done} puts` : '';
  return `longest GC pause ${longest.toFixed(1)} ms${shortened}`;
}
