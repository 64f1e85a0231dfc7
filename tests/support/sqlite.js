import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

/** The libraries, by how they are called in `HOLDFAST_SQLITE`; each opens a database file. */
const LIBRARIES = {
  'node:sqlite': () => {
    const { DatabaseSync } = require('node:sqlite');
    return (file) => new DatabaseSync(file);
  },
  'better-sqlite3': () => {
    const Database = require('better-sqlite3');
    new Database(':memory:').close();
    return (file) => new Database(file);
  },
  libsql: () => {
    const Database = require('libsql');
    return (file) => new Database(file);
  },
};

/** The name of the library that is used: `HOLDFAST_SQLITE`, or the first that works here. @throws if none does */
export const sqliteLibrary =
  process.env.HOLDFAST_SQLITE ?? ['node:sqlite', 'libsql'].find((name) => open(name));

function open(name) {
  try {
    return LIBRARIES[name]();
  } catch {
    return undefined;
  }
}

export const openDatabase = LIBRARIES[sqliteLibrary]();

/** A path for a new database in a folder of its own. `remove` removes the folder. */
export function temporaryFile() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'));
  return {
    file: join(folder, 'cache.db'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
