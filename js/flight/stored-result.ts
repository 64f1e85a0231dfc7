import type { CacheInternals } from '../cache/cache-internals.ts';
import { StoredKind } from '../cache/entries.ts';
import { SharedResponse } from '../http/results.ts';
import type { ReturnTracker } from './return-tracker.ts';

/** Whether `Entries.hit` has just found a live entry for a key. */
export function isHit(internals: CacheInternals, key: unknown): boolean {
  const { entries } = internals;
  if (entries.slot >= 0) return entries.slot > 0;
  if (internals.completeHit()) return true;
  // A listener may have put another entry for the key.
  entries.hit(key);
  return entries.slot > 0 || (entries.slot < 0 && entries.completeHit());
}

/** A stored result, in the way the function returned it: as a value or a Promise, a response as a copy. */
export function presentStored(
  value: unknown,
  kind: StoredKind,
  returns: ReturnTracker,
  signals?: readonly AbortSignal[],
): unknown {
  const isPlain = kind === StoredKind.PROMISE || kind === StoredKind.VALUE;
  const received = isPlain ? value : SharedResponse.copyOf(value, signals);
  const isAsync =
    returns.isAlwaysAsync ||
    (kind === StoredKind.UNKNOWN
      ? returns.isAsync
      : kind === StoredKind.PROMISE || kind === StoredKind.RESPONSE_PROMISE);
  return isAsync ? promiseOf(received) : received;
}

/** Faster in V8 than `Promise.resolve`, for a value that is no Promise. */
export async function promiseOf(value: unknown): Promise<unknown> {
  return value;
}
