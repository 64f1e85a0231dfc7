/** Buckets from one power of two to the next. */
const PER_OCTAVE = 8;
/** The number of buckets of a histogram. The last one starts at 15 * 2^23. */
const BUCKETS = 200;

/** The histograms. */
export enum Sample {
  /** Hits, by the ticks since the last use of the entry. */
  HIT = 0,
  /** Misses of keys that were evicted before: with LRU by rank, else by the ticks since the last use. */
  NEAR_MISS = 1,
  /** Entries that expired or were removed, by the ticks since their last use. */
  END = 2,
}

/** How many requests there were, and how many replacements of entries that were there. */
export interface Counts {
  readonly hits: number;
  /** The misses of keys that had been evicted. */
  readonly nearMisses: number;
  readonly misses: number;
  readonly replacements: number;
}

/**
 * Samples by the logarithm of a number, and the hits of LRU that follow from them. A bucket is at most an eighth as wide
 * as the numbers in it are large.
 */
export class Samples {
  readonly #weights = new Uint32Array(3 * BUCKETS);

  add(kind: Sample, number: number, weight: number): void {
    const capped = Math.min(number, 2 ** 31 - 1);
    const step = Math.max(28 - Math.clz32(capped), 0);
    const bucket = Math.min(PER_OCTAVE * step + (capped >> step), BUCKETS - 1);
    (this.#weights[BUCKETS * kind + bucket] as number) += weight;
  }

  /** Halves all weights, so that later samples count twice as much. */
  halve(): void {
    const weights = this.#weights;
    for (let index = 0; index < weights.length; index++) (weights[index] as number) >>>= 1;
  }

  #sum(kind: Sample): number {
    const start = BUCKETS * kind;
    return this.#weights.subarray(start, start + BUCKETS).reduce((sum, weight) => sum + weight, 0);
  }

  /**
   * The near misses that would be hits with `more` entries more.
   *
   * A larger cache has the keys that were evicted last, too. The rank of a key among them, by its last use, says how much
   * larger a cache must be to have it: Mattson, Gecsei, Slutz, Traiger, "Evaluation techniques for storage hierarchies",
   * IBM Systems Journal 9(2), 1970.
   */
  hitsByRank(more: number, { nearMisses }: Counts): number {
    const scale = this.#scale(Sample.NEAR_MISS, nearMisses);
    let hits = 0;
    for (let index = 0; index < BUCKETS; index++) {
      const { start, width } = bucketAt(index);
      if (start >= more) break;
      hits += this.#weight(Sample.NEAR_MISS, index) * Math.min((more - start) / width, 1);
    }
    return scale * hits;
  }

  /**
   * The hits with `size` entries.
   *
   * LRU keeps an entry for a time that hardly depends on the entry: that in which as many different keys are used as there
   * are entries, which follows from the times between the uses of a key. Hu, Wang, Zhou, Luo, Wang, "Kinetic modeling of
   * data eviction in cache", USENIX ATC 2016, sections 2 and 3. An entry that expires or is removed leaves its place: such
   * an end counts for the time, and is no hit.
   * @param hasNearMisses whether near misses are sampled by time
   */
  hitsByTime(size: number, counts: Counts, hasNearMisses: boolean): number {
    const { hits, nearMisses, misses, replacements } = counts;
    const requests = hits + misses;
    const hitScale = this.#scale(Sample.HIT, hits);
    const missScale = hasNearMisses ? this.#scale(Sample.NEAR_MISS, nearMisses) : 0;
    // Different keys that are used in the time so far, times the number of ticks.
    let keys = 0;
    const goal = size * (requests + replacements);
    // Requests whose entries were neither used again nor ended in the time so far.
    let left = requests;
    let found = 0;
    for (let index = 0; index < BUCKETS; index++) {
      const used =
        hitScale * this.#weight(Sample.HIT, index) +
        missScale * this.#weight(Sample.NEAR_MISS, index);
      const after = Math.max(left - used - this.#weight(Sample.END, index), 0);
      const { width } = bucketAt(index);
      // A time is a whole number: in the tick before the first one of the bucket, all that are left are there.
      const more = index === 0 ? 0 : width * after + ((width + 1) * (left - after)) / 2;
      if (keys + more > goal) return found + (used * (goal - keys)) / more;
      keys += more;
      found += used;
      left = after;
    }
    return found;
  }

  /** The factor from samples to events, whose number is known: the samples only say when they were. */
  #scale(kind: Sample, count: number): number {
    return count / Math.max(this.#sum(kind), 1);
  }

  #weight(kind: Sample, index: number): number {
    return this.#weights[BUCKETS * kind + index] as number;
  }
}

/** The least number in a bucket, and how many numbers are in it. */
function bucketAt(index: number): { start: number; width: number } {
  const step = Math.max(Math.floor(index / PER_OCTAVE) - 1, 0);
  const width = 2 ** step;
  return { start: (index - PER_OCTAVE * step) * width, width };
}
