/** Who may take one reading of the clock for many hits, and its view of the memory for alive as long. */
export interface ClockUser {
  /** The clock was read just now, and need not be for so many hits. */
  extendTime(hits: number): void;
  /** From now on the clock has to be read. */
  invalidateTime(): void;
}

/** Who holds a lease now. */
export const clockUsers: ClockUser[] = [];

/** So many operations that are none of a lease's hits may come between two readings. */
const MAX_OTHER_OPERATIONS = 40;
/** How many there were. */
let otherOperations = 0;

/** Ends all leases: the time has gone on, or the memory that hits read may have moved. */
export function invalidateCachedTime(): void {
  for (const lessee of clockUsers) lessee.invalidateTime();
  clockUsers.length = 0;
  otherOperations = 0;
}

/** An operation of who holds no lease: there may be no more than some while others hold theirs. */
export function countOperation(): void {
  otherOperations++;
  if (otherOperations > MAX_OTHER_OPERATIONS) invalidateCachedTime();
}
