import type { Call } from '../../flight/call.ts';
import { Cancellation } from '../../flight/cancellation.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { discardBody } from '../../http/response.ts';
import { BAD_STATUSES, hasStatus } from '../../http/status.ts';
import { checkDuration, Options } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { isNoAbort } from '../../options/error-filter.ts';
import { startTimer, type Timer } from '../../time/timer.ts';
import { isRepeatable } from '../retry/retry-rules.ts';

/** Runs the function once more beside an attempt that is slow to answer, and takes what succeeds first. */
export interface HedgeOptions {
  /** How long to wait for an answer before each further run. */
  readonly delay: Duration;
  /** Further runs at most, for each attempt. Default 1. */
  readonly maxHedges?: number | undefined;
}

/** The names of the fields of {@link HedgeOptions}. */
export const HEDGE_FIELDS: readonly string[] = ['delay', 'maxHedges'];

/**
 * The layer that hedges ("hedged requests" in Dean and Barroso, "The Tail at Scale", CACM 56/2, 2013); `undefined`
 * without options.
 * @throws TypeError, RangeError
 */
export function hedgeLayer(given: unknown): Layer | undefined {
  if (given === undefined) return undefined;
  const options = new Options(given, 'hedge', HEDGE_FIELDS);
  const delay = checkDuration(options.path('delay'), options.read('delay'), 'zero');
  const maxHedges = options.integer('maxHedges', 1, 1);

  return (next) => (call, outer) => {
    if (!isRepeatable(call)) return next(call, outer);
    return new Promise((resolve, reject) => {
      const underWay = new Set<Cancellation>();
      let left = maxHedges;
      let timer: Timer | undefined;
      let decided = false;
      let winner: unknown;

      const decide = (settle: () => void, reason: () => unknown) => {
        decided = true;
        timer?.clear();
        forget();
        settle();
        for (const loser of underWay) loser.abort(reason());
      };
      const start = () => {
        const own = new Cancellation();
        try {
          timer = left-- > 0 ? startTimer(start, delay) : undefined;
        } catch (error) {
          return decide(
            () => reject(error),
            () => error,
          );
        }
        underWay.add(own);
        const run = async () => next(call, own);
        run().then(
          (value) => {
            underWay.delete(own);
            // A failure counts only when there is nothing left to hope for.
            if (!decided && !(underWay.size > 0 && isFailure(call, value))) {
              winner = value;
              call.cancellation = own;
              decide(() => resolve(value), lost);
            } else if (value !== winner) {
              discardBody(value);
            }
          },
          (error) => {
            underWay.delete(own);
            if (!decided && (underWay.size === 0 || isFinal(call, error))) {
              decide(() => reject(error), lost);
            }
          },
        );
      };
      const forget = outer.onAbort((reason) =>
        decide(
          () => reject(reason),
          () => reason,
        ),
      );
      start();
    });
  };
}

/** Whether a result is a failure, so that another run may give a better one. */
function isFailure(call: Call, value: unknown): boolean {
  if (call.request && hasStatus(value, BAD_STATUSES)) return true;
  try {
    return call.rules?.rejects(call, value) === true;
  } catch {
    // The retry asks again, meets the same error, and can report it.
    return false;
  }
}

/** Whether an error ends the call, so that no other run is waited for: the function was aborted on purpose. */
function isFinal(call: Call, error: unknown): boolean {
  try {
    return !isNoAbort(error) && call.rules?.isFinal(error) !== false;
  } catch {
    return true;
  }
}

function lost(): unknown {
  return new DOMException('Another run answered first', 'AbortError');
}
