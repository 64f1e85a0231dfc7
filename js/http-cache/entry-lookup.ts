import type { StoredKind } from '../cache/entries.ts';
import type { StoredResults } from '../flight/deps.ts';
import type { FetchRequest } from '../http/results.ts';
import type { Exchanges } from './exchanges.ts';
import type { StoredRecord } from './stored-record.ts';
import { isSelected } from './vary.ts';

/** An entry for a request. */
export interface FoundEntry {
  readonly slot: number;
  readonly value: unknown;
  readonly kind: StoredKind;
  /** Milliseconds since it became stale; 0 or less for a fresh one. */
  readonly staleness: number;
  /** `undefined` for a response that the user put into the cache. */
  readonly record: StoredRecord | undefined;
}

/** The entry for a key; `undefined` if there is none, or if it is for other values of the headers in `Vary`. */
export function findEntry(
  { internals, entries }: StoredResults,
  exchanges: Exchanges,
  key: unknown,
  request: FetchRequest,
): FoundEntry | undefined {
  const now = internals.readTime();
  const slot = internals.find(key);
  if (slot === 0) return undefined;
  const value = entries.valueAt(slot);
  const record = exchanges.recordOf(value);
  if (record && !isSelected(record.selection, request.headers)) return undefined;
  const staleness = now - entries.freshUntil(slot);
  return { slot, value, kind: entries.kindAt(slot), staleness, record };
}
