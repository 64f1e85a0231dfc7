/** The `maxWeight` in the stats of a cache without one. */
export const NO_WEIGHT_LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * What a ResultCache does, as plainly as it can be said: an array of entries, the least recent
 * first. It knows when an entry leaves, and which entries have expired, but not when an expired
 * one is noticed, which is not defined: those are in `lapsed`.
 */
export class ReferenceCache {
  entries = [];
  lapsed = [];
  /** The entries that left for another reason than their age, in order, as `{ reason, key, value }`. */
  left = [];
  hits = 0;
  misses = 0;
  evictions = 0;
  expirations = 0;

  constructor(options) {
    const { maxSize, maxWeight = NO_WEIGHT_LIMIT, ttl, weigh = () => 0 } = options;
    const { staleWhileRevalidate = 0, staleIfError = 0 } = options;
    this.maxSize = maxSize ?? (maxWeight === NO_WEIGHT_LIMIT ? 256 : 2 ** 23);
    this.maxWeight = maxWeight;
    this.ttl = ttl;
    this.weigh = weigh;
    this.window = 1_000 * Math.max(staleWhileRevalidate, staleIfError);
  }

  pass(now) {
    this.now = now;
    const isOver = (entry) => now > entry.end + this.window;
    this.lapsed.push(...this.entries.filter(isOver));
    this.entries = this.entries.filter((entry) => !isOver(entry));
  }

  isFresh(entry) {
    return entry !== undefined && !entry.isEnded && this.now <= entry.end;
  }

  find(key) {
    // Arrays find NaN by includes, and 0 for -0: as Map does.
    return this.entries.find((entry) => [entry.key].includes(key));
  }

  findFresh(key) {
    const entry = this.find(key);
    return this.isFresh(entry) ? entry : undefined;
  }

  get fresh() {
    return this.entries.filter((entry) => this.isFresh(entry));
  }

  get weight() {
    return this.entries.reduce((sum, entry) => sum + entry.weight, 0);
  }

  take(entry) {
    this.entries.splice(this.entries.indexOf(entry), 1);
  }

  leave(reason, entry) {
    this.left.push({ reason, key: entry.key, value: entry.value });
  }

  get(key) {
    const entry = this.findFresh(key);
    if (entry) {
      this.take(entry);
      this.entries.push(entry);
      this.hits++;
    } else {
      this.misses++;
    }
    return entry?.value;
  }

  put(key, value, { ttl = this.ttl, tags = [] } = {}) {
    const weight = this.weigh(value, key);
    const isStored = weight <= this.maxWeight;
    const old = this.find(key);
    if (old) this.take(old);
    if (old && !(isStored && Object.is(old.value, value))) this.leave('replace', old);
    if (!isStored) return;
    const end = ttl === 0 ? Infinity : this.now + 1_000 * ttl;
    this.entries.push({ key: key === 0 ? 0 : key, value, end, weight, tags: [...new Set(tags)] });
    this.shrink();
  }

  invalidate(key) {
    const entry = this.find(key);
    if (entry) {
      this.take(entry);
      this.leave('invalidate', entry);
    }
    return this.isFresh(entry);
  }

  expire(key) {
    if (this.window === 0) return this.invalidate(key);
    const entry = this.findFresh(key);
    if (entry) Object.assign(entry, { isEnded: true, end: this.now });
    return entry !== undefined;
  }

  invalidateTag(...tags) {
    return this.keysOf(tags).filter((key) => this.invalidate(key)).length;
  }

  expireTag(...tags) {
    return this.keysOf(tags).filter((key) => this.expire(key)).length;
  }

  keysOf(tags) {
    const members = this.entries.filter((entry) => entry.tags.some((tag) => tags.includes(tag)));
    return members.map((entry) => entry.key);
  }

  info(key) {
    const entry = this.find(key);
    if (!entry) return undefined;
    const { value, end, weight, tags } = entry;
    return { value, ttl: (end - this.now) / 1_000, stale: !this.isFresh(entry), weight, tags };
  }

  resize(maxSize) {
    this.maxSize = maxSize;
    this.shrink();
  }

  /** Evicts the least recent entries until both limits hold. */
  shrink() {
    while (this.entries.length > this.maxSize || this.weight > this.maxWeight) {
      this.evictions++;
      this.leave('evict', this.entries.shift());
    }
  }

  clear() {
    for (const entry of this.entries) this.leave('clear', entry);
    this.entries = [];
  }

  resetCounts() {
    Object.assign(this, { hits: 0, misses: 0, evictions: 0, expirations: 0 });
  }
}
