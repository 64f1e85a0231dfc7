import { type Call, Verdict } from '../flight/call.ts';
import type { Layer } from '../flight/pipeline.ts';
import { follow } from '../flight/thenable.ts';
import { isResponse } from '../http/result-kind.ts';
import { BAD_STATUSES } from '../http/status.ts';

/** What a response's status says of a request: nothing of how the server is when the request was not idempotent. */
export function verdictOn(call: Call, value: unknown): Verdict {
  if (!call.request || !isResponse(value) || !BAD_STATUSES.has(value.status)) return Verdict.PLAIN;
  return call.request.idempotent ? Verdict.FAILED : Verdict.OPEN;
}

/** The layer that tells retry, breaker and cache of a bad status. The response is given back as it is. */
export const responseStatusLayer: Layer = (next) => (call, cancellation) =>
  follow(
    () => next(call, cancellation),
    (value) => {
      call.verdict = verdictOn(call, value);
      return value;
    },
    (error) => {
      throw error;
    },
  );
