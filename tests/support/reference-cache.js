/**
 * What a ResultCache does, as plainly as it can be said: an array of entries, the least recent
 * first. It knows when an entry is evicted, and which entries have expired, but not when an expired
 * one is noticed, which is not defined: those are in `lapsed`.
 */
export class ReferenceCache {
  entries = [];
  lapsed = [];
  evicted = [];
  hits = 0;
  misses = 0;
  evictions = 0;
  expirations = 0;

  constructor({ maxSize, ttl }) {
    this.maxSize = maxSize;
    this.ttl = ttl;
  }

  pass(now) {
    this.now = now;
    this.lapsed.push(...this.entries.filter((entry) => entry.end < now));
    this.entries = this.entries.filter((entry) => entry.end >= now);
  }

  find(key) {
    // Arrays find NaN by includes, and 0 for -0: as Map does.
    return this.entries.find((entry) => [entry.key].includes(key));
  }

  take(key) {
    const entry = this.find(key);
    if (entry) this.entries.splice(this.entries.indexOf(entry), 1);
    return entry;
  }

  get(key) {
    const entry = this.take(key);
    if (entry) this.entries.push(entry);
    if (entry) this.hits++;
    else this.misses++;
    return entry?.value;
  }

  put(key, value, ttl = this.ttl) {
    this.take(key);
    this.shrink(this.maxSize - 1);
    const end = ttl === 0 ? Infinity : this.now + 1_000 * ttl;
    this.entries.push({ key: key === 0 ? 0 : key, value, end });
  }

  resize(maxSize) {
    this.maxSize = maxSize;
    this.shrink(maxSize);
  }

  shrink(length) {
    while (this.entries.length > length) {
      this.evictions++;
      this.evicted.push(this.entries.shift());
    }
  }

  clear() {
    Object.assign(this, { entries: [], lapsed: [] });
    Object.assign(this, { hits: 0, misses: 0, evictions: 0, expirations: 0 });
  }
}
