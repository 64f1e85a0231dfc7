import type { CacheAdvice, Estimates, MissRatioCurve } from '../cache/estimates.ts';
import { adviceOf } from './advice-text.ts';
import { Samples } from './samples.ts';

/** The estimates are the more accurate, and the slower to follow a change, the more requests count. */
const MIN_WINDOW = 2 ** 20;
/** Requests per entry that count: fewer would not tell what four times the size has. */
const REQUESTS_PER_ENTRY = 16;
/** There is no estimate with fewer samples. */
const MIN_SAMPLES = 1_000;
/** The sizes of the curve, as powers of the square root of two times the number of entries. */
const MAX_POWER = 4;

/** What the curve asks of the entries. */
interface Sampled {
  readonly index: ReadonlyMap<unknown, number>;
  readonly maxSize: number;
  /** The number of uses and puts so far. */
  readonly ticks: number;
}

/** What happened in the time that counts. */
interface Counts {
  hits: number;
  misses: number;
  others: number;
}

/** Counts the requests of a cache, samples them, and estimates the hit ratio of other sizes. */
export class LiveCurve implements Estimates {
  readonly #entries: Sampled;
  readonly #isLru: boolean;
  #samples: Samples;
  /** Replacements of entries that were there, which are no requests, since the last halving. */
  others = 0;
  /** The puts of new entries since then. */
  #puts = 0;
  #since = 0;
  /** The ticks after which earlier requests count half. */
  #halveAfter = 0;
  #before: Counts = { hits: 0, misses: 0, others: 0 };
  /** The number of entries at the last eviction; 0 before. */
  #evictedAt = 0;
  /** The `maxSize` then. */
  #maxSize = 0;
  /** The number of entries that the samples are adapted to; 0 if nothing was evicted yet. */
  #adaptedTo = 0;
  /** The first deadline: the core has too few bits for the time since 1970. */
  #epoch: number | undefined;

  constructor(entries: Sampled, isLru: boolean) {
    this.#entries = entries;
    this.#isLru = isLru;
    this.#samples = this.#start();
    this.#halveAfter = this.#window();
  }

  /** Samples a hit: see {@link Samples.hit}. */
  hit(time: number): number {
    if (this.#entries.ticks - this.#since >= this.#halveAfter) this.#halve();
    return this.#samples.hit(time);
  }

  /** Counts a new entry. Returns whether keys are sampled: not before an entry was evicted. */
  put(): boolean {
    this.#puts++;
    return this.#adaptedTo > 0;
  }

  samplePut(hash: number, now: number): void {
    if (this.#samples.has(hash)) {
      this.#samples.put(hash, this.#entries.ticks | 0, now - (this.#epoch as number));
    }
  }

  evicted(hash: number, stamp: number, deadline: number): void {
    const { maxSize } = this.#entries;
    const { size } = this.#entries.index;
    this.#evictedAt = size;
    this.#maxSize = maxSize;
    // Where the weight limits the cache, the number of entries changes.
    if (size > this.#adaptedTo || 4 * size < this.#adaptedTo) {
      const unsampled = this.#adaptedTo === 0 ? this.#counts().misses : 0;
      this.#adaptedTo = Math.min(maxSize, size + (size >> 1));
      this.#samples.open(this.#adaptedTo, unsampled);
    }
    this.#epoch ??= deadline;
    if (!Number.isFinite(this.#epoch)) this.#epoch = 0;
    if (this.#samples.has(hash)) this.#samples.evicted(hash, stamp | 0, deadline - this.#epoch);
  }

  /** An entry has expired, or was removed, after its last use at that stamp. */
  end(stamp: number): void {
    this.#samples.end((this.#entries.ticks - stamp) | 0);
  }

  /** Forgets all. */
  clear(): void {
    this.free();
    this.#samples = this.#start();
    this.others = 0;
    this.#puts = 0;
    this.#since = 0;
    this.#halveAfter = this.#window();
    this.#before = { hits: 0, misses: 0, others: 0 };
    this.#evictedAt = 0;
    this.#adaptedTo = 0;
  }

  free(): void {
    this.#samples.free();
  }

  missRatioCurve(): MissRatioCurve | undefined {
    const hitRatioOf = this.#estimate();
    if (!hitRatioOf) return undefined;
    const { hits, misses } = this.#counts();
    const entries = this.#size();
    const points = [];
    let last = 0;
    for (let power = -MAX_POWER; power <= MAX_POWER; power++) {
      const size = Math.round(entries * 2 ** (power / 2));
      if (size === last || size < 1) continue;
      last = size;
      points.push(Object.freeze({ size, hitRatio: hitRatioOf(size) }));
    }
    return Object.freeze({
      policy: 'lru',
      requests: Math.round(hits + misses),
      points: Object.freeze(points),
    });
  }

  advice(): CacheAdvice | undefined {
    const hitRatioOf = this.#estimate();
    if (!hitRatioOf) return undefined;
    const { hits, misses } = this.#counts();
    const entries = this.#size();
    return adviceOf({
      hitRatio: hits / (hits + misses),
      atHalf: hitRatioOf(entries / 2),
      atDouble: hitRatioOf(entries * 2),
      lruHitRatio: hitRatioOf(entries),
      samples: this.#samples.count,
      requestsPerEntry: (hits + misses) / entries,
      isLru: this.#isLru,
    });
  }

  #window(): number {
    return Math.max(MIN_WINDOW, REQUESTS_PER_ENTRY * this.#entries.maxSize);
  }

  #start(): Samples {
    const samples = new Samples(this.#isLru);
    samples.open(1, 0);
    return samples;
  }

  /** The number of entries of the cache when it is full. */
  #size(): number {
    const { maxSize } = this.#entries;
    // Fewer than `maxSize` if the weight limits them.
    return this.#evictedAt > 0 && this.#maxSize === maxSize
      ? Math.min(this.#evictedAt, maxSize)
      : maxSize;
  }

  #estimate(): ((size: number) => number) | undefined {
    if (this.#samples.count < MIN_SAMPLES) return undefined;
    const { hits, misses, others } = this.#counts();
    return (size) => this.#samples.hitRatio(size, this.#size(), hits, misses, others);
  }

  #counts(): Counts {
    const { hits, misses, others } = this.#before;
    const later = this.#entries.ticks - this.#since - this.#puts - this.others;
    return { hits: hits + later, misses: misses + this.#puts, others: others + this.others };
  }

  /** Makes earlier requests count half. */
  #halve(): void {
    const { hits, misses, others } = this.#counts();
    this.#before = { hits: hits / 2, misses: misses / 2, others: others / 2 };
    this.#samples.halve();
    this.#puts = 0;
    this.others = 0;
    this.#since = this.#entries.ticks;
    this.#halveAfter = this.#window() / 2;
  }
}
