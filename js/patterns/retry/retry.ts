import { type Call, Outcome } from '../../flight/call.ts';
import type { Cancellation } from '../../flight/cancellation.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { discardBody } from '../../http/response.ts';
import { retryAfter } from '../../http/status.ts';
import { checkDuration, type Options } from '../../options/check.ts';
import type { Duration } from '../../options/duration.ts';
import { decideAbout, type ErrorFilter } from '../../options/error-filter.ts';
import { readProperty } from '../../platform/property.ts';
import type { Timer } from '../../time/timer.ts';
import type { LayerContext, Pattern } from '../pattern.ts';
import { type Backoff, pauseAfter } from './backoff.ts';
import { isRepeatable, readRetryRules } from './retry-rules.ts';

/** Calls the function again after a failure, with growing pauses. */
export interface RetryOptions<Result = unknown> {
  /** Attempts in all, including the first; an integer >= 1. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** The pause after the first attempt, in seconds. Default 1. */
  readonly delay?: Duration | undefined;
  /** The factor by which each pause is longer than the last one, >= 1. Default 2. */
  readonly backoffFactor?: number | undefined;
  /** The longest pause, in seconds. If a `Retry-After` is longer, there is no further attempt. Default 60. */
  readonly maxDelay?: Duration | undefined;
  /** Spreads each pause evenly over zero to its full length. Default true. */
  readonly jitter?: boolean | undefined;
  /** The errors after which the call is retried. Default: all errors except an `AbortError`. */
  readonly retryOn?: ErrorFilter | undefined;
  /** The errors after which the call is not retried, even if `retryOn` accepts them. Default: none. */
  readonly ignoreOn?: ErrorFilter | undefined;
  /**
   * Whether to retry after this result. The last attempt's result is returned, but not cached. A Promise instead of a
   * boolean is a `TypeError`. Default: no result.
   */
  readonly retryOnResult?: ResultCallback<Result, Result, boolean> | undefined;
  /**
   * The pause, in seconds, after an attempt, counted from 1, that ended in this error or result. It replaces the
   * backoff, its cap and its jitter; `undefined` keeps them.
   */
  readonly delayFunc?: ((attempt: number, outcome: unknown) => Duration | undefined) | undefined;
  /**
   * With `http` only: the methods whose requests retry and hedge may send again. A request whose body is a stream is
   * never sent again. A list replaces the default. Default: GET, PUT, HEAD, DELETE, OPTIONS, TRACE.
   */
  readonly methods?: readonly string[] | undefined;
  /**
   * With `http` only: the statuses, 200 to 599, after which a request is retried. A list replaces the default.
   * Default: 408, 413, 429, 500, 502, 503, 504.
   */
  readonly statuses?: readonly number[] | undefined;
}

/**
 * A function that gets a result, or an event about one. If the type of the results is unknown, as in the options of a
 * policy, a function of any type of result is accepted.
 */
export type ResultCallback<Result, Argument, Returned> = unknown extends Result
  ? { call(argument: Argument): Returned }['call']
  : (argument: Argument) => Returned;

/** The error or the result of an attempt. */
type AttemptResult = { readonly error?: unknown; readonly result?: unknown };

/** Makes another attempt after a failure. */
export function retry(): Pattern<Options> {
  return {
    option: 'retry',
    fields: [
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
    ],
    suggestion: 'maxAttempts maxAttempts retries attempts',
    waits: true,
    delays: true,
    layer: retryLayer,
  };
}

/** @throws TypeError, RangeError */
function retryLayer(options: Options, { reporter }: LayerContext): Layer {
  const isFactor = (value: number) => value >= 1 && value < Infinity;
  const maxAttempts = options.readInteger('maxAttempts', 3, 1);
  const backoff: Backoff = {
    delay: options.readDuration('delay', 1_000),
    factor: options.readNumber('backoffFactor', 2, 'a finite number >= 1', isFactor),
    maxDelay: options.readDuration('maxDelay', 60_000),
    jitter: options.readBoolean('jitter', true),
  };
  const rules = readRetryRules(options);
  const delayFunc =
    options.readFunction<(attempt: number, outcome: unknown) => unknown>('delayFunc');

  /** The milliseconds until the next attempt; `undefined` if there is none. */
  const pauseFor = (call: Call, outcome: AttemptResult): number | undefined => {
    if (call.attempt >= maxAttempts) return undefined;
    const wait = retryAfter(outcome.result);
    if (wait !== undefined) return wait <= backoff.maxDelay ? wait : undefined;
    const pause = decideAbout(outcome.error, () =>
      delayFunc?.(call.attempt, Object.hasOwn(outcome, 'error') ? outcome.error : outcome.result),
    );
    return pause === undefined
      ? pauseAfter(call.attempt, backoff)
      : checkDuration('the result of retry.delayFunc', pause, 'zero');
  };

  /** Pauses before the next attempt; `false` if there is none. */
  const waitToRetry = async (
    call: Call,
    cancellation: Cancellation,
    outcome: AttemptResult,
  ): Promise<boolean> => {
    const details = {
      attempt: call.attempt,
      error: readProperty(outcome, 'error'),
    };
    const pause = pauseFor(call, outcome);
    if (pause === undefined) {
      reporter.report('retry_exhausted', call, { ...details, detail: outcome });
      return false;
    }
    const detail = { ...outcome, delay: pause / 1_000 };
    reporter.report('retry', call, { ...details, detail });
    discardBody(outcome.result);
    call.slot?.release();
    await sleep(pause, cancellation, call);
    await call.slot?.take(true);
    return true;
  };

  return (next) => async (call, cancellation) => {
    call.rules = rules;
    const repeatable = isRepeatable(call);
    for (call.attempt = 1; ; call.attempt++) {
      // The last caller may have aborted after the pause.
      if (cancellation.aborted) throw cancellation.reason;
      let result: unknown;
      try {
        result = await next(call, cancellation);
      } catch (error) {
        if (cancellation.aborted || !repeatable || rules.isFinal(error)) throw error;
        if (await waitToRetry(call, cancellation, { error })) continue;
        throw error;
      }
      try {
        if (cancellation.aborted || !rules.rejects(call, result)) return result;
        if (repeatable && (await waitToRetry(call, cancellation, { result }))) continue;
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

/** Rejects at once with the reason of a cancellation. */
function sleep(milliseconds: number, cancellation: Cancellation, call: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    if (cancellation.aborted) return reject(cancellation.reason);
    let timer: Timer | undefined;
    const forget = cancellation.onAbort((reason) => {
      timer?.clear();
      reject(reason);
    });
    const end = () => {
      forget();
      resolve();
    };
    timer = call.startTimer(end, milliseconds);
  });
}
