import type { CacheInternals } from '../cache/cache-internals.ts';
import { cacheAccess, ResultCache } from '../cache/result-cache.ts';
import { checkTags } from '../cache/tags.ts';
import { isResponse } from '../http/result-kind.ts';
import { isPortable } from '../keys/portable-key.ts';
import { wrongKind } from '../options/messages.ts';

/** One entry: its key, its value, when its ttl is over, in milliseconds since 1970, `null` for never; and its tags. */
export type SnapshotEntry<V = unknown> = [
  key: unknown,
  value: V,
  expiresAt: number | null,
  tags: string[],
];

/** The entries of a cache as plain data, if its keys and values are. */
export interface Snapshot<V = unknown> {
  /** Tells this data from any other. */
  readonly format: typeof FORMAT;
  /** The fresh entries, the least recently used first. */
  readonly entries: SnapshotEntry<V>[];
  /** How many fresh entries were left out. */
  readonly skipped: number;
}

/** What {@link load} did. */
export interface LoadReport {
  /** Entries that were stored. */
  readonly loaded: number;
  /** Entries that were not. */
  readonly skipped: number;
}

const FORMAT = 'holdfast-snapshot-1';

/**
 * The fresh entries of a cache as data that another process can {@link load}: after `JSON.stringify` or a structured
 * clone, as far as these keep the values.
 *
 * Left out are responses, and keys that mean something else in another process: those with objects that count by identity,
 * those that JSON does not keep (`undefined`, NaN, BigInts), and those of a function without a `name` in a cache that functions share.
 *
 * @throws TypeError for anything but a cache
 */
export function dump<V>(cache: ResultCache<V>): Snapshot<V> {
  const internals = internalsOf(cache) as CacheInternals<V>;
  const toWallClock = Date.now() - internals.readTime();
  const entries: SnapshotEntry<V>[] = [];
  let skipped = 0;
  // Those of the class itself: a subclass may show other keys and values.
  for (const [key, value] of ResultCache.prototype.entries.call(cache) as Iterable<[unknown, V]>) {
    if (!isPortable(key) || isResponse(value)) {
      skipped++;
      continue;
    }
    const slot = internals.find(key);
    const freshUntil = internals.entries.freshUntil(slot);
    const expiresAt = freshUntil === Infinity ? null : freshUntil + toWallClock;
    entries.push([key, value, expiresAt, [...(internals.tags?.of(slot) ?? [])]]);
  }
  return { format: FORMAT, entries, skipped };
}

/**
 * Stores the entries of a {@link dump}, in their order. The rest of each lifetime goes on by the wall clock, and is at most
 * the ttl of the cache.
 *
 * Skipped are entries whose time is over, those that `dump` leaves out, those that `weigh` refuses or that are too heavy,
 * and keys for which the cache has a fresh entry or a call in flight.
 *
 * @throws TypeError for data that no `dump` has made; nothing is stored then
 */
export function load<V>(cache: ResultCache<V>, data: unknown): LoadReport {
  const internals = internalsOf(cache) as CacheInternals<V>;
  const { ttlMs, maxWeight } = internals.settings;
  let loaded = 0;
  const entries = checkEntries(data);
  for (const [key, value, expiresAt, tags] of entries) {
    const left = Math.min((expiresAt ?? Infinity) - Date.now(), ttlMs === 0 ? Infinity : ttlMs);
    if (left <= 0 || !isPortable(key) || isResponse(value)) continue;
    if (ResultCache.prototype.has.call(cache, key) || internals.flights?.get(key)) continue;
    const weight = weightOrNone(internals, key, value as V);
    if (weight > maxWeight) continue;
    const life = left === Infinity ? 0 : left;
    internals.put(key, value as V, life, undefined, new Set(tags), weight);
    loaded++;
  }
  return { loaded, skipped: entries.length - loaded };
}

/** The weight of a value; `Infinity` if `weigh` refuses it. */
function weightOrNone<V>(internals: CacheInternals<V>, key: unknown, value: V): number {
  try {
    return internals.weightOf(key, value);
  } catch {
    return Infinity;
  }
}

/** @throws TypeError with the index of the first wrong entry */
function checkEntries(data: unknown): readonly SnapshotEntry[] {
  const { format, entries } = Object(data) as Partial<Snapshot>;
  if (format !== FORMAT) throw wrongKind('data.format', `'${FORMAT}'`, format);
  if (!Array.isArray(entries)) throw wrongKind('data.entries', 'an array', entries);
  // Unlike `map`, it does not skip holes.
  return Array.from(entries, (entry: unknown, index) => {
    const path = `data.entries[${index}]`;
    if (!Array.isArray(entry) || entry.length !== 4) {
      throw wrongKind(path, 'an array of key, value, expiresAt and tags', entry);
    }
    const [key, value, expiresAt, tags] = entry;
    if (expiresAt !== null && !Number.isFinite(expiresAt)) {
      throw wrongKind(`${path}[2]`, 'milliseconds since 1970, or null', expiresAt);
    }
    return [key, value, expiresAt, [...checkTags(`${path}[3]`, tags)]];
  });
}

function internalsOf(cache: unknown): object {
  const internals = cache instanceof ResultCache && cacheAccess.partsOf(cache);
  if (!internals) throw wrongKind('cache', 'a ResultCache', cache);
  return internals;
}
