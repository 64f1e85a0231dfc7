/**
 * A hash of 29 bits, the same for keys that `Map` takes as equal. A key that is an object, a function or a symbol has a new
 * random hash at each call, hence no history.
 * @param seed a random number of the cache: without it, keys could be chosen to collide
 */
export function keyHash(key: unknown, seed: number): number {
  switch (typeof key) {
    case 'number':
      if ((key | 0) === key) return mix(key ^ seed) >>> 3;
      return textHash(`${key}`, ~seed);
    case 'string':
      return textHash(key, seed);
    case 'object':
    case 'function':
    case 'symbol':
      if (key !== null) return (Math.random() * 2 ** 29) >>> 0;
  }
  return textHash(String(key), -seed | 0);
}

function textHash(text: string, seed: number): number {
  let hash = seed ^ text.length;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x85eb_ca6b);
    hash ^= hash >>> 15;
  }
  return mix(hash) >>> 3;
}

/** The finalizer of MurmurHash3, with other constants (Wellons, "Prospecting for hash functions", 2018). */
function mix(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb_352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846c_a68b);
  return hash ^ (hash >>> 16);
}
