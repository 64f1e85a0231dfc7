/** The time of an HTTP date in any of its three forms (RFC 9110, 5.6.7), which all mean GMT; NaN for other text. */
export function parseDate(text: string): number {
  // asctime has the year at the end, and no zone.
  const form = text.replace(/^\w+ (\w+) +(\d+) (\S+) (\d{4})$/, '$2 $1 $4 $3 GMT');
  const [, day, month, year, time] =
    /(\d+)[ -]([a-z]+)[ -](\d+) ([\d:]+) (?:GMT|UTC|[+-]0000)$/i.exec(form) ?? [];
  const timeIn = (fullYear: unknown) => Date.parse(`${day} ${month} ${fullYear} ${time} GMT`);
  if (year?.length !== 2) return timeIn(year);
  // Two digits stand for the last year with these digits that is not more than 50 years in the future.
  const limit = new Date();
  const lastYear = limit.getUTCFullYear() + 50;
  limit.setUTCFullYear(lastYear);
  const fullYear = lastYear - ((lastYear - Number(year)) % 100);
  const found = timeIn(fullYear);
  return found > limit.getTime() ? timeIn(fullYear - 100) : found;
}
