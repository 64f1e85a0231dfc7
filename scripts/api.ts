// All exports of all entries, for the API reference.

export * from '../js/adaptive/adaptive.ts';
export * from '../js/http-cache/http-cache.ts';
export * from '../js/index.ts';
export * from '../js/snapshot/snapshot.ts';
export {
  type RedisClient,
  type RedisSender,
  type RedisTierOptions,
  redisTier,
} from '../js/tier/redis/redis.ts';
export {
  type SqliteChanges,
  type SqliteDatabase,
  type SqliteStatement,
  type SqliteTierOptions,
  type SqliteValue,
  sqliteTier,
} from '../js/tier/sqlite/sqlite.ts';
export * from '../js/tier/tier.ts';
export * from '../js/tuning/index.ts';
