import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/** An attempt, or the whole call with all attempts, took too long. `code` is `'TIMEOUT'`. */
export class TimeoutError extends ResilienceError {
  static {
    setName(this, 'TimeoutError');
  }

  /** The kind of error. */
  declare readonly code: 'TIMEOUT';

  /**
   * For tests of your error handling; the timeout creates its own errors.
   * @param seconds the limit that was exceeded
   */
  constructor(seconds: number, details: ResilienceErrorDetails) {
    super(`${details.functionName} did not answer within ${seconds} s`, 'TIMEOUT', details);
  }
}
