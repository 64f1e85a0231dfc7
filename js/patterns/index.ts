import { bulkhead } from './bulkhead/bulkhead-layer.ts';
import { circuitBreaker } from './circuit-breaker/circuit-breaker-layer.ts';
import { fallback } from './fallback/fallback.ts';
import { hedge } from './hedge/hedge.ts';
import { responseStatus } from './http/response-status.ts';
import { unsafeMethods } from './http/unsafe-methods.ts';
import type { Pattern } from './pattern.ts';
import type { SharedInstances } from './pattern-options.ts';
import { rateLimiter } from './rate-limiter/rate-limiter-layer.ts';
import { retry } from './retry/retry.ts';
import { standIn } from './stale/stand-in.ts';
import { attemptTimeout, totalTimeout } from './timeout/timeout.ts';

/**
 * All patterns, outermost first: the order in which a call passes them on its way to the function. Everything that
 * depends on the set of patterns is derived from this list, and its types from `pattern-options.ts`.
 */
export function allPatterns(): readonly Pattern[] {
  // Made at the first call: Parcel keeps unused objects that are made at import.
  patterns ??= [
    fallback(),
    standIn(),
    circuitBreaker(),
    totalTimeout(),
    rateLimiter(),
    bulkhead(),
    retry(),
    attemptTimeout(),
    responseStatus(),
    hedge(),
    unsafeMethods(),
  ];
  return patterns;
}

let patterns: readonly Pattern[] | undefined;

/** The options whose instances functions can share. */
export function sharedOptions(): (keyof SharedInstances)[] {
  return allPatterns()
    .filter(({ Shared }) => Shared)
    .map(({ option }) => option as keyof SharedInstances);
}

/** Whether a value is an instance that functions can share. */
export function isSharedInstance(value: object): boolean {
  return allPatterns().some(({ Shared }) => Shared && value instanceof Shared);
}
