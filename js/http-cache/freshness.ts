import { type Directives, secondsOf } from './directives.ts';
import { httpDate } from './http-date.ts';

/** When a request was sent and its response arrived, in milliseconds since 1970. */
export interface ExchangeTimes {
  readonly requested: number;
  readonly received: number;
}

/** Statuses to which a heuristic may be applied (RFC 9110, 15.1), except 206. */
const HEURISTIC = new Set([200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501]);

/**
 * The lifetime that a response states, in milliseconds; `undefined` if it states none (RFC 9111, 4.2.1). Invalid
 * information means stale (4.2.1, 5.3).
 */
export function explicitLifetime(
  headers: Headers,
  directives: Directives,
  shared: boolean,
  { received }: ExchangeTimes,
): number | undefined {
  for (const name of shared ? ['s-maxage', 'max-age'] : ['max-age']) {
    if (directives.has(name)) return (secondsOf(directives.get(name)) || 0) * 1_000;
  }
  const expires = headers.get('expires');
  if (expires === null) return undefined;
  return Math.max(httpDate(expires) - dateOf(headers, received), 0) || 0;
}

/** A part of the time since the last modification (RFC 9111, 4.2.2), in milliseconds; `undefined` where it is not allowed. */
export function heuristicLifetime(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  directives: Directives,
  fraction: number,
  { received }: ExchangeTimes,
): number | undefined {
  if (fraction === 0 || !(HEURISTIC.has(status) || directives.has('public'))) return undefined;
  const unchanged = dateOf(headers, received) - httpDate(headers.get('last-modified'));
  return unchanged > 0 ? unchanged * fraction : undefined;
}

/**
 * The age of a response when it arrived, in milliseconds (RFC 9111, 4.2.3).
 * @param wallTime the time of the system, which a response may come from although a test has replaced the clock
 */
export function initialAge(
  headers: Headers,
  { requested, received }: ExchangeTimes,
  wallTime: number,
): number {
  const apparent = Math.min(received, wallTime) - httpDate(headers.get('date'));
  // The first one counts if there are several (5.1). A parameter is ignored.
  const [, age] = /^\s*(\d+)\s*(?:[,;]|$)/.exec(headers.get('age') ?? '') ?? [];
  return Math.max(apparent || 0, 0, (secondsOf(age) || 0) * 1_000 + received - requested);
}

function dateOf(headers: Headers, received: number): number {
  const date = httpDate(headers.get('date'));
  return Number.isNaN(date) ? received : date;
}
