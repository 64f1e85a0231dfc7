import type { HeaderSnapshot } from '../http/request-headers.ts';
import { durationOf, parseDirectives } from './directives.ts';

/** What a request accepts of a cache: its `Cache-Control` (RFC 9111, 5.2.1) and the mode of `init.cache`. */
export interface RequestDirectives {
  /** A stored response of any age is accepted. */
  readonly anyAge: boolean;
  /** Without a stored response there is no request: the caller gets a 504. */
  readonly isOnlyIfCached: boolean;
  /** The mode alone asks for validation, which `immutable` makes unnecessary (RFC 8246, 2). */
  readonly allowsImmutable: boolean;
  /** Limits in milliseconds. */
  readonly maxAge: number;
  readonly minFresh: number;
  readonly maxStale: number;
  /** Whether it limits how stale a response may be, so that no window of the response counts. */
  readonly limitsStale: boolean;
}

/** Whether a request bypasses the cache: it has a range or a condition of its own. */
export function bypassesCache(headers: HeaderSnapshot | undefined): boolean {
  return headers?.pairs.some(([name]) => /^(if-|range$)/.test(name)) === true;
}

export function readRequestDirectives(
  mode: unknown,
  headers: Pick<HeaderSnapshot, 'get'> | undefined,
): RequestDirectives {
  const directives = parseDirectives(headers?.get('cache-control') || headers?.get('pragma'));
  const maxAge = durationOf(directives, 'max-age', Infinity);
  return {
    anyAge: mode === 'force-cache' || mode === ONLY_IF_CACHED,
    isOnlyIfCached: directives.has(ONLY_IF_CACHED),
    allowsImmutable: mode === 'no-cache' && !directives.has('no-cache') && maxAge > 0,
    maxAge,
    minFresh: durationOf(directives, 'min-fresh', 0),
    // Without an argument, any staleness is accepted.
    maxStale:
      directives.get('max-stale') === '' ? Infinity : durationOf(directives, 'max-stale', 0),
    limitsStale: maxAge < Infinity || directives.has('max-stale'),
  };
}

/** The mode of `init.cache`, and the directive. */
export const ONLY_IF_CACHED = 'only-if-cached';

/**
 * Whether a request accepts a stored response without validation (RFC 9111, 4.2 and 5.2.1).
 * @param age milliseconds
 * @param staleness milliseconds since it became stale; 0 or less for a fresh one
 */
export function accepts(
  { anyAge, maxAge, minFresh, maxStale }: RequestDirectives,
  age: number,
  staleness: number,
  mustRevalidate: boolean,
): boolean {
  if (anyAge) return true;
  const isFreshEnough =
    staleness > 0 ? !mustRevalidate && staleness <= maxStale : -staleness >= minFresh;
  return age <= maxAge && isFreshEnough;
}
