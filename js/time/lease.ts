/** Who may take one reading of the clock for many hits, and its view of the memory for alive as long. */
export interface Lessee {
  /** For so many hits: what is good for so many spans, by {@link spansTo}, is alive. */
  grant(hits: number, spans: number): void;
  /** From now on the clock has to be read. */
  takeBack(): void;
}

/** Who holds a lease now. */
export const lessees: Lessee[] = [];

/** So many operations that are none of a lease's hits may come between two readings. */
const MOST_OTHERS = 40;
/** How many there were. */
let others = 0;

/** Ends all leases: the time has gone on, or the memory that hits write to may have moved. */
export function takeBackLeases(): void {
  for (const lessee of lessees) lessee.takeBack();
  lessees.length = 0;
  others = 0;
}

/** An operation of who holds no lease: there may be no more than some while others hold theirs. */
export function spendOther(): void {
  others++;
  if (others > MOST_OTHERS) takeBackLeases();
}

/** In milliseconds. Times in whole spans are small integers, which cost the least to compare. */
export const SPAN = 512;

/** What a number of spans is a multiple of: whoever keeps one may add a number below that. */
export const UNIT = 8;

/** With this many an engine still takes the number for a small integer: two years from now. */
const MOST = 2 ** 27 - 1;

/** The number of spans that stands for all later moments, too: nothing is told from it. */
export const LATEST = MOST * UNIT;

/** The whole spans up to a moment, or fewer: none where it is before time began, and no more than there can be. */
export function spansTo(milliseconds: number): number {
  return (Math.max(0, Math.min(milliseconds / SPAN, MOST)) | 0) * UNIT;
}
