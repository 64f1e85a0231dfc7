import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NotRun, run } from '../consumer.js';
import { nodeIn, nodePackage } from './node.js';

const TESTS = fileURLToPath(new URL('../../', import.meta.url));
const FILES = ['tier/sqlite.slow.test.js', 'tier/sqlite-driver.build.test.js'];

/** Runs the tests of SQLite with one library. */
function runTests(program, library, env = {}) {
  return run(program, ['--no-warnings', '--test', ...FILES.map((file) => join(TESTS, file))], {
    cwd: join(TESTS, '..'),
    env: { ...process.env, HOLDFAST_SQLITE: library, ...env },
  });
}

/** Node 20 has no `node:sqlite`. The suite itself uses libsql there. */
const nodeSqliteRows = ['22', '24', 'latest'].map((version) => ({
  name: `node:sqlite in Node ${version}`,
  async run(consumer) {
    const program = nodeIn(await consumer.install(nodePackage(version)));
    await runTests(program, 'node:sqlite');
    return (await run(program, ['--version'])).trim();
  },
}));

/** Its compiled library is downloaded. It is not compiled here, which takes minutes. */
const betterSqlite3Row = {
  name: 'better-sqlite3',
  async run(consumer) {
    const modules = join(await consumer.install({ 'better-sqlite3': '^12.11.1' }), 'node_modules');
    const cwd = join(modules, 'better-sqlite3');
    try {
      await run(process.execPath, [join(modules, 'prebuild-install/bin.js')], { cwd });
    } catch {
      throw new NotRun('better-sqlite3 has no compiled library to download here');
    }
    await runTests(process.execPath, 'better-sqlite3', { NODE_PATH: modules });
    return '';
  },
};

export const sqliteRows = [...nodeSqliteRows, betterSqlite3Row];
