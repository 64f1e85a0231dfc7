/**
 * A record's numbers that JavaScript reads and writes; those behind them belong to the core. The layout is that of
 * `Records` in `crates/core/src/records.rs`: 64 records of list heads, the header, and the record of each slot.
 */
export enum Field {
  /** Milliseconds; `-Infinity` when the slot is free. */
  DEADLINE = 0,
  /** The tick of the last use that the core knows of; plus {@link UNUSED} if the entry was not used since it was put. */
  STAMP = 1,
  /** The number of numbers in a record. */
  COUNT = 4,
}

/** What the stamp of an entry that was put has beyond its tick. */
export const UNUSED = 0.5;

/** The numbers of the header. */
export enum Header {
  /** How many of the reserved slots are used. */
  USED = 0,
  /** How many slots are reserved. */
  RESERVED = 1,
}

/** The most slots that are reserved at a time: the first numbers of the list heads' records. */
export const MAX_RESERVED = 64;

/** The second numbers in the first records. */
export enum Front {
  /** Nothing expires before this time. */
  DUE = 1,
  /** How many records there are, those in front of the header included. */
  CAPACITY = 5,
  /** A reserved victim that was used at this stamp or later is not evicted. */
  KEEP_FROM = 9,
}

/** The first slot that an entry may have. */
export const FIRST_SLOT = 1;

/** The most entries of a cache: half of what V8's `Map` holds, which counts deleted keys until it rehashes. */
export const MAX_ENTRIES = 2 ** 23;
