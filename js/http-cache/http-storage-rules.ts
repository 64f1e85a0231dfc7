import type { CacheInternals } from '../cache/cache-internals.ts';
import { type CheckedPut, NO_OPTIONS } from '../cache/cache-options.ts';
import { StorageRules, type StorageTerms } from '../flight/storage-rules.ts';
import { type FetchRequest, kindOf } from '../http/results.ts';
import type { Exchanges } from './exchanges.ts';

/** Less than the time for which stale responses are kept. */
const MAX_STALENESS_MS = 1e9;

/** Stores a response for as long as it is fresh by its headers, then as a stale one. */
export class HttpStorageRules extends StorageRules {
  readonly #statuses: ReadonlySet<number>;
  readonly #exchanges: Exchanges;

  constructor(
    ttl: StorageRules['ttl'],
    tags: StorageRules['tags'],
    statuses: ReadonlySet<number>,
    exchanges: Exchanges,
  ) {
    super(ttl, tags);
    this.#statuses = statuses;
    this.#exchanges = exchanges;
  }

  override termsOf(
    key: unknown,
    result: unknown,
    args: readonly unknown[],
    internals: CacheInternals,
    own: CheckedPut = NO_OPTIONS,
    request?: FetchRequest,
  ): StorageTerms | undefined {
    if (!request || kindOf(result) !== 'response') {
      return super.termsOf(key, result, args, internals, own);
    }
    const exchanges = this.#exchanges;
    const response = result as Response;
    const record = exchanges.record(response, request);
    if (!record) return undefined;
    const { lifetime, validators } = record;
    const keep = (ttlMs: number) => {
      const terms = super.termsOf(key, result, args, internals, { tags: own.tags, ttlMs });
      return terms && { ...terms, value: exchanges.keep(response, record) };
    };
    if (own.ttlMs !== undefined) return keep(own.ttlMs);
    if (lifetime === undefined && this.ttl !== undefined && this.#statuses.has(response.status)) {
      const terms = super.termsOf(key, result, args, internals, own);
      if (terms || !validators) {
        return terms && { ...terms, value: exchanges.keep(response, record) };
      }
    }
    if (lifetime === undefined && !validators) return undefined;
    const left = (lifetime ?? 0) - exchanges.ageOf(record);
    if (left <= 0 && record.mustRevalidate && !validators) return undefined;
    // Not 0, which means forever.
    return keep(left > 0 ? left : Math.max(left, -MAX_STALENESS_MS) - 1);
  }
}
