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
    text: basis.isLru ? lruText(basis) : adaptiveText(basis),
  });
}

function confidenceOf({ samples, requestsPerEntry }: Basis): CacheAdvice['confidence'] {
  const reaches = (least: typeof HIGH) =>
    samples >= least.samples && requestsPerEntry >= least.requestsPerEntry;
  if (reaches(HIGH)) return 'high';
  return reaches(MEDIUM) ? 'medium' : 'low';
}

function lruText({ hitRatio, atHalf, atDouble }: Basis): string {
  if (atDouble - hitRatio >= WORTH_IT) {
    return `Twice the size would raise the hit ratio from ${change(hitRatio, atDouble)}.`;
  }
  if (hitRatio - atHalf < WORTH_IT) {
    return `Half the size is enough: the hit ratio would go from ${change(hitRatio, atHalf)}.`;
  }
  return `The size is right: the hit ratio is ${percent(hitRatio)}, twice the size would give ${percent(atDouble)}, half would give ${percent(atHalf)}.`;
}

function adaptiveText({ hitRatio, atHalf, atDouble, lruHitRatio }: Basis): string {
  const now = `The hit ratio is ${percent(hitRatio)}, with LRU it would be ${percent(lruHitRatio)}`;
  if (atDouble - lruHitRatio >= WORTH_IT) {
    return `${now}: twice the size would raise that of LRU to ${percent(atDouble)}.`;
  }
  if (lruHitRatio - atHalf < WORTH_IT) {
    return `${now}: half the size is enough, even LRU would have ${percent(atHalf)}.`;
  }
  return `${now}: the size is right, twice the size would give LRU ${percent(atDouble)}, half would give ${percent(atHalf)}.`;
}

function change(from: number, to: number): string {
  return `${percent(from)} to ${percent(to)}`;
}

/** With a decimal where whole numbers would hide a change of a point. */
function percent(ratio: number): string {
  const value = Math.round(1_000 * ratio) / 10;
  return `${value} %`;
}
