/** The pauses between attempts; times in milliseconds. */
export interface Backoff {
  readonly delay: number;
  readonly factor: number;
  readonly maxDelay: number;
  readonly jitter: boolean;
}

/**
 * The milliseconds to pause after a failed attempt, counted from 1: exponential and capped. Jitter spreads them evenly
 * over zero to that ("Full Jitter" in Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function pauseAfter(attempt: number, { delay, factor, maxDelay, jitter }: Backoff): number {
  // 0 * Infinity would be NaN.
  const pause = delay === 0 ? 0 : Math.min(delay * factor ** (attempt - 1), maxDelay);
  return jitter ? pause * Math.random() : pause;
}
