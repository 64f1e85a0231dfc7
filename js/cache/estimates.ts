/**
 * The hit ratio of an LRU cache by its size: see `ResultCache.missRatioCurve`. The name is that of the literature; the miss
 * ratio is 1 minus the hit ratio.
 */
export interface MissRatioCurve {
  /** The policy that the hit ratios are of. */
  readonly policy: 'lru';
  /** The number of requests from which it was estimated. Earlier ones count less. */
  readonly requests: number;
  /** Sizes from a quarter to four times `maxSize`, ascending. If `maxWeight` limits the cache: of the number of its entries. */
  readonly points: readonly MissRatioPoint[];
}

/** One size of a {@link MissRatioCurve}. */
export interface MissRatioPoint {
  /** The number of entries. */
  readonly size: number;
  /** The part of the requests that would be hits, from 0 to 1. */
  readonly hitRatio: number;
}

/** What another size would change: see `ResultCache.advice`. Hit ratios are from 0 to 1. */
export interface CacheAdvice {
  /** The hit ratio of the cache as it is. */
  readonly hitRatio: number;
  /** The hit ratio of an LRU cache with half of the entries. */
  readonly atHalf: number;
  /** The hit ratio of an LRU cache with twice the entries. */
  readonly atDouble: number;
  /** The hit ratio of an LRU cache with as many entries. With `policy: 'lru'`, that of the cache. */
  readonly lruHitRatio: number;
  /** The reliability of the estimates. It rises with the requests, and with the requests per entry. */
  readonly confidence: 'low' | 'medium' | 'high';
  /** The advice in English: one or two sentences. */
  readonly text: string;
}

/** Estimates from a running cache. */
export interface Estimates {
  missRatioCurve(): MissRatioCurve | undefined;
  advice(): CacheAdvice | undefined;
}
