/** The phases of a session. */
export enum Phase {
  /** A value is being read, or a lease taken. */
  READING = 0,
  /** Another process runs the function. */
  WAITING = 1,
  /** This process runs the function, with the lease. */
  LEADING = 2,
  /** This process runs the function, without a lease. */
  ALONE = 3,
  /** There is a result, which is not in the first tier yet. */
  DONE = 4,
  /** The result is being stored. */
  STORING = 5,
  ENDED = 6,
}
