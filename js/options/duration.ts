/**
 * A span of time: a number of **seconds**, or a string with its unit: `'250ms'`, `'5s'`, `'5m'`, `'2h'`, `'1d'`.
 * Above zero and below a millisecond counts as one millisecond.
 */
export type Duration = number | DurationString;

/** A duration with its unit: `ms`, `s`, `m`, `h` or `d`. A sign or an exponent, which this type allows, is refused. */
export type DurationString = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WITH_UNIT = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d)$/;

/**
 * The milliseconds that a duration means, NaN for a text that is none.
 * Rounded to the microsecond, so that `1.1` seconds are 1100 ms and not 1100.0000000000002.
 */
export function toMilliseconds(duration: number | string): number {
  let milliseconds: number;
  if (typeof duration === 'number') {
    milliseconds = duration * 1_000;
  } else {
    const [, amount, unit] = WITH_UNIT.exec(duration) ?? [];
    milliseconds = Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  }
  if (milliseconds > 0 && milliseconds < 1) return 1;
  const roundable = milliseconds >= 1 && milliseconds < 1e9;
  return roundable ? Math.round(milliseconds * 1_000) / 1_000 : milliseconds;
}
