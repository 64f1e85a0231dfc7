import type { Call, RetryRules } from '../../flight/call.ts';
import { IDEMPOTENT } from '../../http/fetch-request.ts';
import { methodsOf, statusesOf } from '../../http/lists.ts';
import { BAD_STATUSES, hasStatus } from '../../http/status.ts';
import type { Options } from '../../options/check.ts';
import { checkBoolean, errorFilter, isNoAbort } from '../../options/error-filter.ts';

/**
 * Reads the rules by which retry and hedge decide.
 * @throws TypeError, RangeError
 */
export function readRetryRules(options: Options): RetryRules {
  const path = options.pathOf('retryOnResult');
  const retryOn = errorFilter(options, 'retryOn') ?? isNoAbort;
  const ignoreOn = errorFilter(options, 'ignoreOn');
  const retryOnResult = options.readFunction<(result: unknown) => unknown>('retryOnResult');
  const statuses = statusesOf(options, BAD_STATUSES);
  return {
    methods: methodsOf(options, IDEMPOTENT),
    isFinal: (error) => ignoreOn?.(error) || !retryOn(error),
    rejects: (call, result) =>
      (call.request !== undefined && hasStatus(result, statuses)) ||
      (retryOnResult !== undefined && checkBoolean(path, retryOnResult(result))),
  };
}

/** Whether a call may be made more than once. */
export function isRepeatable({ request, rules }: Call): boolean {
  return !request || (request.repeatable && (rules?.methods ?? IDEMPOTENT).has(request.method));
}
