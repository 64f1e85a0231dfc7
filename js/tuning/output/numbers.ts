const SEPARATED = /* @__PURE__ */ new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A number with separators: 12,345. */
export function asCount(value: number): string {
  return SEPARATED.format(value);
}

/** A number of things: 1 key, 12,345 keys. */
export function asCountOf(count: number, thing: string, things = `${thing}s`): string {
  return `${asCount(count)} ${count === 1 ? thing : things}`;
}

/** A number of entries: 1 entry, 12,345 entries. */
export function asEntries(count: number): string {
  return asCountOf(count, 'entry', 'entries');
}

/** A ratio as a percentage: 41.2 %. */
export function asPercent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}

/** A difference of ratios: 1.5 points. */
export function asPoints(difference: number): string {
  return `${(100 * difference).toFixed(1)} points`;
}

/** Seconds in the largest unit that gives a short number. */
export function asDuration(seconds: number | null): string {
  if (seconds === null) return 'as recorded';
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const) {
    if (seconds >= length) return `${Number((seconds / length).toFixed(1))}${unit}`;
  }
  return `${Number(seconds.toFixed(1))}s`;
}

/** A size on an axis: 500, 2k, 1.5M, and in full if it has more digits. */
export function asShortCount(value: number): string {
  if (Number(value.toPrecision(2)) !== value) return asCount(value);
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(2))}M`;
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(2))}k`;
  return String(value);
}
