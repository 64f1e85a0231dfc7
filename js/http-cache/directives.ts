/** The directives of a `Cache-Control` header, with names in lower case; `''` for a directive without an argument. */
export type Directives = ReadonlyMap<string, string>;

/**
 * A directive at the start of the text, or after a comma or a semicolon, which some servers write instead. Commas in a quoted
 * argument separate nothing.
 */
const DIRECTIVE = /(?:^|[,;])\s*([^\s,;="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;

/**
 * Parses `Cache-Control` (RFC 9111, 5.2). A directive with two different arguments has an invalid one, which is the strict
 * reading (4.2.1). Without a quoted argument, `no-cache` and `private` are about the whole response.
 */
export function parseDirectives(text: string | null | undefined): Directives {
  const directives = new Map<string, string>();
  for (const [, name = '', quoted, token = ''] of text?.matchAll(DIRECTIVE) ?? []) {
    const key = name.toLowerCase();
    const argument = quoted ?? (/^(no-cache|private)$/.test(key) ? '' : token);
    const known = directives.get(key) ?? argument;
    directives.set(key, known === argument ? known : known && argument && `${known},${argument}`);
  }
  return directives;
}

/**
 * The time that a directive states (RFC 9111, 1.2.2), in milliseconds, at most 2^31 seconds; 0 for an invalid argument.
 * @param absent the result without the directive
 */
export function durationOf<T>(directives: Directives, name: string, absent: T): number | T {
  const argument = directives.get(name);
  if (argument === undefined) return absent;
  return /^\d+$/.test(argument) ? Math.min(Number(argument), 2 ** 31) * 1_000 : 0;
}

/** The names in a directive's argument or in a header with a list of names, in lower case. */
export function namesIn(list: string | null | undefined): string[] {
  return (list ?? '').toLowerCase().match(/[^\s,]+/g) ?? [];
}
