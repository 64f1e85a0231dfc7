import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/**
 * The rate limiter refused a call: its token would have come too late. `code` is `'RATE_LIMITED'`, and `retryAfter` the
 * seconds until there is a token for it.
 */
export class RateLimitExceededError extends ResilienceError {
  static {
    setName(this, 'RateLimitExceededError');
  }

  /** Tells it from the other errors. */
  declare readonly code: 'RATE_LIMITED';

  /** As the pattern raises it. */
  constructor(details: ResilienceErrorDetails) {
    super(`The rate limit of ${details.functionName} is exceeded`, 'RATE_LIMITED', details);
  }
}
