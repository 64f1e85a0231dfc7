import type { NamedFunction } from '../cache/cache-internals.ts';
import { CACHE_FIELDS, CacheSettings } from '../cache/cache-options.ts';
import { cacheAccess, ResultCache } from '../cache/result-cache.ts';
import { checkTags } from '../cache/tags.ts';
import { type CallKeys, callKeys, customKeys, scopeOf } from '../flight/call-keys.ts';
import type { HttpMode } from '../flight/http-mode.ts';
import type { StaleRules } from '../flight/stale-results.ts';
import { StorageRules } from '../flight/storage-rules.ts';
import { functionIdentity } from '../http/global-fetch.ts';
import { CACHED_METHODS, cachedMethodsOf, statusesOf } from '../http/lists.ts';
import { bodyWeight, type ResponseRules } from '../http/results.ts';
import { STORED_STATUSES } from '../http/status.ts';
import { namesOf, Options, wrongKind } from '../options/check.ts';
import { errorFilter } from '../options/error-filter.ts';
import { Access } from '../platform/access.ts';
import { bareCopy } from '../platform/property.ts';
import { type TierParts, tierAccess } from '../tier/seam.ts';
import type { AnyFunction } from './any-function.ts';

/** The fields of a function in addition to those of its cache, each followed by its names in other libraries. */
const FUNCTION_FIELDS = [
  'store',
  'key cacheKey',
  'tags',
  'statuses',
  'maxBodySize',
  'methods',
  'staleIfSlow softTimeout',
  'staleOn',
  'staleBackoff graceBackoff',
  'waitUntil',
  'tier',
  'version',
];

/** The fields of the option `cache`. */
export const CALL_CACHE_FIELDS: readonly string[] =
  /* @__PURE__ */ CACHE_FIELDS.concat(FUNCTION_FIELDS);

/** 8 MiB. */
const MAX_BODY_BYTES = 8_388_608;
/** A refresh counts as under way for this long, unless the total timeout is longer. */
const REFRESH_MS = 30_000;

/** The option `cache` after the check. Nothing is made yet. */
export interface CheckedCache {
  /** The rules of HTTP caching; absent where the ttl alone decides. */
  readonly http: HttpMode | undefined;
  /** The name of a header that is not in the key. */
  readonly hiddenHeader: string | undefined;
  /** Whether the cache keeps stale results. */
  readonly keepsStale: boolean;
  /** Which responses are stored. */
  readonly responses: ResponseRules;
  /** The methods whose responses are stored. */
  readonly methods: ReadonlySet<string>;
  readonly rules: StorageRules;
  /** The second tier. */
  readonly tier: CheckedTier | undefined;
  /** @param totalMs the total timeout, in milliseconds */
  staleRules(totalMs: number): StaleRules | undefined;
  /** Makes the cache, which takes memory that is free again only after a garbage collection. */
  open(): OpenedCache;
}

/** The cache of a function, which is shared or its own. */
export interface OpenedCache {
  readonly cache: ResultCache | undefined;
  readonly keys: CallKeys;
  /** The function as it is known in a shared cache; absent without a name there. */
  readonly named: NamedFunction | undefined;
}

/** The option `cache.tier` after the check. */
export interface CheckedTier extends TierParts {
  readonly version: string | number | undefined;
  readonly isCustom: boolean;
  readonly isScoped: boolean;
}

/** The parts of a function that its cache depends on. */
export interface CachedFunction {
  readonly fn: AnyFunction;
  /** The option `name`; `undefined` without it. */
  readonly name: string | undefined;
  readonly http: boolean;
}

/** Values of the option `cache` that other entries of the package make, with a function that reads them. */
export const preparedCaches = /* @__PURE__ */ new Access<
  object,
  (cached: CachedFunction) => CheckedCache
>();

/**
 * Reads the option `cache`; `undefined` for no cache.
 * @throws TypeError, RangeError
 */
