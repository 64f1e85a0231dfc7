import { TimeoutError } from '../../errors/timeout-error.ts';
import type { Reporter } from '../../events/reporter.ts';
import type { Call } from '../../flight/call.ts';
import { Cancellation } from '../../flight/cancellation.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { discardBody } from '../../http/response.ts';
import { checkDuration, Options, wrongKind } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { systemClock } from '../../time/clock.ts';
import type { Timer } from '../../time/timer.ts';
import type { Pattern } from '../pattern.ts';

/** Limits the time of a call, and aborts the signal that the function gets. */
export interface TimeoutOptions {
  /** The time for one attempt, in seconds; above 0. Default 30. */
  readonly attempt?: Duration | undefined;
  /** The old name of `attempt`, in seconds; with `perAttempt: false`, of `total`. Default 30. */
  readonly seconds?: Duration | undefined;
  /** Whether `seconds` limits one attempt, or the whole call. Default true: one attempt. */
  readonly perAttempt?: boolean | undefined;
  /**
   * The time for the whole call, in seconds; above 0. It includes queues, pauses and the body of a shared response.
   * Default: no limit.
   */
  readonly total?: Duration | undefined;
  /** The longest time without a byte of the body of a shared response, in seconds; above 0. Default: `attempt`. */
  readonly idle?: Duration | undefined;
}

/** Limits in milliseconds; `Infinity` for none. */
interface TimeoutSettings {
  readonly attempt: number;
  readonly total: number;
  readonly idle: number;
}

type Scope = keyof TimeoutSettings;

const FIELDS: readonly string[] = ['attempt', 'seconds', 'perAttempt', 'total', 'idle'];

/** Limits the time of a call with all its attempts. */
export function totalTimeout(): Pattern<TimeoutSettings> {
  return {
    option: 'timeout',
    fields: FIELDS,
    waits: true,
    readOption: readTimeout,
    layer: ({ total }, { reporter }) => timeoutLayer('total', total, reporter),
    bodyLimit:
      ({ total, idle }, { reporter }) =>
      (call, started, end) => {
        let timer: Timer | undefined;
        return (arriving) => {
          timer?.clear();
          if (!arriving) return 0;
          const now = systemClock.read();
          const left = started + total - now;
          const isLast = left < idle;
          const limit = isLast ? left : idle;
          const expire = () => {
            const error = isLast
              ? timeoutError('total', total, call, reporter)
              : timeoutError('idle', idle, call, reporter);
            end(error);
            call.cancellation?.abort(error);
          };
          timer = call.startTimer(expire, limit);
          return now + limit;
        };
      },
  };
}

/** Limits the time of one attempt. */
export function attemptTimeout(): Pattern<TimeoutSettings> {
  return {
    option: 'timeout',
    fields: FIELDS,
    waits: true,
    readOption: readTimeout,
    layer: ({ attempt }, { reporter }) => timeoutLayer('attempt', attempt, reporter),
  };
}

/** @throws TypeError, RangeError */
function readTimeout(outer: Options): TimeoutSettings | undefined {
  const value = outer.readGroup('timeout');
  if (value === undefined) return undefined;
  if (typeof value === 'number' || typeof value === 'string') {
    const attempt = checkDuration('timeout', value, 'above zero');
    return { attempt, total: Infinity, idle: attempt };
  }
  if (typeof value !== 'object') {
    throw wrongKind('timeout', "a duration such as '5s', or an object of options", value);
  }
  const options = new Options(value, 'timeout', FIELDS);
  const duration = (name: string, fallback: number) =>
    options.readDuration(name, fallback, 'above zero');
  const seconds = duration('seconds', 30_000);
  const total = duration('total', Infinity);
  const perAttempt = options.readBoolean('perAttempt', true);
  const attempt = duration('attempt', perAttempt ? seconds : Infinity);
  return {
    attempt,
    total: perAttempt ? total : Math.min(total, seconds),
    idle: duration('idle', attempt === Infinity ? seconds : attempt),
  };
}

/** Makes the error of a call that ran out of time, and reports it. */
function timeoutError(scope: Scope, limit: number, call: Call, reporter: Reporter): TimeoutError {
  const seconds = limit / 1_000;
  const { functionName } = reporter;
  const error = new TimeoutError(seconds, { functionName });
  if (scope === 'idle') error.message = `${functionName} received nothing for ${seconds} s`;
  reporter.report('timeout', call, {
    attempt: call.hasRun ? call.attempt : 0,
    error,
    detail: { scope, seconds },
  });
  return error;
}

function timeoutLayer(scope: Scope, limit: number, reporter: Reporter): Layer | undefined {
  if (limit === Infinity) return undefined;
  return (next) => (call, outer) =>
    new Promise((resolve, reject) => {
      if (outer.aborted) return reject(outer.reason);
      const inner = new Cancellation();
      const expire = () => {
        forget();
        const error = timeoutError(scope, limit, call, reporter);
        reject(error);
        inner.abort(error);
      };
      let timer: Timer | undefined;
      const forget = outer.onAbort((reason) => {
        timer?.clear();
        reject(reason);
        inner.abort(reason);
      });
      const finish = () => {
        timer?.clear();
        forget();
      };
      timer = call.startTimer(expire, limit);
      // A fake timer may run synchronously.
      if (inner.aborted) return;
      const run = async () => next(call, inner);
      run().then(
        (value) => {
          finish();
          // It came too late: nothing reads it.
          if (inner.aborted) discardBody(value);
          resolve(value);
        },
        (error) => {
          finish();
          reject(error);
        },
      );
    });
}
