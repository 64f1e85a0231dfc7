import { BAD_STATUSES } from '../http/status.ts';
import { type Directives, namesIn } from './directives.ts';

/** The final statuses of RFC 9110, 15, for `must-understand`. */
const UNDERSTOOD = /^(20[0-5]|30[0-378]|40[0-9]|41[0-7]|42[126]|50[0-5])$/;

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
  if (status < 200 || status === 206 || status === 304 || BAD_STATUSES.has(status)) return false;
  if (namesIn(headers.get('vary')).includes('*')) return false;
  if (directives.has('must-understand')) {
    // `no-store` is for caches that do not know `must-understand` (5.2.2.3).
    if (!UNDERSTOOD.test(`${status}`)) return false;
  } else if (directives.has('no-store')) return false;
  if (!shared) return true;
  if (directives.get('private') === '') return false;
  return !isAuthorized || SHARES_AUTHORIZED.some((name) => directives.has(name));
}

/** Directives that let a shared cache store the response to a request with `Authorization` (RFC 9111, 3.5). */
const SHARES_AUTHORIZED = ['public', 'must-revalidate', 's-maxage'];

/** Whether a stale response is never given without validation (RFC 9111, 4.2.4). */
export function mustRevalidate(directives: Directives, shared: boolean): boolean {
  const names = ['must-revalidate', ...(shared ? ['proxy-revalidate', 's-maxage'] : [])];
  return directives.get('no-cache') === '' || names.some((name) => directives.has(name));
}
