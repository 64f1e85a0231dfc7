import { Verdict } from '../flight/call.ts';
import type { Layer } from '../flight/pipeline.ts';
import { follow } from '../flight/thenable.ts';
import { BAD_STATUSES, hasStatus } from '../http/status.ts';

/** The layer that tells breaker, cache and events of a bad status. The response is given back as it is. */
export const responseStatusLayer: Layer = (next) => (call, cancellation) =>
  follow(
    () => next(call, cancellation),
    (value) => {
      call.verdict = hasStatus(value, BAD_STATUSES) ? Verdict.FAILED : Verdict.PLAIN;
      return value;
    },
    (error) => {
      throw error;
    },
  );
