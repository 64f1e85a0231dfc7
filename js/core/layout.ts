/**
 * The numbers of a record that JavaScript reads and writes. The rest of the record belongs to the core. The layout is
 * that of `Records` in `crates/core/src/records.rs`: 64 records of list heads, the header, and the record of each slot.
 */
export enum Field {
  /** Milliseconds; `-Infinity` when the slot is free. */
  DEADLINE = 0,
  /** The tick of the last use that the core knows of; plus {@link UNUSED} if the entry was not used since it was put. */
  STAMP = 1,
  /** The number of numbers in a record. */
  COUNT = 4,
}

/** Added to the tick in the stamp of an entry that was put, and not used since. */
export const UNUSED = 0.5;

/** The numbers of the header. */
export enum Header {
  /** The number of reserved slots that are used. */
  USED = 0,
  /** The number of reserved slots. */
  RESERVED = 1,
}

/** Maximum number of reserved slots. They are the first numbers of the list heads' records. */
export const MAX_RESERVED = 64;

/** Positions in the memory of the second numbers of some of the first records. */
export enum Front {
  /** Nothing expires before this time. */
  DUE = 1,
  /** The number of records, including those in front of the header. */
  CAPACITY = 5,
  /** A reserved victim that was used at this stamp or later is not evicted. */
  KEEP_FROM = 9,
  /** The byte address of the weights, a number for each slot from 0 on; 0 as long as all are 0. */
  WEIGHTS = 13,
  /** The total weight of all entries. */
  TOTAL_WEIGHT = 17,
  /** With the adaptive policy: ticks since the last use, beyond which a hit is one that LRU would not have had. */
  FAR = 33,
  /** With the adaptive policy: JavaScript adds the number of such hits. */
  FAR_HITS = 37,
  /** With the adaptive policy: a slot whose entry is not evicted. */
  SPARED = 41,
}

/** The first slot that an entry may have. */
export const FIRST_SLOT = 1;

/** Maximum number of entries of a cache: half of what V8's `Map` holds, which counts deleted keys until it rehashes. */
export const MAX_ENTRIES = 2 ** 23;
