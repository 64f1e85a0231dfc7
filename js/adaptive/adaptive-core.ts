import { instantiate } from '#adaptive-instance';
import { CoreSource } from '../core/core.ts';
import type * as Exports from '../core/generated/adaptive-exports.d.ts';

/** The exports of this core: those of the core of LRU, and those by which a cache is sampled. */
export type AdaptiveCore = typeof Exports;

/** What the core asks of the entries for which it is called. */
interface Called {
  stampAt(slot: number): number;
  hashAt(slot: number): number;
}

/** The entries for which the core is being called. Only during the call: it would keep a dropped cache alive. */
let called: Called | undefined;

/** The core of caches with the adaptive policy, and of the samples of caches with any policy. */
export const adaptiveCore = /* @__PURE__ */ new CoreSource(() =>
  instantiate({
    latest_use: (slot) => called?.stampAt(slot) ?? 0,
    key_hash: (slot) => called?.hashAt(slot) ?? 0,
  }),
);

/** Lets the core ask these entries while it is called. */
export function answering<T>(entries: Called, work: () => T): T {
  called = entries;
  try {
    return work();
  } finally {
    called = undefined;
  }
}
