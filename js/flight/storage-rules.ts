import type { CacheInternals } from '../cache/cache-internals.ts';
import { type CheckedPut, NO_OPTIONS } from '../cache/cache-options.ts';
import { checkTags } from '../cache/tags.ts';
import { type FetchRequest, SharedResponse } from '../http/results.ts';
import { millisecondsOf } from '../options/option-reader.ts';

/** How one result is stored. */
export interface StorageTerms {
  /** Milliseconds, 0: forever; `undefined` for the ttl of the cache. */
  readonly ttlMs: number | undefined;
  readonly tags: ReadonlySet<string> | undefined;
  readonly weight: number;
  /** Stored instead of the result; `undefined` for the result. */
  readonly value: unknown;
}

type Ask = (result: unknown, ...args: unknown[]) => unknown;

/** The options of one function that decide how its results are stored. */
export class StorageRules {
  /** Milliseconds, 0: forever; `undefined` for the ttl of the cache; or a function that returns a duration. */
  readonly ttl: number | Ask | undefined;
  /** The tags of all results, or a function that returns those of one; `undefined` for none. */
  readonly tags: ReadonlySet<string> | Ask | undefined;

  constructor(ttl: number | Ask | undefined, tags: ReadonlySet<string> | Ask | undefined) {
    this.ttl = ttl;
    this.tags = tags;
  }

  /** Whether a function decides. */
  get asks(): boolean {
    return typeof this.ttl === 'function' || typeof this.tags === 'function';
  }

  /**
   * How a result is stored; `undefined` if it is not.
   * @param own the options of a `put`, which come first
   * @param _request the request of `fetch`, for rules that depend on it
   * @throws TypeError, RangeError if a function of the user returns something wrong, and the errors that it throws
   */
  termsOf(
    key: unknown,
    result: unknown,
    args: readonly unknown[],
    internals: CacheInternals,
    own: CheckedPut = NO_OPTIONS,
    _request?: FetchRequest,
  ): StorageTerms | undefined {
    const tags = own.tags ?? this.tags;
    const ttlMs = own.ttlMs ?? this.#ttlOf(result, args, internals);
    if (ttlMs === NOT_STORED) return undefined;
    return {
      value: undefined,
      ttlMs,
      tags: typeof tags === 'function' ? checkTags(TAGS, ask(tags, result, args)) : tags,
      weight: internals.weightOf(key, result),
    };
  }

  #ttlOf(
    result: unknown,
    args: readonly unknown[],
    internals: CacheInternals,
  ): number | undefined | typeof NOT_STORED {
    const { ttl } = this;
    if (ttl === undefined) return undefined;
    if (typeof ttl !== 'function') return internals.shortened(ttl);
    const life = ask(ttl, result, args);
    if (life === false || (typeof life === 'number' && life <= 0)) return NOT_STORED;
    if (life === Infinity) return 0;
    const ttlMs = millisecondsOf(TTL, life, 'zero');
    return ttlMs === 0 ? NOT_STORED : internals.shortened(ttlMs);
  }
}

const TTL = 'the result of cache.ttl';
const TAGS = 'the result of cache.tags';
const NOT_STORED: unique symbol = /* @__PURE__ */ Symbol('not stored');

/** Asks a function of the user about a result. It gets a copy of a response, which it may read. */
function ask(decide: Ask, result: unknown, args: readonly unknown[]): unknown {
  return decide(SharedResponse.copyOf(result), ...args);
}
