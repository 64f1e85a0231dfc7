import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/**
 * The rate limiter refused a call: there was no token within `maxWait`. `code` is `'RATE_LIMITED'`, and `retryAfter` is
 * the time in seconds until there is a token.
 */
export class RateLimitExceededError extends ResilienceError {
  static {
    setName(this, 'RateLimitExceededError');
  }

  /** The kind of error. */
  declare readonly code: 'RATE_LIMITED';

  /** For tests of your error handling; the limiter creates its own errors. */
  constructor(details: ResilienceErrorDetails) {
    super(`The rate limit of ${details.functionName} is exceeded`, 'RATE_LIMITED', details);
  }
}
