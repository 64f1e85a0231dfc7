import { parseDate } from '../http/date.ts';

/** IMF-fixdate, RFC 850 and asctime (RFC 9110, 5.6.7), in any letter case. */
const FORMS =
  /^(\w{3}, \d\d \w{3} \d{4}|\w{6,9}, \d\d-\w{3}-\d\d) \d\d:\d\d:\d\d gmt$|^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/i;

/** The time of an HTTP date in milliseconds; NaN for any other text, even if it can be guessed (RFC 9111, 4.2). */
export function httpDate(text: string | null): number {
  return text && FORMS.test(text) ? parseDate(text) : Number.NaN;
}
