import { type Directives, parseDirectives, secondsOf } from './directives.ts';
import type { RequestHeaders } from './vary.ts';

/** What a request accepts of a cache: its `Cache-Control` (RFC 9111, 5.2.1) and the mode of `init.cache`. */
export interface RequestWish {
  /** The request is not for the cache: it has a range or a condition of its own. */
  readonly passesBy: boolean;
  /** A stored response of any age is accepted. */
  readonly anyAge: boolean;
  /** Without a stored response there is no request: the caller gets an error, or a 504. */
  readonly onlyIfCached: 'error' | 'status' | undefined;
  /** The response is to be requested without a condition. */
  readonly reload: boolean;
  /** The mode alone asks for validation, which `immutable` makes unnecessary (RFC 8246, 2). */
  readonly allowsImmutable: boolean;
  /** Milliseconds. */
  readonly maxAge: number;
  /** Milliseconds. */
  readonly minFresh: number;
  /** Milliseconds. */
  readonly maxStale: number;
}

const OWN_CONDITIONS = [
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
];

export function readWish(mode: unknown, headers: RequestHeaders | undefined): RequestWish {
  const directives = parseDirectives(headers?.get('cache-control') || headers?.get('pragma'));
  const isOnly = directives.has('only-if-cached');
  return {
    passesBy: OWN_CONDITIONS.some((name) => headers?.get(name)),
    anyAge: mode === 'force-cache' || mode === 'only-if-cached',
    onlyIfCached: mode === 'only-if-cached' ? 'error' : isOnly ? 'status' : undefined,
    reload: mode === 'reload',
    allowsImmutable:
      mode === 'no-cache' && !(directives.has('no-cache') || directives.has('max-age')),
    maxAge: millisecondsOf(directives, 'max-age', Infinity),
    minFresh: millisecondsOf(directives, 'min-fresh', 0),
    // Without an argument, any staleness is accepted.
    maxStale:
      directives.get('max-stale') === '' ? Infinity : millisecondsOf(directives, 'max-stale', 0),
  };
}

/** An invalid argument is ignored. */
function millisecondsOf(directives: Directives, name: string, fallback: number): number {
  const seconds = secondsOf(directives.get(name));
  return Number.isNaN(seconds) ? fallback : seconds * 1_000;
}

/**
 * Whether a request accepts a stored response without validation (RFC 9111, 4.2 and 5.2.1).
 * @param age milliseconds
 * @param staleness milliseconds since it became stale; 0 or less for a fresh one
 */
export function accepts(
  { anyAge, maxAge, minFresh, maxStale }: RequestWish,
  age: number,
  staleness: number,
  mustRevalidate: boolean,
): boolean {
  if (anyAge) return true;
  if (age > maxAge) return false;
  if (staleness > 0) return !mustRevalidate && staleness <= maxStale;
  return -staleness >= minFresh;
}
