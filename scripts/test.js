// Runs the test files below tests/, or those below the folders and files in its arguments.
// --fast leaves out builds, models, properties, large counts, and tests that need another runtime or a browser.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const SLOW = /\.(build|model|property|runtime|slow)\.test\.js$/;

function testFilesIn(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = join(path, entry.name);
    // Holds the packed package, installed by scripts/pack.js.
    if (entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return testFilesIn(inner);
    return entry.name.endsWith('.test.js') ? [inner] : [];
  });
}

const args = process.argv.slice(2);
const fast = args.includes('--fast');
const paths = args.filter((arg) => !arg.startsWith('-'));
const files = (paths.length > 0 ? paths : ['tests'])
  .flatMap(testFilesIn)
  .filter((file) => !(fast && SLOW.test(file)))
  .sort();
if (files.length === 0) throw new Error(`There is no test file in ${paths.join(', ')}`);

const options = [
  '--test',
  `--test-reporter=${fast ? 'dot' : 'spec'}`,
  // Node leaves one processor to its runner, which hardly uses it.
  `--test-concurrency=${availableParallelism()}`,
];
const { status } = spawnSync(process.execPath, [...options, ...files], { stdio: 'inherit' });
process.exitCode = status ?? 1;
