import { ResilienceError, type ResilienceErrorDetails } from './resilience-error.ts';

/**
 * The rate limiter refused a call: its token would have come too late. `code` is `'RATE_LIMITED'`, and `retryAfter` the seconds
 * until there is a token for it.
 */
export class RateLimitExceededError extends ResilienceError {
  static {
    this.prototype.name = 'RateLimitExceededError';
  }

  declare readonly code: 'RATE_LIMITED';

  constructor(details: ResilienceErrorDetails) {
    super(`The rate limit of ${details.functionName} is exceeded`, 'RATE_LIMITED', details);
  }
}
