import { randomFillSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Numbers from 0 to 1, the same ones for each seed (a linear congruential generator). */
export function randomNumbers(seed) {
  let state = BigInt(seed);
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 11n) / 2 ** 53;
  };
}

/** Keys, the small ones being more frequent, with a loop over new ones at times. */
export function skewedKeys(count, keys, seed = 1) {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, index) =>
    index % 1_000 < 200 ? keys + (index % 200) : Math.floor(keys ** random()) - 1,
  );
}

/** The keys as a trace with one per line. */
export function plainTrace(keys) {
  return new TextEncoder().encode(`${keys.join('\n')}\n`);
}

/** A trace with times, one request per second. */
export function csvTrace(keys) {
  const lines = keys.map((key, index) => `${1_700_000_000 + index},/item/${key},${100 + key}`);
  return new TextEncoder().encode(`at,url,bytes\n${lines.join('\n')}\n`);
}

/** A stream of the bytes in chunks of that length. `onCancel` gets the reason if the reader cancels. */
export function streamOf(bytes, chunk, onCancel = () => {}) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + chunk));
      at += chunk;
    },
    cancel: onCancel,
  });
}

/** Compressed by gzip. */
export function gzipped(bytes) {
  return new Uint8Array(gzipSync(bytes));
}

/** Bytes that no format has. */
export function noise(length) {
  return randomFillSync(new Uint8Array(length));
}

/** The hits of LRU, by a `Map`. */
export function lruHits(keys, size) {
  const cache = new Map();
  let hits = 0;
  for (const key of keys) {
    if (cache.delete(key)) hits++;
    else if (cache.size === size) cache.delete(cache.keys().next().value);
    cache.set(key, true);
  }
  return hits;
}
