import { Outcome } from '../../flight/call.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { BAD_STATUSES, hasStatus } from '../../http/status.ts';
import { chain } from '../../platform/thenable.ts';

/** The layer that tells breaker, cache and events of a bad status. The response is given back as it is. */
export const responseStatusLayer: Layer = (next) => (call, cancellation) =>
  chain(
    () => next(call, cancellation),
    (value) => {
      call.outcome = hasStatus(value, BAD_STATUSES) ? Outcome.FAILED : Outcome.PLAIN;
      return value;
    },
    (error) => {
      throw error;
    },
  );
