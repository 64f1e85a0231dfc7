import { isObject, readProperty } from '../platform/property.ts';

/** The code of SQLite for a full database or disk. */
const SQLITE_FULL = 13;

/** Whether a store refuses a write because it is full. Removals still work. */
export function isFull(error: unknown): boolean {
  if (!isObject(error)) return false;
  const [message, code, sqliteCode] = ['message', 'code', 'errcode'].map((name) =>
    readProperty(error, name),
  );
  // Redis 6 prefixes the error of a script with a text of its own. `node:sqlite` has the extended code of SQLite, whose lowest byte is the code.
  return (
    code === 'SQLITE_FULL' ||
    (typeof sqliteCode === 'number' && (sqliteCode & 0xff) === SQLITE_FULL) ||
    /^SQLITE_FULL\b|(^|: -)OOM\b|^database or disk is full/.test(String(message))
  );
}
