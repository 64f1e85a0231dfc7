/** How long the pauses between attempts are; times in milliseconds. */
export interface Backoff {
  readonly delay: number;
  readonly factor: number;
  readonly maxDelay: number;
  readonly jitter: boolean;
}

/**
 * The pause after the given failed attempt (from 1): exponential, capped and, with jitter, evenly spread between zero
 * and that ("Full Jitter" in Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function pauseAfter(attempt: number, { delay, factor, maxDelay, jitter }: Backoff): number {
  // No delay stays none, though the factor grows beyond all numbers.
  const pause = delay === 0 ? 0 : Math.min(delay * factor ** (attempt - 1), maxDelay);
  return jitter ? pause * Math.random() : pause;
}
