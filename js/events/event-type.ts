/**
 * The types of the events that a wrapped function dispatches.
 * @enum
 */
export const EventType = /* @__PURE__ */ Object.freeze({
  /** A stored result was returned. */
  CACHE_HIT: 'cache_hit',
  /** No result is stored, and a flight starts. Once per flight, even if a pattern refuses the call. */
  CACHE_MISS: 'cache_miss',
  /** A stale result was returned. */
  CACHE_STALE: 'cache_stale',
  /** A refresh of a stale result starts in the background. */
  CACHE_REFRESH: 'cache_refresh',
  /** A server confirmed a stored response with a 304. Once per flight. */
  CACHE_REVALIDATED: 'cache_revalidated',
  /** A caller joined a call in flight. */
  CACHE_COALESCED: 'cache_coalesced',
  /** The second tier had the result. */
  TIER_HIT: 'tier_hit',
  /** The second tier had no result, and the function runs. Once per flight. */
  TIER_MISS: 'tier_miss',
  /** Another process runs the function, and the flight waits for its result. Once per flight. */
  TIER_WAIT: 'tier_wait',
  /** An attempt failed. The next one follows after a pause, which starts now. */
  RETRY: 'retry',
  /** The last attempt failed. */
  RETRY_EXHAUSTED: 'retry_exhausted',
  /** An attempt, or the whole call, took too long. */
  TIMEOUT: 'timeout',
  /** The circuit breaker opened, or refused a call. */
  CIRCUIT_OPEN: 'circuit_open',
  /** The circuit breaker allows probes. */
  CIRCUIT_HALF_OPEN: 'circuit_half_open',
  /** The circuit breaker closed. */
  CIRCUIT_CLOSED: 'circuit_closed',
  /** The rate limiter refused a call. */
  RATE_LIMITED: 'rate_limited',
  /** The bulkhead refused a call. */
  BULKHEAD_REJECTED: 'bulkhead_rejected',
  /** A fallback is used instead of an error. */
  FALLBACK_USED: 'fallback_used',
  /** A call took the breaker's `slowCallDuration` or longer. */
  SLOW_CALL: 'slow_call',
  /** A flight, or an uncached call, succeeded. */
  SUCCESS: 'success',
  /** A flight, or an uncached call, failed. */
  FAILURE: 'failure',
} as const);

/** One of the values of {@link EventType:variable | EventType}. */
export type EventType = (typeof EventType)[keyof typeof EventType];
