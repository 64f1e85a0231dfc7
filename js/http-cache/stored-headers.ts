import { type Directives, namesIn } from './directives.ts';

/** Headers of the connection, not of the response (RFC 9110, 7.6.1; RFC 9111, 3.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Headers that describe the stored bytes. Those of a 304 describe other ones, or none (RFC 9111, 3.2). */
const OF_BYTES = ['content-encoding', 'content-length', 'content-range'];

const COOKIES = ['set-cookie', 'set-cookie2'];

/** The headers to store (RFC 9111, 3.1). Cookies are for the caller that made the request. */
export function headersToStore(headers: Headers, directives: Directives, shared: boolean): Headers {
  const stored = new Headers(headers);
  const unstored = namesIn(directives.get('no-cache'));
  if (shared) unstored.push(...namesIn(directives.get('private')));
  for (const name of [...hopByHop(headers), ...unstored, ...COOKIES, 'age']) remove(stored, name);
  return stored;
}

/**
 * The stored headers, updated by a 304 or by the response to HEAD (RFC 9111, 3.2). Cookies are added: the caller that made
 * the request gets them.
 */
export function updatedHeaders(stored: Headers, update: Headers): Headers {
  const headers = new Headers(stored);
  headers.delete('age');
  const kept = new Set([...hopByHop(update), ...OF_BYTES]);
  for (const [name, value] of update) {
    if (kept.has(name)) continue;
    // `Headers` yields each cookie on its own.
    if (name === 'set-cookie') headers.append(name, value);
    else headers.set(name, value);
  }
  return headers;
}

function hopByHop(headers: Headers): string[] {
  return HOP_BY_HOP.concat(namesIn(headers.get('connection')));
}

/** Removes a header; a name that no header can have is ignored. */
function remove(headers: Headers, name: string): void {
  try {
    headers.delete(name);
  } catch {
    // `Connection` and `no-cache` may list anything.
  }
}
