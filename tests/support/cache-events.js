/** The `evict` and `expire` events of a cache from now on, as `[type, key, value]`. */
export function cacheEvents(cache) {
  const seen = [];
  for (const type of ['evict', 'expire']) {
    cache.addEventListener(type, (event) => seen.push([event.type, event.key, event.value]));
  }
  return seen;
}
