import type { Driver, Leases } from '../driver.ts';
import { FRESHNESS_LENGTH, STAMP_LENGTH } from '../envelope.ts';
import type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite-database.ts';
import { FOREVER, NOW, SCHEMA } from './sqlite-schema.ts';

/** Most writes touch one key only; each 32nd one removes what has expired. */
const WRITES_PER_SWEEP = 32;
const MAX_SWEPT = 256;
/** Limits the time of a write that replaces many small values. The next writes go on. */
const MAX_EVICTED = 1_024;

const RELEASE = 'DELETE FROM holdfast1_leases WHERE key = ? AND token = ?';

/** Several processes may create the tables at once. */
const SETUP_TIMEOUT_MS = 2_000;

/**
 * Values and leases in a SQLite database, which all processes of a host share. Every method is one transaction.
 *
 * The lease of a key is the right to store its value. `delete` removes both, so that the result of a run that began before is
 * refused. Lifetimes go by the wall clock of the host, which SQLite reads.
 */
export class SqliteDriver implements Driver {
  readonly name = 'sqlite';
  readonly leases: Leases;
  readonly #database: SqliteDatabase;
  readonly #prefix: string;
  readonly #maxBytes: number;
  readonly #busyTimeoutMs: number;
  readonly #statements = new Map<string, SqliteStatement>();
  #writes = 0;
  /** Whether the last transaction could not begin. The next one then does not wait for other processes. */
  #isLocked = false;

