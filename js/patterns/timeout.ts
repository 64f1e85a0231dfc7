import { TimeoutError } from '../errors/timeout-error.ts';
import type { Reporter } from '../events/reporter.ts';
import { Cancellation } from '../flight/cancellation.ts';
import type { Layer } from '../flight/pipeline.ts';
import { checkDuration, Options, wrongKind } from '../options/check.ts';
import type { Duration } from '../options/duration.ts';
import { startTimer } from '../time/timer.ts';

/** Gives up waiting, and aborts the signal that the function got. */
export interface TimeoutOptions {
  /** The time that an attempt has, or, with `perAttempt: false`, the whole call. Default 30 seconds. */
  readonly seconds?: Duration | undefined;
  /** Whether `seconds` is meant for each attempt. Default true. */
  readonly perAttempt?: boolean | undefined;
  /** The time that the whole call has, pauses included, beside that of an attempt. Default: no limit. */
  readonly total?: Duration | undefined;
}

/** The names of the fields of {@link TimeoutOptions}. */
export const TIMEOUT_FIELDS: readonly string[] = ['seconds', 'perAttempt', 'total'];

/** The two layers that one `timeout` option makes: around all attempts, and around each. */
export interface TimeoutLayers {
  readonly total: Layer | undefined;
  readonly attempt: Layer | undefined;
}

/** @throws TypeError, RangeError */
export function timeoutLayers(given: unknown, reporter: Reporter): TimeoutLayers {
  if (given === undefined) return { total: undefined, attempt: undefined };
  if (typeof given === 'number' || typeof given === 'string') {
    const limit = checkDuration('timeout', given, 'above zero');
    return { total: undefined, attempt: timeoutLayer(limit, 'attempt', reporter) };
  }
  if (typeof given !== 'object') {
    throw wrongKind('timeout', "a duration such as '5s', or an object of options", given);
  }
  const options = new Options(given, 'timeout', TIMEOUT_FIELDS);
  const limit = options.duration('seconds', 30, 'above zero');
  const perAttempt = options.boolean('perAttempt', true);
  const overall = options.duration('total', Infinity, 'above zero');
  const total = perAttempt ? overall : Math.min(limit, overall);
  return {
    total: total === Infinity ? undefined : timeoutLayer(total, 'total', reporter),
    attempt: perAttempt ? timeoutLayer(limit, 'attempt', reporter) : undefined,
  };
}

function timeoutLayer(limit: number, scope: 'attempt' | 'total', reporter: Reporter): Layer {
  const seconds = limit / 1_000;
  return (next) => (call, outer) =>
    new Promise((resolve, reject) => {
      if (outer.aborted) return reject(outer.reason);
      const inner = new Cancellation();
      const timer = startTimer(() => {
        forget();
        const error = new TimeoutError(seconds, { functionName: reporter.functionName });
        reporter.report('timeout', {
          key: call.key,
          attempt: call.started ? call.attempt : 0,
          error,
          detail: { scope, seconds },
        });
        reject(error);
        inner.abort(error);
      }, limit);
      const forget = outer.onAbort((reason) => {
        timer.clear();
        reject(reason);
        inner.abort(reason);
      });
      const finish = () => {
        timer.clear();
        forget();
      };
      const run = async () => next(call, inner);
      run().then(
        (value) => {
          finish();
          resolve(value);
        },
        (error) => {
          finish();
          reject(error);
        },
      );
    });
}
