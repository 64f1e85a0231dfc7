/**
 * Groups the keys of a function's entries and flights, for example by URL. Keys that have left the cache are removed in
 * batches: the index never holds more than twice as many keys as the cache, plus 64.
 */
export class KeyIndex {
  readonly #groups = new Map<string, Set<unknown>>();
  readonly #isPresent: (key: unknown) => boolean;
  #size = 0;
  #pruneAt = 64;

  /** @param isPresent whether the cache has an entry or a flight with this key */
  constructor(isPresent: (key: unknown) => boolean) {
    this.#isPresent = isPresent;
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  add(group: string, key: unknown): void {
    let keys = this.#groups.get(group);
    if (!keys) {
      keys = new Set();
      this.#groups.set(group, keys);
    }
    if (keys.has(key)) return;
    keys.add(key);
    if (++this.#size >= this.#pruneAt) this.#prune(key);
  }

  /** Removes a group and returns its keys. */
  take(group: string): Iterable<unknown> {
    const keys = this.#groups.get(group) ?? new Set();
    this.#groups.delete(group);
    this.#size -= keys.size;
    return keys;
  }

  /** @param latest a key whose entry may not exist yet */
  #prune(latest: unknown): void {
    for (const [group, keys] of this.#groups) {
      for (const key of keys) {
        if (key === latest || this.#isPresent(key)) continue;
        keys.delete(key);
        this.#size--;
      }
      if (keys.size === 0) this.#groups.delete(group);
    }
    this.#pruneAt = 2 * this.#size + 64;
  }
}
