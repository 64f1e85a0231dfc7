import type { CacheAdvice, Estimates, MissRatioCurve } from '../cache/estimates.ts';
import { adviceOf } from './advice-text.ts';
import { EvictedKeys, MAX_CELLS } from './evicted-keys.ts';
import { Sampler } from './sampler.ts';
import { type Counts, Sample, Samples } from './samples.ts';

/** The estimates are the more accurate, and the slower to follow a change, the more requests count. */
const MIN_WINDOW = 2 ** 20;
/** Requests per entry that count: fewer would not tell what four times the size has. */
const REQUESTS_PER_ENTRY = 16;
/** There is no estimate with fewer samples. */
const MIN_SAMPLES = 1_000;
/** The sizes of the curve, as powers of the square root of two times the number of entries. */
const MAX_POWER = 4;
/**
 * Evicted keys are remembered for this many times the entries. A cache of four times the size has three times as many keys
 * more; the rest is spare, since keys do not spread evenly over the cells.
 */
const COVERED = 4;
/** The lowest bit of a hash that the choice of the sampled keys looks at. */
const SAMPLE_BIT = 13;

/** What the curve asks of the entries. */
interface Sampled {
  readonly index: ReadonlyMap<unknown, number>;
  readonly maxSize: number;
  /** The number of uses and puts so far. */
  readonly ticks: number;
}

/** A tick, and its time. */
interface Pace {
  readonly ticks: number;
  readonly now: number;
}

/**
 * Counts the requests of a cache, samples them, and estimates the hit ratio of other sizes: see {@link Samples}.
 *
 * Hits are sampled by time, misses and evictions by key: Waldspurger, Park, Garthwaite, Ahmad, "Efficient MRC construction
 * with SHARDS", FAST 2015, section 3. Only keys that miss are sampled so, as those that are requested often are not among
 * them.
 */
export class LiveCurve implements Estimates {
  readonly #entries: Sampled;
  readonly #isLru: boolean;
  /** The `maxSize` of the cache while the samples were taken. */
  readonly maxSize: number;
  readonly #samples = new Samples();
  readonly #hits = new Sampler(4, 128);
  readonly #ranks = new Sampler(1, 64);
  /** Near misses until the rank of one is sampled. */
  #untilRank = 1;
  /** The number of samples. */
  #sampleCount = 0;
  /** Replacements of entries that were there, which are no requests, since the last halving. */
  replacements = 0;
  /** The puts of new entries since then. */
  #puts = 0;
  /** The number of uses and puts when earlier ones began to count half, or when the samples began. */
  #halvedAt: number;
  /** The ticks after which earlier requests count half. */
  #halveAfter: number;
  /** When the ticks per millisecond are counted from, and from when after the next halving. */
  #pace: Pace | undefined;
  #nextPace: Pace | undefined;
  /** What happened before the last halving, halved. */
  #before = { hits: 0, misses: 0, replacements: 0 };
  /** Sampled misses, and those of keys that had been evicted, each times the number of keys that it stands for. */
  #misses = 0;
  #nearMisses = 0;
  /** The number of entries at the last eviction; 0 if nothing was evicted yet. */
  #sizeAtEviction = 0;
  /** The number of entries that the sample of keys is made for; 0 if nothing was evicted yet. */
  #adaptedTo = 0;
  #evictedKeys = new EvictedKeys(0);
  /** The number of keys of which one is sampled, a power of two. */
  #rate = 1;

  constructor(entries: Sampled, isLru: boolean) {
    this.#entries = entries;
    this.#isLru = isLru;
    this.maxSize = entries.maxSize;
    this.#halvedAt = entries.ticks;
    this.#halveAfter = this.#window();
  }

