/** The directives of a `Cache-Control` header, with names in lower case; `''` for a directive without an argument. */
export type Directives = ReadonlyMap<string, string>;

/** A directive at the start of the text or after a comma. Commas in a quoted argument separate nothing. */
const DIRECTIVE = /(?:^|,)\s*([^\s,="]+)(?:=("(?:[^"\\]|\\.)*"|[^\s,"]*))?/g;

/** Parses `Cache-Control` (RFC 9111, 5.2). Of a directive that is given twice, the stricter one counts (4.2.1). */
export function parseDirectives(text: string | null | undefined): Directives {
  const directives = new Map<string, string>();
  for (const [, name = '', value = ''] of (text ?? '').matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    const argument = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
    const known = directives.get(key);
    directives.set(key, known === undefined ? argument : stricter(known, argument));
  }
  return directives;
}

/** Without an argument, `no-cache` and `private` are about the whole response. Of two numbers, the smaller counts. */
function stricter(one: string, other: string): string {
  if (one === '' || other === '') return '';
  const [first, second] = [secondsOf(one), secondsOf(other)];
  if (Number.isNaN(first) || Number.isNaN(second)) return `${one}, ${other}`;
  return first < second ? one : other;
}

/** The argument as a number of seconds (RFC 9111, 1.2.2); NaN for anything else. Larger numbers are 2^31. */
export function secondsOf(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : Number.NaN;
}

/** The names in a directive's argument or in a header with a list of names, in lower case. */
export function namesIn(list: string | null | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
}
