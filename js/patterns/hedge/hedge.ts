import type { Call } from '../../flight/call.ts';
import { Cancellation } from '../../flight/cancellation.ts';
import { discardBody } from '../../http/response.ts';
import { BAD_STATUSES, hasStatus } from '../../http/status.ts';
import { checkDuration, type Options } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { isNoAbort } from '../../options/error-filter.ts';
import type { Timer } from '../../time/timer.ts';
import type { Pattern } from '../pattern.ts';
import { isRepeatable } from '../retry/retry-rules.ts';

/** Calls the function again in parallel when it is slow to answer, and takes the first success. */
export interface HedgeOptions {
  /** The time to wait for an answer before each further call, in seconds. Required. */
  readonly delay: Duration;
  /** Further calls at most, for each attempt; an integer >= 1. Default 1. */
  readonly maxHedges?: number | undefined;
}

/**
 * Calls an attempt again when it is slow ("hedged requests" in Dean and Barroso, "The Tail at Scale", CACM 56/2, 2013).
 */
export function hedge(): Pattern<Options> {
  return {
    option: 'hedge',
    fields: ['delay', 'maxHedges'],
    waits: true,
    delays: true,
    layer: (options) => {
      const delay = checkDuration(options.pathOf('delay'), options.readField('delay'), 'zero');
      const maxHedges = options.readInteger('maxHedges', 1, 1);
      return (next) => (call, outer) => {
        if (!isRepeatable(call)) return next(call, outer);
        return new Promise((resolve, reject) => {
          const pending = new Set<Cancellation>();
          let hedgesLeft = maxHedges;
          let timer: Timer | undefined;
          let settled = false;
          let winner: unknown;

          const finish = (
            settle: (result: unknown) => void,
            result: unknown,
            reason: () => unknown = anotherAnswered,
          ) => {
            settled = true;
            timer?.clear();
            forget();
            settle(result);
            for (const other of pending) other.abort(reason());
          };
          const start = () => {
            const cancellation = new Cancellation();
            try {
              timer = hedgesLeft-- > 0 ? call.startTimer(start, delay) : undefined;
            } catch (error) {
              return finish(reject, error, () => error);
            }
            pending.add(cancellation);
            const attempt = async () => next(call, cancellation);
            attempt().then(
              (value) => {
                pending.delete(cancellation);
                // A failure is the result only if no other run is pending.
                if (!settled && !(pending.size > 0 && isFailure(call, value))) {
                  winner = value;
                  call.cancellation = cancellation;
                  finish(resolve, value);
                } else if (value !== winner) {
                  discardBody(value);
                }
              },
              (error) => {
                pending.delete(cancellation);
                if (!settled && (pending.size === 0 || isFinal(call, error))) {
                  finish(reject, error);
                }
              },
            );
          };
          const forget = outer.onAbort((reason) => finish(reject, reason, () => reason));
          start();
        });
      };
    },
  };
}

/** Whether a result is a failure, so that another pending call may have a better one. */
function isFailure(call: Call, value: unknown): boolean {
  if (call.request && hasStatus(value, BAD_STATUSES)) return true;
  try {
    return call.rules?.rejects(call, value) === true;
  } catch {
    // The retry evaluates its rules again, and reports the error.
    return false;
  }
}

/** Whether an error ends the call at once: an `AbortError`, unless retry accepts it. */
function isFinal(call: Call, error: unknown): boolean {
  try {
    return !isNoAbort(error) && call.rules?.isFinal(error) !== false;
  } catch {
    return true;
  }
}

function anotherAnswered(): unknown {
  return new DOMException('Another run answered first', 'AbortError');
}
