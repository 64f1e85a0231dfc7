import { Outcome } from '../../flight/call.ts';
import { BAD_STATUSES, hasStatus } from '../../http/status.ts';
import { chain } from '../../platform/thenable.ts';
import type { Pattern } from '../pattern.ts';

/** Marks a call that is answered with a bad status as failed. The caller gets the response unchanged. */
export function responseStatus(): Pattern {
  return {
    option: 'http',
    layer: () => (next) => (call, cancellation) =>
      chain(
        () => next(call, cancellation),
        (value) => {
          // An attempt that timed out says nothing about the call.
          if (!cancellation.aborted) {
            call.outcome = hasStatus(value, BAD_STATUSES) ? Outcome.FAILED : Outcome.PLAIN;
          }
          return value;
        },
      ),
  };
}
