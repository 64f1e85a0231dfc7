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
  readonly name: 'advice';
}

/** Makes the entries of a cache with some policy. */
export type MakeEntries = <V>(maxSize: number, clock: Clock, staleMs: number) => Entries<V>;

/** What makes the entries of a cache with a policy. */
export const evictionAccess = /* @__PURE__ */ new Access<EvictionPolicy, MakeEntries>();

/** What makes entries in the order of LRU that are sampled for advice. */
export const adviceAccess = /* @__PURE__ */ new Access<AdviceOption, MakeEntries>();
