/**
 * The types of the events that a wrapped function dispatches.
 * @enum
 */
export const EventType = /* @__PURE__ */ Object.freeze({
  /** A stored result is returned. */
  CACHE_HIT: 'cache_hit',
  /** Nothing is stored and a flight starts; once per flight, refused ones included. */
  CACHE_MISS: 'cache_miss',
  /** A caller joins a flight that is under way. */
  CACHE_COALESCED: 'cache_coalesced',
  /** An attempt failed and another follows, after a pause that starts now. */
  RETRY: 'retry',
  /** The last attempt failed. */
  RETRY_EXHAUSTED: 'retry_exhausted',
  /** An attempt, or the call as a whole, ran out of time. */
  TIMEOUT: 'timeout',
  /** The circuit breaker opened, or refused a call. */
  CIRCUIT_OPEN: 'circuit_open',
  /** The circuit breaker lets probes in. */
  CIRCUIT_HALF_OPEN: 'circuit_half_open',
  /** The circuit breaker closed. */
  CIRCUIT_CLOSED: 'circuit_closed',
  /** The rate limiter refused a call. */
  RATE_LIMITED: 'rate_limited',
  /** The bulkhead refused a call. */
  BULKHEAD_REJECTED: 'bulkhead_rejected',
  /** A fallback is to stand in for an error. */
  FALLBACK_USED: 'fallback_used',
  /** A call took the breaker's `slowCallDuration` or longer. */
  SLOW_CALL: 'slow_call',
  /** A flight, or an uncached call, ended well. */
  SUCCESS: 'success',
  /** A flight, or an uncached call, ended badly. */
  FAILURE: 'failure',
} as const);

/** One of the values of {@link EventType:variable | EventType}. */
export type EventType = (typeof EventType)[keyof typeof EventType];
