// Finds the servers that the tests of the second tier start.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where scripts/require-servers.js puts a virtual environment of Python. */
export const VALKEY_FOLDER = join(homedir(), '.cache', 'holdfast', 'valkey');

function onPath(program) {
  const { status, stdout } = spawnSync('which', [program], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function below(folder, name) {
  if (!existsSync(folder)) return undefined;
  const found = readdirSync(folder, { recursive: true }).find((path) => path.endsWith(`/${name}`));
  return found && join(folder, found);
}

/** The path of a server's program; `undefined` if there is none. */
export function findServer(kind) {
  if (kind === 'redis') return process.env.REDIS_SERVER ?? onPath('redis-server');
  return (
    process.env.VALKEY_SERVER ?? onPath('valkey-server') ?? below(VALKEY_FOLDER, 'valkey-server')
  );
}
