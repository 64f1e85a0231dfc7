import {
  asCount,
  asCountOf,
  asDuration,
  asEntries,
  asPercent,
  asPoints,
} from './output/numbers.ts';
import type { CurvePoint, Report } from './report.ts';

/** One piece of advice. */
export interface Advice {
  /** What it is about. */
  readonly about: 'trace' | 'size' | 'policy' | 'ttl';
  /** A sentence or two, with the numbers that it rests on. */
  readonly text: string;
}

/** A difference in the hit ratio that is worth a change. */
const WORTHWHILE = 0.01;
/** Below this many requests the cold start dominates the hit ratio. */
const FEW_REQUESTS = 1_000;
/** If twice the size brings more, the curve has no knee that is worth the name. */
const SMOOTH = 0.03;
/** A ttl that costs less is long enough. */
const CHEAP = 0.01;

/** Advice derived from a report. */
export function adviceFor(report: Omit<Report, 'advice'>): Advice[] {
  if (report.requests === 0) return adviceOnTrace(report);
  return [
    ...adviceOnTrace(report),
    adviceOnSize(report),
    ...adviceOnPolicy(report),
    ...adviceOnTtl(report),
  ];
}

function adviceOnTrace({ requests, maxHitRatio }: Omit<Report, 'advice'>): Advice[] {
  if (requests < FEW_REQUESTS) {
    const text = `The trace has only ${asCountOf(requests, 'request')}: record more before you rely on it.`;
    return [{ about: 'trace', text }];
  }
  if (maxHitRatio < 0.1) {
    const text = `A cache of any size answers at most ${asPercent(maxHitRatio)} of the requests: most keys are requested once.`;
    return [{ about: 'trace', text }];
  }
  return [];
}

function adviceOnSize({
  smallest,
  knee,
  maxHitRatio,
  meanValueSize,
  lruCurve,
}: Omit<Report, 'advice'>): Advice {
  const bytes =
    meanValueSize === null
      ? ''
      : ` At a mean size of ${asCount(meanValueSize)}, their values take ${asCount(meanValueSize * smallest.size)}.`;
  const double = lruCurve.find(({ size }) => size >= 2 * smallest.size);
  const points = [
    `${asPercent(smallest.hitRatio)} of the requests with ${asEntries(smallest.size)}`,
    ...(knee.size > smallest.size ? [`${answersAt(knee)}, the knee of its curve`] : []),
    ...(double ? [answersAt(double)] : []),
  ];
  const isSmooth = double !== undefined && double.hitRatio - smallest.hitRatio > SMOOTH;
  const more = isSmooth ? ' The curve has no clear knee: more memory brings more hits.' : '';
  const text =
    `maxSize: ${smallest.size}. LRU answers ${points.join(', ')}, and ${asPercent(maxHitRatio)} ` +
    `with all keys.${more}${bytes}`;
  return { about: 'size', text };
}

function answersAt({ hitRatio, size }: CurvePoint): string {
  return `${asPercent(hitRatio)} with ${asCount(size)}`;
}

/**
 * Compares the policies at the size that is the nearest to the one that is good enough. `adaptive` comes first, as a cache
 * can have it.
 */
function adviceOnPolicy({ policies, smallest, sizes }: Omit<Report, 'advice'>): Advice[] {
  const size = nearest(sizes, smallest.size);
  const at = (name: string) =>
    pointAt(policies.find(({ policy }) => policy === name)?.points ?? [], size)?.hitRatio;
  const lru = at('lru');
  const others = policies.filter(({ policy }) => policy !== 'lru' && policy !== 'optimal');
  if (lru === undefined || others.length === 0) return [];
  const [best] = others
    .map(({ policy, points }) => ({ policy, hitRatio: pointAt(points, size)?.hitRatio ?? 0 }))
    .sort((a, b) => b.hitRatio - a.hitRatio);
  const optimal = at('optimal');
  const bound = optimal === undefined ? '' : ` No policy exceeds ${asPercent(optimal)} there.`;
  const highest = best?.hitRatio ?? 0;
  const adaptive = at('adaptive') ?? 0;
  const bestOther = `${best?.policy}, which is only in the simulator, answers ${asPercent(highest)}`;
  const there = `At ${asEntries(size)}`;
  let text: string;
  if (adaptive - lru > WORTHWHILE) {
    const isBest = highest - adaptive <= WORTHWHILE;
    text =
      `${there} policy: adaptive answers ${asPercent(adaptive)}, ${asPoints(adaptive - lru)} more than ` +
      `LRU (${asPercent(lru)}).${isBest ? '' : ` There ${bestOther}.`}`;
  } else if (highest - lru > WORTHWHILE) {
    text = `${there} ${bestOther}, ${asPoints(highest - lru)} more than LRU (${asPercent(lru)}).`;
  } else {
    text =
      `LRU is good enough: at ${asEntries(size)} it answers ${asPercent(lru)}, the best other policy, ` +
      `${best?.policy}, ${asPercent(highest)}.`;
  }
  return [{ about: 'policy', text: text + bound }];
}

function adviceOnTtl({ ttl }: Omit<Report, 'advice'>): Advice[] {
  const rows = ttl?.rows.filter((row) => row.ttl !== null) ?? [];
  if (!ttl || rows.length === 0) return [];
  const cheap = rows.find(({ cost }) => cost <= CHEAP);
  const dear = rows.findLast(({ cost }) => cost > CHEAP);
  const parts = [];
  if (cheap) parts.push(`A ttl of ${asDuration(cheap.ttl)} costs ${asPoints(cheap.cost)}`);
  if (dear)
    parts.push(
      `${cheap ? 'one' : 'A ttl'} of ${asDuration(dear.ttl)} costs ${asPoints(dear.cost)}`,
    );
  const text = `${parts.join(', ')} of the ${asPercent(ttl.hitRatio)} that LRU reaches with ${asEntries(ttl.size)} and no ttl.`;
  return [{ about: 'ttl', text }];
}

function nearest(sizes: readonly number[], wanted: number): number {
  const distance = (size: number) => Math.abs(Math.log(size / wanted));
  return sizes.reduce(
    (best, size) => (distance(size) < distance(best) ? size : best),
    sizes[0] ?? wanted,
  );
}

function pointAt(points: readonly CurvePoint[], size: number): CurvePoint | undefined {
  return points.find((point) => point.size === size);
}