export function readCache(value: unknown, cached: CachedFunction): CheckedCache {
  if (value === undefined) return NO_CACHE;
  if (typeof value !== 'object') {
    throw wrongKind('cache', 'a boolean, options such as { ttl: 60 }, or a ResultCache', value);
  }
  const prepared = preparedCaches.partsOf(value as object);
  if (prepared) return prepared(cached);
  const fields = readOnce(
    value instanceof ResultCache ? { store: value } : value,
    CALL_CACHE_FIELDS,
  );
  const { store, ttl, tags } = fields;
  // Each result has its own ttl.
  if (typeof ttl === 'function') delete fields.ttl;
  if (cached.http && !store) fields.weigh ??= bodyWeight;
  const options = new Options(fields, 'cache', CALL_CACHE_FIELDS);
  if (store !== undefined) checkStore(options, store);
  const key = options.readFunction<(...args: never[]) => unknown>('key');
  const settings = store ? cacheAccess.partsOf(store).settings : new CacheSettings(options);
  const { whileRevalidateMs, ifErrorMs } = settings;
  const slowMs = options.readDuration('staleIfSlow', undefined, 'above zero');
  if (slowMs !== undefined && ifErrorMs === 0) {
    throw new TypeError(`${options.pathOf('staleIfSlow')} requires staleIfError`);
  }
  const covers = errorFilter(options, 'staleOn') ?? (() => true);
  const backoffMs = options.readDuration('staleBackoff', 5_000);
  const waitUntil = options.readFunction<(promise: Promise<unknown>) => void>('waitUntil');
  const keepsStale = whileRevalidateMs > 0 || ifErrorMs > 0;
  const tier = readTier(options, cached);
  return {
    ...BY_TTL,
    keepsStale,
    tier: tier && { ...tier, isCustom: Boolean(key), isScoped: Boolean(store) },
    rules: new StorageRules(
      typeof ttl === 'function' ? ttl : store && options.readDuration('ttl', undefined),
      typeof tags === 'function' || tags === undefined
        ? tags
        : checkTags(options.pathOf('tags'), tags),
    ),
    responses: {
      statuses: statusesOf(options, STORED_STATUSES),
      maxBodySize: options.readInteger('maxBodySize', MAX_BODY_BYTES, 0),
      ...EVERY_REQUEST,
    },
    methods: cachedMethodsOf(options),
    staleRules: (totalMs) => {
      const refreshMs = Math.max(REFRESH_MS, totalMs);
      return keepsStale
        ? { covers, slowMs, backoffMs, refreshMs, waitUntil, windowsOf: undefined }
        : undefined;
    },
    open: () => {
      const named = store && nameIn(store, cached);
      const scope = store && scopeOf(cached.name);
      return {
        named,
        cache: store ?? new ResultCache(settings as object),
        keys: key ? customKeys(key, scope) : callKeys(scope),
      };
    },
  };
}

/** Of a function whose cache is no HTTP cache. Properties of their own, as `Object.prototype` may have some. */
const BY_TTL = { http: undefined, hiddenHeader: undefined };
const EVERY_REQUEST = { accepts: undefined, isFor: undefined };

/** Of a function without a cache. */
const NO_CACHE: CheckedCache = {
  ...BY_TTL,
  tier: undefined,
  keepsStale: false,
  rules: /* @__PURE__ */ new StorageRules(undefined, undefined),
  responses: { statuses: STORED_STATUSES, maxBodySize: MAX_BODY_BYTES, ...EVERY_REQUEST },
  methods: CACHED_METHODS,
  staleRules: () => undefined,
  open: () => ({ cache: undefined, keys: callKeys(undefined), named: undefined }),
};

/** The fields of the option `cache` that need care before they are checked. */
interface CacheFields {
  store?: ResultCache;
  ttl?: (...args: unknown[]) => unknown;
  tags?: (...args: unknown[]) => unknown;
  maxWeight?: unknown;
  weigh?: unknown;
}

/** A copy of the option `cache`, each of whose fields is read once. @throws TypeError */
export function readOnce(value: unknown, names: readonly string[]): CacheFields {
  const reader = new Options(value, 'cache', names);
  const copy = bareCopy<Record<string, unknown>>();
  for (const name of namesOf(names)) {
    const field = reader.readField(name);
    if (field !== undefined) copy[name] = field;
  }
  return copy;
}

/** @throws TypeError */
function readTier(
  options: Options,
  { name }: CachedFunction,
): Pick<CheckedTier, 'bind' | 'version'> | undefined {
  const value = options.readField('tier');
  const version = options.readField('version') as string | number | undefined;
  if (version !== undefined && typeof version !== 'string' && !Number.isFinite(version)) {
    throw wrongKind(options.pathOf('version'), 'a string or a number', version);
  }
  if (value === undefined) return undefined;
  const parts = tierAccess.partsOf(value as object);
  if (!parts) throw wrongKind(options.pathOf('tier'), 'a tier such as redisTier()', value);
  if (!name) throw wrongKind('name', 'a string that is not empty if cache.tier is set', name);
  return { bind: parts.bind, version };
}

/** @throws TypeError for a store that is no cache, and for a field that belongs to it */
function checkStore(options: Options, store: unknown): void {
  // A Proxy of a cache has no parts.
  if (!(store instanceof ResultCache && cacheAccess.partsOf(store))) {
    throw wrongKind(options.pathOf('store'), 'a ResultCache', store);
  }
  for (const name of namesOf(CACHE_FIELDS)) {
    if (name !== 'ttl' && options.readField(name) !== undefined) {
      throw new TypeError(`${options.pathOf(name)} must be set in cache.store, a ResultCache`);
    }
  }
}

/** Gives a function its name in a shared cache. @throws TypeError if another function has the name there */
function nameIn(store: ResultCache, { fn, name }: CachedFunction): NamedFunction | undefined {
  if (name === undefined) return undefined;
  const { functions } = cacheAccess.partsOf(store);
  const identity = functionIdentity(fn);
  const named = functions.get(name) ?? { fn: identity, keyIndex: undefined };
  if (named.fn !== identity) {
    throw new TypeError(`name must be unique in cache.store, '${name}' is another function`);
  }
  functions.set(name, named);
  return named;
}
