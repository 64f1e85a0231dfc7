import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/**
 * A change did not reach the second tier. It is sent again once the tier answers, before anything is read from it. `code` is
 * `'TIER_ERROR'`, `cause` the error of the client.
 */
export class TierError extends ResilienceError {
  static {
    setName(this, 'TierError');
  }

  /** The kind of error. */
  declare readonly code: 'TIER_ERROR';

  /**
   * For tests of your error handling; a tier creates its own errors.
   * @param action the method, such as `'invalidate'`
   */
  constructor(action: string, details: ResilienceErrorDetails) {
    super(
      `${action} of ${details.functionName} did not reach the second tier`,
      'TIER_ERROR',
      details,
    );
  }
}
