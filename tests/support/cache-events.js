/** The `evict` and `expire` events of a cache from now on, as `[type, key, value]`. */
export function cacheEvents(cache) {
  const seen = [];
  for (const type of ['evict', 'expire']) {
    cache.addEventListener(type, (event) => seen.push([event.type, event.key, event.value]));
  }
  return seen;
}

/** The entries that leave a cache from now on by its `remove` events, as `[reason, key, value]`. */
export function removals(cache) {
  const seen = [];
  cache.addEventListener('remove', ({ reason, key, value }) => seen.push([reason, key, value]));
  return seen;
}
