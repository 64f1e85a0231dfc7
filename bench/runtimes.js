import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeIn, nodePackage } from '../tests/runtimes/rows/node.js';
import { programOf } from '../tests/support/runtime.js';

const FOLDER = fileURLToPath(new URL('../build/bench/', import.meta.url));

/** A cell with a million entries holds a dozen caches in one process, which needs 12 GiB of heap. */
const V8_FLAGS = ['--expose-gc', '--max-old-space-size=12288'];

/**
 * The program of a runtime, and the flags to put before the name of a script.
 * @param {string} name `node` (the one that runs this), `node<version>`, `deno` or `bun`, from their npm packages
 * @param {string[]} moreV8Flags ignored by Bun, which has another engine
 * @throws Error if the runtime is not available
 */
export function runtime(name, moreV8Flags = []) {
  const v8Flags = [...V8_FLAGS, ...moreV8Flags];
  if (name === 'node') return { program: process.execPath, flags: v8Flags };
  if (name === 'deno') {
    const flags = ['run', '-A', '--quiet', '--node-modules-dir=manual'];
    return { program: programOf('deno'), flags: [...flags, `--v8-flags=${v8Flags.join()}`] };
  }
  if (name === 'bun') return { program: programOf('bun'), flags: ['--expose-gc'] };
  const [, version] = /^node(\d+)$/.exec(name) ?? [];
  if (!version) throw new Error(`unknown runtime ${name}; known: node, node24, deno, bun`);
  return { program: installedNode(version), flags: v8Flags };
}

/** Installs another version of Node from npm, in build/. */
function installedNode(version) {
  const folder = `${FOLDER}node${version}`;
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const dependencies = nodePackage(version);
  writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, dependencies }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--force'];
  execFileSync('npm', ['install', '--silent', ...flags], { cwd: folder });
  return nodeIn(folder);
}
