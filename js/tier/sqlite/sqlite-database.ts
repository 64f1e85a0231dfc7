import { wrongKind } from '../../options/messages.ts';
import { isObject } from '../../platform/property.ts';

/**
 * A database: a `DatabaseSync` of `node:sqlite`, a `Database` of better-sqlite3, or another one with these methods.
 *
 * Give the tier a connection of its own, which no other code uses for transactions.
 */
export interface SqliteDatabase {
  /** Runs statements without parameters. */
  exec(sql: string): unknown;
  /** Compiles a statement. */
  prepare(sql: string): SqliteStatement;
}

/** A prepared statement. All methods are synchronous. */
export interface SqliteStatement {
  /** The first row; `undefined` or `null` without one. */
  get(...values: SqliteValue[]): unknown;
  /** Runs the statement. */
  run(...values: SqliteValue[]): SqliteChanges;
}

/** What a statement has changed. */
export interface SqliteChanges {
  /** The number of rows. */
  readonly changes: number | bigint;
}

/** What the tier binds to a parameter. */
export type SqliteValue = string | number | Uint8Array;

/** @throws TypeError */
export function checkDatabase(path: string, value: unknown): SqliteDatabase {
  const { exec, prepare } = isObject(value) ? (value as Partial<SqliteDatabase>) : {};
  if (typeof exec === 'function' && typeof prepare === 'function') return value as SqliteDatabase;
  throw wrongKind(path, 'a DatabaseSync of node:sqlite or a Database of better-sqlite3', value);
}
