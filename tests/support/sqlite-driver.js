import { bundleOf } from './bundle.js';
import { openDatabase } from './sqlite.js';

const { SqliteDriver } = await bundleOf('js/tier/sqlite/sqlite-driver.ts');

/** An open driver on a database file, and the connection that only it uses. */
export function openDriver(file, { maxBytes = 2 ** 28, busyTimeout = 2_001 } = {}) {
  const database = openDatabase(file);
  const driver = new SqliteDriver(database, 'p', maxBytes, busyTimeout);
  driver.open();
  return { driver, database };
}

/** A value: a stamp of 19 bytes, then the bytes of a text. */
export function makeValue(stamp, text = '') {
  return Buffer.from(String(stamp).padEnd(19, '.') + text);
}

/** The stamp and the text of a value. */
export function partsOf(value) {
  if (value === undefined) return undefined;
  const text = Buffer.from(value).toString();
  return { stamp: Buffer.from(value).subarray(0, 19), text: text.slice(19) };
}
