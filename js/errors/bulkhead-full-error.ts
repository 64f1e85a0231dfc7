import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/** No slot of the bulkhead was free, or came free in time. `code` is `'BULKHEAD_FULL'`. */
export class BulkheadFullError extends ResilienceError {
  static {
    setName(this, 'BulkheadFullError');
  }

  /** Tells it from the other errors. */
  declare readonly code: 'BULKHEAD_FULL';

  /** As the pattern raises it. */
  constructor(details: ResilienceErrorDetails) {
    super(`The bulkhead of ${details.functionName} is full`, 'BULKHEAD_FULL', details);
  }
}
