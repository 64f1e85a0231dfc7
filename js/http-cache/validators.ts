/** The headers of a conditional request for a stored response (RFC 9111, 4.3.1). */
export function conditionOf(stored: Headers): [string, string][] {
  const condition: [string, string][] = [];
  for (const [name, validator] of VALIDATORS) {
    const value = stored.get(validator);
    if (value) condition.push([name, value]);
  }
  return condition;
}

const VALIDATORS = [
  ['if-none-match', 'etag'],
  ['if-modified-since', 'last-modified'],
] as const;

/**
 * Whether a response is about the stored version (RFC 9111, 4.3.4). An ETag decides, compared weakly; without one in both,
 * `Last-Modified` does; a response with neither is about the version that was asked for.
 */
export function isSameVersion(stored: Headers, update: Headers): boolean {
  for (const [, name] of VALIDATORS) {
    const [old, current] = [validatorOf(stored, name), validatorOf(update, name)];
    if (old && current) return old === current;
  }
  return true;
}

/** Whether a response to HEAD describes a stored response to GET: all that it says of the version is the same (4.3.5). */
export function describes(update: Headers, stored: Headers): boolean {
  return VALIDATORS.every(([, name]) => {
    const current = validatorOf(update, name);
    return current === undefined || current === validatorOf(stored, name);
  });
}

function validatorOf(headers: Headers, name: string): string | undefined {
  return headers.get(name)?.replace(/^W\//, '');
}
