import type { Report } from '../report.ts';

/** A curve to draw. */
export interface Line {
  readonly name: string;
  readonly points: readonly { readonly size: number; readonly hitRatio: number }[];
}

/** The curves of a report: LRU at every size, the other policies at the simulated ones. */
export function linesOf(report: Report): Line[] {
  const [first = 1] = report.sizes;
  const smallest = Math.min(first, ...report.sizes);
  return report.policies.map(({ policy, points }) => {
    if (policy !== 'lru')
      return { name: policy, points: [...points].sort((a, b) => a.size - b.size) };
    const exact = report.lruCurve.filter(({ size }) => size >= smallest);
    return { name: policy, points: exact.length > 1 ? exact : points };
  });
}

/** The smallest and the largest size of some curves. */
export function sizeRange(lines: readonly Line[]): [least: number, most: number] {
  const sizes = lines.flatMap(({ points }) => points.map(({ size }) => size));
  const least = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const most = sizes.reduce((a, b) => Math.max(a, b), 1);
  return least < most ? [least, most] : [Math.max(most / 2, 0.5), most * 2];
}

/** The hit ratio at the top of the chart: a multiple of 10 points. */
export function topRatio(lines: readonly Line[]): number {
  const ratios = lines.flatMap(({ points }) => points.map(({ hitRatio }) => hitRatio));
  const most = ratios.reduce((a, b) => Math.max(a, b), 0);
  return Math.min(1, Math.max(0.1, Math.ceil(most * 10) / 10));
}

/** Where a size is on a logarithmic axis, from 0 to 1. */
export function positionOf(size: number, [least, most]: readonly [number, number]): number {
  return Math.log(size / least) / Math.log(most / least);
}

/**
 * Sizes to label on a logarithmic axis: 1, 2 and 5 times powers of ten, powers of ten if these are too many, or the ends if
 * they are too few.
 */
export function ticksOf([least, most]: readonly [number, number]): number[] {
  const all = (factors: readonly number[]) => {
    const ticks = [];
    for (let power = 1; power <= most; power *= 10) {
      ticks.push(...factors.map((factor) => factor * power));
    }
    return ticks.filter((tick) => tick >= least && tick <= most);
  };
  const fine = all([1, 2, 5]);
  if (fine.length < 2) return [...new Set([Math.ceil(least), Math.floor(most)])];
  return fine.length > 12 ? all([1]) : fine;
}
