import { type Directives, durationOf } from './directives.ts';
import { httpDate } from './http-date.ts';
import type { HttpCacheSettings } from './settings.ts';
import { HEURISTIC } from './storable.ts';

/** When a response arrived. */
export interface ExchangeTimes {
  /** Milliseconds since its request was sent, by a clock that is never set. */
  readonly delay: number;
  /** Milliseconds since 1970. */
  readonly received: number;
}

/**
 * How long a response is fresh, in milliseconds; `undefined` if it does not say (RFC 9111, 4.2.1). Invalid information
 * means 0 (4.2.1, 5.3).
 */
export function lifetimeOf(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  directives: Directives,
  { shared, heuristic }: Pick<HttpCacheSettings, 'shared' | 'heuristic'>,
  received: number,
): number | undefined {
  const maxAge = durationOf(directives, 'max-age', undefined);
  const stated = shared ? durationOf(directives, 's-maxage', maxAge) : maxAge;
  if (stated !== undefined) return stated;
  const date = httpDate(headers.get('date')) || received;
  const expires = headers.get('expires');
  if (expires !== null) return Math.max(httpDate(expires) - date, 0) || 0;
  // A heuristic (4.2.2).
  const unchanged = date - httpDate(headers.get('last-modified'));
  const isAllowed = unchanged > 0 && (HEURISTIC.has(status) || directives.has('public'));
  return (isAllowed && unchanged * heuristic) || undefined;
}

/**
 * The age of a response when it arrived, in milliseconds (RFC 9111, 4.2.3).
 * @param wallTime the system time; `Date` headers follow it even if the cache has a fake clock
 */
export function initialAge(
  headers: Headers,
  { delay, received }: ExchangeTimes,
  wallTime: number,
): number {
  const apparent = Math.min(received, wallTime) - httpDate(headers.get('date'));
  // Of several, the first one counts (5.1). A parameter is ignored.
  const age = /^\s*\d+(?=\s*([,;]|$))/.exec(headers.get('age') ?? '');
  return Math.max(apparent || 0, Number(age?.[0] ?? 0) * 1_000 + delay);
}