  /** @param prefix the start of all keys in the database */
  constructor(database: SqliteDatabase, prefix: string, maxBytes: number, busyTimeoutMs: number) {
    this.#database = database;
    this.#prefix = `${prefix}:`;
    this.#maxBytes = maxBytes;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.leases = {
      acquire: (key, token, leaseMs, seen, takeOver) =>
        this.#transact(() => this.#acquire(this.#prefix + key, token, leaseMs, seen, takeOver)),
      renew: (key, token, leaseMs) =>
        this.#transact(() =>
          this.#change(
            `UPDATE holdfast1_leases SET ends = ${NOW} + ? WHERE key = ? AND token = ? AND ends > ${NOW}`,
            leaseMs,
            this.#prefix + key,
            token,
          ),
        ),
      release: (key, token) => {
        this.#transact(() => this.#change(RELEASE, this.#prefix + key, token));
      },
      store: (key, token, value, lifeMs) =>
        this.#transact(() => {
          const fullKey = this.#prefix + key;
          return this.#holder(fullKey)?.[0] === token && this.#write(fullKey, value, lifeMs);
        }),
    };
  }

  /** Creates the tables. Nothing tells a process what another one has changed. */
  open(): boolean {
    const database = this.#database;
    this.#statements.clear();
    const timeoutMs = this.#hasTables() ? this.#busyTimeoutMs : SETUP_TIMEOUT_MS;
    this.#setBusyTimeout(this.#isLocked ? 0 : timeoutMs);
    try {
      // Readers and a writer do not wait for each other then. Another process that does the same at this moment may prevent it.
      database.exec('PRAGMA journal_mode = WAL');
    } catch {}
    database.exec('PRAGMA synchronous = NORMAL');
    this.#transact(() => database.exec(SCHEMA));
    this.#setBusyTimeout(this.#busyTimeoutMs);
    return false;
  }

  #hasTables(): boolean {
    try {
      return this.#row('SELECT bytes FROM holdfast1_size') !== undefined;
    } catch {
      return false;
    }
  }

  /** Sets how long a write waits, and blocks this process, if another process is writing. */
  #setBusyTimeout(milliseconds: number): void {
    this.#database.exec(`PRAGMA busy_timeout = ${milliseconds}`);
  }

  get(key: string): Uint8Array | undefined {
    return this.#read(this.#prefix + key);
  }

  set(key: string, value: Uint8Array, lifeMs: number): void {
    this.#transact(() => this.#write(this.#prefix + key, value, lifeMs));
  }

  replace(key: string, seen: Uint8Array | undefined, value: Uint8Array, lifeMs: number): boolean {
    return this.#transact(() => {
      const fullKey = this.#prefix + key;
      return isSeen(this.#head(fullKey), seen) && this.#write(fullKey, value, lifeMs);
    });
  }

  delete(key: string): Uint8Array | undefined {
    return this.#transact(() => {
      const fullKey = this.#prefix + key;
      const stored = this.#head(fullKey);
      this.#remove(fullKey);
      return stored;
    });
  }

  time(): number {
    return Number(this.#row(`SELECT ${NOW}`)?.[0]);
  }

  #read(key: string): Uint8Array | undefined {
    const sql = `SELECT value FROM holdfast1_values WHERE key = ? AND ends > ${NOW}`;
    return this.#row(sql, key)?.[0] as Uint8Array | undefined;
  }

  #acquire(
    key: string,
    token: string,
    leaseMs: number,
    seen: Uint8Array | undefined,
    takeOver: boolean,
  ): Uint8Array | number {
    if (!takeOver) {
      const value = this.#read(key);
      if (value !== undefined && !isSeen(value, seen)) return value;
      const [holder, leftMs] = this.#holder(key) ?? [];
      if (holder !== undefined && holder !== token) return Number(leftMs);
    }
    this.#change(
      `INSERT OR REPLACE INTO holdfast1_leases VALUES (?, ?, ${NOW} + ?)`,
      key,
      token,
      leaseMs,
    );
    return 0;
  }

  /** The token that has the lease of a key, and for how many milliseconds. */
  #holder(key: string): readonly unknown[] | undefined {
    return this.#row(
      `SELECT token, ends - ${NOW} FROM holdfast1_leases WHERE key = ? AND ends > ${NOW}`,
      key,
    );
  }

  #head(key: string): Uint8Array | undefined {
    const row = this.#row(
      `SELECT substr(value, 1, ${FRESHNESS_LENGTH}) FROM holdfast1_values WHERE key = ? AND ends > ${NOW}`,
      key,
    );
    return row?.[0] as Uint8Array | undefined;
  }

  /** Returns whether the value is stored: it is not if it alone exceeds the limit of the size. */
  #write(key: string, value: Uint8Array, lifeMs: number): boolean {
    this.#remove(key);
    if (this.#writes++ % WRITES_PER_SWEEP === 0) this.#sweep();
    if (key.length + value.length > this.#maxBytes) return false;
    this.#change(
      `INSERT INTO holdfast1_values (key, value, ends) VALUES (?, ?, min(${FOREVER}, ${NOW} + ?))`,
      key,
      value,
      lifeMs === 0 ? FOREVER : lifeMs,
    );
    for (let evicted = 0; evicted < MAX_EVICTED && this.#size() > this.#maxBytes; evicted++) {
      // The one that was stored first: each write makes a new row.
      this.#change(
        'DELETE FROM holdfast1_values WHERE id = (SELECT min(id) FROM holdfast1_values)',
      );
    }
    return true;
  }

  #size(): number {
    return Number(this.#row('SELECT bytes FROM holdfast1_size')?.[0]);
  }

  #remove(key: string): void {
    this.#change('DELETE FROM holdfast1_values WHERE key = ?', key);
    this.#change('DELETE FROM holdfast1_leases WHERE key = ?', key);
  }

  #sweep(): void {
    this.#change(
      `DELETE FROM holdfast1_values WHERE id IN (SELECT id FROM holdfast1_values WHERE ends <= ${NOW} LIMIT ${MAX_SWEPT})`,
    );
    this.#change(`DELETE FROM holdfast1_leases WHERE ends <= ${NOW}`);
  }

  #transact<Result>(run: () => Result): Result {
    this.#begin();
    try {
      const result = run();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        this.#database.exec('ROLLBACK');
      } catch {}
      throw error;
    }
  }

  /**
   * Begins a transaction, with the only statement that may find the database locked. It is not prepared: libsql does not reset a
   * statement that fails, and no transaction can be committed until the statement is collected.
   */
  #begin(): void {
    const wasLocked = this.#isLocked;
    this.#isLocked = true;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      this.#isLocked = false;
    } finally {
      // A database that is locked for long blocks the process once, not at each write.
      if (wasLocked !== this.#isLocked) this.#setBusyTimeout(wasLocked ? this.#busyTimeoutMs : 0);
    }
  }

  /** The columns of the first row, in their order: the build shortens names that rows have. */
  #row(sql: string, ...values: SqliteValue[]): readonly unknown[] | undefined {
    const row = this.#statement(sql).get(...values) ?? undefined;
    return row && Object.values(row);
  }

  /** Returns whether rows were changed. */
  #change(sql: string, ...values: SqliteValue[]): boolean {
    return Number(this.#statement(sql).run(...values).changes) > 0;
  }

  #statement(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Whether a stored value is the one that was seen, or none is stored and none was. */
function isSeen(stored: Uint8Array | undefined, seen: Uint8Array | undefined): boolean {
  if (stored === undefined || seen === undefined) return stored === seen;
  for (let index = 0; index < STAMP_LENGTH; index++) {
    if (stored[index] !== seen[index]) return false;
  }
  return true;
}
