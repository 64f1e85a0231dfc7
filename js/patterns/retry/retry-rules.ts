import type { Call, RetryRules } from '../../flight/call.ts';
import { IDEMPOTENT } from '../../http/fetch-request.ts';
import { methodsOf, statusesOf } from '../../http/lists.ts';
import { BAD_STATUSES, hasStatus } from '../../http/status.ts';
import type { Options } from '../../options/check.ts';
import { answerOf, errorFilter, isNoAbort } from '../../options/error-filter.ts';

/** @throws TypeError, RangeError */
export function readRetryRules(options: Options): RetryRules {
  const path = options.path('retryOnResult');
  const retryOn = errorFilter(options, 'retryOn') ?? isNoAbort;
  const ignoreOn = errorFilter(options, 'ignoreOn');
  const retryOnResult = options.function<(result: unknown) => unknown>('retryOnResult');
  const statuses = statusesOf(options, BAD_STATUSES);
  return {
    methods: methodsOf(options, IDEMPOTENT),
    isFinal: (error) => ignoreOn?.(error) || !retryOn(error),
    rejects: (call, result) =>
      (call.request !== undefined && hasStatus(result, statuses)) ||
      (retryOnResult !== undefined && answerOf(path, retryOnResult(result))),
  };
}

/** Whether the function may run more than once for a call. */
export function isRepeatable({ request, rules }: Call): boolean {
  return !request || (request.repeatable && (rules?.methods ?? IDEMPOTENT).has(request.method));
}
