/** Samples after which the period doubles. */
const SAMPLES_PER_PERIOD = 1_000;

/**
 * Chooses the events that are sampled, at random distances: at regular ones, a program that repeats itself could be seen
 * at the same point each time. The first ones are close, so that there soon are enough samples.
 */
export class Sampler {
  /** The mean distance of the samples: the number of events that one of them stands for. */
  period: number;
  readonly #maxPeriod: number;
  /** Samples until the period doubles. */
  #left = SAMPLES_PER_PERIOD;

  constructor(period: number, maxPeriod: number) {
    this.period = period;
    this.#maxPeriod = maxPeriod;
  }

  /** Counts a sample. */
  count(): void {
    if (--this.#left > 0 || this.period === this.#maxPeriod) return;
    this.period *= 2;
    this.#left = SAMPLES_PER_PERIOD;
  }

  /** The number of events to the next one to sample: from 1 to twice the period, the period in the mean. */
  distance(): number {
    return Math.ceil((2 * this.period - 1) * (1 - Math.random()));
  }
}
