import { CACHE_FIELDS } from '../cache/cache-options.ts';
import { ResultCache } from '../cache/result-cache.ts';
import { type CallKeys, callKeys, customKeys } from '../flight/call-keys.ts';
import { cachedMethodsOf, statusesOf } from '../http/lists.ts';
import type { ResponseRules } from '../http/results.ts';
import { STORED_STATUSES } from '../http/status.ts';
import { Options, wrongKind } from '../options/check.ts';

/** The names of the fields of the option `cache`. */
export const CALL_CACHE_FIELDS: readonly string[] = /* @__PURE__ */ CACHE_FIELDS.concat(
  'key',
  'statuses',
  'maxBodySize',
  'methods',
);

/** 8 MiB. */
const MAX_BODY_BYTES = 8_388_608;

export interface CacheParts {
  readonly keys: CallKeys;
  /** Which responses are stored. */
  readonly responses: ResponseRules;
  /** The methods whose responses are stored. */
  readonly methods: ReadonlySet<string>;
  readonly cache: ResultCache | undefined;
}

/**
 * Reads the option `cache`; `undefined` for no cache.
 * @throws TypeError, RangeError
 */
export function readCache(value: unknown): CacheParts {
  const shared = value instanceof ResultCache;
  if (value !== undefined && typeof value !== 'object') {
    throw wrongKind('cache', 'a boolean, options such as { ttl: 60 }, or a ResultCache', value);
  }
  const options = new Options(shared ? undefined : value, 'cache', CALL_CACHE_FIELDS);
  const key = options.readFunction<(...args: never[]) => unknown>('key');
  return {
    keys: key ? customKeys(key) : callKeys(shared),
    responses: {
      statuses: statusesOf(options, STORED_STATUSES),
      maxBodySize: options.readInteger('maxBodySize', MAX_BODY_BYTES, 0),
    },
    methods: cachedMethodsOf(options),
    // Last, because a cache takes memory that is free again only after a garbage collection.
    cache: shared ? value : value ? new ResultCache(options as object) : undefined,
  };
}
