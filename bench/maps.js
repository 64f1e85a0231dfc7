// What a cache is measured against: the least that anything can cost which does the same.

/** Keeps so many entries, and forgets the oldest, whether it was read or not. */
export class OldestOut {
  constructor(size) {
    this.size = size;
    this.map = new Map();
    // One iterator for good: it stands where the oldest entry is, and need not step over those that are gone.
    this.oldest = this.map.keys();
  }
  get(key) {
    return this.map.get(key);
  }
  set(key, value) {
    const { map } = this;
    if (map.size === this.size && !map.has(key)) map.delete(this.oldest.next().value);
    map.set(key, value);
  }
}

/**
 * An LRU in its plainest form: what is read or written goes to the end of the Map. The model that others are held to.
 */
export class RecentLast {
  constructor(size) {
    this.size = size;
    this.map = new Map();
    this.oldest = this.map.keys();
  }
  get(key) {
    const { map } = this;
    const value = map.get(key);
    if (value === undefined) return undefined;
    map.delete(key);
    map.set(key, value);
    return value;
  }
  set(key, value) {
    const { map } = this;
    if (!map.delete(key) && map.size === this.size) map.delete(this.oldest.next().value);
    map.set(key, value);
  }
}
