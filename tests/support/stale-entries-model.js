/** An ended freshness was over this long ago: the entry is stale now. Milliseconds. */
const JUST_ENDED = 1e-6;

/**
 * A simple model of the entries of a cache that keeps stale values: a list, the least recently used entry first. Times
 * are milliseconds.
 */
export class StaleEntriesModel {
  now = 0;
  evictions = 0;
  expirations = 0;
  /** `[event, key, value, reason]` of each event, in order. */
  departures = [];
  #list = [];
  #maxSize;
  #staleMs;

  /** @param staleMs how long an entry is kept after its ttl */
  constructor(maxSize, staleMs) {
    this.#maxSize = maxSize;
    this.#staleMs = staleMs;
  }

  /** All entries, fresh and stale. */
  get all() {
    return [...this.#list];
  }

  get fresh() {
    return this.#list.filter((entry) => this.isFresh(entry));
  }

  /** The fresh or stale entry of a key. */
  find(key) {
    return this.#list.find((entry) => entry.key === key && !this.#isExpired(entry));
  }

  findStale(key) {
    const entry = this.find(key);
    return entry && !this.isFresh(entry) ? entry : undefined;
  }

  isFresh({ freshUntil }) {
    return this.now <= freshUntil;
  }

  isPaused({ pausedUntil }) {
    return this.now < pausedUntil;
  }

  age({ freshUntil }) {
    return this.now - freshUntil;
  }

  /** Makes an entry the most recently used, if it is still there. */
  use(entry) {
    if (!this.#list.includes(entry)) return;
    this.#list = [...this.#list.filter((other) => other !== entry), entry];
  }

  store(key, value, life, tags) {
    let entry = this.find(key);
    if (entry) {
      if (entry.value !== value) this.#leaves(entry, 'replace');
    } else {
      if (this.#list.length === this.#maxSize) this.remove(this.#list[0], 'evict');
      entry = { key };
      this.#list.push(entry);
    }
    Object.assign(entry, { value, tags, freshUntil: this.now + life, pausedUntil: -Infinity });
    this.use(entry);
  }

  remove(entry, reason) {
    if (reason === 'evict') this.evictions++;
    if (reason === 'expire') this.expirations++;
    this.#leaves(entry, reason);
    this.#list = this.#list.filter((other) => other !== entry);
  }

  /** Ends the freshness, or removes the entry if stale ones are not kept. */
  expire(entry) {
    if (this.#staleMs === 0) return this.remove(entry, 'invalidate');
    entry.pausedUntil = -Infinity;
    if (this.isFresh(entry)) entry.freshUntil = this.now - JUST_ENDED;
  }

  clear() {
    for (const entry of this.all) this.remove(entry, 'clear');
  }

  /** Removes what is neither fresh nor stale any more. */
  sweep() {
    for (const entry of this.all) if (this.#isExpired(entry)) this.remove(entry, 'expire');
  }

  #isExpired({ freshUntil }) {
    return this.now > freshUntil + this.#staleMs;
  }

  #leaves({ key, value }, reason) {
    if (reason === 'evict' || reason === 'expire') {
      this.departures.push([reason, key, value, reason]);
    }
    this.departures.push(['remove', key, value, reason]);
  }
}
