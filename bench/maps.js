// The simplest caches with an eviction order: baselines for the others.

/** Evicts the oldest entry, whether it was read or not. */
export class FifoMap {
  constructor(size) {
    this.size = size;
    this.map = new Map();
    // One iterator forever: a new one would have to step over all deleted entries each time.
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

/** An LRU cache that moves what is read or written to the end of its Map. `verify` compares exact LRU caches with it. */
export class LruMap {
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
