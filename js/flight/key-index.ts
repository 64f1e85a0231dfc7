/**
 * Groups the keys of a function's entries and flights, for example by URL. Keys that have left the cache are removed in
 * batches: the index never holds more than twice as many keys as the cache, plus 64. Keys that `makeKey` has issued are
 * kept longer: the caller may store a value under them at any time.
 */
export class KeyIndex {
  readonly #groups = new Map<string, Set<unknown>>();
  readonly #isPresent: (key: unknown) => boolean;
  /** Keys that `makeKey` has issued, the latest last. */
  readonly #issued = new Set<unknown>();
  #size = 0;
  #pruneAt = 64;

  /** @param isPresent whether the cache has an entry or a flight with this key */
  constructor(isPresent: (key: unknown) => boolean) {
    this.#isPresent = isPresent;
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** @param maxIssued how many issued keys to keep, if this is one of them */
  add(group: string, key: unknown, maxIssued?: number): void {
    if (maxIssued) {
      this.#issued.delete(key);
      this.#issued.add(key);
      if (this.#issued.size > maxIssued) this.#issued.delete(this.#issued.values().next().value);
    }
    let keys = this.#groups.get(group);
    if (!keys) {
      keys = new Set();
      this.#groups.set(group, keys);
    }
    if (keys.has(key)) return;
    keys.add(key);
    if (++this.#size >= this.#pruneAt) this.#prune(key);
  }

  /** Returns the keys of a group. */
  of(group: string): unknown[] {
    return [...(this.#groups.get(group) ?? [])];
  }

  /** Returns the keys of a group, and removes those that were not issued. */
  take(group: string): Iterable<unknown> {
    const keys = this.#groups.get(group) ?? new Set();
    const taken = [...keys];
    this.#groups.delete(group);
    this.#size -= taken.length;
    for (const key of taken) if (this.#issued.has(key)) this.add(group, key);
    return taken;
  }

  /** @param latest a key whose entry may not exist yet */
  #prune(latest: unknown): void {
    for (const [group, keys] of this.#groups) {
      for (const key of keys) {
        if (key === latest || this.#issued.has(key) || this.#isPresent(key)) continue;
        keys.delete(key);
        this.#size--;
      }
      if (keys.size === 0) this.#groups.delete(group);
    }
    this.#pruneAt = 2 * this.#size + 64;
  }
}
