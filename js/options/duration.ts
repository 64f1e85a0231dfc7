/**
 * A duration: a number of **seconds**, or a string with a unit: `'250ms'`, `'5s'`, `'5m'`, `'2h'`, `'1d'`. A duration
 * above 0 and below 1 millisecond is 1 millisecond.
 */
export type Duration = number | DurationString;

/**
 * A duration with a unit: `ms`, `s`, `m`, `h` or `d`. The type allows a sign or an exponent, which throws a
 * `RangeError`.
 */
export type DurationString = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WITH_UNIT = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d)$/;

/**
 * The milliseconds of a duration; NaN for a string that is not a duration. Rounded to the microsecond, so that 1.1
 * seconds are 1100 ms instead of 1100.0000000000002 ms.
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
