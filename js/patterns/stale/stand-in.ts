import { Outcome } from '../../flight/call.ts';
import { chain } from '../../platform/thenable.ts';
import type { Pattern } from '../pattern.ts';

/** Replaces a failure of the inner layers by a stale result, if the call has one that may. */
export function standIn(): Pattern {
  return {
    option: 'cache',
    layer: () => (next) => (call, cancellation) => {
      const replacement = (failure: unknown) => {
        const result = cancellation.aborted ? undefined : call.standIn?.(failure);
        if (result !== undefined) {
          call.outcome = Outcome.FAILED;
          call.storable = false;
        }
        return result;
      };
      return chain(
        () => next(call, cancellation),
        (value) => (call.outcome === Outcome.FAILED ? (replacement(value) ?? value) : value),
        (error) => {
          const result = replacement(error);
          if (result === undefined) throw error;
          call.error = error;
          return result;
        },
      );
    },
  };
}
