import type { Duration } from '../../options/duration.ts';
import { OptionReader } from '../../options/option-reader.ts';
import { Tier } from '../tier-class.ts';
import { readPrefix, readTierSettings, TIER_FIELDS, type TierOptions } from '../tier-options.ts';
import { checkDatabase, type SqliteDatabase } from './sqlite-database.ts';
import { SqliteDriver } from './sqlite-driver.ts';

export * from '../tier-exports.ts';
export type {
  SqliteChanges,
  SqliteDatabase,
  SqliteStatement,
  SqliteValue,
} from './sqlite-database.ts';

/** The options of {@link sqliteTier}. */
export interface SqliteTierOptions extends TierOptions {
  /**
   * A connection of its own for the tier: a `DatabaseSync` of `node:sqlite`, or a `Database` of better-sqlite3. All processes of the
   * host open the same file, which is on a local disk. The tier sets `journal_mode`, `synchronous` and `busy_timeout`; it does not
   * close the connection.
   */
  readonly database: SqliteDatabase;
  /** The start of all keys. Default: `'holdfast'`. */
  readonly prefix?: string | undefined;
  /**
   * The most bytes of keys and results in the database, of all tiers that use it. Above it, those that were stored first are
   * removed. Default: 268,435,456 (256 MiB).
   */
  readonly maxBytes?: number | undefined;
  /** How long a write waits, and blocks this process, while another process writes. Default: 100 ms. */
  readonly busyTimeout?: Duration | undefined;
}

/**
 * A second tier in a SQLite database, for the option `cache.tier`: results survive restarts, and all processes of a host share
 * them, without a server. One for each process. Lifetimes go by the clock of the host.
 *
 * @example
 * const tier = sqliteTier({ database: new DatabaseSync('cache.db') });
 * const getUser = resilient(loadUser, { name: 'getUser', cache: { ttl: '5m', tier } });
 *
 * @throws TypeError, RangeError
 */
export function sqliteTier(options: SqliteTierOptions): Tier {
  const fields = [
    'database db connection',
    'prefix keyPrefix namespace',
    'maxBytes maxSize',
    'busyTimeout',
  ];
  const reader = new OptionReader(options, '', [...fields, ...TIER_FIELDS]);
  const driver = new SqliteDriver(
    checkDatabase('database', reader.readField('database')),
    readPrefix(reader),
    reader.readInteger('maxBytes', 2 ** 28, 1),
    Math.ceil(reader.readDuration('busyTimeout', 100)),
  );
  return new Tier(driver, driver.leases, readTierSettings(reader));
}
