/** The milliseconds since 1970, by the clock of the machine. A text, as older versions of SQLite lack `unixepoch('subsec')`. */
export const NOW = `CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)`;

/** The end of a value that is kept forever. */
export const FOREVER = Number.MAX_SAFE_INTEGER;

/**
 * The tables. Their names have the version of the schema, so that two releases of this package can use one database. The
 * triggers keep the number of bytes that all values and keys have.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS holdfast1_values (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL, ends INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS holdfast1_ends ON holdfast1_values (ends);
CREATE TABLE IF NOT EXISTS holdfast1_leases (
  key TEXT PRIMARY KEY, token TEXT NOT NULL, ends INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holdfast1_size (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);
INSERT OR IGNORE INTO holdfast1_size VALUES (1, 0);
CREATE TRIGGER IF NOT EXISTS holdfast1_added AFTER INSERT ON holdfast1_values BEGIN
  UPDATE holdfast1_size SET bytes = bytes + length(NEW.key) + length(NEW.value);
END;
CREATE TRIGGER IF NOT EXISTS holdfast1_removed AFTER DELETE ON holdfast1_values BEGIN
  UPDATE holdfast1_size SET bytes = bytes - length(OLD.key) - length(OLD.value);
END;`;
