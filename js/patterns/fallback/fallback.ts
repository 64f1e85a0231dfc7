import { Outcome } from '../../flight/call.ts';
import { SharedResponse } from '../../http/shared-response.ts';
import { Options, wrongKind } from '../../options/check.ts';
import { type ErrorFilter, errorFilter, isNoAbort } from '../../options/error-filter.ts';
import { hasProperty } from '../../platform/property.ts';
import { chain } from '../../platform/thenable.ts';
import type { Pattern } from '../pattern.ts';

/** Returns the value, or a Promise of the value, that replaces an error. Gets the error and the call's arguments. */
export type FallbackHandler<Value, Args extends readonly unknown[] = never[]> = (
  error: unknown,
  ...args: Args
) => Value | PromiseLike<Value>;

/** Replaces an error by a value. */
export interface FallbackOptions<Value = unknown, Args extends readonly unknown[] = never[]> {
  /** The value, or a function that returns it. Required. */
  readonly handler: Value | FallbackHandler<Value, Args>;
  /**
   * The errors that are replaced. Default: all errors except an `AbortError`. Errors of the other patterns are
   * included.
   */
  readonly fallbackOn?: ErrorFilter | undefined;
}

interface FallbackSettings {
  readonly handler: unknown;
  readonly fallbackOn: (error: unknown) => boolean;
}

const FIELDS: readonly string[] = ['handler', 'fallbackOn'];

/** Replaces an error of the inner layers by a value. */
export function fallback(): Pattern<FallbackSettings> {
  return {
    option: 'fallback',
    fields: FIELDS,
    isOptions,
    readOption: (options) => {
      const handler = options.readField('fallback');
      return handler === undefined ? undefined : readFallback(handler);
    },
    layer:
      ({ handler, fallbackOn }, { reporter }) =>
      (next) =>
      (call, cancellation) =>
        chain(
          () => next(call, cancellation),
          undefined,
          (error) => {
            if (cancellation.aborted || !fallbackOn(error)) throw error;
            call.outcome = Outcome.FAILED;
            call.storable = false;
            call.error = error;
            reporter.report('fallback_used', call, { error });
            if (typeof handler !== 'function') return SharedResponse.copyOf(handler);
            return Reflect.apply(handler, call.thisArg, [error, ...call.args]);
          },
        ),
  };
}

/** @throws TypeError */
function readFallback(value: unknown): FallbackSettings {
  if (!isOptions(value)) return { handler: value, fallbackOn: isNoAbort };
  const options = new Options(value, 'fallback', FIELDS);
  const handler = options.readField('handler');
  if (handler === undefined) {
    throw wrongKind(options.pathOf('handler'), 'a value or a function', handler);
  }
  return { handler, fallbackOn: errorFilter(options, 'fallbackOn') ?? isNoAbort };
}

/** Options have one of the fields; any other object is a value. */
function isOptions(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (hasProperty(value, 'handler') || hasProperty(value, 'fallbackOn'))
  );
}
