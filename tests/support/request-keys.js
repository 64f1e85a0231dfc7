/** Requests keys in turn. Each request takes a millisecond of the clock, if there is one. */
export function request(cache, keys, clock) {
  for (const key of keys) {
    if (clock) clock.time++;
    if (cache.get(key) === undefined) cache.put(key, key);
  }
  return cache;
}

/** Keys of which the first ones are more frequent, the same at each call. */
export function skewed(count, keys, skew = 3) {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return Math.floor(keys * (state / 0x8000_0000) ** skew);
  });
}

/** Keys in turn, again and again. */
export const looping = (count, keys) => Array.from({ length: count }, (_, index) => index % keys);
