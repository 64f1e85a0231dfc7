import { collected } from '../platform/weak.ts';
import { type AdaptiveCore, adaptiveCore } from './adaptive-core.ts';

/** The lowest bit of a hash that the choice of the sampled keys looks at. */
const SAMPLE_BIT = 13;

/** No hash has a sampled key. */
const NO_KEYS = -1;

interface Held {
  core: AdaptiveCore;
  handle: number;
}

/** Frees the memory of samples whose cache was dropped without `[Symbol.dispose]()`. */
const dropped = /* @__PURE__ */ collected<Held>(({ core, handle }) => {
  try {
    core.free(handle);
  } catch {
    // After a trap the memory is lost. No caller is left to notice.
  }
});

/**
 * The samples of one cache, which the core keeps. Without memory, or after a trap, there are none: the cache itself goes on.
 */
export class Samples {
  /** The bits of a hash that are 0 in sampled keys. */
  #mask = NO_KEYS;
  readonly #isLru: boolean;
  readonly #held: Held = { core: adaptiveCore.get() as AdaptiveCore, handle: 0 };

  constructor(isLru: boolean) {
    this.#isLru = isLru;
    this.#held.handle = this.#call((core) => core.create_curve(), 0);
    dropped.register(this, this.#held, this);
  }

  /**
   * Adapts to a number of entries. Keys that were evicted are forgotten then.
   * @param unsampled the number of misses that were not sampled
   */
  open(entries: number, unsampled: number): void {
    const rate = this.#call(
      (core, handle) => core.open_curve(handle, entries, Number(this.#isLru), unsampled),
      0,
    );
    this.#mask = rate === 0 ? NO_KEYS : (rate - 1) << SAMPLE_BIT;
  }

  /** Whether the key with that hash is sampled. */
  has(hash: number): boolean {
    return (hash & this.#mask) === 0;
  }

  /**
   * Samples a hit.
   * @param time the ticks since the last use; 0 if the tick to look at was not that of a hit
   * @returns the number of ticks to the next one to look at
   */
  hit(time: number): number {
    return this.#call((core, handle) => core.sample_hit(handle, time), Infinity);
  }

  put(hash: number, tick: number, now: number): void {
    this.#call((core, handle) => core.sample_put(handle, hash, tick, now), undefined);
  }

  evicted(hash: number, tick: number, deadline: number): void {
    this.#call((core, handle) => core.sample_evicted(handle, hash, tick, deadline), undefined);
  }

  /** Samples an entry that expired or was removed. */
  end(time: number): void {
    this.#call((core, handle) => core.sample_end(handle, time), undefined);
  }

  halve(): void {
    this.#call((core, handle) => core.halve_samples(handle), undefined);
  }

  /** How many there are. */
  get count(): number {
    return this.#call((core, handle) => core.samples(handle), 0);
  }

  /** The estimate for `size` entries, of a cache that has `entries`. */
  hitRatio(size: number, entries: number, hits: number, misses: number, others: number): number {
    return this.#call(
      (core, handle) => core.hit_ratio(handle, size, entries, hits, misses, others),
      0,
    );
  }

  free(): void {
    dropped.unregister(this);
    this.#call((core, handle) => core.free(handle), undefined);
    this.#held.handle = 0;
    this.#mask = NO_KEYS;
  }

  /** Calls the core. Returns `otherwise` after a trap; then there are no samples any more. */
  #call<T>(call: (core: AdaptiveCore, handle: number) => T, otherwise: T): T {
    const { core, handle } = this.#held;
    try {
      return call(core, handle);
    } catch {
      // New caches get another instance. The trapped one is not called again with a handle that is in use.
      adaptiveCore.replace(core);
      this.#held.handle = 0;
      this.#mask = NO_KEYS;
      return otherwise;
    }
  }
}
