import type { Advice } from './advice.ts';
import type { PolicyName, TraceFormat } from './simulate-options.ts';

/** A size, and the hit ratio there. */
export interface CurvePoint {
  /** Entries. */
  readonly size: number;
  /** Hits per request, from 0 to 1. */
  readonly hitRatio: number;
}

/** The hit ratios of one policy. */
export interface PolicyCurve {
  /** The policy. */
  readonly policy: PolicyName;
  /** The hit ratio at each size. */
  readonly points: readonly CurvePoint[];
  /** The smallest of the sizes whose hit ratio is within one point (0.01) of LRU's at the knee; `null` if none is. */
  readonly smallest: CurvePoint | null;
}

/** What a ttl costs. */
export interface TtlCost {
  /** The ttl in seconds; `null`: each key has the one of its request in the trace. */
  readonly ttl: number | null;
  /** The hit ratio with it. */
  readonly hitRatio: number;
  /** The hit ratio without any ttl minus this one. */
  readonly cost: number;
}

/** What ttls cost an LRU cache. */
export interface TtlCosts {
  /** The size of the cache, in entries. */
  readonly size: number;
  /** Its hit ratio without a ttl. */
  readonly hitRatio: number;
  /** The ttls that are shorter than the trace, from the shortest on. */
  readonly rows: readonly TtlCost[];
}

/** A line that is not in the format of the trace. */
export interface BadLine {
  /** The number of the line, from 1; in binary formats that of the record. */
  readonly number: number;
  /** Its first 80 characters. */
  readonly text: string;
  /** What is wrong. */
  readonly reason: string;
}

/** What {@link simulate} has found: plain data. */
export interface Report {
  /** The format of the trace. */
  readonly format: TraceFormat;
  /** The number of requests. */
  readonly requests: number;
  /** The number of different keys. */
  readonly uniqueKeys: number;
  /** The number of lines, in binary formats of records. */
  readonly lines: number;
  /** Lines that are no requests: empty ones, comments, headers, writes. */
  readonly skippedLines: number;
  /** Lines that are not in the format. */
  readonly badLines: number;
  /** The first of them; `null` if there is none. */
  readonly firstBadLine: BadLine | null;
  /** The hit ratio of a cache that holds everything: each key is missed once. */
  readonly maxHitRatio: number;
  /** The time from the first to the last request, in seconds; `null` if the trace has no times. */
  readonly seconds: number | null;
  /** The mean size of the values of the keys, in the unit of the trace; `null` if it has no sizes. */
  readonly meanValueSize: number | null;
  /** The sizes that were simulated, in entries. */
  readonly sizes: readonly number[];
  /** The hit ratios of each policy. */
  readonly policies: readonly PolicyCurve[];
  /** The exact hit ratio of LRU from one entry to all keys, 8 points per doubling of the size. */
  readonly lruCurve: readonly CurvePoint[];
  /** The point of the LRU curve after which more entries add little: the knee. */
  readonly knee: CurvePoint;
  /** The smallest LRU cache whose hit ratio is within one point (0.01) of that at the knee. */
  readonly smallest: CurvePoint;
  /** What a ttl costs; `null` if the trace has no times, or is shorter than all ttls. */
  readonly ttl: TtlCosts | null;
  /** What limits the meaning of the numbers, one sentence each. */
  readonly notes: readonly string[];
  /** What follows from the numbers. */
  readonly advice: readonly Advice[];
}
