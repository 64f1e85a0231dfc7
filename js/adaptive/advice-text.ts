import type { CacheAdvice } from '../cache/estimates.ts';

/** The least change of the hit ratio that is worth another size: one point. */
const MIN_GAIN = 0.01;
/** The least samples and requests per entry for each confidence. */
const MEDIUM = { samples: 2_000, requestsPerEntry: 10 };
const HIGH = { samples: 8_000, requestsPerEntry: 30 };

/** What was counted and estimated. */
interface Basis extends Omit<CacheAdvice, 'confidence' | 'text'> {
  readonly samples: number;
  readonly requestsPerEntry: number;
  readonly isLru: boolean;
}

export function adviceOf(basis: Basis): CacheAdvice {
  const { hitRatio, atHalf, atDouble, lruHitRatio } = basis;
  return Object.freeze({
    hitRatio,
    atHalf,
    atDouble,
    lruHitRatio,
    confidence: confidenceOf(basis),
    text: textOf(basis),
  });
}

function confidenceOf({ samples, requestsPerEntry }: Basis): CacheAdvice['confidence'] {
  const reaches = (least: typeof HIGH) =>
    samples >= least.samples && requestsPerEntry >= least.requestsPerEntry;
  if (reaches(HIGH)) return 'high';
  return reaches(MEDIUM) ? 'medium' : 'low';
}

function textOf({ hitRatio, atHalf, atDouble, lruHitRatio, isLru }: Basis): string {
  const start = isLru ? '' : `The hit ratio is ${percent(hitRatio)}. `;
  const subject = isLru ? 'the hit ratio' : 'the hit ratio of LRU';
  const now = percent(lruHitRatio);
  if (atDouble - lruHitRatio >= MIN_GAIN) {
    return `${start}Twice the size would raise ${subject} from ${now} to ${percent(atDouble)}.`;
  }
  if (atDouble < MIN_GAIN) {
    return `${start}Almost no request would be a hit, even with twice the size: keys come back too late, or never.`;
  }
  if (lruHitRatio - atHalf < MIN_GAIN) {
    return `${start}Half the size is enough: ${subject} would go from ${now} to ${percent(atHalf)}.`;
  }
  return `${start}The size is right: ${subject} is ${now}, twice the size would give ${percent(atDouble)}, half would give ${percent(atHalf)}.`;
}

/** Rounded to a tenth of a point, so that a change of a point is visible. */
function percent(ratio: number): string {
  return `${Math.round(1_000 * ratio) / 10} %`;
}
