import { TimeoutError } from '../../errors/timeout-error.ts';
import type { Reporter } from '../../events/reporter.ts';
import type { BodyLimit, Call } from '../../flight/call.ts';
import { Cancellation } from '../../flight/cancellation.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { checkDuration, Options, wrongKind } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { systemClock } from '../../time/clock.ts';
import { startTimer, type Timer } from '../../time/timer.ts';

/** Gives up waiting, and aborts the signal that the function got. */
export interface TimeoutOptions {
  /** The time that an attempt has. Default 30 seconds. */
  readonly attempt?: Duration | undefined;
  /** An older name of `attempt`; with `perAttempt: false`, the time that the whole call has, as `total`. */
  readonly seconds?: Duration | undefined;
  /** Whether `seconds` limits each attempt. Default true. */
  readonly perAttempt?: boolean | undefined;
  /**
   * The time that the whole call has: queues, pauses and the body of a shared response included. Default: no limit.
   */
  readonly total?: Duration | undefined;
  /** The longest time without a byte of the body of a shared response. Default: the time of an attempt. */
  readonly idle?: Duration | undefined;
}

/** The names of the fields of {@link TimeoutOptions}. */
export const TIMEOUT_FIELDS: readonly string[] = [
  'attempt',
  'seconds',
  'perAttempt',
  'total',
  'idle',
];

/** What one `timeout` option makes: a layer around all attempts, one around each, and the limit of bodies. */
export interface TimeoutParts {
  readonly total: Layer | undefined;
  readonly attempt: Layer | undefined;
  readonly body: BodyLimit | undefined;
}

type Scope = 'attempt' | 'total' | 'idle';

/** @throws TypeError, RangeError */
export function timeoutParts(given: unknown, reporter: Reporter): TimeoutParts {
  if (given === undefined) return { total: undefined, attempt: undefined, body: undefined };
  let attempt: number;
  let total = Infinity;
  let idle: number;
  if (typeof given === 'number' || typeof given === 'string') {
    attempt = idle = checkDuration('timeout', given, 'above zero');
  } else if (typeof given === 'object') {
    const options = new Options(given, 'timeout', TIMEOUT_FIELDS);
    const duration = (name: string, fallback: number) =>
      options.duration(name, fallback, 'above zero');
    const seconds = duration('seconds', 30_000);
    total = duration('total', Infinity);
    const perAttempt = options.boolean('perAttempt', true);
    if (!perAttempt) total = Math.min(total, seconds);
    attempt = duration('attempt', perAttempt ? seconds : Infinity);
    idle = duration('idle', attempt === Infinity ? seconds : attempt);
  } else {
    throw wrongKind('timeout', "a duration such as '5s', or an object of options", given);
  }
  const fail = (call: Call, scope: Scope, limit: number) => {
    const seconds = limit / 1_000;
    const { functionName } = reporter;
    const error = new TimeoutError(seconds, { functionName });
    if (scope === 'idle') error.message = `${functionName} received nothing for ${seconds} s`;
    reporter.report('timeout', {
      key: call.key,
      attempt: call.hasRun ? call.attempt : 0,
      error,
      detail: { scope, seconds },
    });
    return error;
  };
  return {
    total: total === Infinity ? undefined : timeoutLayer(total, 'total', fail),
    attempt: attempt === Infinity ? undefined : timeoutLayer(attempt, 'attempt', fail),
    body(call, started, end) {
      let timer: Timer | undefined;
      return (arriving) => {
        timer?.clear();
        if (!arriving) return;
        const left = started + total - systemClock.read();
        const isLast = left < idle;
        const expire = () => {
          const error = isLast ? fail(call, 'total', total) : fail(call, 'idle', idle);
          end(error);
          call.cancellation?.abort(error);
        };
        timer = startTimer(expire, isLast ? left : idle);
      };
    },
  };
}

function timeoutLayer(
  limit: number,
  scope: Scope,
  fail: (call: Call, scope: Scope, limit: number) => TimeoutError,
): Layer {
  return (next) => (call, outer) =>
    new Promise((resolve, reject) => {
      if (outer.aborted) return reject(outer.reason);
      const inner = new Cancellation();
      const timer = startTimer(() => {
        forget();
        const error = fail(call, scope, limit);
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
