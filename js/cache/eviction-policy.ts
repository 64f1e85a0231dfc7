import { Access } from '../platform/access.ts';
import type { Clock } from '../time/clock.ts';
import type { Entries } from './entries.ts';

/** A policy other than exact LRU, for the option `policy` of a cache. */
export interface EvictionPolicy {
  /** The name, which `stats.policy` returns. */
  readonly name: 'adaptive';
}

/** The value of the option `advice` of a cache. */
export interface AdviceOption {
  /** The name of the option. */
  readonly name: 'advice';
}

/** Makes the entries of a cache. */
export type MakeEntries = <V>(maxSize: number, clock: Clock, staleMs: number) => Entries<V>;

/** What makes the entries of a cache with an option that has this value, by the name of the option. */
export interface EntryMakers {
  readonly policy?: MakeEntries;
  readonly advice?: MakeEntries;
}

/** The values of `holdfast/adaptive` for the options of a cache. */
export const evictionAccess = /* @__PURE__ */ new Access<
  EvictionPolicy | AdviceOption,
  EntryMakers
>();
