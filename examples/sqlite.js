// Results that survive a restart, in a SQLite file that all processes of a host share. Node 22.13 or later, or Deno:
// deno run --allow-env --allow-read --allow-write examples/sqlite.js
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { resilient } from 'holdfast';
import { sqliteTier } from 'holdfast/sqlite';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
let runs = 0;

/** What each process does when it starts. */
function start() {
  const database = new DatabaseSync(join(folder, 'cache.db'));
  const tier = sqliteTier({ database });
  const loadUser = resilient(
    async (id) => {
      runs++;
      return { id, since: new Date(0), roles: new Set(['admin']) };
    },
    { name: 'loadUser', cache: { ttl: '1h', tier } },
  );
  const stop = async () => {
    // Waits for results that are being stored.
    await tier[Symbol.asyncDispose]();
    database.close();
  };
  return { loadUser, tier, stop };
}

let { loadUser, tier, stop } = start();
await loadUser(42);
console.log('first process, runs:', runs);
await stop();

({ loadUser, tier, stop } = start());
const user = await loadUser(42);
console.log('second process, runs:', runs);
console.log(user.since.toISOString(), user.roles.has('admin'));

// For all processes: the next call runs the function.
await loadUser.invalidate(42);
await loadUser(42);
console.log('after invalidate, runs:', runs);
console.log('hits in the file:', tier.stats.hits);
await stop();
rmSync(folder, { recursive: true });
