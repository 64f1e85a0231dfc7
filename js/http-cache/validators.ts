/** What identifies a version of a response (RFC 9110, 8.8). */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export function validatorsOf(headers: Headers): Validators | undefined {
  const etag = headers.get('etag');
  const lastModified = headers.get('last-modified');
  return etag || lastModified ? { etag, lastModified } : undefined;
}

/** The headers of a conditional request (RFC 9111, 4.3.1). */
export function conditionOf({ etag, lastModified }: Validators): (readonly [string, string])[] {
  const condition: (readonly [string, string])[] = [];
  if (etag) condition.push(['if-none-match', etag]);
  if (lastModified) condition.push(['if-modified-since', lastModified]);
  return condition;
}

/**
 * Whether a response is about the stored version (RFC 9111, 4.3.4). An ETag decides, compared weakly; without one
 * `Last-Modified` does; a 304 with neither is about the version that was asked for.
 */
export function isSameVersion({ etag, lastModified }: Validators, headers: Headers): boolean {
  const newTag = headers.get('etag');
  if (newTag && etag) return strong(newTag) === strong(etag);
  const newDate = headers.get('last-modified');
  return !newDate || !lastModified || newDate === lastModified;
}

function strong(etag: string): string {
  return etag.replace(/^W\//, '');
}