  /**
   * Samples a hit.
   * @param time the ticks since the last use of the entry; 0 if the tick to sample was not that of a hit
   * @returns the number of ticks to the next one to sample
   */
  sampleHit(time: number): number {
    if (time > 0) {
      this.#samples.add(Sample.HIT, time, this.#hits.period);
      this.#hits.count();
      this.#sampleCount++;
    }
    if (this.#entries.ticks - this.#halvedAt >= this.#halveAfter) this.#halve();
    return this.#hits.distance();
  }

  /** Counts a new entry. Returns whether keys are sampled: not before an entry was evicted. */
  countPut(): boolean {
    this.#puts++;
    return this.#adaptedTo > 0;
  }

  /** Samples a new entry. @param hash that of its key */
  samplePut(hash: number, now: number): void {
    if (!this.#isSampled(hash)) return;
    const keys = this.#evictedKeys;
    const rate = this.#rate;
    this.#sampleCount++;
    this.#misses += rate;
    const cell = keys.take(hash);
    if (cell < 0) return;
    const tick = keys.tickAt(cell);
    const time = (this.#entries.ticks - tick) >>> 0;
    const overdueMs = keys.overdueMs(cell, now);
    if (overdueMs > 0) {
      this.#addEnd(time, overdueMs, now, rate);
      return;
    }
    this.#nearMisses += rate;
    if (!this.#isLru) this.#samples.add(Sample.NEAR_MISS, time, rate);
    else if (--this.#untilRank === 0) {
      // The entry that has made room for this one counts, too. Of the keys that this one stands for, half have a higher
      // rank.
      const rank = keys.countLater(tick, now) * rate + (rate >> 1) - 1;
      this.#samples.add(Sample.NEAR_MISS, Math.max(rank, 0), rate * this.#ranks.period);
      this.#ranks.count();
      this.#untilRank = this.#ranks.distance();
    }
  }

  /** An entry is about to be evicted. @param stamp that of its last use */
  sampleEviction(hash: number, stamp: number, deadline: number, now: number): void {
    const { size } = this.#entries.index;
    this.#sizeAtEviction = size;
    // Where the weight limits the cache, the number of entries changes.
    if (size > this.#adaptedTo || 4 * size < this.#adaptedTo) this.#adaptTo(size);
    if (this.#isSampled(hash)) this.#evictedKeys.add(hash, stamp | 0, deadline, now);
  }

  /**
   * An entry has expired, or was removed, after its last use at that stamp.
   * @param overdueMs how long ago it expired, in milliseconds
   */
  sampleEnd(stamp: number, overdueMs: number, now: number): void {
    this.#addEnd(this.#entries.ticks - stamp, overdueMs, now, 1);
  }

  /** A smaller cache would have used the place of an expired entry earlier: at the tick at which it expired. */
  #addEnd(time: number, overdueMs: number, now: number, weight: number): void {
    const { ticks } = this.#entries;
    this.#nextPace ??= { ticks, now };
    const start = this.#pace ?? this.#nextPace;
    const ticksPerMs = (ticks - start.ticks) / Math.max(now - start.now, 1);
    this.#samples.add(Sample.END, Math.max(Math.round(time - overdueMs * ticksPerMs), 0), weight);
  }

  missRatioCurve(): MissRatioCurve | undefined {
    if (this.#sampleCount < MIN_SAMPLES) return undefined;
    const { hits, misses } = this.#counts();
    const entries = this.#size();
    const points = [];
    let last = 0;
    for (let power = -MAX_POWER; power <= MAX_POWER; power++) {
      const size = Math.round(entries * 2 ** (power / 2));
      if (size === last || size < 1) continue;
      last = size;
      points.push(Object.freeze({ size, hitRatio: this.#hitRatio(size) }));
    }
    return Object.freeze({
      policy: 'lru',
      requests: Math.round(hits + misses),
      points: Object.freeze(points),
    });
  }

  advice(): CacheAdvice | undefined {
    if (this.#sampleCount < MIN_SAMPLES) return undefined;
    const { hits, misses } = this.#counts();
    const entries = this.#size();
    return adviceOf({
      hitRatio: hits / (hits + misses),
      atHalf: this.#hitRatio(entries / 2),
      atDouble: this.#hitRatio(entries * 2),
      lruHitRatio: this.#hitRatio(entries),
      samples: this.#sampleCount,
      requestsPerEntry: (hits + misses) / entries,
      isLru: this.#isLru,
    });
  }

  #isSampled(hash: number): boolean {
    return ((hash >> SAMPLE_BIT) & (this.#rate - 1)) === 0;
  }

  /** Forgets the keys that were evicted, and makes room for those of a cache of that many entries. */
  #adaptTo(size: number): void {
    // So far all misses were of new keys.
    if (this.#adaptedTo === 0) this.#misses = this.#puts;
    this.#adaptedTo = Math.min(this.maxSize, size + (size >> 1));
    const covered = COVERED * this.#adaptedTo;
    this.#rate = 2 ** Math.max(Math.ceil(Math.log2(covered / MAX_CELLS)), 0);
    this.#evictedKeys = new EvictedKeys(2 * covered);
  }

  #window(): number {
    return Math.max(MIN_WINDOW, REQUESTS_PER_ENTRY * this.maxSize);
  }

  /** The number of entries of the cache when it is full. */
  #size(): number {
    // Fewer than `maxSize` if the weight limits them.
    return Math.min(this.#sizeAtEviction || this.maxSize, this.maxSize);
  }

  /** The estimate for `size` entries, from 0 to 1. */
  #hitRatio(size: number): number {
    const counts = this.#counts();
    const { hits, misses } = counts;
    const more = size - this.#size();
    const found =
      this.#isLru && more >= 0
        ? hits + this.#samples.hitsByRank(more, counts)
        : this.#samples.hitsByTime(size, counts, !this.#isLru);
    const most = this.#isLru && more < 0 ? hits : hits + misses;
    return Math.min(found, most) / (hits + misses);
  }

  #counts(): Counts {
    const { hits, misses, replacements } = this.#before;
    const later = this.#entries.ticks - this.#halvedAt - this.#puts - this.replacements;
    const allMisses = misses + this.#puts;
    return {
      hits: hits + later,
      // The number of misses is known: the sample only says which part of them were near.
      nearMisses: (allMisses * this.#nearMisses) / Math.max(this.#misses, 1),
      misses: allMisses,
      replacements: replacements + this.replacements,
    };
  }

  /** Makes earlier requests count half. */
  #halve(): void {
    const { hits, misses, replacements } = this.#counts();
    this.#before = { hits: hits / 2, misses: misses / 2, replacements: replacements / 2 };
    this.#samples.halve();
    this.#misses /= 2;
    this.#nearMisses /= 2;
    this.#sampleCount /= 2;
    this.#puts = 0;
    this.replacements = 0;
    this.#halvedAt = this.#entries.ticks;
    this.#halveAfter = this.#window() / 2;
    this.#pace = this.#nextPace;
    this.#nextPace = undefined;
  }
}
