import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeIn, nodePackage } from '../tests/runtimes/rows/node.js';
import { programOf } from '../tests/support/runtime.js';

const FOLDER = fileURLToPath(new URL('../build/bench/', import.meta.url));

/** At a million entries, a dozen caches are in one process. */
const V8_FLAGS = ['--expose-gc', '--max-old-space-size=12288'];

/**
 * The program of a runtime, and the flags before the name of a script.
 * @param {string} name `node` (this one), `node24` (or any other), `deno` or `bun`, from their npm packages
 * @param {string[]} more flags for V8, where that is the engine
 * @throws when it is not to be had
 */
export function runtime(name, more = []) {
  const v8Flags = [...V8_FLAGS, ...more];
  if (name === 'node') return { program: process.execPath, flags: v8Flags };
  if (name === 'deno') {
    const flags = ['run', '-A', '--quiet', '--node-modules-dir=manual'];
    return { program: programOf('deno'), flags: [...flags, `--v8-flags=${v8Flags.join()}`] };
  }
  if (name === 'bun') return { program: programOf('bun'), flags: ['--expose-gc'] };
  const [, version] = /^node(\d+)$/.exec(name) ?? [];
  if (!version) throw new Error('there is no such runtime: node, node24, deno or bun');
  return { program: otherNode(version), flags: v8Flags };
}

/** Another Node, from npm; it stays in build/ for the next time. */
function otherNode(version) {
  const folder = `${FOLDER}node${version}`;
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const dependencies = nodePackage(version);
  writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, dependencies }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--force'];
  execFileSync('npm', ['install', '--silent', ...flags], { cwd: folder });
  return nodeIn(folder);
}
