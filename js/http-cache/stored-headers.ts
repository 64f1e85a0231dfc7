import { type Directives, namesIn } from './directives.ts';

/** Headers of the connection, not of the response (RFC 9110, 7.6.1; RFC 9111, 3.1). */
const HOP_BY_HOP =
  /^(connection|keep-alive|proxy-(auth.*|connection)|te|trailer|transfer-encoding|upgrade)$/;

/** Headers that describe the stored bytes. Those of a 304 describe other ones, or none (RFC 9111, 3.2). */
const OF_BYTES = /^content-(encoding|length|range)$/;

/** The names of the headers that are not stored. Cookies are for the caller that made the request. */
export function omittedHeaders(headers: Headers, directives: Directives, shared: boolean): string {
  const ofShared = shared ? ['set-cookie2', directives.get('private')] : [];
  return `${['age,set-cookie', headers.get('connection'), directives.get('no-cache'), ...ofShared]}`;
}

/**
 * The headers to store (RFC 9111, 3.1).
 * @param list see {@link omittedHeaders}
 */
export function headersToStore(headers: Headers, list: string): Headers {
  const omitted = namesIn(list);
  const stored = new Headers(headers);
  for (const name of new Headers(headers).keys()) {
    if (HOP_BY_HOP.test(name) || omitted.includes(name)) stored.delete(name);
  }
  return stored;
}

/** The stored headers, updated by a 304 or by the response to HEAD (RFC 9111, 3.2). */
export function updatedHeaders(stored: Headers, update: Headers): Headers {
  const headers = new Headers(stored);
  const omitted = namesIn(update.get('connection'));
  headers.delete('age');
  // Without it, the time of receipt counts (RFC 9110, 6.6.1).
  headers.delete('date');
  for (const [name, value] of update) {
    if (HOP_BY_HOP.test(name) || OF_BYTES.test(name) || omitted.includes(name)) continue;
    // Each cookie is an item of its own.
    if (name === 'set-cookie') headers.append(name, value);
    else if (name === 'vary') addVary(headers, value);
    else headers.set(name, value);
  }
  return headers;
}

/** A proxy may add a name to a 304 in which the server left out its own: the response depends on all of them. */
function addVary(headers: Headers, update: string): void {
  const known = namesIn(headers.get('vary'));
  const added = namesIn(update).filter((name) => !known.includes(name));
  if (added.length > 0) headers.append('vary', added.join(', '));
}
