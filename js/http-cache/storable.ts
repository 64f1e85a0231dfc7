import { BAD_STATUSES } from '../http/status.ts';
import { type Directives, namesIn } from './directives.ts';

/** Statuses to which a heuristic may be applied (RFC 9110, 15.1), except 206. */
export const HEURISTIC: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
]);

/**
 * Whether a response may be stored (RFC 9111, 3). Partial responses and failures are not, whatever they say.
 * @param isAuthorized the request has `Authorization`
 */
export function mayStore(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  directives: Directives,
  shared: boolean,
  isAuthorized: boolean,
): boolean {
  const has = (name: string) => directives.has(name);
  if (status < 200 || status === 206 || status === 304 || BAD_STATUSES.has(status)) return false;
  if (namesIn(headers.get('vary')).includes('*')) return false;
  // `no-store` is for caches that do not know `must-understand` (5.2.2.3).
  if (has('must-understand') ? !HEURISTIC.has(status) : has('no-store')) return false;
  if (!shared) return true;
  if (directives.get('private') === '') return false;
  // RFC 9111, 3.5.
  return !isAuthorized || has('public') || has('must-revalidate') || has('s-maxage');
}

/** Whether a stale response is never given without validation (RFC 9111, 4.2.4). */
export function mustRevalidate(directives: Directives, shared: boolean): boolean {
  return (
    directives.get('no-cache') === '' ||
    directives.has('must-revalidate') ||
    (shared && (directives.has('proxy-revalidate') || directives.has('s-maxage')))
  );
}
