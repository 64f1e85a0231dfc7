import type { Reporter } from '../../events/reporter.ts';
import { type Call, Outcome } from '../../flight/call.ts';
import type { Cancellation } from '../../flight/cancellation.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { discardBody } from '../../http/response.ts';
import { retryAfter } from '../../http/status.ts';
import { checkDuration, Options } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { askAbout, type ErrorFilter } from '../../options/error-filter.ts';
import { readProperty } from '../../platform/property.ts';
import { startTimer, type Timer } from '../../time/timer.ts';
import { pauseAfter } from './backoff.ts';
import { isRepeatable, readRetryRules } from './retry-rules.ts';

/** Runs the function again when it fails, with pauses that grow. */
export interface RetryOptions<Result = unknown> {
  /** Attempts in all, the first included. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** The pause after the first attempt. Default 1 second. */
  readonly delay?: Duration | undefined;
  /** How much longer each pause is than the one before. Default 2. */
  readonly backoffFactor?: number | undefined;
  /** No pause is longer. Default 60 seconds. */
  readonly maxDelay?: Duration | undefined;
  /** Spreads each pause evenly between zero and its full length. Default true. */
  readonly jitter?: boolean | undefined;
  /** The errors after which to try again. Default: all but an `AbortError` of the function's own. */
  readonly retryOn?: ErrorFilter | undefined;
  /** The errors after which not to, whatever `retryOn` says. Default: none. */
  readonly ignoreOn?: ErrorFilter | undefined;
  /** Whether a result is as good as a failure. The last attempt's is given back all the same, but not cached. */
  readonly retryOnResult?: ResultCallback<Result, Result, boolean> | undefined;
  /**
   * The pause after an attempt (from 1) that ended in this error or result, in place of the backoff with its cap and
   * jitter; `undefined` for that.
   */
  readonly delayFunc?: ((attempt: number, outcome: unknown) => Duration | undefined) | undefined;
  /**
   * With `http` only: the methods whose requests may be sent again, by retry and by hedge. A body that is a stream is
   * never sent again. Default: GET, PUT, HEAD, DELETE, OPTIONS, TRACE. A list replaces the default.
   */
  readonly methods?: readonly string[] | undefined;
  /**
   * With `http` only: the statuses after which to try again, 200 to 599. Default: 408, 413, 429, 500, 502, 503, 504.
   * A list replaces the default.
   */
  readonly statuses?: readonly number[] | undefined;
}

/**
 * A function of a result, or of what tells of one. Where nothing says which results there are, as in the options of a
 * policy, a function of any of them fits.
 */
export type ResultCallback<Result, Argument, Returned> = unknown extends Result
  ? { call(argument: Argument): Returned }['call']
  : (argument: Argument) => Returned;

/** An error or a result, whichever it was. */
type AttemptResult = { readonly error?: unknown; readonly result?: unknown };

/** The names of the fields of {@link RetryOptions}. */
export const RETRY_FIELDS: readonly string[] = [
  'maxAttempts retries attempts limit maxRetries',
  'delay minTimeout',
  'backoffFactor factor',
  'maxDelay maxTimeout backoffLimit',
  'jitter',
  'retryOn',
  'ignoreOn',
  'retryOnResult',
  'delayFunc',
  'methods',
  'statuses',
];

/**
 * The layer that retries; `undefined` without options.
 * @throws TypeError, RangeError
 */
export function retryLayer(given: unknown, reporter: Reporter): Layer | undefined {
  if (given === undefined) return undefined;
  const options = new Options(given, 'retry', RETRY_FIELDS);
  const maxAttempts = options.integer('maxAttempts', 3, 1);
  const backoff = {
    delay: options.duration('delay', 1_000),
    factor: options.number('backoffFactor', 2, 1),
    maxDelay: options.duration('maxDelay', 60_000),
    jitter: options.boolean('jitter', true),
  };
  const rules = readRetryRules(options);
  const delayFunc = options.function<(attempt: number, outcome: unknown) => unknown>('delayFunc');

  /** The pause that comes next; `undefined` when there is to be none, nor another attempt. */
  const pauseFor = (call: Call, outcome: AttemptResult): number | undefined => {
    if (call.attempt >= maxAttempts) return undefined;
    const asked = retryAfter(outcome.result);
    if (asked !== undefined) return asked <= backoff.maxDelay ? asked : undefined;
    const pause = askAbout(outcome.error, () =>
      delayFunc?.(call.attempt, Object.hasOwn(outcome, 'error') ? outcome.error : outcome.result),
    );
    return pause === undefined
      ? pauseAfter(call.attempt, backoff)
      : checkDuration('the result of retry.delayFunc', pause, 'zero');
  };

  /** Pauses and returns true, or says that this attempt was the last. */
  const again = async (
    call: Call,
    cancellation: Cancellation,
    outcome: AttemptResult,
  ): Promise<boolean> => {
    const about = { key: call.key, attempt: call.attempt, error: readProperty(outcome, 'error') };
    const pause = pauseFor(call, outcome);
    if (pause === undefined) {
      reporter.report('retry_exhausted', { ...about, detail: outcome });
      return false;
    }
    reporter.report('retry', { ...about, detail: { ...outcome, delay: pause / 1_000 } });
    discardBody(outcome.result);
    call.slot?.release();
    await sleep(pause, cancellation);
    await call.slot?.take(true);
    return true;
  };

  return (next) => async (call, cancellation) => {
    call.rules = rules;
    const repeatable = isRepeatable(call);
    for (call.attempt = 1; ; call.attempt++) {
      // The last caller may have left since the wait was over.
      if (cancellation.aborted) throw cancellation.reason;
      let result: unknown;
      try {
        result = await next(call, cancellation);
      } catch (error) {
        if (cancellation.aborted || !repeatable || rules.isFinal(error)) throw error;
        if (await again(call, cancellation, { error })) continue;
        throw error;
      }
      try {
        if (cancellation.aborted || !rules.rejects(call, result)) return result;
        if (repeatable && (await again(call, cancellation, { result }))) continue;
      } catch (error) {
        discardBody(result);
        throw error;
      }
      call.outcome = Outcome.FAILED;
      call.storable = false;
      return result;
    }
  };
}

/** Waits; an abort ends the wait at once and is its error. */
function sleep(milliseconds: number, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    if (cancellation.aborted) return reject(cancellation.reason);
    let timer: Timer | undefined;
    const forget = cancellation.onAbort((reason) => {
      timer?.clear();
      reject(reason);
    });
    timer = startTimer(() => {
      forget();
      resolve();
    }, milliseconds);
  });
}
