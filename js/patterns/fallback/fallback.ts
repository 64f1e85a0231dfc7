import type { Reporter } from '../../events/reporter.ts';
import { Outcome } from '../../flight/call.ts';
import type { Layer } from '../../flight/pipeline.ts';
import { SharedResponse } from '../../http/shared-response.ts';
import { Options, wrongKind } from '../../options/check.ts';
import { type ErrorFilter, errorFilter, isNoAbort } from '../../options/error-filter.ts';
import { hasProperty } from '../../platform/property.ts';
import { chain } from '../../platform/thenable.ts';

/** Makes the value that stands in for an error, at once or later. */
export type FallbackHandler<Value, Args extends readonly unknown[] = never[]> = (
  error: unknown,
  ...args: Args
) => Value | PromiseLike<Value>;

/** A value in the place of an error. */
export interface FallbackOptions<Value = unknown, Args extends readonly unknown[] = never[]> {
  /** The value, or what makes it from the error and the call's arguments. */
  readonly handler: Value | FallbackHandler<Value, Args>;
  /**
   * The errors that it stands in for. Default: all but an `AbortError` of the function's own, refusals by the other
   * patterns included.
   */
  readonly fallbackOn?: ErrorFilter | undefined;
}

/** The names of the fields of {@link FallbackOptions}. */
export const FALLBACK_FIELDS: readonly string[] = ['handler', 'fallbackOn'];

/**
 * The layer that answers with a fallback when all else has failed; `undefined` without options.
 * @throws TypeError
 */
export function fallbackLayer(given: unknown, reporter: Reporter): Layer | undefined {
  if (given === undefined) return undefined;
  const { handler, applies } = readFallback(given);
  return (next) => (call, cancellation) =>
    chain(
      () => next(call, cancellation),
      (value) => value,
      (error) => {
        if (cancellation.aborted || !applies(error)) throw error;
        call.outcome = Outcome.FAILED;
        call.storable = false;
        call.error = error;
        reporter.report('fallback_used', { key: call.key, error });
        if (typeof handler !== 'function') return SharedResponse.copyOf(handler);
        return Reflect.apply(handler, call.thisArg, [error, ...call.args]);
      },
    );
}

function readFallback(given: unknown) {
  if (!hasFields(given)) return { handler: given, applies: isNoAbort };
  const options = new Options(given, 'fallback', FALLBACK_FIELDS);
  const handler = options.read('handler');
  if (handler === undefined) {
    throw wrongKind(options.path('handler'), 'a value or a function', handler);
  }
  return { handler, applies: errorFilter(options, 'fallbackOn') ?? isNoAbort };
}

/** Told from a value that is an object by the names of the fields. */
export function hasFields(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  return hasProperty(given, 'handler') || hasProperty(given, 'fallbackOn');
}
