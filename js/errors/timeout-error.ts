import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/** An attempt, or a call with all its attempts, took too long. `code` is `'TIMEOUT'`. */
export class TimeoutError extends ResilienceError {
  static {
    setName(this, 'TimeoutError');
  }

  /** Tells it from the other errors. */
  declare readonly code: 'TIMEOUT';

  /**
   * As the pattern raises it.
   * @param seconds the time it had
   */
  constructor(seconds: number, details: ResilienceErrorDetails) {
    super(`${details.functionName} did not answer within ${seconds} s`, 'TIMEOUT', details);
  }
}
