import { Outcome } from '../../flight/call.ts';
import { chain } from '../../platform/thenable.ts';
import type { Pattern } from '../pattern.ts';

/** Replaces a failure of the inner layers by a stale result, if the call has one that may. */
export function standIn(): Pattern {
  return {
    option: 'cache',
    layer: () => (next) => (call, cancellation) =>
      chain(
        () => next(call, cancellation),
        (value) => {
          const isFailure = call.outcome === Outcome.FAILED && !cancellation.aborted;
          return isFailure ? (call.standIn?.(value) ?? value) : value;
        },
        (error) => {
          const result = cancellation.aborted ? undefined : call.standIn?.(error);
          if (result === undefined) throw error;
          call.outcome = Outcome.FAILED;
          call.storable = false;
          call.error = error;
          return result;
        },
      ),
  };
}
