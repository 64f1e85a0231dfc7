import { NO_OPTIONS } from '../cache/cache-options.ts';
import { StorageRules } from '../flight/storage-rules.ts';
import { kindOf } from '../http/results.ts';
import type { Exchanges } from './exchanges.ts';

/** Less than the time for which stale responses are kept. */
const MAX_STALENESS_MS = 1e9;

/**
 * Rules that store a response for as long as it is fresh by its headers, then as a stale one.
 * @param ttl of a response that says nothing
 */
export function httpStorageRules(
  ttl: StorageRules['ttl'],
  tags: StorageRules['tags'],
  exchanges: Exchanges,
): StorageRules {
  const rules = new StorageRules(ttl, tags);
  const plainTerms = rules.termsOf.bind(rules);
  rules.termsOf = (key, result, args, internals, own = NO_OPTIONS, request) => {
    // A value that the user puts.
    if (!request) return plainTerms(key, result, args, internals, own);
    const response = result as Response;
    if (kindOf(result) !== 'response') return undefined;
    const record = exchanges.lastRecord(request) ?? exchanges.record(response, request);
    if (!record) return undefined;
    const { lifetime, usesTtl, condition, isStrict } = record;
    let { ttlMs } = own;
    if (ttlMs === undefined && !usesTtl) {
      // The body may have taken long.
      internals.timeIfAny();
      const left = (lifetime ?? 0) - exchanges.ageOf(record);
      const isUseless = left <= 0 && (isStrict || lifetime === undefined);
      if (isUseless && condition.length === 0) return undefined;
      // Not 0, which means forever.
      ttlMs = left > 0 ? left : Math.max(left, -MAX_STALENESS_MS) - 1;
    }
    const terms = plainTerms(key, result, args, internals, { ttlMs, tags: own.tags });
    return terms && { ...terms, value: exchanges.keep(response, record) };
  };
  return rules;
}
