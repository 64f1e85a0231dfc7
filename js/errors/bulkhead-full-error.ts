import { ResilienceError, type ResilienceErrorDetails, setName } from './resilience-error.ts';

/** The bulkhead had no free slot, and none became free within `maxWait`. `code` is `'BULKHEAD_FULL'`. */
export class BulkheadFullError extends ResilienceError {
  static {
    setName(this, 'BulkheadFullError');
  }

  /** The kind of error. */
  declare readonly code: 'BULKHEAD_FULL';

  /** For tests of your error handling; the bulkhead creates its own errors. */
  constructor(details: ResilienceErrorDetails) {
    super(`The bulkhead of ${details.functionName} is full`, 'BULKHEAD_FULL', details);
  }
}
