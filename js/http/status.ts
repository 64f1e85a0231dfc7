import { parseDate } from './date.ts';
import { listHas } from './header-list.ts';
import { isResponse } from './result-kind.ts';

/** Statuses that are failures: the same request may succeed later. */
export const BAD_STATUSES: ReadonlySet<number> = new Set([408, 413, 429, 500, 502, 503, 504]);

/**
 * Statuses that are stored by default: those that are heuristically cacheable (RFC 9110, 15.1), except 206.
 */
export const STORED_STATUSES: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 404, 410]);

/** Whether a result is a response with one of these statuses. */
export function hasStatus(result: unknown, statuses: ReadonlySet<number>): boolean {
  try {
    return isResponse(result) && statuses.has(result.status);
  } catch {
    return false;
  }
}

/** The delay in `Retry-After`, in milliseconds (RFC 9110, 10.2.3). */
export function retryAfter(result: unknown): number | undefined {
  try {
    const asked = isResponse(result) && result.headers.get('retry-after')?.trim();
    if (!asked) return undefined;
    if (/^\d+$/.test(asked)) return Number(asked) * 1_000;
    const milliseconds = parseDate(asked) - Date.now();
    return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 0);
  } catch {
    return undefined;
  }
}

/** Whether a response may be stored, and has one of these statuses. */
export function isStorable(response: Response, statuses: ReadonlySet<number>): boolean {
  if (!statuses.has(response.status)) return false;
  const { headers } = response;
  return !listHas(headers.get('cache-control'), 'no-store') && !listHas(headers.get('vary'), '*');
}
