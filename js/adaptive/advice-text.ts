import type { CacheAdvice } from '../cache/estimates.ts';

/** A change of the hit ratio that is worth another size. */
const WORTH_IT = 0.01;
/** Below this many samples or requests per entry, the estimates are rough. */
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
  if (atDouble - lruHitRatio >= WORTH_IT) {
    return `${start}Twice the size would raise ${subject} from ${now} to ${percent(atDouble)}.`;
  }
  if (lruHitRatio - atHalf < WORTH_IT) {
    return `${start}Half the size is enough: ${subject} would go from ${now} to ${percent(atHalf)}.`;
  }
  return `${start}The size is right: ${subject} is ${now}, twice the size would give ${percent(atDouble)}, half would give ${percent(atHalf)}.`;
}

/** With a decimal where whole numbers would hide a change of a point. */
function percent(ratio: number): string {
  return `${Math.round(1_000 * ratio) / 10} %`;
}
