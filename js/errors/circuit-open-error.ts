import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/**
 * The circuit breaker refused a call. `code` is `'CIRCUIT_OPEN'`. `retryAfter` is the time in seconds until the breaker
 * allows a probe, if that is known; `cause` is the last failure.
 */
export class CircuitOpenError extends ResilienceError {
  static {
    setName(this, 'CircuitOpenError');
  }

  /** The kind of error. */
  declare readonly code: 'CIRCUIT_OPEN';

  /** For tests of your error handling; the breaker creates its own errors. */
  constructor(details: ResilienceErrorDetails) {
    super(`The circuit of ${details.functionName} is open`, 'CIRCUIT_OPEN', details);
  }
}
