/** Who may take one reading of the clock for many hits, and its view of the memory for alive as long. */
export interface Lessee {
  /** The clock was read just now, and need not be for so many hits. */
  grant(hits: number): void;
  /** From now on the clock has to be read. */
  takeBack(): void;
}

/** Who holds a lease now. */
export const lessees: Lessee[] = [];

/** So many operations that are none of a lease's hits may come between two readings. */
const MOST_OTHERS = 40;
/** How many there were. */
let others = 0;

/** Ends all leases: the time has gone on, or the memory that hits read may have moved. */
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
