import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/**
 * The circuit breaker refused a call. `code` is `'CIRCUIT_OPEN'`, `retryAfter` the seconds until the breaker lets a
 * probe in (where that is known), and `cause` the failure that opened it.
 */
export class CircuitOpenError extends ResilienceError {
  static {
    setName(this, 'CircuitOpenError');
  }

  /** Tells it from the other errors. */
  declare readonly code: 'CIRCUIT_OPEN';

  /** As the pattern raises it. */
  constructor(details: ResilienceErrorDetails) {
    super(`The circuit of ${details.functionName} is open`, 'CIRCUIT_OPEN', details);
  }
}
