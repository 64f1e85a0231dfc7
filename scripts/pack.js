// Packs the published files into build/holdfast.tgz and installs the tarball for the tests, as a user would.
import { execSync } from 'node:child_process';
import { mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const TARBALL = resolve('build/holdfast.tgz');
const QUIET = '--loglevel=error --ignore-scripts';

rmSync('build', { recursive: true, force: true });
mkdirSync('build');
const [packed] = JSON.parse(
  execSync(`npm pack --json --pack-destination build ${QUIET}`, { encoding: 'utf8' }),
);
renameSync(`build/${packed.filename}`, TARBALL);
console.log(`build/holdfast.tgz: ${packed.size} bytes, ${packed.unpackedSize} unpacked`);
for (const { path, size } of packed.files) console.log(`  ${path}: ${size}`);

rmSync('tests/node_modules', { recursive: true, force: true });
execSync(`npm install --offline --no-save --no-package-lock ${QUIET} "${TARBALL}"`, {
  cwd: 'tests',
  stdio: ['ignore', 'ignore', 'inherit'],
});

const found = createRequire(resolve('tests/package.json')).resolve('holdfast');
const installed = resolve('tests/node_modules/holdfast/dist/index.cjs');
if (realpathSync(found) !== installed)
  throw new Error(`tests/ must import ${installed}, but would import ${found}`);
